use orm::prelude::*;

#[derive(DbEnum, Clone, Copy)]
#[orm(rename_al = "camelCase", native = "no")]
enum Status {
    Active,
    #[orm(rename = "active")]
    Enabled,
    #[orm(skip)]
    Old,
}

fn main() {}
