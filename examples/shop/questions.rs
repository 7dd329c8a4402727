//! The questions, as queries.

use orm::func::{count, exists, max, month, not_exists, sum, year};
use orm::prelude::*;
use rust_decimal::Decimal;

use crate::model::{Category, Customer, Order, OrderItem, OrderState, Product};

/// Rows of three values.
type Rows<A, B, C> = Vec<(A, B, C)>;

/// An amount of money; none if nothing was added up.
type Amount = Option<Decimal>;

/// Name, count of orders and sum of all customers who ordered, those who spent most first.
pub(crate) fn top_customers(
    conn: &mut Connection,
    limit: u64,
) -> orm::Result<Rows<String, i64, Amount>> {
    let spent = sum(OrderItem::price * OrderItem::quantity.cast::<Decimal>());
    Customer::query()
        .join(Order::customer_id)
        .join(OrderItem::order_id)
        .filter(Order::state.ne(OrderState::Cancelled))
        .group_by((Customer::id, Customer::name))
        .select((Customer::name, count(Order::id).distinct(), spent.clone()))
        .order_by(spent.desc())
        .limit(limit)
        .all(conn)
}

/// Name, revenue and dearest sold item of each category, those without sales too.
pub(crate) fn revenue_by_category(
    conn: &mut Connection,
) -> orm::Result<Rows<String, Amount, Amount>> {
    Category::query()
        .left_join(Product::category_id)
        .left_join(OrderItem::product_id)
        .group_by((Category::id, Category::name))
        .select((
            Category::name,
            sum(OrderItem::price * OrderItem::quantity.cast::<Decimal>()),
            max(OrderItem::price),
        ))
        .order_by(Category::name)
        .all(conn)
}

/// The orders of a customer with their count of products and their sum, the newest first.
pub(crate) fn order_history(
    conn: &mut Connection,
    email: &str,
) -> orm::Result<Rows<Order, i64, Amount>> {
    let totals = OrderItem::query()
        .select((
            OrderItem::order_id,
            count(OrderItem::product_id).label("products"),
            sum(OrderItem::price * OrderItem::quantity.cast::<Decimal>()).label("total"),
        ))
        .group_by(OrderItem::order_id)
        .subquery("totals");
    let (order_id, products, total) = totals.columns();
    Order::query()
        .join(Order::customer_id)
        .join(totals.on(order_id.eq(Order::id)))
        .filter(Customer::email.eq(email))
        .order_by(Order::placed_at.desc())
        .select((Order::entity(), products, total))
        .all(conn)
}

/// Products whose name or description contains a word, in any case, with their category.
pub(crate) fn search(conn: &mut Connection, word: &str) -> orm::Result<Vec<(Product, String)>> {
    let pattern = format!("%{}%", word.replace(['%', '_', '\\'], ""));
    Product::query()
        .join(Product::category_id)
        .filter(Product::name.ilike(&pattern) | Product::description.ilike(&pattern))
        .filter(Product::stock.gt(0))
        .order_by(Product::name)
        .select((Product::entity(), Category::name))
        .all(conn)
}

/// Revenue of each month of a year, and the sum of it and the months before.
pub(crate) fn monthly_revenue(
    conn: &mut Connection,
    of_year: i32,
) -> orm::Result<Rows<i32, Amount, Amount>> {
    let by_month = Order::query()
        .join(OrderItem::order_id)
        .filter(year(Order::placed_at).eq(of_year) & Order::state.ne(OrderState::Cancelled))
        .group_by(month(Order::placed_at))
        .select((
            month(Order::placed_at).label("month"),
            sum(OrderItem::price * OrderItem::quantity.cast::<Decimal>()).label("revenue"),
        ))
        .subquery("by_month");
    let (month, revenue) = by_month.columns();
    let so_far = sum(revenue.clone()).over(orm::func::window().order_by(month.clone()));
    by_month.query().select((month.clone(), revenue, so_far)).order_by(month).all(conn)
}

/// Customers who never ordered; and, to be sure, none of them is among those who did.
pub(crate) fn without_orders(conn: &mut Connection) -> orm::Result<Vec<Customer>> {
    let orders = Order::query().filter(Order::customer_id.eq(Customer::id));
    Customer::query()
        .filter(not_exists(orders.clone()) & !exists(orders))
        .order_by(Customer::name)
        .all(conn)
}
