//! What came out of histories of production, gathered for the report: verdicts, notes, failure files; without production's strings
//! where that is wanted.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::ID;
use super::history::{History, Recorded, Saved};
use super::judge::{Asked, Came, PLACES, Try, empty, spread};
use super::read::Oplog;
use super::redact::Redactor;
use crate::case::Case;
use crate::judging::divergence::compare;
use crate::judging::verdict::{Finding, Outcome, PropertyReport, ReportedFailure, Status, Weight};
use crate::judging::{Judging, Tally, Workers};
use crate::properties::{Property, REPLAY};
use crate::report::failure_file::FailureFile;
use crate::search::options::Mode;
use crate::testing::golden::{self, Golden, GoldenFile};
use crate::versions::chain::Chain;
use crate::worker::observation::Observation;
use crate::worker::snapshot::Snapshot;

/// How many calls after a snapshot are compared.
const COMPARED: usize = 256;
const NO_CALLS: &str = "the oplog has no call that the versions have in common";
const OTHER_AGENT: &str = "the oplog is one of another agent";

/// What is found, one history after the other.
pub(super) struct Gathered<'a> {
    chain: &'a Chain,
    asked: &'a Asked<'a>,
    redactor: Option<&'a mut Redactor>,
    came: Came,
    covered: BTreeSet<usize>,
    /// What failed already: the property, and the oplog.
    known: Vec<(&'static str, PathBuf, Finding)>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(
        chain: &'a Chain,
        asked: &'a Asked<'a>,
        redactor: Option<&'a mut Redactor>,
    ) -> Self {
        Self {
            chain,
            asked,
            redactor,
            came: Came {
                report: empty(),
                notes: Vec::new(),
                warnings: Vec::new(),
            },
            covered: BTreeSet::new(),
            known: Vec::new(),
        }
    }

    fn note(&mut self, oplog: &Oplog, note: &str) {
        let note = format!("{ID}: {}: {note}", oplog.path.display());
        self.came.notes.push(note);
    }

    fn discard(&mut self, reason: &'static str) {
        *self.came.report.discarded.entry(reason).or_default() += 1;
    }

    /// What there is to say about a history as it was.
    pub(super) fn history(
        &mut self,
        oplog: &Oplog,
        history: Option<&History>,
        lived: Option<&[Observation]>,
    ) {
        let (Some(history), Some(observed)) = (history, lived) else {
            self.came.report.cases += 1;
            self.discard(OTHER_AGENT);
            return;
        };
        for note in &history.notes {
            self.note(oplog, note);
        }
        if history.calls.is_empty() {
            self.came.report.cases += 1;
            self.discard(NO_CALLS);
            return;
        }
        let both = || history.calls.iter().zip(observed);
        let is_told = |it: &(&Recorded, &Observation)| it.0.observed.is_some();
        let differs = |(call, here): &(&Recorded, &Observation)| {
            let there = call.observed.as_ref();
            there.is_some_and(|there| compare(there, here).is_some())
        };
        let all = both().filter(is_told).count();
        let other = both().filter(|it| differs(it)).count();
        self.note(
            oplog,
            &format!(
                "{} calls; of {all} results of production that can be compared, the old version gives {} here",
                history.calls.len(),
                all - other
            ),
        );
        if let Some((call, here)) = both().find(differs) {
            let note = self.difference(call, here);
            self.note(oplog, &note);
        }
        let ends = observed.last().and_then(Observation::failure);
        if observed.len() < history.calls.len() || ends.is_some() {
            let (played, all) = (observed.len(), history.calls.len());
            let note = match ends {
                None => format!(
                    "not all of {all} calls are played, without an update the first {played}, because what they return is too much to be compared"
                ),
                // What an agent says of its failure may repeat what it was given.
                Some(failure) => {
                    let why = match self.redactor {
                        None => format!(": {failure}"),
                        Some(_) => String::new(),
                    };
                    format!(
                        "only the first {played} of {all} calls are played, because the old version fails here{why}"
                    )
                }
            };
            self.note(oplog, &note);
        }
    }

    fn difference(&mut self, recorded: &Recorded, here: &Observation) -> String {
        let there = recorded.observed.as_ref().unwrap_or(here);
        let (call, there, here) = match &mut self.redactor {
            Some(redactor) => (
                redactor.call(&recorded.call),
                redactor.observation(there),
                redactor.observation(here),
            ),
            None => (recorded.call.clone(), there.to_string(), here.to_string()),
        };
        format!(
            "the first other result is in entry {}: {} gave {there}, and gives {here} here; clocks, random numbers and what the host answers differ",
            recorded.index,
            self.chain.whole().call(&call)
        )
    }

    /// What a try came to.
    pub(super) fn tried(&mut self, one: &Try<'_>, judged: Option<(Outcome, Tally)>) {
        let Some((outcome, tally)) = judged else {
            return;
        };
        self.came.report.cases += 1;
        self.covered.extend(tally.covered);
        for note in tally.notes {
            self.note(one.oplog, &note);
        }
        match outcome {
            Outcome::Pass => {}
            Outcome::Discard(reason) => self.discard(reason),
            Outcome::Fail(finding) => self.failed(one, *finding),
        }
    }

    fn failed(&mut self, one: &Try<'_>, finding: Finding) {
        let id = one.property.id;
        let path = &one.oplog.path;
        let mut known = self.known.iter();
        if let Some((_, first, _)) = known.find(|(of, _, it)| *of == id && it.is_like(&finding)) {
            // At another place of the same oplog it is the same fault.
            if first != path {
                let note = format!("{id}: fails like {}", first.display());
                self.note(one.oplog, &note);
            }
            return;
        }
        self.known.push((id, path.clone(), finding.clone()));
        let options = self.asked.options;
        let is_told = id == REPLAY.id && options.mode == Mode::Both;
        let is_advice = finding.weight > Weight::Failure && !options.strict;
        let blame = one.property.blame(self.chain, &finding);
        let (finding, is_whole) = self.redacted(one.property, finding);
        if is_told || is_advice {
            self.note(one.oplog, &format!("{id}: {}", finding.message));
            return;
        }
        let mut failure = ReportedFailure {
            finding,
            blame,
            file: None,
        };
        if is_whole {
            failure.file = self.keep(one.property, &failure);
        }
        failure.finding.message = format!(
            "{}: {id}: {}",
            one.oplog.path.display(),
            failure.finding.message
        );
        self.came.report.failures.push(failure);
    }

    /// The finding without strings of production, where that is wanted; without its history where it does not fail any more then.
    fn redacted(&mut self, property: &Property, finding: Finding) -> (Finding, bool) {
        let Some(redactor) = &mut self.redactor else {
            return (finding, true);
        };
        let case = redactor.case(&finding.case);
        match property.judge_anew(self.chain.whole(), &case) {
            Outcome::Fail(redacted) if redacted.is_like(&finding) => (*redacted, true),
            _ => {
                let message =
                    "it fails, but not with redacted strings, and so the history is left out";
                (without_history(&finding, message.to_owned()), false)
            }
        }
    }

    /// Writes a failure file, of the property that failed.
    fn keep(&mut self, property: &Property, failure: &ReportedFailure) -> Option<String> {
        let (folder, config) = self.asked.failures?;
        let report = PropertyReport {
            id: property.id,
            ..empty()
        };
        let file = FailureFile::new_in_chain(self.chain, &report, failure, config);
        match file.write(folder) {
            Ok(path) => Some(path.display().to_string()),
            Err(error) => {
                self.came.warnings.push(format!("{error:#}"));
                None
            }
        }
    }

    /// Loads production's snapshots into both versions.
    pub(super) fn snapshots(&mut self, oplog: &Oplog, history: &History) {
        let hop = self.chain.whole();
        let options = self.asked.options;
        if options.mode == Mode::Automatic || hop.next().load().is_none() {
            return;
        }
        let saved = spread(history.snapshots.iter().collect(), PLACES);
        let mut set = Vec::new();
        for one in saved {
            let path = PathBuf::from(format!("{} (entry {})", oplog.path.display(), one.index));
            match described(self.chain, history, one, options.seed) {
                Some(file) => set.push(golden(path, &one.snapshot, file)),
                None => {
                    self.came.report.cases += 1;
                    self.discard("the old version does not load the snapshot itself");
                }
            }
        }
        let (report, notes) = golden::judge(self.chain, &set, options.seed);
        let came = &mut self.came;
        came.report.cases += report.cases;
        for (reason, count) in report.discarded {
            *came.report.discarded.entry(reason).or_default() += count;
        }
        let covered = report.covered.iter();
        let covered = covered.filter_map(|name| hop.operation_named(name).ok());
        self.covered.extend(covered);
        if self.redactor.is_some() {
            let redacted = report.failures.into_iter().map(|mut failure| {
                let message = format!(
                    "{}: the new version does not make of a snapshot what the old one does; it is left out, because it cannot be redacted",
                    oplog.path.display()
                );
                failure.finding = without_history(&failure.finding, message);
                failure
            });
            came.report.failures.extend(redacted);
            return;
        }
        came.report.failures.extend(report.failures);
        let notes = notes.iter();
        came.notes.extend(notes.map(|note| {
            let said = note.strip_prefix(golden::ID).unwrap_or(note);
            format!("{ID}{said}")
        }));
    }

    pub(super) fn end(self) -> Came {
        let mut came = self.came;
        let report = &mut came.report;
        let exercised = report.discards() < report.cases;
        report.status = match (exercised, report.failures.is_empty()) {
            (_, false) => Status::Fail,
            (true, true) => Status::Pass,
            (false, true) => Status::NotExercised,
        };
        if let (Status::NotExercised, Some(reason)) =
            (report.status, report.discarded.keys().next())
        {
            report.reason = format!("every history was discarded: {reason}");
        }
        let hop = self.chain.whole();
        let names = self.covered.iter().map(|it| hop.name(*it).to_owned());
        report.covered = names.collect();
        came
    }
}

/// A finding of which only the sentence is told.
fn without_history(finding: &Finding, message: String) -> Finding {
    let nothing = Case {
        founding: None,
        ..finding.case.of_calls(&[])
    };
    Finding::new(finding.cause.clone(), message, nothing)
}

/// A snapshot of production as a golden one: what the old version observes here after loading it, the new one must observe too.
fn described(chain: &Chain, history: &History, saved: &Saved, seed: u64) -> Option<GoldenFile> {
    let case = history.case(seed, &[]);
    let calls: Vec<_> = history.calls[saved.at..]
        .iter()
        .take(COMPARED)
        .map(|it| it.call.clone())
        .collect();
    chain.on_its_threads(|| {
        let judging = Judging::of(chain.whole(), &case, Workers::New);
        golden::described(&judging, &case, &saved.snapshot, &calls, Vec::new())
    })
}

fn golden(path: PathBuf, snapshot: &Snapshot, file: GoldenFile) -> Golden {
    Golden {
        path,
        snapshot: snapshot.clone(),
        file: Some(file),
    }
}
