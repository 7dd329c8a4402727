use orm::sql;

fn main() {
    let name = "alice";
    let _ = sql!("SELECT * FROM users WHERE name = {name");
    let _ = sql!("SELECT * FROM users WHERE name = name}");
    let _ = sql!("SELECT * FROM users WHERE name = {}");
    let _ = sql!("SELECT * FROM users WHERE name IN {..}");
    let _ = sql!("SELECT * FROM users WHERE name = {name:?}");
    let _ = sql!(
        "SELECT * FROM users
         WHERE name = {name.}"
    );
}
