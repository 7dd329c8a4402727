//! The tables of a small shop, and something in them.

use chrono::{DateTime, TimeZone, Utc};
use orm::prelude::*;
use rust_decimal::Decimal;

/// Who buys.
#[derive(Model, Debug)]
#[orm(table = "customers")]
pub(crate) struct Customer {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(unique, length = 120)]
    pub(crate) email: String,
    pub(crate) name: String,
}

/// What products are put under.
#[derive(Model, Debug)]
#[orm(table = "categories")]
pub(crate) struct Category {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(unique)]
    pub(crate) name: String,
}

/// What is sold.
#[derive(Model, Debug)]
#[orm(table = "products", check("price >= 0"))]
pub(crate) struct Product {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[orm(precision = 10, scale = 2)]
    pub(crate) price: Decimal,
    pub(crate) stock: i32,
    #[orm(foreign_key(Category::id))]
    pub(crate) category_id: i64,
}

/// How far an order is.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
pub(crate) enum OrderState {
    Paid,
    Shipped,
    Cancelled,
}

/// What a customer bought at one time.
#[derive(Model, Debug)]
#[orm(table = "orders", index(columns(customer_id, placed_at)))]
pub(crate) struct Order {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(foreign_key(Customer::id))]
    pub(crate) customer_id: i64,
    #[orm(default = OrderState::Paid)]
    pub(crate) state: OrderState,
    pub(crate) placed_at: DateTime<Utc>,
}

/// A product in an order, at the price of that day.
#[derive(Model, Debug)]
#[orm(table = "order_items", check("quantity > 0"))]
pub(crate) struct OrderItem {
    #[orm(primary_key, foreign_key(Order::id, on_delete = "cascade"))]
    pub(crate) order_id: i64,
    #[orm(primary_key, foreign_key(Product::id))]
    pub(crate) product_id: i64,
    pub(crate) quantity: i32,
    #[orm(precision = 10, scale = 2)]
    pub(crate) price: Decimal,
}

/// Fills the tables.
pub(crate) fn fill(tx: &mut Transaction<'_>) -> orm::Result<()> {
    let customers =
        [("alice@example.com", "Alice"), ("bob@example.com", "Bob"), ("eve@example.com", "Eve")];
    let customers = customers.map(|(email, name)| Customer::builder().email(email).name(name));
    let customers = Customer::insert_many(customers).all(tx)?;

    let categories = ["Books", "Tools"].map(|name| Category::builder().name(name));
    let categories = Category::insert_many(categories).all(tx)?;

    let products = [
        ("SQL by hand", Some("All you need to know"), 2_990, 0),
        ("Rust in 10 days", None, 3_950, 0),
        ("Hammer", Some("Steel, 500 g"), 1_200, 1),
    ];
    let products = products.map(|(name, description, cents, category)| {
        Product::builder()
            .name(name)
            .description(description.map(str::to_owned))
            .price(Decimal::new(cents, 2))
            .stock(10)
            .category_id(categories[category].id)
    });
    let products = Product::insert_many(products).all(tx)?;

    // Customer, month, day, and how many of which product.
    let orders = [
        (0, 1, 15, vec![(0, 1), (2, 2)]),
        (0, 3, 2, vec![(1, 1)]),
        (1, 1, 20, vec![(2, 5)]),
        (1, 2, 7, vec![(0, 2)]),
        (0, 3, 9, vec![(0, 1), (1, 1), (2, 1)]),
    ];
    for (customer, month, day, items) in orders {
        let placed_at =
            Utc.with_ymd_and_hms(2025, month, day, 12, 0, 0).single().unwrap_or_default();
        let order = Order::builder().customer_id(customers[customer].id).placed_at(placed_at);
        let order = Order::insert(order).one(tx)?;
        let items = items.into_iter().map(|(product, quantity): (usize, i32)| {
            let product = &products[product];
            OrderItem::builder()
                .order_id(order.id)
                .product_id(product.id)
                .quantity(quantity)
                .price(product.price)
        });
        OrderItem::insert_many(items).execute(tx)?;
    }
    let last = Order::query().order_by(Order::placed_at.desc()).first_or_not_found(tx)?;
    Order::update()
        .set(Order::state, OrderState::Cancelled)
        .filter(Order::id.eq(last.id))
        .execute(tx)?;
    Ok(())
}
