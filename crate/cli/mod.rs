//! The command line: reads arguments, calls the library, prints what comes out.

mod args;
mod data;
mod eval;
mod explain;
mod folder;
mod info;
mod pack;
mod predict;
mod shipped;
mod show;
mod subject;
mod train;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::error::{Error, ErrorKind, Result};
use crate::platform;
use args::{Arguments, Command};

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    platform::start();
    let arguments = Arguments::parse();
    let result = match arguments.command {
        None => train::run(&arguments.train),
        Some(Command::Train(train)) => train::run(&train),
        Some(Command::Eval(eval)) => eval::run(&eval),
        Some(Command::Predict(predict)) => predict::run(&predict),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Pack(pack)) => pack::run(&pack),
        Some(Command::Info(info)) => info::run(&info),
        Some(Command::Data(data)) => data::run(&data),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line for programs and pipes. That nobody reads it any more (`patchwork … | head`) is no
/// reason to stop working.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a value as one line of JSON.
fn print_json<T: serde::Serialize>(value: &T) -> Result<()> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::File, format!("cannot write JSON: {error}")))?;
    print(&text);
    Ok(())
}
