//! The market stalls.

use super::{Fault, SamplePair, Suspicious};

/// The old version.
const OLD: &str = "stall-v1";
/// The new version.
const NEW: &str = "stall-v3";

/// The stalls, with their faults and their correct changes.
pub const PAIR: SamplePair = SamplePair {
    old: OLD,
    new: NEW,
    faults: FAULTS,
    suspicious: SUSPICIOUS,
};

const fn fault(
    name: &'static str,
    property: &'static str,
    blame: &'static str,
    what: &'static str,
) -> Fault {
    Fault {
        old: OLD,
        new: NEW,
        name,
        what,
        property,
        blame,
        report: "",
    }
}

const fn suspicious(name: &'static str, what: &'static str) -> Suspicious {
    Suspicious {
        old: OLD,
        new: NEW,
        name,
        what,
        config: "",
        strict: true,
    }
}

/// First the faults of the old version's save, then those of the new version's load.
const FAULTS: &[Fault] = &[
    fault(
        "field-not-saved",
        "upgrade-equivalence",
        "save",
        "save writes 0 for the closing time",
    ),
    fault(
        "fields-swapped",
        "upgrade-equivalence",
        "save",
        "save writes the height where the width belongs, and the width where the height does",
    ),
    fault(
        "narrowed-to-32-bits",
        "upgrade-equivalence",
        "save",
        "save keeps the low 32 bits of a price",
    ),
    fault(
        "sign-not-extended",
        "accepts-saved",
        "save",
        "save widens the cooler's degrees without their sign",
    ),
    fault(
        "float-narrowed",
        "upgrade-equivalence",
        "save",
        "save writes the rate through a 32-bit float",
    ),
    fault(
        "nan-lost",
        "upgrade-equivalence",
        "save",
        "save writes 0 for a rate that is NaN",
    ),
    fault(
        "negative-zero-lost",
        "upgrade-equivalence",
        "save",
        "save writes 0 for a rate of −0",
    ),
    fault(
        "length-in-characters",
        "accepts-saved",
        "save",
        "save writes a string's length in characters, and its bytes",
    ),
    fault(
        "length-wraps-at-256",
        "accepts-saved",
        "save",
        "save writes the low 8 bits of a string's length, and all of its bytes",
    ),
    fault(
        "length-wraps-at-65536",
        "upgrade-equivalence",
        "save",
        "save cuts strings to the low 16 bits of their length",
    ),
    fault(
        "empty-saved-as-none",
        "upgrade-equivalence",
        "save",
        "save writes no gift where the gift is an empty string",
    ),
    fault(
        "unstable-order",
        "upgrade-equivalence",
        "save",
        "save writes the goods in the order of a hash map",
    ),
    fault(
        "keys-merged",
        "upgrade-equivalence",
        "save",
        "save writes tags in lower case, so that two become one",
    ),
    fault(
        "save-drains-the-queue",
        "save-is-pure",
        "save",
        "save takes the customers out of the queue that it writes",
    ),
    fault(
        "save-takes-an-id",
        "save-is-pure",
        "save",
        "save draws an id from the counter",
    ),
    fault(
        "save-traps-on-nan",
        "accepts-saved",
        "save",
        "save traps on a rate that is NaN",
    ),
    fault(
        "save-traps-on-an-emptied-list",
        "accepts-saved",
        "save",
        "save traps when all goods have been removed",
    ),
    fault(
        "save-writes-outside",
        "revert",
        "save",
        "save changes the world outside, which no revert takes back",
    ),
    fault(
        "stamps-not-saved",
        "upgrade-equivalence",
        "save",
        "save starts a new card: one stamp in five comes too late",
    ),
    fault(
        "quadratic-save",
        "resources",
        "save",
        "save looks for the number of each payment among all of them",
    ),
    fault(
        "quadratic-string",
        "resources",
        "save",
        "save counts to each character of a string from its start",
    ),
    fault(
        "field-not-loaded",
        "upgrade-equivalence",
        "load",
        "load ignores the gift",
    ),
    fault(
        "enum-renumbered",
        "upgrade-equivalence",
        "mapping",
        "load takes the old numbers of the trade for the new ones",
    ),
    fault(
        "byte-order-changed",
        "upgrade-equivalence",
        "mapping",
        "load reads the old size with the new order of bytes",
    ),
    fault(
        "units-not-converted",
        "upgrade-equivalence",
        "mapping",
        "load takes degrees Celsius for Kelvin",
    ),
    fault(
        "migration-step-skipped",
        "upgrade-equivalence",
        "mapping",
        "on the way from the first version to the third, load leaves out the second's step: stamps are counted down",
    ),
    fault(
        "queue-order-lost",
        "upgrade-equivalence",
        "load",
        "load turns the queue around",
    ),
    fault(
        "multiplicity-lost",
        "upgrade-equivalence",
        "load",
        "load makes a set of the tags, which were counted",
    ),
    fault(
        "index-not-rebuilt",
        "upgrade-equivalence",
        "load",
        "load does not rebuild the index of names",
    ),
    fault(
        "total-by-a-new-formula",
        "upgrade-equivalence",
        "load",
        "load adds all payments up again, at the rate of today",
    ),
    fault(
        "id-counter-reset",
        "upgrade-equivalence",
        "load",
        "load continues after the largest id of the goods, and forgets those of the receipts",
    ),
    fault(
        "idempotency-keys-lost",
        "upgrade-equivalence",
        "load",
        "load forgets which keys were paid with",
    ),
    fault(
        "tombstones-lost",
        "upgrade-equivalence",
        "load",
        "load forgets which goods were removed",
    ),
    fault(
        "ring-off-by-one-when-full",
        "upgrade-equivalence",
        "mapping",
        "load turns the ring of the five newest payments by one place when it is full",
    ),
    fault(
        "does-not-read-its-own",
        "resave",
        "load",
        "load reads the first version's snapshots, and not its own",
    ),
    fault(
        "unknown-variant-defaulted",
        "load-is-strict",
        "load",
        "load takes an unknown trade for an open stall",
    ),
    fault(
        "missing-field-defaulted",
        "load-is-strict",
        "load",
        "load takes the default where the last field is missing",
    ),
    fault(
        "trailing-bytes-accepted",
        "load-is-strict",
        "load",
        "load ignores what follows the last field",
    ),
    fault(
        "truncated-input-accepted",
        "load-is-strict",
        "load",
        "load reads zeros beyond the end",
    ),
    fault(
        "invariants-not-checked",
        "accepted-is-stable",
        "load",
        "load accepts a ring that is turned too far and a card with too many stamps, and a later operation traps",
    ),
    fault(
        "traps-on-short-input",
        "load-is-total",
        "load",
        "load looks at the version before it looks at the length",
    ),
    fault(
        "length-overflows",
        "load-is-total",
        "load",
        "load adds a length to a position in 32 bits",
    ),
    fault(
        "allocates-what-a-length-says",
        "load-is-total",
        "load",
        "load makes room for as many items as a length promises",
    ),
    fault(
        "unbounded-recursion",
        "load-is-total",
        "load",
        "load goes one call deeper for each layer of wrapping",
    ),
    fault(
        "endless-loop",
        "load-is-total",
        "load",
        "load goes on by a section's length, be it 0",
    ),
    fault(
        "quadratic-time",
        "resources",
        "load",
        "load compares every customer in the queue with every other",
    ),
    fault(
        "quadratic-memory",
        "resources",
        "load",
        "load makes room for every pair of customers in the queue",
    ),
    fault(
        "journal-never-cut",
        "resources",
        "load",
        "load notes every update in a journal that nobody reads, and the next save writes it",
    ),
    fault(
        "load-depends-on-the-clock",
        "reload-equivalence",
        "load",
        "load notes when it ran as the time of the last move",
    ),
    fault(
        "load-depends-on-random",
        "reload-equivalence",
        "load",
        "load turns the queue around if a random number is odd",
    ),
    fault(
        "load-writes-outside",
        "load-is-read-only",
        "load",
        "load changes the world outside, again at every recovery",
    ),
    fault(
        "load-exits",
        "load-is-total",
        "load",
        "load calls exit where it should return Err",
    ),
];

const SUSPICIOUS: &[Suspicious] = &[
    Suspicious {
        config: r#"[[differs]]
function = "look"
field = ".total"
reason = "totals are rounded to tens"
"#,
        ..suspicious(
            "declared-change",
            "the new version shows totals rounded to tens, and the config declares it",
        )
    },
    suspicious("depends-on-the-host", "both versions show the time of day"),
    suspicious(
        "lossless-format-change",
        "the new version's snapshots are hexadecimal text",
    ),
    suspicious(
        "unsaved-cache",
        "find keeps its answers, and save rightly does not",
    ),
    suspicious("time-stamp", "save writes the time, which load skips"),
    suspicious(
        "compacting-save",
        "save gives memory back, which nobody can observe",
    ),
    suspicious(
        "spoils-what-is-discarded",
        "load changes its worker, which is discarded, and then returns Err",
    ),
    suspicious(
        "load-merges",
        "load merges into what is there, which in a fresh worker is nothing",
    ),
];
