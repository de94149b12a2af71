//! `handover inspect FILE`

mod document;
mod text;
mod wit;

use anyhow::Result;
use clap::Args;

use handover::component::agent::{AgentType, Mode, Snapshotting};
use handover::component::read;
use handover::report::foreign::foreign_lines;
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
    /// Show all of each definition of an agent's types, and all imports: not only those that the simulated world does not answer.
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    cache: cache::Switch,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let config = arguments.cache.config(arguments.config.as_deref())?;
    let runtime = config.runtime()?;
    let bytes = read(&arguments.component)?;
    let component = runtime.open_bytes(&arguments.component, &bytes)?;
    cache::complain(&config.cache);
    let agents = discover(&component);
    let text = || {
        let page = text::Page {
            component: &component,
            bytes: &bytes,
            agents: &agents,
            is_full: arguments.full,
        };
        foreign_lines(&page.to_string())
    };
    let json = || document::document(&component, &agents);
    arguments.json.show(text, json)?;
    Ok(Exit::Passed)
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

fn parameters(parameters: &[(String, WitType)]) -> String {
    let shown = parameters
        .iter()
        .map(|(name, ty)| format!("{name}: {ty:#}"));
    shown.collect::<Vec<_>>().join(", ")
}
