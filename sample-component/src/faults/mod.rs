//! What the sample pairs do wrong, or in a way that only looks wrong, when the environment variable [`VARIABLE`] asks for it:
//! one file for each pair.

pub mod auction;
pub mod jobs;
pub mod leases;
pub mod ledger;
pub mod rooms;
pub mod sensors;
pub mod stalls;

/// The environment variable that names a fault or a suspicious change.
pub const VARIABLE: &str = "MODE";

/// An old and a new version that are correct without a mode, and what they do with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplePair {
    /// The old version's name.
    pub old: &'static str,
    /// The new version's name.
    pub new: &'static str,
    /// Its faults.
    pub faults: &'static [Fault],
    /// Its changes that are correct.
    pub suspicious: &'static [Suspicious],
}

/// A realistic slip in save or load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The old version's name.
    pub old: &'static str,
    /// The new version's name.
    pub new: &'static str,
    /// What [`VARIABLE`] is set to.
    pub name: &'static str,
    /// What goes wrong.
    pub what: &'static str,
    /// The property that must catch it.
    pub property: &'static str,
    /// Which half is to blame: `save`, `load` or `mapping`.
    pub blame: &'static str,
    /// The public report of such a slip, as `owner/repository#number`; empty where there is none.
    pub report: &'static str,
}

/// A pair that is correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspicious {
    /// The old version's name.
    pub old: &'static str,
    /// The new version's name.
    pub new: &'static str,
    /// What [`VARIABLE`] is set to.
    pub name: &'static str,
    /// Why it is suspicious.
    pub what: &'static str,
    /// The config file that declares what changes on purpose.
    pub config: &'static str,
    /// Whether it passes where advisory properties fail, too.
    pub strict: bool,
}

/// All pairs.
pub const PAIRS: &[SamplePair] = &[
    stalls::PAIR,
    jobs::PAIR,
    leases::PAIR,
    ledger::PAIR,
    sensors::PAIR,
    rooms::PAIR,
    auction::PAIR,
];

/// Every fault of every pair.
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    PAIRS.iter().flat_map(|pair| pair.faults)
}

/// Every correct change of every pair.
pub fn suspicious() -> impl Iterator<Item = &'static Suspicious> {
    PAIRS.iter().flat_map(|pair| pair.suspicious)
}

/// The rows of one pair: `old`, `new`, then the faults as `name, property, blame, report, what`, and the correct changes as
/// `name, what`.
macro_rules! sample_pair {
    (
        $old:literal => $new:literal,
        faults { $($name:literal, $property:literal, $blame:literal, $report:literal, $what:literal;)* }
        suspicious { $($correct:literal, $why:literal;)* }
    ) => {
        /// The pair, with its faults and its correct changes.
        pub const PAIR: super::SamplePair = super::SamplePair {
            old: $old,
            new: $new,
            faults: &[$(super::Fault {
                old: $old,
                new: $new,
                name: $name,
                what: $what,
                property: $property,
                blame: $blame,
                report: $report,
            }),*],
            suspicious: &[$(super::Suspicious {
                old: $old,
                new: $new,
                name: $correct,
                what: $why,
                config: "",
                strict: false,
            }),*],
        };
    };
}
use sample_pair;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn rows(pair: &SamplePair) -> Vec<&'static str> {
        let faults = pair.faults.iter().map(|fault| fault.name);
        faults
            .chain(pair.suspicious.iter().map(|it| it.name))
            .collect()
    }

    #[test]
    fn every_mode_has_one_row() {
        let modes = [
            cart_state::stall::Mode::NAMES,
            zoo_state::jobs::Mode::NAMES,
            zoo_state::leases::Mode::NAMES,
            zoo_state::ledger::Mode::NAMES,
            zoo_state::sensors::Mode::NAMES,
            zoo_state::rooms::Mode::NAMES,
            zoo_state::auction::Mode::NAMES,
        ];
        for (pair, names) in PAIRS.iter().zip(modes) {
            let rows: BTreeSet<&str> = rows(pair).into_iter().collect();
            assert_eq!(rows, names.iter().copied().collect(), "{}", pair.old);
        }
        assert_eq!(VARIABLE, cart_state::stall::VARIABLE);
        assert_eq!(VARIABLE, zoo_state::VARIABLE);
    }

    #[test]
    fn no_name_stands_for_two_rows_and_every_pair_is_embedded() {
        let names: Vec<&str> = PAIRS.iter().flat_map(rows).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(unique.len(), names.len());
        for pair in PAIRS {
            assert!(crate::component(pair.old).is_some(), "{}", pair.old);
            assert!(crate::component(pair.new).is_some(), "{}", pair.new);
        }
    }

    #[test]
    fn a_report_names_a_repository_and_a_number() {
        for fault in faults().filter(|fault| !fault.report.is_empty()) {
            let (repository, number) = fault.report.split_once('#').expect("a number");
            assert_eq!(repository.split('/').count(), 2, "{}", fault.report);
            assert!(number.parse::<u32>().is_ok(), "{}", fault.report);
        }
    }
}
