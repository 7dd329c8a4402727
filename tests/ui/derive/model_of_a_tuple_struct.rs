use orm::prelude::*;

#[derive(Model)]
struct Email(String);

fn main() {}
