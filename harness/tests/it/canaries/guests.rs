//! The guests with the faults.

use handover::judging::verdict::Blame;
use handover::value::Val;
use handover::worker::Worker;
use handover::worker::observation::Observation;
use test_guests::{Guest, OPLOG_COMMIT, OPLOG_INDEX, open, runtime};

/// A pair with a fault, and what the check must say of it.
pub struct Canary {
    pub old: Guest,
    pub new: Guest,
    pub blame: Blame,
    /// Operations of the shortest history that shows the fault.
    pub shortest: usize,
}

/// The canary of a property.
pub fn canary(property: &str) -> Option<Canary> {
    let (v1, v2) = (Guest::v1, Guest::v2);
    Some(match property {
        "accepts-saved" => Canary {
            old: v1(),
            // Loads every count of version 1, except one: no history that leads to it is simpler than one call.
            new: v2().before(
                "read-v1",
                "(if (i32.eq (i32.load offset=2 (local.get $at)) (i32.const 1)) (then (return (i32.const 0))))",
            ),
            blame: Blame::Mapping,
            shortest: 1,
        },
        "upgrade-equivalence" => Canary {
            old: v1(),
            // Forgets the mark, but only when it loads version 1.
            new: v2().edit("read-v1", "(global.set $mark (i32.load offset=6 (local.get $at)))", ""),
            blame: Blame::Load,
            shortest: 2,
        },
        "save-is-pure" => Canary {
            // Counts its saves in the mark, behind the snapshot's back.
            old: v1().after(
                "save",
                "(global.set $mark (i32.add (global.get $mark) (i32.const 1)))",
            ),
            new: v2(),
            blame: Blame::Save,
            shortest: 1,
        },
        "load-is-total" => Canary {
            old: v1(),
            // Traps on a single byte above 127.
            new: v2().before(
                "load",
                "(if (i32.eq (local.get $length) (i32.const 1))
                   (then (if (i32.gt_u (i32.load8_u (local.get $at)) (i32.const 127)) (then unreachable))))",
            ),
            blame: Blame::Load,
            shortest: 0,
        },
        "load-is-strict" => Canary {
            old: v1(),
            // Accepts a snapshot whose tail is cut.
            new: v2().edit("read-v2", "(i32.ne (local.get $length)", "(i32.gt_u (local.get $length)"),
            blame: Blame::Load,
            shortest: 0,
        },
        "accepted-is-stable" => Canary {
            old: v1(),
            // Loads a count above the cap, which only get finds out.
            new: v2()
                .edit(
                    "read-v2",
                    "(if (i32.gt_u (i32.load offset=6 (local.get $at)) (global.get $cap)) (then (return (i32.const 0))))",
                    "",
                )
                .before("get", "(if (i32.gt_u (global.get $count) (global.get $cap)) (then unreachable))"),
            blame: Blame::Load,
            shortest: 1,
        },
        "reload-equivalence" => {
            let guest = with_expiry();
            Canary {
                old: guest.clone(),
                new: guest,
                blame: Blame::Load,
                shortest: 2,
            }
        }
        "resave" => Canary {
            old: v1(),
            // Saves the count that it loaded, not the one that it has.
            new: v2()
                .item("(global $loaded (mut i32) (i32.const 0))")
                .after("load", "(global.set $loaded (global.get $count))")
                .edit("save", "(global.get $count)", "(global.get $loaded)"),
            blame: Blame::Save,
            shortest: 2,
        },
        "revert" => Canary {
            // Changes the outside world, which no revert takes back.
            old: v1().import(OPLOG_COMMIT).before("save", "(call $oplog-commit (i32.const 1))"),
            new: v2(),
            blame: Blame::Save,
            shortest: 0,
        },
        "lifecycle" => Canary {
            old: v1(),
            // Expires its own snapshots, not those of version 1: only a crash after a second update shows it.
            new: expiring(v2(), "read-v2"),
            blame: Blame::Load,
            shortest: 2,
        },
        "load-is-read-only" => Canary {
            old: v1(),
            // Changes the outside world, again at every recovery.
            new: v2().import(OPLOG_COMMIT).before("load", "(call $oplog-commit (i32.const 1))"),
            blame: Blame::Load,
            shortest: 0,
        },
        "state-kept" => Canary {
            // Counts what was added, which no operation shows.
            old: v1()
                .item("(global $added (mut i32) (i32.const 0))")
                .item(SWAP)
                .after("add", "(global.set $added (i32.add (global.get $added) (i32.const 1)))")
                .before("read-v1", READ_MAP_OF_TWO)
                .after("read-v1", "(global.set $added (call $swap (i32.load offset=13 (local.get $at))))")
                .edit("save", "(call $snapshot (i32.const 64) (i32.const 10))", SAVE_MAP_OF_TWO),
            // Loads the rest alone.
            new: described(v2(), &["read-v2"]).before("read-v1", READ_MAP_OF_TWO),
            blame: Blame::Load,
            shortest: 1,
        },
        "resources" => {
            let guest = with_trail(counting_up(), "$count");
            Canary {
                old: guest.clone(),
                // Compares every byte of the trail with every other.
                new: guest
                    .before("read-v1", "(local $left i32)")
                    .after("read-v1", EVERY_PAIR),
                blame: Blame::Load,
                shortest: 1,
            }
        }
        "recovery" => Canary {
            old: v1(),
            // Asks the host at its first count, and forgets with its instance that it did: no operation tells.
            new: asking_once(v2()),
            blame: Blame::Save,
            shortest: 2,
        },
        "replay" => Canary {
            old: v1(),
            // Asks the host for what it did not ask before.
            new: v2().import(OPLOG_INDEX).before("get", "(drop (call $get-oplog-index))"),
            blame: Blame::Behaviour,
            shortest: 1,
        },
        _ => return None,
    })
}

/// A guest that asks the host at its first count, and does not save that it did.
pub fn asking_once(guest: Guest) -> Guest {
    guest
        .import(OPLOG_INDEX)
        .item("(global $asked (mut i32) (i32.const 0))")
        .before(
            "add",
            "(if (i32.eqz (global.get $asked)) (then
               (global.set $asked (i32.const 1))
               (drop (call $get-oplog-index))))",
        )
}

/// Reverses the bytes of a number.
const SWAP: &str = "(func $swap (param i32) (result i32)
    (i32.or
      (i32.rotr (i32.and (local.get 0) (i32.const 0x00ff00ff)) (i32.const 8))
      (i32.rotl (i32.and (local.get 0) (i32.const 0xff00ff00)) (i32.const 8))))";

/// Writes CBOR: `{"s": h'the ten bytes', "a": $added}`.
const SAVE_MAP_OF_TWO: &str = "
    (i32.store (i32.const 60) (i32.const 0x4a7361a2))
    (i32.store (i32.const 74) (i32.const 0x1a6161))
    (i32.store (i32.const 77) (call $swap (global.get $added)))
    (call $snapshot (i32.const 60) (i32.const 21))";

/// Takes the ten bytes out of that, for the reader that follows.
const READ_MAP_OF_TWO: &str = "
    (if (i32.ne (local.get $length) (i32.const 21)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load (local.get $at)) (i32.const 0x4a7361a2)) (then (return (i32.const 0))))
    (if (i32.ne (i32.and (i32.load offset=14 (local.get $at)) (i32.const 0xffffff)) (i32.const 0x1a6161))
      (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $at) (i32.const 4)))
    (local.set $length (i32.const 10))";

/// Writes CBOR: `{"s": h'the ten bytes'}`.
const SAVE_MAP_OF_ONE: &str = "
    (i32.store (i32.const 60) (i32.const 0x4a7361a1))
    (call $snapshot (i32.const 60) (i32.const 14))";

/// Takes the ten bytes out of that.
const READ_MAP_OF_ONE: &str = "
    (if (i32.ne (local.get $length) (i32.const 14)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load (local.get $at)) (i32.const 0x4a7361a1)) (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $at) (i32.const 4)))
    (local.set $length (i32.const 10))";

/// A guest whose snapshots say in CBOR which field they have; `reads` read them.
pub fn described(guest: Guest, reads: &[&str]) -> Guest {
    let saves = "(call $snapshot (i32.const 64) (i32.const 10))";
    let guest = guest.edit("save", saves, SAVE_MAP_OF_ONE);
    reads
        .iter()
        .fold(guest, |guest, read| guest.before(read, READ_MAP_OF_ONE))
}

/// A guest whose `add` counts one up, whatever it is given.
pub fn counting_up() -> Guest {
    let one = "(if (i32.lt_u (global.get $count) (global.get $cap))
          (then (global.set $count (i32.add (global.get $count) (i32.const 1)))))
        (global.get $count)";
    Guest::v1().with("add", one)
}

/// A guest that saves so many more bytes as the global `counter` says, and takes it from there.
pub fn with_trail(guest: Guest, counter: &str) -> Guest {
    guest
        .edit(
            "save",
            "(i32.const 10)",
            &format!("(i32.add (i32.const 10) (global.get {counter}))"),
        )
        .edit(
            "read-v1",
            "(i32.ne (local.get $length) (i32.const 10))",
            "(i32.gt_u (i32.sub (local.get $length) (i32.const 10)) (global.get $cap))",
        )
        .after(
            "read-v1",
            &format!("(global.set {counter} (i32.sub (local.get $length) (i32.const 10)))"),
        )
}

/// Takes a step for every pair of bytes in a snapshot of `$length`, counted in `$left`.
pub const EVERY_PAIR: &str = "
    (local.set $left (i32.mul (local.get $length) (local.get $length)))
    (loop $pair
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $pair (local.get $left)))";

/// A guest that saves its place in the oplog, and starts anew when the oplog has grown by more than [`EXPIRY`] since.
pub fn with_expiry() -> Guest {
    expiring(Guest::v1(), "read-v1")
}

/// Entries of the oplog, between what the load of an update finds since the save and what the load of a recovery finds, which
/// comes later in the simulated world.
pub const EXPIRY: u64 = 25_500;

/// The same of any guest, in the format that `read` reads, and with another difference.
pub fn expiring(guest: Guest, read: &str) -> Guest {
    guest
        .import(OPLOG_INDEX)
        .before("save", "(i64.store (i32.const 74) (call $get-oplog-index))")
        .edit("save", "(i32.const 10)", "(i32.const 18)")
        .edit(read, "(i32.const 10)", "(i32.const 18)")
        .after(
            read,
            &format!(
                "(if (i64.gt_s (i64.sub (call $get-oplog-index) (i64.load offset=10 (local.get $at))) (i64.const {EXPIRY}))
                   (then (global.set $count (i32.const 0))))"
            ),
        )
}

/// A guest whose mark is, once it has loaded a snapshot, by how many entries the oplog grew since.
fn with_age() -> Guest {
    let (save, read) = ("save", "read-v1");
    Guest::v1()
        .import(OPLOG_INDEX)
        .edit(
            save,
            "(global.get $mark)",
            "(i32.wrap_i64 (call $get-oplog-index))",
        )
        .edit(
            read,
            "(i32.load offset=6 (local.get $at))",
            "(i32.sub (i32.wrap_i64 (call $get-oplog-index)) (i32.load offset=6 (local.get $at)))",
        )
}

#[test]
fn snapshots_expire_between_the_load_of_an_update_and_that_of_a_recovery() {
    let runtime = runtime();
    let guest = open(&runtime, &with_age());
    let (save, load) = (guest.save().expect("save"), guest.load().expect("load"));
    let marked = guest
        .operations()
        .iter()
        .find(|it| it.name.name == "marked");
    let age = |seed: u64, attempt: u32| {
        let mut old = Worker::start(&guest, seed).expect("it starts");
        let snapshot = old.save(save, 3).expect("a snapshot");
        let mut new = Worker::start(&guest, seed).expect("it starts");
        let loaded = new.load(load, &snapshot, 3, attempt);
        loaded.expect("load answers").expect("load accepts it");
        match new.invoke(marked.expect("an operation"), &[], 3) {
            Observation::Returned(Some(Val::U32(age))) => u64::from(age),
            other => panic!("marked should return the age: {other}"),
        }
    };
    for seed in 0..50 {
        let (update, recovery) = (age(seed, 0), age(seed, 1));
        assert!(update < EXPIRY && EXPIRY < recovery, "{update}, {recovery}");
    }
}
