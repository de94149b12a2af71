//! What a property came to: its failures, shrunk, what else there is to say, and the row of the report.

use rayon::prelude::*;

use super::{Context, Failing, Run};
use crate::case::CaseTree;
use crate::judging::cause::Cause;
use crate::judging::verdict::{Finding, PropertyReport, ReportedFailure, Status, Weight};
use crate::properties::REPLAY;
use crate::search::options::{Mode, Progress};
use crate::search::shrink::shrink;
use crate::versions::hop::HopId;

impl Run<'_> {
    pub(crate) fn report(
        self,
        context: &Context<'_>,
        progress: &impl Progress,
        notes: &mut Vec<String>,
    ) -> PropertyReport {
        let weight = |failure: &ReportedFailure| match self.property.advisory {
            true => failure.finding.weight.max(Weight::Advice),
            false => failure.finding.weight,
        };
        let is_note = |failure: &ReportedFailure| match weight(failure) {
            Weight::Failure => false,
            Weight::Advice => !context.options.strict,
            Weight::Note => true,
        };
        let found = self.failures(context, progress);
        let (noted, failures): (Vec<_>, Vec<_>) = found.into_iter().partition(is_note);
        let exercised = self.ran > self.discarded.values().sum();
        let is_told = self.property.id == REPLAY.id && context.options.mode == Mode::Both;
        let status = match (exercised, failures.is_empty()) {
            (false, _) => Status::NotExercised,
            (true, false) if is_told => Status::Diverges,
            (true, false) => Status::Fail,
            (true, true) => Status::Pass,
        };
        notes.extend(
            self.notes
                .iter()
                .map(|note| context.of_hop(&format!("{}: {note}", self.property.id))),
        );
        notes.extend(self.excuses(context));
        let mut reason = self.reason(status);
        if let Some(failure) = noted.first() {
            reason = "see the notes".to_owned();
            let strictly = match weight(failure) {
                Weight::Note => "",
                Weight::Failure | Weight::Advice => " (a failure under --strict)",
            };
            notes.push(context.of_hop(&format!(
                "{}: {}{strictly}",
                self.property.id, failure.finding.message
            )));
        }
        PropertyReport {
            id: self.property.id,
            hop: context.hop,
            status,
            cases: self.ran,
            discarded: self.discarded,
            reason,
            failures,
            covered: self
                .covered
                .iter()
                .map(|it| context.judged.name(*it).to_owned())
                .collect(),
        }
    }

    /// What was not held against the update, as sentences.
    fn excuses(&self, context: &Context<'_>) -> Vec<String> {
        let excuse = |(operation, cases): (&usize, &usize)| {
            let cases = match cases {
                1 => "1 case".to_owned(),
                _ => format!("{cases} cases"),
            };
            context.of_hop(&format!(
                "{}: what differs in {} depends on the host and was not held against the update in {cases}",
                self.property.id,
                context.judged.name(*operation)
            ))
        };
        self.excused.iter().map(excuse).collect()
    }

    fn reason(&self, status: Status) -> String {
        if let Some(unmet) = self.unmet {
            return unmet.to_owned();
        }
        let (ran, wanted) = (self.ran, self.wanted);
        let out_of_time = format!("time was enough for {ran} of {wanted} cases");
        if status == Status::NotExercised {
            let most = self.discarded.iter().max_by_key(|(_, count)| **count);
            return match (most, self.out_of_time) {
                (Some((reason, _)), false) => format!("every case was discarded: {reason}"),
                (Some((reason, _)), true) => {
                    format!("{out_of_time}, and each was discarded: {reason}")
                }
                (None, true) => out_of_time,
                (None, false) => "no case was run".to_owned(),
            };
        }
        match ran < wanted && !self.has_found_enough() {
            true if self.out_of_time => out_of_time,
            true => format!(
                "stopped after {ran} of {wanted} cases, because the guest hangs, or takes very much memory"
            ),
            false => String::new(),
        }
    }

    /// The failures, shrunk. Two that shrink to the same are one.
    fn failures(&self, context: &Context<'_>, progress: &impl Progress) -> Vec<ReportedFailure> {
        let mut first: Vec<(&(Cause, Option<HopId>), &Failing)> = self.failing.iter().collect();
        first.sort_by_key(|(_, failing)| (failing.weight, failing.first));
        first.truncate(self.failures);
        if !first.is_empty() {
            progress.shrinking(self.property.id);
        }
        let shrunk: Vec<Option<Finding>> = first
            .into_par_iter()
            .map(|((cause, hop), failing)| {
                let tree = match &failing.met {
                    Some(case) => CaseTree::held(case),
                    None => self.tree(context, failing.first)?,
                };
                let is_same = |it: &Finding| {
                    (&it.cause, &it.hop) == (cause, hop) && it.weight <= failing.weight
                };
                let shrunk = || shrink(self.property, context.judged, tree, is_same);
                context.judged.chain().within_budget(shrunk)
            })
            .collect();
        let mut failures: Vec<ReportedFailure> = Vec::new();
        for finding in shrunk.into_iter().flatten() {
            if failures
                .iter()
                .any(|known| known.finding.case == finding.case)
            {
                continue;
            }
            let blame = self.property.blame(context.judged, &finding);
            failures.push(ReportedFailure {
                finding,
                blame,
                file: None,
            });
        }
        failures
    }
}
