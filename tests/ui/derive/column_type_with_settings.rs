use orm::prelude::*;

#[derive(ColumnType)]
#[orm(length = 80)]
struct Email(String);

fn main() {}
