//! The command line: reads arguments, calls the library, prints what comes out.

mod args;
mod data;
mod eval;
mod explain;
mod folder;
mod info;
mod output;
mod pack;
mod predict;
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

/// Whether something that was printed could not be written, for another reason than that nobody reads it.
static LOST: AtomicBool = AtomicBool::new(false);

/// What a program gives back that a signal interrupted.
const INTERRUPTED: u8 = 130;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    platform::start();
    let arguments = Arguments::parse();
    let result = match arguments.command {
        None => train::run(&arguments.train),
        Some(CliCommand::Train(train)) => train::run(&train),
        Some(CliCommand::Eval(eval)) => eval::run(&eval).map(|()| Ending::Done),
        Some(CliCommand::Predict(predict)) => predict::run(&predict).map(|()| Ending::Done),
        Some(CliCommand::Explain(explain)) => explain::run(&explain).map(|()| Ending::Done),
        Some(CliCommand::Pack(pack)) => pack::run(&pack).map(|()| Ending::Done),
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

/// How a command ended that did not fail.
enum Ending {
    /// It did what was asked for.
    Done,
    /// A person or the system stopped it; what comes after it in a script must not go on.
    Interrupted,
}

/// Prints a line for programs and pipes. That nobody reads it any more (`patchwork … | head`) is no
/// reason to stop working; a full disk is none either, but the program then ends with a failure.
fn print(line: &str) {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            LOST.store(true, Ordering::Relaxed);
        }
        _ => {}
    }
}

/// Says something to a person on stderr. Where nobody can read it the work goes on.
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
