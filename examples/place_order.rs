//! An order that is placed in one transaction, by fifty customers at once: `cargo run --example place_order`.
//!
//! Runs on SQLite in memory; set `DATABASE_URL` to run it on PostgreSQL.

use std::thread;

use orm::prelude::*;
use orm::{Error, IntegrityKind};
use rust_decimal::Decimal;

#[derive(Model, Debug)]
#[orm(table = "products", check(name = "ck_stock", "stock >= 0"))]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, length = 80)]
    name: String,
    #[orm(precision = 10, scale = 2)]
    price: Decimal,
    stock: i32,
}

#[derive(Model, Debug)]
#[orm(table = "orders")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    customer: String,
    #[orm(precision = 12, scale = 2, default = Decimal::ZERO)]
    total: Decimal,
    #[orm(has_many(inverse = order, order_by = id, cascade = "all, delete-orphan"))]
    items: HasMany<OrderItem>,
}

#[derive(Model, Debug)]
#[orm(table = "order_items")]
struct OrderItem {
    #[orm(primary_key)]
    id: i64,
    count: i32,
    #[orm(precision = 10, scale = 2)]
    price: Decimal,
    #[orm(foreign_key(Order::id, on_delete = "cascade"))]
    order_id: i64,
    #[orm(belongs_to(key = order_id, inverse = items))]
    order: BelongsTo<Order>,
    #[orm(foreign_key(Product::id))]
    product_id: i64,
    #[orm(belongs_to(key = product_id))]
    product: BelongsTo<Product>,
}

/// What came of an order.
struct Placed<'w> {
    total: Decimal,
    sold_out: Vec<&'w str>,
}

/// Places an order for as much of what is wanted as there is.
///
/// Each item has a savepoint of its own: what is sold out is left out, and the others stay.
fn place_order<'w>(
    session: &mut Session,
    customer: &str,
    wanted: &[(&'w str, i32)],
) -> orm::Result<Placed<'w>> {
    let order = session.add(Order::builder().customer(customer));
    let mut sold_out = Vec::new();
    for &(name, count) in wanted {
        match session.savepoint(|session| add_item(session, order, name, count)) {
            Ok(()) => {}
            // The check of the table refused a stock below zero.
            Err(Error::Integrity(error)) if error.kind == IntegrityKind::Check => {
                sold_out.push(name);
            }
            Err(error) => return Err(error),
        }
    }
    let items = session.load(order, Order::items)?;
    let price =
        |&item: &Entity<OrderItem>| session[item].price * Decimal::from(session[item].count);
    let total: Decimal = items.iter().map(price).sum();
    if items.is_empty() {
        session.delete(order)?;
    } else {
        session[order].total = total;
    }
    Ok(Placed { total, sold_out })
}

fn add_item(
    session: &mut Session,
    order: Entity<Order>,
    name: &str,
    count: i32,
) -> orm::Result<()> {
    let product = Product::query().filter(Product::name.eq(name)).for_update().one(session)?;
    session[product].stock -= count;
    let price = session[product].price;
    let item = OrderItem::builder().count(count).price(price).product(product);
    session.push(order, Order::items, item)?;
    session.flush()
}

fn main() -> orm::Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let engine = Engine::connect(&url)?;
    let metadata = metadata![Product, Order, OrderItem];
    metadata.drop_all(&mut engine.connect()?)?;
    metadata.create_all(&mut engine.connect()?)?;
    engine.transaction(|session| {
        let product = |name, cents, stock| {
            Product::builder().name(name).price(Decimal::new(cents, 2)).stock(stock)
        };
        session.add_all([product("tea", 4_50, 100), product("cup", 12_00, 3)]);
        Ok(())
    })?;

    let placed = engine.transaction(|session| {
        place_order(session, "Alice", &[("cup", 2), ("tea", 4), ("cup", 2)])
    })?;
    println!("Alice pays {} and does not get {:?}", placed.total, placed.sold_out);

    // Fifty at once want two teas each, of which 96 are left. A transaction that only failed because of
    // another one is repeated.
    let order = |number: u32| {
        engine.transaction_with_retries(1000, |session| {
            place_order(session, &format!("Customer {number}"), &[("tea", 2)])
        })
    };
    let orders = thread::scope(|scope| {
        let customers: Vec<_> = (0..50).map(|number| scope.spawn(move || order(number))).collect();
        let orders = customers.into_iter().map(|customer| match customer.join() {
            Ok(placed) => placed,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        orders.collect::<orm::Result<Vec<_>>>()
    })?;
    let served = orders.iter().filter(|placed| placed.sold_out.is_empty()).count();
    println!("{served} of {} customers got their tea", orders.len());

    let mut session = engine.session();
    let tea = Product::query().filter(Product::name.eq("tea")).one(&mut session)?;
    let stored = Order::query().count(&mut session)?;
    println!("{} teas are left, {stored} orders stored", session[tea].stock);
    session.close()?;
    metadata.drop_all(&mut engine.connect()?)
}
