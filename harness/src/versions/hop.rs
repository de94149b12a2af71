//! An update of a chain, and what both of its versions have in common.

use std::fmt;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::case::{Call, Case, Step};
use crate::component::{Component, Function};
use crate::error::{Error, ErrorKind};
use crate::value::Val;
use crate::versions::call_text::{call_text, called};
use crate::versions::chain::{Chain, VersionId};
use crate::versions::operation::Operation;

/// An update of a chain, by the numbers of the two versions, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HopId {
    /// The version that is updated.
    pub from: usize,
    /// The version that it is updated to; the same where a version is updated to itself.
    pub to: usize,
}

impl fmt::Display for HopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}→v{}", self.from, self.to)
    }
}

/// An update of a chain: from one of its versions to the next, or past those between to the last.
#[derive(Clone, Copy)]
pub struct Hop<'a> {
    pub(super) chain: &'a Chain,
    pub(super) from: VersionId,
    pub(super) to: VersionId,
}

impl<'a> From<&'a Chain> for Hop<'a> {
    fn from(chain: &'a Chain) -> Self {
        chain.whole()
    }
}

/// A chain that a test opens once is a static of its own.
impl<'a> From<&'a LazyLock<Chain>> for Hop<'a> {
    fn from(chain: &'a LazyLock<Chain>) -> Self {
        chain.whole()
    }
}

impl<'a> Hop<'a> {
    /// The chain that it is part of.
    pub fn chain(self) -> &'a Chain {
        self.chain
    }

    /// The same update of another chain of as many versions.
    pub(crate) fn of(self, chain: &Chain) -> Hop<'_> {
        Hop { chain, ..self }
    }

    /// The version that is updated.
    pub fn old(self) -> &'a Component {
        self.component(self.from)
    }

    /// The version that it is updated to.
    pub fn next(self) -> &'a Component {
        self.component(self.to)
    }

    /// Its numbers.
    pub fn id(self) -> HopId {
        HopId {
            from: self.from.number(),
            to: self.to.number(),
        }
    }

    /// Whether there are versions between the two.
    pub fn passes_over(self) -> bool {
        self.from.0 + 1 < self.to.0
    }

    /// The number of the operation with this name, as the version that is updated calls it.
    ///
    /// # Errors
    /// The versions have no such operation in common.
    pub fn operation_named(self, name: &str) -> Result<usize, Error> {
        ErrorKind::Config.of(|| {
            let mut operations = 0..self.chain.operations().len();
            let found = operations
                .clone()
                .find(|number| self.name(*number) == name)
                .or_else(|| {
                    operations.find(|number| {
                        let function = self.chain.operations()[*number].function(self.from);
                        function.name.answers_to(name)
                    })
                });
            let Some(found) = found else {
                let operations = self.chain.operations().iter();
                let known: Vec<&str> = operations.map(|it| it.name_in(self.from)).collect();
                bail!(
                    "there is no operation {name:?} that {} versions have; they have {}",
                    if self.passes_over() { "all" } else { "both" },
                    if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    }
                );
            };
            Ok(found)
        })
    }

    /// How the version that is updated calls an operation.
    pub fn name(self, operation: usize) -> &'a str {
        let operation = self.chain.operations().get(operation);
        operation.map_or(NO_OPERATION, |it| it.name_in(self.from))
    }

    /// A call as histories show it.
    pub fn call(self, call: &Call) -> String {
        let operation = self.chain.operations().get(call.operation);
        let given = operation.map_or(usize::MAX, |it| it.user_parameters().len());
        let arguments = call_text(given, &call.arguments);
        format!("{}{arguments}", self.name(call.operation))
    }

    /// The agent that a case is about, as its id; none of an ordinary worker.
    pub fn agent_of(self, case: &Case) -> Option<String> {
        let agent = self.old().agent()?;
        let founding = case.founding.as_ref().or(self.chain.default_founding())?;
        agent.id(founding).ok()
    }

    /// Whether each call of the case is one of an operation that there is.
    pub(crate) fn fits(self, case: &Case) -> bool {
        case.steps.iter().all(|step| match step {
            Step::Operation(call) => call.operation < self.chain.operations().len(),
            _ => true,
        })
    }

    pub(crate) fn from(self) -> VersionId {
        self.from
    }

    pub(crate) fn to(self) -> VersionId {
        self.to
    }

    /// The version after this one; of the last one, itself.
    pub(crate) fn after(self, version: VersionId) -> VersionId {
        VersionId(version.0 + 1).min(self.to)
    }

    /// How many updates lead from the first version to the last, each to the next.
    pub(crate) fn updates(self) -> usize {
        self.to.0 - self.from.0
    }

    /// The updates between its versions, each to the next.
    pub(crate) fn parts(self) -> impl Iterator<Item = Self> {
        self.chain
            .hops()
            .filter(move |hop| hop.from >= self.from && hop.to <= self.to)
    }

    pub(crate) fn component(self, version: VersionId) -> &'a Component {
        &self.chain.versions()[version.0]
    }

    /// An operation's function in one of the versions.
    pub(crate) fn function(self, operation: usize, version: VersionId) -> &'a Function {
        self.chain.operations()[operation].function(version)
    }

    /// The operation with this number.
    pub(crate) fn operation(self, operation: usize) -> &'a Operation {
        &self.chain.operations()[operation]
    }

    /// Arguments of an operation from WAVE: the text from the opening parenthesis on.
    pub(crate) fn parse_arguments(self, operation: usize, text: &str) -> Result<Vec<Val>> {
        called(self.function(operation, self.from), text)
    }

    /// The agent that a case is about, as a call of its constructor; none of an ordinary worker.
    pub(crate) fn founding_text(self, case: &Case) -> Option<String> {
        let constructor = self.old().agent()?.constructor();
        let founding = case.founding.as_ref().or(self.chain.default_founding())?;
        Some(format!(
            "{}{}",
            constructor.name.name,
            call_text(constructor.user_parameters().len(), founding)
        ))
    }

    /// Reads what [`Self::founding_text`] wrote.
    pub(crate) fn parse_founding(self, text: &str) -> Result<Vec<Val>> {
        let agent = self.old().agent();
        let agent = agent.context("the versions are no agents")?;
        let constructor = agent.constructor();
        let arguments = text.strip_prefix(constructor.name.name.as_str());
        let arguments = arguments.filter(|it| it.starts_with('('));
        let arguments =
            arguments.with_context(|| format!("{text:?} makes no {}", constructor.name.name))?;
        called(constructor, arguments)
    }
}

/// What stands for the name of an operation that the chain does not have.
const NO_OPERATION: &str = "<no operation>";

impl fmt::Debug for Hop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id())
    }
}
