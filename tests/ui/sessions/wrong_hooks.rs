//! Closures that cannot run at an event.

use orm::Events;
use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
}

fn main() {
    let _ = Events::new().before_insert(|user: &mut User| Ok(()));
    let _ = Events::new().after_commit(|session| session.commit());
}
