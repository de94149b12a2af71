//! `handover inspect FILE`

mod document;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use handover::Error;
use handover::component::agent::{AgentType, Metadata, Mode, Snapshotting};
use handover::component::{Component, Signature, SnapshotFunction};
use handover::host::Answerer;
use handover::report::foreign::{foreign, foreign_lines};
use handover::value::WitType;
use handover::worker::agents::discover;

use crate::cache;
use crate::exit_code::Exit;
use crate::json::Json;

/// Show what handover sees in a component: save and load, operations with their types, imports and who answers them.
#[derive(Args)]
pub struct Arguments {
    /// A `.wasm` component, or `embedded:NAME`.
    #[arg(value_name = "FILE")]
    component: String,
    /// The config file that a check would have.
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    cache: cache::Switch,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let config = arguments.cache.config(arguments.config.as_deref())?;
    let runtime = config.runtime()?;
    let component = runtime.open(&arguments.component)?;
    cache::complain(&config.cache);
    let agents = discover(&component);
    let text = || {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = describe(&mut text, &component, &agents);
        foreign_lines(&text)
    };
    let json = || document::document(&component, &agents);
    arguments.json.show(text, json)?;
    Ok(Exit::Passed)
}

fn describe(
    out: &mut String,
    component: &Component,
    discovered: &Result<Option<Arc<Metadata>>, Error>,
) -> std::fmt::Result {
    writeln!(out, "{}", foreign(component.label()))?;
    writeln!(out, "sha256 {}", component.sha256())?;
    snapshot(out, "save", component.save())?;
    snapshot(out, "load", component.load())?;
    match discovered {
        Ok(Some(metadata)) => agents(out, metadata)?,
        Ok(None) => operations(out, component)?,
        Err(error) => writeln!(out, "\nagents: nobody knows, because {error:#}")?,
    }
    imports(out, component)
}

fn agents(out: &mut String, metadata: &Metadata) -> std::fmt::Result {
    writeln!(out, "\nagents: {}", metadata.agents.len())?;
    for ty in &metadata.agents {
        agent(out, ty)?;
    }
    for (name, reason) in &metadata.left_out {
        writeln!(out, "  not checked: {name} ({reason})")?;
    }
    Ok(())
}

/// When the platform takes snapshots of such an agent, as a sentence.
fn snapshots(ty: &AgentType) -> String {
    match ty.snapshotting {
        _ if ty.mode == Mode::Ephemeral => "ephemeral: an update finds no state".to_owned(),
        Snapshotting::Disabled => "snapshotting disabled".to_owned(),
        Snapshotting::Default => "snapshotting as the server says".to_owned(),
        Snapshotting::Periodic(nanoseconds) => {
            let every = std::time::Duration::from_nanos(nanoseconds);
            format!("a snapshot every {every:?}")
        }
        Snapshotting::EveryNth(number) => format!("a snapshot every {number} invocations"),
        Snapshotting::Unsaid => "nothing said about snapshots".to_owned(),
    }
}

fn agent(out: &mut String, ty: &AgentType) -> std::fmt::Result {
    let constructor = parameters(&ty.constructor.parameters);
    writeln!(out, "  {}({constructor}): {}", ty.name, snapshots(ty))?;
    for method in &ty.methods {
        let result = method.result.as_ref();
        let result = result.map(|it| format!(" -> {it:#}")).unwrap_or_default();
        let reads = match method.is_read_only {
            true => "  (reads only)",
            false => "",
        };
        let given = parameters(&method.parameters);
        writeln!(out, "    {}({given}){result}{reads}", method.name)?;
    }
    for (name, reason) in &ty.left_out {
        writeln!(out, "    not exercised: {name} ({reason})")?;
    }
    Ok(())
}

fn parameters(parameters: &[(String, WitType)]) -> String {
    let shown = parameters
        .iter()
        .map(|(name, ty)| format!("{name}: {ty:#}"));
    shown.collect::<Vec<_>>().join(", ")
}

fn operations(out: &mut String, component: &Component) -> std::fmt::Result {
    writeln!(out, "\noperations: {}", component.operations().len())?;
    for function in component.operations() {
        let at = function
            .version
            .as_deref()
            .map(|it| format!("@{it}"))
            .unwrap_or_default();
        let interface = function
            .name
            .interface
            .as_deref()
            .map(|it| format!("{it}{at}."));
        let (interface, name) = (interface.unwrap_or_default(), &function.name.name);
        writeln!(out, "  {interface}{name}: {}", Signature(function))?;
    }
    for (function, reason) in component.other_functions() {
        writeln!(out, "  not exercised: {} ({reason})", function.name)?;
    }
    Ok(())
}

fn snapshot(out: &mut String, role: &str, found: Option<&SnapshotFunction>) -> std::fmt::Result {
    match found {
        None => writeln!(
            out,
            "{role}: not exported; an update from or to this component fails"
        ),
        Some(found) => {
            let version = found.function.version.as_deref().unwrap_or("no version");
            let name = &found.function.name;
            writeln!(
                out,
                "{role}: {name} ({version}): {}",
                Signature(&found.function)
            )
        }
    }
}

fn imports(out: &mut String, component: &Component) -> std::fmt::Result {
    writeln!(out, "\nimported functions: {}", component.imports().len())?;
    let mut by_interface: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for import in component.imports() {
        let answerer = match import.answerer {
            Answerer::World => "answered by the simulated world",
            Answerer::Synthesized => "answered with a value of its type",
            Answerer::Nobody => "answered by nobody: a call ends the operation",
        };
        by_interface
            .entry((import.interface.as_str(), answerer))
            .or_default()
            .push(&import.function);
    }
    for ((interface, answerer), functions) in by_interface {
        writeln!(
            out,
            "  {interface}: {answerer}\n    {}",
            functions.join(", ")
        )?;
    }
    Ok(())
}
