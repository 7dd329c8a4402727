//! The flights of 2013, loaded and read back by hand-written driver code: what there is to match.

mod plain_postgres;
mod plain_rusqlite;

use std::env;
use std::process::ExitCode;

use orm_benches::Result;
use orm_benches::contender::Contender;
use orm_benches::contest::{Task, conclude, hold};

use plain_postgres::PlainPostgres;
use plain_rusqlite::PlainRusqlite;

fn main() -> ExitCode {
    conclude(compete())
}

fn compete() -> Result<()> {
    let task = Task::parse(env::args().skip(1))?;
    if PlainRusqlite::speaks(&task.url) {
        hold::<PlainRusqlite>(&task)
    } else if PlainPostgres::speaks(&task.url) {
        hold::<PlainPostgres>(&task)
    } else {
        Err("a URL that no contender understands: sqlite: and postgresql: are known".into())
    }
}
