//! How much memory a session takes for a row, beside a plain struct.
//!
//! A binary of its own, since it counts allocations, which takes time.

use allocation_counter::{AllocationInfo, measure};
use orm::prelude::*;
use orm_benches::Result;
use orm_benches::graph::{Comment, PlainComment, Post, User, comment, post, user};

const ROWS: usize = 10_000;

fn by_hand() -> Vec<PlainComment> {
    let mut rows = Vec::new();
    for number in 0..ROWS {
        rows.push(PlainComment { id: 0, body: comment(number), post_id: 0 });
    }
    rows
}

/// What something allocated and kept, with how often it allocated.
fn kept<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, AllocationInfo)> {
    let mut result = None;
    let info = measure(|| result = Some(work()));
    Ok((result.ok_or("it was not called")??, info))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer bytes than 2^52")]
fn report(what: &str, info: &AllocationInfo, beside: i64) {
    let rows = ROWS as f64;
    println!(
        "{what}: {:.0} bytes and {:.1} allocations a row",
        (info.bytes_current + beside) as f64 / rows,
        info.count_total as f64 / rows
    );
}

fn main() -> Result<()> {
    let engine = Engine::connect("sqlite::memory:")?;
    metadata![User, Post, Comment].create_all(&mut engine.connect()?)?;

    let (rows, info) = kept(|| Ok(by_hand()))?;
    report("a struct by hand", &info, 0);
    drop(rows);

    let mut session = engine.session();
    let owner = session.add(User::builder().name(user(0)));
    let written = session.add(Post::builder().title(post(0)).user(owner));
    session.commit()?;
    let ((), added) = kept(|| {
        for number in 0..ROWS {
            session.add(Comment::builder().body(comment(number)).post(written));
        }
        Ok(())
    })?;
    report("a new row", &added, 0);
    let ((), written) = kept(|| Ok(session.commit()?))?;
    report("a new row after the commit", &written, added.bytes_current);

    let mut session = engine.session();
    let (rows, info) = kept(|| Ok(Comment::query().all(&mut session)?))?;
    report("a loaded row", &info, 0);
    let ((), changed) = kept(|| {
        for &row in &rows {
            session[row].body.push('!');
        }
        Ok(())
    })?;
    report("a loaded row that was changed", &changed, info.bytes_current);
    session.rollback()?;
    Ok(())
}
