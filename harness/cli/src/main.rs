//! The command `handover`: reads arguments, calls the library, prints, and turns what came out into an exit code.

mod cache;
mod check;
mod coverage;
mod exit_code;
mod explain;
mod formats;
mod fuzz;
mod init;
mod inspect;
mod interrupt;
mod json;
mod memory;
mod output;
mod progress;
mod properties;
mod replay;
mod self_test;
mod shell;
mod snapshot;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use exit_code::Exit;

/// Histories are values by the million, made, compared and dropped on all cores.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Does a component's snapshot hand its state over to its next version?
#[derive(Parser)]
#[command(name = "handover", version, about, after_help = exit_code::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Completions(shell::Completions),
    Coverage(coverage::Arguments),
    Explain(explain::Arguments),
    Fuzz(fuzz::Arguments),
    Init(init::Arguments),
    Inspect(inspect::Arguments),
    Man(shell::Man),
    Replay(replay::Arguments),
    SelfTest(self_test::Arguments),
    Snapshot(snapshot::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // `--help` and `--version` come here too.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::CouldNotRun
            } else {
                Exit::Passed
            }
            .into();
        }
    };
    let ended = match arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Completions(arguments) => Ok(shell::completions(&arguments, Arguments::command())),
        Command::Coverage(arguments) => coverage::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Man(arguments) => shell::man(&arguments, Arguments::command()),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::SelfTest(arguments) => self_test::run(&arguments),
        Command::Snapshot(arguments) => snapshot::run(&arguments),
    };
    let exit = ended.unwrap_or_else(|error| {
        output::fail(&error);
        Exit::CouldNotRun
    });
    exit.into()
}
