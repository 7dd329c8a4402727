use orm::sql;

struct Email;

fn main() {
    let (email, id) = (Email, 1_i64);
    let _ = sql!("SELECT * FROM users WHERE email = {email}");
    let _ = sql!("SELECT * FROM users WHERE id IN {..id}");
    let _ = sql!("SELECT * FROM users WHERE name = {nmae}");
}
