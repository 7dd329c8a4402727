use orm::prelude::*;

#[derive(DbEnum, Clone, Copy)]
struct Status(i64);

fn main() {}
