//! What an online shop asks its database, without a line of SQL: `cargo run --example shop`.
//!
//! Runs on SQLite in memory; set `DATABASE_URL` to run it on PostgreSQL.

mod model;
mod questions;

use orm::prelude::*;

use crate::model::{Category, Customer, Order, OrderItem, Product};

fn main() -> orm::Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let engine = Engine::connect(&url)?;
    let mut conn = engine.connect()?;
    let metadata = metadata![OrderItem, Order, Product, Category, Customer];
    metadata.drop_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    engine.begin(model::fill)?;

    println!("Customers by what they spent");
    for (name, orders, spent) in questions::top_customers(&mut conn, 10)? {
        println!("  {name:<8} {orders:>2} orders {:>8}", spent.unwrap_or_default());
    }

    println!("Revenue by category");
    for (category, revenue, best) in questions::revenue_by_category(&mut conn)? {
        println!("  {category:<8} {:>8}, dearest item {}", text(revenue), text(best));
    }

    println!("Orders of Alice");
    for (order, products, total) in questions::order_history(&mut conn, "alice@example.com")? {
        let day = order.placed_at.format("%Y-%m-%d");
        println!("  {day} {:<9?} {products} products {:>8}", order.state, text(total));
    }

    println!("Products that have to do with \"sql\" or \"steel\"");
    for word in ["sql", "steel"] {
        for (product, category) in questions::search(&mut conn, word)? {
            println!("  {} ({category}): {}", product.name, product.price);
        }
    }

    println!("Revenue by month, and so far in the year");
    for (month, revenue, so_far) in questions::monthly_revenue(&mut conn, 2025)? {
        println!("  {month:>2} {:>8} {:>8}", text(revenue), text(so_far));
    }

    println!("Customers without an order");
    for customer in questions::without_orders(&mut conn)? {
        println!("  {} <{}>", customer.name, customer.email);
    }
    metadata.drop_all(&mut conn)
}

fn text(amount: Option<rust_decimal::Decimal>) -> String {
    amount.map_or_else(|| "none".to_owned(), |amount| amount.to_string())
}
