//! The whole output of each derive for small inputs, as snapshots.

use syn::{DeriveInput, parse_quote};

/// Returns the output laid out as code.
fn formatted(derive: fn(&DeriveInput) -> proc_macro2::TokenStream, input: &DeriveInput) -> String {
    let output = derive(input);
    let file = syn::parse2(output.clone()).unwrap_or_else(|error| panic!("{error}\n{output}"));
    prettyplease::unparse(&file)
}

#[test]
fn a_plain_model() {
    let input = parse_quote! {
        pub struct User {
            #[orm(primary_key)]
            pub id: i64,
            pub email: String,
            bio: Option<String>,
        }
    };

    insta::assert_snapshot!(formatted(super::model, &input));
}

#[test]
fn a_model_with_every_setting() {
    let input = parse_quote! {
        /// People who may log in.
        #[orm(
            table = "users",
            schema = "auth",
            rename_all = "camelCase",
            index(name = "ix_active", columns(is_active, times.created_at), unique, condition = "a > 0"),
            unique(columns(email, is_active)),
            check("length(email) > 3"),
            check(name = "ck_price", "price > 0"),
            before_insert = Self::hash,
            on_load = greet
        )]
        struct User {
            #[orm(primary_key, auto = false, rename = "user_id")]
            id: i64,
            /// Where to write to.
            /// Unique.
            #[orm(unique, length = 120, validate = email)]
            email: String,
            #[orm(index, default = true, on_update = || false)]
            is_active: bool,
            #[orm(precision = 10, scale = 2, server_default = "0", check = "price >= 0")]
            price: Decimal,
            #[orm(default = Status::Active)]
            status: Status,
            #[orm(default = Uuid::new_v4)]
            token: Uuid,
            #[orm(foreign_key(User::id, name = "fk", on_delete = "set null", on_update = "cascade"))]
            parent_id: Option<i64>,
            #[orm(flatten(prefix = "at_"))]
            times: Timestamps,
            #[orm(skip)]
            cache: Vec<u8>,
            last: i32,
        }
    };

    insta::assert_snapshot!(formatted(super::model, &input));
}

#[test]
fn a_model_with_a_composite_key() {
    let input = parse_quote! {
        struct Membership {
            #[orm(primary_key, foreign_key(User::id, on_delete = "cascade"))]
            user_id: i64,
            #[orm(primary_key)]
            r#type: String,
        }
    };

    insta::assert_snapshot!(formatted(super::model, &input));
}

#[test]
fn a_model_with_a_key_that_auto_makes_generated() {
    let input = parse_quote! {
        struct User {
            #[orm(primary_key, auto = true)]
            id: UserId,
        }
    };

    insta::assert_snapshot!(formatted(super::model, &input));
}

#[test]
fn a_mistake_does_not_keep_the_model_from_being_written() {
    let input = parse_quote! {
        struct User {
            #[orm(primary_key, lenght = 8)]
            name: String,
        }
    };

    insta::assert_snapshot!(formatted(super::model, &input));
}

#[test]
fn an_embed_that_needs_values() {
    let input = parse_quote! {
        pub struct Address {
            pub street: String,
            #[orm(length = 2, default = "NZ")]
            pub country: String,
        }
    };

    insta::assert_snapshot!(formatted(super::embed, &input));
}

#[test]
fn an_embed_whose_columns_have_defaults() {
    let input = parse_quote! {
        struct Timestamps {
            /// When the row was made.
            #[orm(default = Utc::now)]
            created_at: DateTime<Utc>,
            deleted_at: Option<DateTime<Utc>>,
        }
    };

    insta::assert_snapshot!(formatted(super::embed, &input));
}

#[test]
fn an_enum() {
    let input = parse_quote! {
        #[orm(name = "order_status", rename_all = "SCREAMING_SNAKE_CASE", native = false)]
        enum Status {
            New,
            InTransit,
            #[orm(rename = "done")]
            Delivered,
        }
    };

    insta::assert_snapshot!(formatted(super::db_enum, &input));
}

#[test]
fn a_newtype() {
    let input = parse_quote! {
        struct Email(String);
    };

    insta::assert_snapshot!(formatted(super::column_type, &input));
}

#[test]
fn a_struct_that_rows_are_read_into() {
    let input = parse_quote! {
        #[orm(rename_all = "camelCase")]
        struct Report {
            user_name: String,
            #[orm(flatten)]
            totals: Totals,
            #[orm(rename = "last order")]
            r#last: Option<i64>,
        }
    };

    insta::assert_snapshot!(formatted(super::from_row, &input));
}

#[test]
fn a_view() {
    let input = parse_quote! {
        #[orm(model = shop::User)]
        pub struct UserName {
            id: i64,
            #[orm(column = name)]
            title: String,
            #[orm(column = address.city)]
            city: Option<String>,
        }
    };

    insta::assert_snapshot!(formatted(super::view, &input));
}
