//! Every planted fault of the sample stalls is caught by the property named for it, with the right blame; every correct pair
//! that looks suspicious passes. `handover self-test` shows the same with more seeds, as a table.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use handover::judging::verdict::Status;
use handover::properties;
use handover::{Chain, Config, Options, check};
use sample_component::faults::{self, Fault, leases, stalls};

use super::catch::{Samples, catch};

static STALLS: LazyLock<Samples> =
    LazyLock::new(|| Samples::open(&[stalls::PAIR]).expect("the stalls open"));

fn fault(name: &str) -> &'static Fault {
    let found = faults::faults().find(|fault| fault.name == name);
    found.unwrap_or_else(|| panic!("no row names {name}"))
}

fn is_caught(fault: &Fault) {
    let property = properties::named(fault.property).expect("the property");
    let pair = STALLS.with_fault(fault).expect("a pair");
    let caught = catch(&pair, property, &Options::default()).expect("a check");
    let caught = caught.unwrap_or_else(|| panic!("{} is not caught", fault.name));
    assert_eq!(caught.property, fault.property);
    assert_eq!(caught.blame.to_string(), fault.blame);
    assert!(caught.replays);
}

fn passes(pair: &Chain) {
    let options = Options {
        cases: 64,
        strict: true,
        ..Options::default()
    };
    let report = check(pair, &options, &()).expect("a check");
    assert_eq!(report.verdict(), Status::Pass, "{report:#?}");
}

/// A canary for each name, and the list of them.
macro_rules! canaries {
    ($list:ident: $($test:ident = $name:literal,)*) => {
        const $list: &[&str] = &[$($name),*];

        $(#[test]
        fn $test() {
            is_caught(fault($name));
        })*
    };
}

canaries! {
    CANARIES:
    field_not_saved = "field-not-saved",
    fields_swapped = "fields-swapped",
    narrowed_to_32_bits = "narrowed-to-32-bits",
    sign_not_extended = "sign-not-extended",
    float_narrowed = "float-narrowed",
    nan_lost = "nan-lost",
    negative_zero_lost = "negative-zero-lost",
    length_in_characters = "length-in-characters",
    length_wraps_at_256 = "length-wraps-at-256",
    length_wraps_at_65536 = "length-wraps-at-65536",
    empty_saved_as_none = "empty-saved-as-none",
    unstable_order = "unstable-order",
    keys_merged = "keys-merged",
    save_drains_the_queue = "save-drains-the-queue",
    save_takes_an_id = "save-takes-an-id",
    save_traps_on_nan = "save-traps-on-nan",
    save_traps_on_an_emptied_list = "save-traps-on-an-emptied-list",
    save_writes_outside = "save-writes-outside",
    stamps_not_saved = "stamps-not-saved",
    quadratic_save = "quadratic-save",
    quadratic_string = "quadratic-string",
    field_not_loaded = "field-not-loaded",
    enum_renumbered = "enum-renumbered",
    byte_order_changed = "byte-order-changed",
    units_not_converted = "units-not-converted",
    migration_step_skipped = "migration-step-skipped",
    queue_order_lost = "queue-order-lost",
    multiplicity_lost = "multiplicity-lost",
    index_not_rebuilt = "index-not-rebuilt",
    total_by_a_new_formula = "total-by-a-new-formula",
    id_counter_reset = "id-counter-reset",
    idempotency_keys_lost = "idempotency-keys-lost",
    tombstones_lost = "tombstones-lost",
    ring_off_by_one_when_full = "ring-off-by-one-when-full",
    does_not_read_its_own = "does-not-read-its-own",
    unknown_variant_defaulted = "unknown-variant-defaulted",
    missing_field_defaulted = "missing-field-defaulted",
    trailing_bytes_accepted = "trailing-bytes-accepted",
    truncated_input_accepted = "truncated-input-accepted",
    invariants_not_checked = "invariants-not-checked",
    traps_on_short_input = "traps-on-short-input",
    length_overflows = "length-overflows",
    allocates_what_a_length_says = "allocates-what-a-length-says",
    unbounded_recursion = "unbounded-recursion",
    endless_loop = "endless-loop",
    quadratic_time = "quadratic-time",
    quadratic_memory = "quadratic-memory",
    journal_never_cut = "journal-never-cut",
    load_depends_on_the_clock = "load-depends-on-the-clock",
    load_depends_on_random = "load-depends-on-random",
    load_writes_outside = "load-writes-outside",
    load_exits = "load-exits",
}

/// State that lives for less than a day: it is only seen at another pace, which the failure file keeps.
#[test]
fn sessions_start_over() {
    let pair = leases::PAIR;
    let fault = pair
        .faults
        .iter()
        .find(|it| it.name == "sessions-start-over");
    let fault = fault.expect("the fault");
    let samples = Samples::open(&[pair]).expect("the leases open");
    let pair = samples.with_fault(fault).expect("a pair");
    let property = properties::named(fault.property).expect("the property");
    let caught = catch(&pair, property, &Options::default())
        .expect("a check")
        .expect("a failure");
    assert_eq!(caught.property, fault.property);
    assert!(caught.replays);
}

#[test]
fn every_fault_of_the_stalls_has_a_canary() {
    let faults = stalls::PAIR.faults.iter();
    let faults: BTreeSet<&str> = faults.map(|fault| fault.name).collect();
    assert_eq!(faults, CANARIES.iter().copied().collect());
}

#[test]
fn every_correct_change_of_the_stalls_passes() {
    for change in stalls::PAIR.suspicious {
        passes(&STALLS.with_change(change).expect("a pair"));
    }
}

#[test]
fn without_a_mode_the_stalls_are_correct() {
    let pair = Chain::open(
        &["embedded:stall-v1", "embedded:stall-v3"],
        &Config::default(),
    );
    passes(&pair.expect("a pair"));
}

/// Faults that take a rare state: of ten seeds, random histories alone miss each of them with some.
const RARE: [&str; 6] = [
    "clients-by-name",
    "disputed-and-frozen",
    "memo-cut-in-bytes",
    "remainder-not-saved",
    "ties-in-heap-order",
    "ties-reversed",
];

#[test]
fn histories_that_are_made_of_others_find_what_random_ones_do_not() {
    let samples = Samples::open(faults::PAIRS).expect("the samples open");
    let found = |guided: bool| {
        let runs = RARE
            .iter()
            .flat_map(|name| (0..3).map(move |seed| (name, seed)));
        let is_found = |(name, seed): (&&str, u64)| {
            let fault = fault(name);
            let pair = samples.with_fault(fault).expect("a pair");
            let options = Options {
                seed,
                guided,
                properties: vec![properties::named(fault.property).expect("the property")],
                first_failure: true,
                ..Options::default()
            };
            let report = check(&pair, &options, &()).expect("a check");
            report.verdict() == Status::Fail
        };
        runs.filter(|(name, seed)| is_found((name, *seed))).count()
    };
    let (guided, random) = (found(true), found(false));
    assert!(guided > random, "{guided} and {random} of 18");
}
