//! What is in a component, as text for a terminal.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::Arc;

use handover::Error;
use handover::component::agent::{AgentType, Metadata};
use handover::component::{Component, Function, Signature, SnapshotFunction};
use handover::host::Answerer;
use handover::report::foreign::foreign;
use handover::value::{WitType, definitions};

use super::wit::Types;
use super::{parameters, snapshots};

/// How many columns a line has, if its words allow it.
const WIDTH: usize = 80;

/// One component.
pub struct Page<'a> {
    pub component: &'a Component,
    /// What it was opened from.
    pub bytes: &'a [u8],
    pub agents: &'a Result<Option<Arc<Metadata>>, Error>,
    /// Whether definitions are not shortened, and all imports are listed.
    pub is_full: bool,
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", foreign(self.component.label()))?;
        writeln!(f, "sha256 {}", self.component.sha256())?;
        snapshot(f, "save", self.component.save())?;
        snapshot(f, "load", self.component.load())?;
        match self.agents {
            Ok(Some(metadata)) => self.agents(f, metadata)?,
            Ok(None) => self.operations(f)?,
            Err(error) => {
                let nobody = format!("agents: nobody knows, because {error:#}");
                writeln!(f)?;
                line(f, 0, &nobody)?;
            }
        }
        self.imports(f)
    }
}

impl Page<'_> {
    fn agents(&self, f: &mut fmt::Formatter<'_>, metadata: &Metadata) -> fmt::Result {
        writeln!(f, "\nagents: {}", metadata.agents.len())?;
        for ty in &metadata.agents {
            agent(f, ty)?;
        }
        for (name, reason) in &metadata.left_out {
            line(f, 2, &format!("not checked: {name} ({reason})"))?;
        }
        self.types(f, metadata.agents.iter().flat_map(types))
    }

    /// The operations, below the interfaces that they are of.
    fn operations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operations = self.component.operations();
        writeln!(f, "\noperations: {}", operations.len())?;
        // A component whose types cannot be read as WIT has operations all the same.
        let types = Types::read(self.bytes).ok();
        let named = |it: &Function| match &types {
            Some(types) => types.named(it),
            None => it.clone(),
        };
        let named: Vec<Function> = operations.iter().map(named).collect();
        let mut last: Option<String> = None;
        for function in &named {
            let interface = interface(function);
            let indent = match &interface {
                Some(_) => 4,
                None => 2,
            };
            if let Some(interface) = interface
                .as_deref()
                .filter(|it| last.as_deref() != Some(*it))
            {
                line(f, 2, interface)?;
            }
            let (name, given) = (&function.name.name, parameters(&function.parameters));
            let waits = if function.is_async { "async " } else { "" };
            let result = result(function.result.as_ref());
            line(f, indent, &format!("{waits}{name}({given}){result}"))?;
            last = interface;
        }
        for (function, reason) in self.component.other_functions() {
            let name = &function.name;
            line(f, 2, &format!("not exercised: {name} ({reason})"))?;
        }
        let types = named.iter().flat_map(|it| {
            let given = it.parameters.iter().map(|(_, ty)| ty);
            given.chain(&it.result)
        });
        self.types(f, types)
    }

    /// The definitions of all types that have a name.
    fn types<'t>(
        &self,
        f: &mut fmt::Formatter<'_>,
        types: impl Iterator<Item = &'t WitType>,
    ) -> fmt::Result {
        let defined: BTreeMap<String, WitType> = types.flat_map(definitions).collect();
        if defined.is_empty() {
            return Ok(());
        }
        writeln!(f, "\ntypes: {}", defined.len())?;
        for (name, ty) in defined {
            let definition = format!("{name}: {ty:#}");
            match self.is_full {
                true => line(f, 2, &definition)?,
                false => writeln!(f, "  {}", shortened(&definition))?,
            }
        }
        Ok(())
    }

    fn imports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_interface: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        let mut answered = 0;
        for import in self.component.imports() {
            let answerer = match import.answerer {
                Answerer::World => "answered by the simulated world",
                Answerer::Synthesized => "answered with a value of its type",
                Answerer::Nobody => "answered by nobody: a call ends the operation",
            };
            if matches!(import.answerer, Answerer::World) {
                answered += 1;
                if !self.is_full {
                    continue;
                }
            }
            by_interface
                .entry((import.interface.as_str(), answerer))
                .or_default()
                .push(&import.function);
        }
        let all = self.component.imports().len();
        match (all, answered) {
            (0, _) => writeln!(f, "\nimported functions: 0")?,
            (1.., answered) if answered == all => writeln!(
                f,
                "\nimported functions: {all}, all answered by the simulated world"
            )?,
            _ => writeln!(
                f,
                "\nimported functions: {all}, {answered} answered by the simulated world"
            )?,
        }
        for ((interface, answerer), functions) in by_interface {
            line(f, 2, &format!("{interface}: {answerer}"))?;
            line(f, 4, &functions.join(", "))?;
        }
        Ok(())
    }
}

fn agent(f: &mut fmt::Formatter<'_>, ty: &AgentType) -> fmt::Result {
    let constructor = parameters(&ty.constructor.parameters);
    let said = snapshots(ty);
    line(f, 2, &format!("{}({constructor}): {said}", ty.name))?;
    for method in &ty.methods {
        let result = result(method.result.as_ref());
        let reads = match method.is_read_only {
            true => "  (reads only)",
            false => "",
        };
        let given = parameters(&method.parameters);
        line(f, 4, &format!("{}({given}){result}{reads}", method.name))?;
    }
    for (name, reason) in &ty.left_out {
        line(f, 4, &format!("not exercised: {name} ({reason})"))?;
    }
    Ok(())
}

/// The types of an agent's parameters and results.
fn types(agent: &AgentType) -> impl Iterator<Item = &WitType> {
    let constructor = agent.constructor.parameters.iter().map(|(_, ty)| ty);
    let methods = agent.methods.iter().flat_map(|method| {
        let given = method.parameters.iter().map(|(_, ty)| ty);
        given.chain(&method.result)
    });
    constructor.chain(methods)
}

fn result(ty: Option<&WitType>) -> String {
    ty.map(|it| format!(" -> {it:#}")).unwrap_or_default()
}

fn snapshot(
    f: &mut fmt::Formatter<'_>,
    role: &str,
    found: Option<&SnapshotFunction>,
) -> fmt::Result {
    let said = match found {
        None => "not exported; an update from or to this component fails".to_owned(),
        Some(found) => signature(&found.function),
    };
    line(f, 0, &format!("{role}: {said}"))
}

fn signature(function: &Function) -> String {
    let interface = interface(function).map(|it| it + ".").unwrap_or_default();
    format!("{interface}{}: {}", function.name.name, Signature(function))
}

/// The interface that a function is of, with its version; none for one of the component's own.
fn interface(function: &Function) -> Option<String> {
    let interface = function.name.interface.as_deref()?;
    Some(match &function.version {
        Some(version) => format!("{interface}@{version}"),
        None => interface.to_owned(),
    })
}

/// Writes a text behind that many spaces; what has no room follows below, further in.
fn line(f: &mut fmt::Formatter<'_>, indent: usize, text: &str) -> fmt::Result {
    let own = text.len() - text.trim_start().len();
    let first = " ".repeat(indent + own);
    let next = " ".repeat(indent + own + 4);
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(&first)
        .subsequent_indent(&next)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    writeln!(f, "{}", textwrap::fill(text.trim_start(), options))
}

/// A text that has room in a line.
fn shortened(text: &str) -> String {
    let room = WIDTH - 2;
    match text.chars().count() > room {
        true => text.chars().take(room - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
