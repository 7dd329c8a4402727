//! What the code under test logs.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    /// The target whose events this thread keeps, and what it kept.
    static KEPT: RefCell<Option<(&'static str, Vec<String>)>> = const { RefCell::new(None) };
}

/// Runs `work`, and returns what it returned with the events of `target` that this thread logged.
///
/// An event is its level, then its fields as they were recorded: `DEBUG sql=COMMIT`. The test has to
/// have its [`TestDb`](crate::TestDb) by then.
pub fn logged<R>(target: &'static str, work: impl FnOnce() -> R) -> (R, Vec<String>) {
    KEPT.set(Some((target, Vec::new())));
    let result = work();
    let (_, events) = KEPT.take().unwrap_or_default();
    (result, events)
}

/// Makes the recorder the subscriber of the process.
///
/// `tracing` remembers for each event whether anybody listens, from the first time that any thread
/// meets it. Only a subscriber that is there before the first event sees all of them.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // Another subscriber belongs to the test; what is `logged` then is empty, and the test fails.
        let _ = set_global_default(Recorder);
    });
}

struct Recorder;

impl Subscriber for Recorder {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        KEPT.with_borrow(|kept| {
            kept.as_ref().is_some_and(|(target, _)| metadata.target() == *target)
        })
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        KEPT.with_borrow_mut(|kept| {
            if let Some((_, events)) = kept {
                events.push(line.0);
            }
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {field}={value}");
    }
}
