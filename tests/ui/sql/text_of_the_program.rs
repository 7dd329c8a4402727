use orm::sql;

fn main() {
    let name = "alice";
    let statement = format!("SELECT * FROM users WHERE name = '{name}'");
    let _ = sql!(statement);
    let _ = sql!("SELECT * FROM users WHERE name = {}", name);
}
