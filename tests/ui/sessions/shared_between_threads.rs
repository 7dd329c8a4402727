//! A session is sent to another thread, but not used by two.

use orm::prelude::*;

fn main() -> orm::Result<()> {
    let session = Engine::connect("sqlite::memory:")?.session();
    std::thread::scope(|scope| {
        scope.spawn(|| println!("{session:?}"));
    });
    Ok(())
}
