//! How a campaign is asked for, watched, and told.

use std::time::Duration;

use super::finding::Found;
use crate::case::mutate;
use crate::judging::verdict::Status as Verdict;
use crate::worker::snapshot::Snapshot;

/// How a campaign is run.
#[derive(Debug, Clone)]
pub struct CampaignOptions {
    /// How many lanes run version by version.
    pub jobs: usize,
    /// Determines every input, together with the number of lanes.
    pub seed: u64,
    /// Ends the campaign after this time.
    pub time: Option<Duration>,
    /// Ends the campaign after so many runs beside those of the first inputs: what is in a corpus is always read.
    pub runs: Option<u64>,
    /// Ends the campaign with the first finding.
    pub stop_on_finding: bool,
    /// Whether the first inputs are real snapshots: what both versions save after generated histories.
    pub seeds: bool,
    /// Bytes of the largest input.
    pub longest: usize,
    /// Words that mutations use.
    pub dictionary: Vec<Vec<u8>>,
}

impl Default for CampaignOptions {
    fn default() -> Self {
        Self {
            jobs: 1,
            seed: 0,
            time: None,
            runs: None,
            stop_on_finding: false,
            seeds: true,
            longest: mutate::MAX_INPUT,
            dictionary: Vec::new(),
        }
    }
}

/// Where a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// Inputs that were run.
    pub runs: u64,
    /// How many of them load accepted: where it is none, nothing is known of what it makes of a state.
    pub accepted: u64,
    /// Edges of the guest that were reached.
    pub edges: usize,
    /// Edges that the guest has.
    pub of_edges: usize,
    /// Inputs that showed something new.
    pub corpus: usize,
    /// Faults found.
    pub findings: usize,
    /// Workers that were started; each of the other runs had a worker that was put back into its initial state.
    pub started: u64,
    /// How many runs had been made when the last new edge was reached.
    pub last_new_edge: u64,
}

/// Watches a campaign, and can end it; every method may do nothing.
pub trait Watch: Sync {
    /// A round is over.
    fn status(&self, _status: &Status) {}
    /// An input showed something new.
    fn kept(&self, _input: &Snapshot) {}
    /// A fault was found, and is told once.
    fn found(&self, _found: &mut Found) {}
    /// Whether the campaign is to end now.
    fn stop(&self) -> bool {
        false
    }
}

impl Watch for () {}

/// What came out of a campaign.
#[derive(Debug)]
#[non_exhaustive]
pub struct Campaign {
    /// How it ended.
    pub status: Status,
    /// The faults, in the order in which they were found.
    pub findings: Vec<Found>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl Campaign {
    /// Fail if something was found; not exercised if load was given nothing, or accepted nothing; else pass.
    pub fn verdict(&self) -> Verdict {
        match (self.findings.is_empty(), self.status.accepted) {
            (false, _) => Verdict::Fail,
            (true, 0) => Verdict::NotExercised,
            (true, _) => Verdict::Pass,
        }
    }
}
