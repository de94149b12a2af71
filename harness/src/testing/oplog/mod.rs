//! Production's own histories: what `golem agent oplog ID --format json` prints of a worker. Each is played as it was on the old version,
//! with an update to the new one (of a chain, to the last) at several places, by replay, and by recovery from the snapshots in it; and the generator
//! draws from the operations and values of production. What cannot be used (an unknown entry, a value of another type, a call that
//! the versions do not have in common) is counted and said.
//!
//! What the host answered is not used: it is written in types of Golem's own, and not in those of the functions that were called.

mod entry;
mod gather;
mod history;
mod judge;
mod production;
mod read;
mod redact;
#[cfg(test)]
mod tests;
mod tree;
mod values;

pub use entry::Entry;
pub(crate) use judge::{Asked, Told, judge, told};
pub use production::Production;
pub use read::{Oplog, read};
pub(crate) use redact::Redactor;

/// What production calls, as far as these histories tell; with a redactor without its strings.
pub(crate) fn production(told: &[Told<'_>], mut redactor: Option<&mut Redactor>) -> Production {
    let mut production = Production::default();
    for history in told.iter().filter_map(|(_, it)| it.as_ref()) {
        for recorded in &history.calls {
            match &mut redactor {
                Some(redactor) => production.add(&redactor.call(&recorded.call)),
                None => production.add(&recorded.call),
            }
        }
    }
    production
}

/// How it is called in a report.
pub const ID: &str = "oplog";
