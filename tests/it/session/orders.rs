//! Sessions of several threads: none sells what another one sold, and none writes over what it did not see.

use std::thread;

use orm::prelude::*;
use orm::{Error, IntegrityKind};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "products", check(name = "ck_stock", "stock >= 0"))]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
    stock: i32,
    #[orm(version)]
    version: i32,
}

#[derive(Model, Debug)]
#[orm(table = "orders")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    customer: String,
    #[orm(has_many(inverse = order, order_by = id, cascade = "all, delete-orphan"))]
    lines: HasMany<OrderLine>,
}

#[derive(Model, Debug)]
#[orm(table = "order_lines")]
struct OrderLine {
    #[orm(primary_key)]
    id: i64,
    count: i32,
    #[orm(foreign_key(Order::id))]
    order_id: i64,
    #[orm(belongs_to(key = order_id, inverse = lines))]
    order: BelongsTo<Order>,
    #[orm(foreign_key(Product::id))]
    product_id: i64,
    #[orm(belongs_to(key = product_id))]
    product: BelongsTo<Product>,
}

/// Orders as many of the products as there are, each in a savepoint of its own; returns the order and what
/// is sold out.
fn place_order<'w>(
    session: &mut Session,
    customer: &str,
    wanted: &[(&'w str, i32)],
) -> orm::Result<(Entity<Order>, Vec<&'w str>)> {
    let order = session.add(Order::builder().customer(customer));
    let mut sold_out = Vec::new();
    for &(name, count) in wanted {
        let line = session.savepoint(|session| {
            let product =
                Product::query().filter(Product::name.eq(name)).for_update().one(session)?;
            session[product].stock -= count;
            session.push(
                order,
                Order::lines,
                OrderLine::builder().count(count).product(product),
            )?;
            session.flush()
        });
        match line {
            Ok(()) => {}
            Err(Error::Integrity(error)) if error.kind == IntegrityKind::Check => {
                sold_out.push(name);
            }
            Err(error) => return Err(error),
        }
    }
    Ok((order, sold_out))
}

fn stocked(db: &TestDb, stock: i32) -> orm::Result<()> {
    metadata![Product, Order, OrderLine].create_all(&mut db.connect()?)?;
    db.engine().transaction(|session| {
        session.add(Product::builder().name("tea").stock(stock));
        session.add(Product::builder().name("cup").stock(1));
        Ok(())
    })
}

on_every_backend! {
    fn what_is_sold_out_is_left_out_of_an_order(db: &TestDb) -> TestResult {
        stocked(db, 10)?;

        let sold_out = db.engine().transaction(|session| {
            let (order, sold_out) = place_order(session, "alice", &[("tea", 3), ("cup", 2), ("tea", 7)])?;
            assert_eq!(session[order].lines.entities().map(<[_]>::len), Some(2));
            Ok(sold_out)
        })?;

        assert_eq!(sold_out, ["cup"]);
        let mut conn = db.connect()?;
        let stocks = Product::query().order_by(Product::id).select(Product::stock).all(&mut conn)?;
        assert_eq!(stocks, [0, 1]);
        assert_eq!(OrderLine::query().select(OrderLine::count).all(&mut conn)?, [3, 7]);
        Ok(())
    }

    fn many_threads_sell_exactly_what_there_is(db: &TestDb) -> TestResult {
        const THREADS: u32 = 50;
        const STOCK: i32 = 100;
        stocked(db, STOCK)?;

        let sold: i32 = thread::scope(|scope| {
            let buyers = (0..THREADS).map(|number| {
                scope.spawn(move || {
                    // Three each, which is more than there is.
                    let order = |_: u32| {
                        db.engine().transaction_with_retries(1000, |session| {
                            let customer = format!("customer {number}");
                            let (order, sold_out) = place_order(session, &customer, &[("tea", 1)])?;
                            if !sold_out.is_empty() {
                                session.delete(order)?;
                            }
                            Ok(i32::from(sold_out.is_empty()))
                        })
                    };
                    (0..3).map(order).sum::<orm::Result<i32>>()
                })
            });
            let buyers = buyers.collect::<Vec<_>>();
            buyers.into_iter().map(|buyer| buyer.join().unwrap().unwrap()).sum()
        });

        assert_eq!(sold, STOCK);
        let mut conn = db.connect()?;
        let tea = Product::query().filter(Product::name.eq("tea")).one(&mut conn)?;
        assert_eq!((tea.stock, tea.version), (0, STOCK + 1));
        assert_eq!(OrderLine::query().count(&mut conn)?, 100);
        assert_eq!(Order::query().count(&mut conn)?, 100);
        Ok(())
    }

    fn two_threads_that_change_a_row_do_not_lose_an_update(db: &TestDb) -> TestResult {
        stocked(db, 10)?;
        let mut ours = db.engine().session();
        let tea = ours.get_or_not_found::<Product>(1)?;
        ours.commit()?;

        thread::scope(|scope| {
            scope.spawn(|| {
                db.engine().transaction(|session| {
                    let tea = session.get_or_not_found::<Product>(1)?;
                    session[tea].stock = 20;
                    Ok(())
                })
            });
        });
        // A session can be sent to another thread.
        let (mut ours, error) = thread::spawn(move || {
            ours[tea].stock = 5;
            let error = ours.commit().unwrap_err();
            (ours, error)
        })
        .join()
        .unwrap();

        assert!(matches!(error, Error::StaleData { model: "Product" }), "{error}");
        assert_eq!(ours[tea].stock, 10);
        ours.refresh(tea)?;
        assert_eq!(ours[tea].stock, 20);
        Ok(())
    }
}
