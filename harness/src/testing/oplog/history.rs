//! An oplog → the history of a worker: calls of operations that the versions have, with what production observed.

use std::collections::BTreeMap;

use heck::ToKebabCase;

use super::entry::Entry;
use super::read::Oplog;
use super::values;
use crate::case::{Call, Case, Step};
use crate::host::Pace;
use crate::value::Val;
use crate::versions::hop::Hop;
use crate::worker::observation::Observation;
use crate::worker::snapshot::Snapshot;

/// The longest history that is played, in calls.
const MOST_CALLS: usize = 50_000;

/// The history of a worker in production.
#[derive(Debug)]
pub(crate) struct History {
    /// Of an agent, the arguments that it was made with; none of an ordinary worker.
    pub(crate) founding: Option<Vec<Val>>,
    pub(crate) calls: Vec<Recorded>,
    pub(crate) snapshots: Vec<Saved>,
    /// What could not be used, as sentences.
    pub(crate) notes: Vec<String>,
}

/// A call of production.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The index of its entry.
    pub(crate) index: u64,
    pub(crate) call: Call,
    /// What production observed; none if it is not told, or does not fit.
    pub(crate) observed: Option<Observation>,
}

/// A snapshot of production.
#[derive(Debug)]
pub(crate) struct Saved {
    /// The index of its entry.
    pub(crate) index: u64,
    /// How many of the calls were made before it.
    pub(crate) at: usize,
    pub(crate) snapshot: Snapshot,
}

impl History {
    /// The history that an oplog tells; none if it is one of another agent.
    pub(crate) fn of(hop: Hop<'_>, oplog: &Oplog) -> Option<Self> {
        let mut reading = Reading {
            hop,
            history: Self {
                founding: None,
                calls: Vec::new(),
                snapshots: Vec::new(),
                notes: Vec::new(),
            },
            open: None,
            unusable: BTreeMap::new(),
        };
        for (index, entry) in &oplog.entries {
            if reading.history.calls.len() == MOST_CALLS {
                let note = format!("only the first {MOST_CALLS} calls are played");
                reading.history.notes.push(note);
                break;
            }
            reading.take(*index, entry)?;
        }
        Some(reading.end(oplog))
    }

    /// The calls as a case of this seed, with these events, each before the call with this number.
    pub(crate) fn case(&self, seed: u64, events: &[(usize, Step)]) -> Case {
        let mut steps = Vec::with_capacity(self.calls.len() + events.len());
        for at in 0..=self.calls.len() {
            let here = events.iter().filter(|(before, _)| *before == at);
            steps.extend(here.map(|(_, event)| event.clone()));
            let call = self.calls.get(at).map(|it| it.call.clone());
            steps.extend(call.map(Step::Operation));
        }
        Case {
            seed,
            pace: Pace::default(),
            input: None,
            founding: self.founding.clone(),
            steps,
        }
    }
}

/// An oplog that is being read.
struct Reading<'a> {
    hop: Hop<'a>,
    history: History,
    /// The number of the call that has not returned.
    open: Option<usize>,
    /// What cannot be used, with the number of entries.
    unusable: BTreeMap<String, usize>,
}

impl Reading<'_> {
    /// Takes the next entry; none if it tells that the worker is another agent.
    fn take(&mut self, index: u64, entry: &Entry) -> Option<()> {
        match entry {
            Entry::Created { worker } => {
                return self.is_of(worker.as_deref()).then_some(());
            }
            Entry::Founded(input) => {
                let constructor = self.hop.old().agent()?.constructor();
                match values::input(input, constructor.user_parameters()) {
                    Some(given) => {
                        let founding = with_caller(given, constructor.parameters.len());
                        self.history.founding = Some(founding);
                    }
                    None => self.skip("the arguments that the agent was made with".to_owned()),
                }
            }
            Entry::Method { name, input } => {
                self.open = None;
                self.call(index, name, |parameters| values::input(input, parameters));
            }
            Entry::Function { name, arguments } => {
                self.open = None;
                let name = function_name(name);
                self.call(index, &name, |parameters| {
                    values::arguments(arguments, parameters)
                });
            }
            Entry::Returned(output) => self.returned(output.as_ref()),
            Entry::Snapshot(snapshot) => {
                let at = self.history.calls.len();
                // An update tells the snapshot that was saved for it once more.
                let last = self.history.snapshots.last();
                if last.is_none_or(|it| it.at != at || it.snapshot != *snapshot) {
                    self.history.snapshots.push(Saved {
                        index,
                        at,
                        snapshot: snapshot.clone(),
                    });
                }
            }
            Entry::OtherSnapshot => {
                self.skip(
                    "a snapshot of several parts, whose bytes are not in the oplog".to_owned(),
                );
            }
            Entry::Updated => {
                let note = format!(
                    "entry {index} is an update: what was before it, another version has made than what is after it"
                );
                self.history.notes.push(note);
            }
            Entry::Dropped(..) | Entry::HostCall | Entry::Other => {}
        }
        Some(())
    }

    /// Whether a worker of this name may be one of the versions.
    fn is_of(&self, worker: Option<&str>) -> bool {
        let ty = worker.and_then(|it| it.split_once('(')).map(|(ty, _)| ty);
        match (ty, self.hop.chain().agent()) {
            (Some(ty), Some(agent)) => ty == agent || ty == agent.to_kebab_case(),
            _ => true,
        }
    }

    fn call(
        &mut self,
        index: u64,
        name: &str,
        given: impl Fn(&[(String, crate::value::WitType)]) -> Option<Vec<Val>>,
    ) {
        let Ok(number) = self.hop.operation_named(name) else {
            self.skip(format!(
                "a call of {name}, which the versions do not have in common"
            ));
            return;
        };
        let operation = self.hop.operation(number);
        let Some(given) = given(operation.user_parameters()) else {
            let name = self.hop.name(number);
            self.skip(format!(
                "a call of {name}, whose arguments do not fit its parameters"
            ));
            return;
        };
        let arguments = with_caller(given, operation.parameters().len());
        self.open = Some(self.history.calls.len());
        self.history.calls.push(Recorded {
            index,
            call: Call::new(number, arguments),
            observed: None,
        });
    }

    fn returned(&mut self, output: Option<&serde_json::Value>) {
        let open = self.open.take();
        let Some(recorded) = open.and_then(|at| self.history.calls.get_mut(at)) else {
            return;
        };
        let operation = self.hop.operation(recorded.call.operation);
        let is_method = self.hop.old().agent().is_some();
        recorded.observed = match operation.result() {
            None => Some(Observation::Returned(None)),
            Some(ty) => {
                let value = output.and_then(|json| match is_method {
                    true => values::output(json, ty),
                    false => values::result(json, ty),
                });
                value.map(|value| Observation::Returned(Some(value)))
            }
        };
        if recorded.observed.is_none() {
            let name = operation.name();
            self.skip(format!(
                "what {name} returned, which is no value of its result"
            ));
        }
    }

    fn skip(&mut self, what: String) {
        *self.unusable.entry(what).or_default() += 1;
    }

    fn end(self, oplog: &Oplog) -> History {
        let mut history = self.history;
        let unusable = self.unusable.into_iter();
        let unusable =
            unusable.map(|(what, count)| format!("not used, in {}: {what}", times(count)));
        history.notes.extend(unusable);
        let unknown = oplog.unknown.iter();
        history.notes.extend(unknown.map(|(ty, count)| {
            format!(
                "not used, in {}: entries of the unknown type {ty}",
                times(*count)
            )
        }));
        if oplog.dropped > 0 {
            let note = format!("a jump or a revert dropped {}", times(oplog.dropped));
            history.notes.push(note);
        }
        if oplog.host_calls > 0 {
            history.notes.push(format!(
                "not used, in {}: what the host answered, which is written in types of Golem's own; the world here answers",
                times(oplog.host_calls)
            ));
        }
        history
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        _ => format!("{count} entries"),
    }
}

/// The arguments with who calls behind them, if a call has so many; an oplog does not say who.
fn with_caller(mut given: Vec<Val>, parameters: usize) -> Vec<Val> {
    if given.len() < parameters {
        given.push(crate::versions::anonymous());
    }
    given
}

/// `shop:cart/api@1.0.0.{checkout}` as operations are called: `shop:cart/api.checkout`.
fn function_name(name: &str) -> String {
    let Some((interface, function)) = name.split_once(".{") else {
        return name
            .trim_start_matches('{')
            .trim_end_matches('}')
            .to_owned();
    };
    let interface = interface.split('@').next().unwrap_or(interface);
    format!("{interface}.{}", function.trim_end_matches('}'))
}

#[cfg(test)]
mod tests {
    use super::function_name;

    #[test]
    fn a_function_is_called_as_operations_are() {
        for (golem, own) in [
            ("shop:cart/api.{checkout}", "shop:cart/api.checkout"),
            (
                "shop:cart/api@1.0.0-rc.1.{checkout}",
                "shop:cart/api.checkout",
            ),
            ("checkout", "checkout"),
            ("{checkout}", "checkout"),
        ] {
            assert_eq!(function_name(golem), own);
        }
    }
}
