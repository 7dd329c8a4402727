use orm::prelude::*;

struct Text;

#[derive(ColumnType)]
struct Email(Text);

fn main() {}
