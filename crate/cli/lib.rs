//! The command line: parses arguments, calls the library, prints the results.

mod adapt;
mod args;
mod data;
mod eval;
mod explain;
mod export;
mod folder;
mod info;
mod output;
mod pack;
mod predict;
mod race;
mod shape;
mod shell;
mod shipped;
mod show;
mod subject;
mod train;

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;

use args::{Arguments, CliCommand};
use patchwork::error::{Error, ErrorKind, Result};
use patchwork::platform;

/// Whether writing to stdout failed for another reason than a closed pipe.
static LOST: AtomicBool = AtomicBool::new(false);

/// The exit code after an interruption by a signal.
const INTERRUPTED: u8 = 130;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    platform::start();
    let arguments = Arguments::parse();
    let result = match arguments.command {
        None => train::run(&arguments.train),
        Some(CliCommand::Train(train)) => train::run(&train),
        Some(CliCommand::Race(race)) => race::run(&race),
        Some(CliCommand::Eval(eval)) => eval::run(&eval).map(|()| Ending::Done),
        Some(CliCommand::Predict(predict)) => predict::run(&predict).map(|()| Ending::Done),
        Some(CliCommand::Explain(explain)) => explain::run(&explain).map(|()| Ending::Done),
        Some(CliCommand::Adapt(adapt)) => adapt::run(&adapt).map(|()| Ending::Done),
        Some(CliCommand::Pack(pack)) => pack::run(&pack).map(|()| Ending::Done),
        Some(CliCommand::Export(export)) => export::run(&export).map(|()| Ending::Done),
        Some(CliCommand::Info(info)) => info::run(&info).map(|()| Ending::Done),
        Some(CliCommand::Data(data)) => data::run(&data).map(|()| Ending::Done),
    };
    match result {
        Ok(Ending::Interrupted) => ExitCode::from(INTERRUPTED),
        Ok(Ending::Done) if LOST.load(Ordering::Relaxed) => {
            complain("error: the output could not be written to its end");
            ExitCode::FAILURE
        }
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// How a command ended without an error.
enum Ending {
    /// It is complete.
    Done,
    /// The user or the system stopped it; a script must not continue.
    Interrupted,
}

/// Prints a line to stdout. A closed pipe (`patchwork … | head`) does not stop the work; neither
/// does a full disk, but the program then exits with a failure.
fn print(line: &str) {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            LOST.store(true, Ordering::Relaxed);
        }
        _ => {}
    }
}

/// Prints a message to stderr. The work continues even if it cannot be written.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints a value as one line of JSON.
fn print_json<T: serde::Serialize>(value: &T) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::File, format!("cannot write JSON: {error}")).because(error)
    })?;
    print(&text);
    Ok(())
}
