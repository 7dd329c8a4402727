use orm::text;

fn main() {
    let name = "alice";
    let statement = format!("SELECT * FROM users WHERE name = '{name}'");
    let _ = text(&statement);
}
