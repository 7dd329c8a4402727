//! Rows as structs: by the names of what is selected, and as views of a model.

use std::collections::HashMap;

use orm::func::{count_all, lower, max, sum};
use orm::prelude::*;
use orm::{Connection, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use crate::shared::refusal;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    email: Option<String>,
    #[orm(flatten)]
    address: Address,
}

#[derive(Embed, Debug, PartialEq)]
struct Address {
    #[orm(rename = "home_city")]
    city: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "orders")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    user_id: i64,
    amount: i64,
}

#[derive(FromRow, Debug, PartialEq)]
struct Report {
    name: String,
    total: Option<i64>,
}

#[derive(FromRow, Debug, PartialEq)]
struct Summary {
    orders: i64,
    #[orm(flatten)]
    report: Report,
    #[orm(rename = "largest order")]
    largest: Option<i64>,
}

#[derive(FromRow, Debug, PartialEq)]
#[orm(rename_all = "camelCase")]
struct CamelCase {
    user_name: String,
}

#[derive(View, Debug, Clone, PartialEq, serde::Serialize)]
#[orm(model = User)]
struct Contact {
    email: Option<String>,
    #[orm(column = name)]
    title: String,
    #[orm(column = address.city)]
    city: String,
}

/// Alice of Oslo with orders over 3 and 4, and Bob of Rome with none.
fn users(conn: &mut Connection) -> TestResult {
    metadata![User, Order].create_all(conn)?;
    for (name, email, city) in [("alice", Some("a@example.com"), "Oslo"), ("bob", None, "Rome")] {
        let address = Address { city: city.to_owned() };
        User::insert(User::builder().name(name).email(email.map(str::to_owned)).address(address))
            .execute(conn)?;
    }
    Order::insert_many([3, 4].map(|amount| Order::builder().user_id(1).amount(amount)))
        .execute(conn)?;
    Ok(())
}

fn report(name: &str, total: Option<i64>) -> Report {
    Report { name: name.to_owned(), total }
}

on_every_backend! {
    fn selected_columns_are_read_into_the_fields_of_their_names(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let reports = User::query()
            .left_join(Order::user_id)
            .group_by(User::name)
            .order_by(User::name)
            .select((sum(Order::amount).label("total"), User::name))
            .into::<Report>();

        assert_eq!(reports.all(&mut conn)?, [report("alice", Some(7)), report("bob", None)]);
        assert_eq!(reports.first(&mut conn)?, Some(report("alice", Some(7))));
        assert_eq!(reports.count(&mut conn)?, 2);
        Ok(())
    }

    fn a_struct_is_read_inside_another(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let summary = User::query()
            .join(Order::user_id)
            .group_by(User::name)
            .select((
                max(Order::amount).label("largest order"),
                sum(Order::amount).label("total"),
                User::name,
                count_all().label("orders"),
            ))
            .into::<Summary>()
            .one(&mut conn)?;

        let report = report("alice", Some(7));
        assert_eq!(summary, Summary { orders: 2, report, largest: Some(4) });
        Ok(())
    }

    fn combined_queries_are_read_in_one_order(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let of_users = User::query().select((User::id.nullable().label("total"), User::name));
        let of_cities = User::query()
            .filter(User::name.eq("bob"))
            .select((User::id.nullable().label("n"), User::address.city));

        let rows = of_users.union_all(of_cities).into::<Report>().order_by(User::name);

        let expected =
            [report("Rome", Some(2)), report("alice", Some(1)), report("bob", Some(2))];
        assert_eq!(rows.all(&mut conn)?, expected);
        Ok(())
    }

    fn whole_rows_and_subqueries_are_read_into_structs(db: &TestDb) -> TestResult {
        #[derive(FromRow, Debug, PartialEq)]
        struct OrderRow {
            amount: i32,
            user_id: i64,
            id: i64,
        }
        #[derive(FromRow, Debug, PartialEq)]
        struct Total {
            user_id: i64,
            total: Option<i64>,
        }
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let totals = Order::query()
            .group_by(Order::user_id)
            .select((sum(Order::amount).label("total"), max(Order::user_id).coalesce(0).label("user_id")))
            .subquery("totals");

        let first = Order::query().into::<OrderRow>().order_by(Order::id).first(&mut conn)?;
        let total = totals.query().into::<Total>().one(&mut conn)?;

        assert_eq!(first, Some(OrderRow { amount: 3, user_id: 1, id: 1 }));
        assert_eq!(total, Total { user_id: 1, total: Some(7) });
        Ok(())
    }

    fn what_a_write_returns_is_read_into_a_struct(db: &TestDb) -> TestResult {
        #[derive(FromRow, Debug, PartialEq)]
        struct Gone {
            amount: i64,
            id: i64,
        }
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let before = conn.statement_count();

        let updated = Order::update()
            .set(Order::amount, Order::amount * 10)
            .filter(Order::id.eq(1))
            .returning((Order::id, Order::amount))
            .into::<Gone>()
            .one_or_none(&mut conn)?;
        let gone =
            Order::delete().filter(Order::id.eq(2)).returning(Order::entity()).into::<Gone>();

        assert_eq!(updated, Some(Gone { amount: 30, id: 1 }));
        assert_eq!(
            refusal(gone.all(&mut conn)),
            "`Gone` has no field for the selected `user_id`: do not select it, or add the field\n\
             fields: `amount`, `id`"
        );
        assert_eq!(conn.statement_count(), before + 1);
        Ok(())
    }

    fn names_that_do_not_match_are_refused_before_anything_is_sent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let orders = Order::query().join(Order::user_id);

        let missing = orders.clone().select(User::name).into::<Report>();
        let unlabelled = orders.clone().select((User::name, Order::amount + 1)).into::<Report>();
        let unused = orders.clone().select((User::name, User::email)).into::<Report>();
        let twice = orders.select((User::name, Order::id.label("name"))).into::<Report>();

        assert_eq!(
            refusal(missing.all(&mut conn)),
            "nothing is selected for the field `total` of `Report`: select a column of that name, or \
             name an expression by `.label(\"total\")`\nselected: `name`"
        );
        assert_eq!(
            refusal(unlabelled.all(&mut conn)),
            "rows are read into `Report` by name, but expression 2 of those selected has none: name \
             it by `.label(\"…\")`\nfields: `name`, `total`"
        );
        assert_eq!(
            refusal(unused.first(&mut conn)),
            "`Report` has no field for the selected `email`: do not select it, or add the field\n\
             fields: `name`, `total`"
        );
        assert_eq!(
            refusal(twice.count(&mut conn)),
            "rows are read into `Report` by name, but two of the selected columns are called `name`: \
             name one differently by `.label(\"…\")`"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_field_that_cannot_hold_what_is_selected_is_refused(db: &TestDb) -> TestResult {
        #[derive(FromRow, Debug, PartialEq)]
        struct Strict {
            name: String,
            email: String,
        }
        #[derive(FromRow, Debug, PartialEq)]
        struct Mistyped {
            name: i64,
        }
        #[derive(FromRow, Debug, PartialEq)]
        struct Amount {
            name: String,
            amount: i64,
        }
        let mut conn = db.connect()?;

        let strict = User::query().select((User::name, User::email)).into::<Strict>();
        let mistyped = User::query().select(User::name).into::<Mistyped>();
        let outer = User::query()
            .select((User::name, Order::amount))
            .into::<Amount>()
            .left_join(Order::user_id);

        assert_eq!(
            refusal(strict.all(&mut conn)),
            "`email` may be NULL here, but the field `email` of `Strict` is no `Option`: make it one, \
             or select another value instead of NULL by `.coalesce(…)`"
        );
        assert_eq!(
            refusal(mistyped.all(&mut conn)),
            "the selected `name` is text, but the field `name` of `Mistyped` is an integer: change \
             the type of the field, or convert the column by `.cast::<…>()`"
        );
        assert_eq!(
            refusal(outer.all(&mut conn)),
            "`orders.amount` may be NULL here, but the field `amount` of `Amount` is no `Option`: \
             make it one, or select another value instead of NULL by `.coalesce(…)`"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_value_beyond_the_range_of_its_field_names_the_column(db: &TestDb) -> TestResult {
        #[derive(FromRow, Debug, PartialEq)]
        struct Small {
            amount: i32,
        }
        let mut conn = db.connect()?;
        users(&mut conn)?;
        Order::update().set(Order::amount, 1_i64 << 40).all_rows().execute(&mut conn)?;

        let column = Order::query().select(Order::amount).into::<Small>().all(&mut conn);
        let label = Order::query().select((Order::amount + 0).label("amount")).into::<Small>();

        assert!(column.unwrap_err().to_string().starts_with("column `orders.amount`: expected"));
        let label = label.all(&mut conn).unwrap_err().to_string();
        assert!(label.starts_with("column `amount`: expected"), "{label}");
        Ok(())
    }

    fn a_view_asks_for_its_columns_only(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let contacts = User::query().filter(User::id.eq(1)).view::<Contact>();

        let alice = Contact {
            email: Some("a@example.com".to_owned()),
            title: "alice".to_owned(),
            city: "Oslo".to_owned(),
        };
        assert_eq!(contacts.all(&mut conn)?, std::slice::from_ref(&alice));
        assert_eq!(
            serde_json::to_string(&alice)?,
            r#"{"email":"a@example.com","title":"alice","city":"Oslo"}"#
        );
        Ok(())
    }

    fn rows_are_put_into_a_map_by_a_key(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let before = conn.statement_count();

        let by_id = User::query().into_map(User::id).all(&mut conn)?;
        let emails = User::query().select(User::email).into_map(lower(User::name)).all(&mut conn)?;
        let totals = Order::query()
            .group_by(Order::user_id)
            .select(sum(Order::amount))
            .into_map(Order::user_id)
            .all(&mut conn)?;
        let views = User::query().view::<Contact>().into_map((User::name, User::id));

        assert_eq!((by_id.len(), by_id[&2].name.as_str()), (2, "bob"));
        assert_eq!(emails["alice"].as_deref(), Some("a@example.com"));
        assert_eq!(emails["bob"], None);
        assert_eq!(totals, HashMap::from([(1, Some(7))]));
        assert_eq!(views.all(&mut conn)?[&("bob".to_owned(), 2)].city, "Rome");
        assert_eq!(User::query().filter(User::id.gt(9)).into_map(User::id).all(&mut conn)?.len(), 0);
        assert_eq!(conn.statement_count(), before + 5);
        Ok(())
    }

    fn a_key_that_comes_twice_is_an_error(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let error = Order::query().into_map(Order::user_id).all(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            "several rows of `Order` have the same key, of which a map holds one: use \
             `.into_groups(…)`, or a key that is unique"
        );
        Ok(())
    }

    fn rows_of_one_key_are_grouped_in_their_order(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let orders = Order::query().order_by(Order::amount.desc()).into_groups(Order::user_id);
        let amounts = User::query()
            .left_join(Order::user_id)
            .order_by(Order::amount)
            .select(Order::amount.nullable())
            .into_groups(User::name)
            .all(&mut conn)?;

        let of_alice = &orders.all(&mut conn)?[&1];
        assert_eq!(of_alice.iter().map(|order| order.amount).collect::<Vec<_>>(), [4, 3]);
        assert_eq!((&*amounts["alice"], &*amounts["bob"]), (&[Some(3), Some(4)][..], &[None][..]));
        Ok(())
    }

    fn a_key_is_not_added_where_it_would_change_the_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let names = || User::query().select((User::name, User::id));

        let distinct = names().distinct().into_map(User::id).all(&mut conn)?;
        let both = names().union(names()).into_map(User::name).all(&mut conn)?;
        let refused = User::query().select(User::name).distinct().into_map(User::id);

        assert_eq!((distinct[&2].0.as_str(), both["alice"].1), ("bob", 1));
        assert_eq!(
            refusal(refused.all(&mut conn)),
            "`.into_map(…)` of a distinct or a combined query needs a key that the query selects: \
             selecting it too would change its rows"
        );
        Ok(())
    }

    fn a_view_is_of_an_alias_or_of_joined_rows_too(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let others = User::alias("other").query().view::<Contact>();
        let buyers = User::query().join(Order::user_id).distinct().view::<Contact>();

        assert_eq!(others.count(&mut conn)?, 2);
        assert_eq!(buyers.one(&mut conn)?.title, "alice");
        Ok(())
    }
}

#[test]
fn columns_are_put_into_the_order_of_the_fields() -> TestResult {
    let report = User::query()
        .select((User::id.nullable().label("total"), User::name))
        .distinct()
        .into::<Report>()
        .order_by(User::name);

    let columns = r#"SELECT DISTINCT "id" AS "total", "name" FROM "users" ORDER BY "name""#;
    let arranged = columns.replace(r#""id" AS "total", "name""#, r#""name", "id" AS "total""#);
    assert_eq!(report.to_sql(&Sqlite)?, arranged);
    assert_eq!(report.to_sql(&Postgres)?, arranged);
    Ok(())
}

#[test]
fn names_of_fields_are_changed_as_serde_changes_them() -> TestResult {
    let query = User::query().select(User::name.label("userName")).into::<CamelCase>();

    assert_eq!(query.to_sql(&Sqlite)?, r#"SELECT "name" AS "userName" FROM "users""#);
    Ok(())
}

#[test]
fn a_view_selects_columns_in_the_order_of_its_fields() -> TestResult {
    let expected = r#"SELECT "email", "name", "home_city" FROM "users""#;
    assert_eq!(User::query().view::<Contact>().to_sql(&Sqlite)?, expected);
    assert_eq!(User::query().view::<Contact>().to_sql(&Postgres)?, expected);
    Ok(())
}

#[test]
fn a_view_of_a_union_is_refused() {
    let both = User::query().union(User::query()).view::<Contact>();

    assert!(refusal(both.to_sql(&Sqlite)).starts_with("`.view(…)` after a union would be about"));
}

#[test]
fn a_key_is_selected_once() -> TestResult {
    let rows = User::query().select((User::name, User::email));

    let known = rows.clone().into_map(User::name);
    let added = rows.into_groups((User::id, User::name));

    assert_eq!(known.to_sql(&Sqlite)?, r#"SELECT "name", "email" FROM "users""#);
    assert_eq!(added.to_sql(&Postgres)?, r#"SELECT "name", "email", "id", "name" FROM "users""#);
    Ok(())
}
