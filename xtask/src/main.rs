//! Patchwork's tasks: `cargo xtask serve` opens the page, `cargo xtask test` runs every check; both set
//! up a fresh machine first.
//!
//! Only the standard library, so that it compiles in seconds.

mod bench;
mod engines;
mod page;
mod run;
mod serve;
mod setup;
mod test;

use std::process::ExitCode;

use crate::run::{Result, Run};

const HELP: &str = "\
Patchwork's tasks.

cargo xtask serve [--port N]
    Installs what this machine lacks, builds the page and serves it on http://127.0.0.1:8080/.

cargo xtask build
    The same, into dist/: static files for any host.

cargo xtask test [--quick] [--dry-run]
    Installs what this machine lacks, then checks formatting, lints, tests, documentation, the
    browser's half of the library, the page in Chromium, Firefox and WebKitGTK and, with fuzzing,
    the readers. Stops at the first failure.

    --quick    without the page and without fuzzing
    --dry-run  print the commands and run none

cargo xtask bench [options; --help lists them]
    What a training step costs on the devices of this machine, and what that is of what they could do.
    With --python VENV beside the PyTorch of a virtual environment, in turns.

cargo xtask bench --page [--presets P,…] [--devices cpu,gpu] [--rounds N] [--json FILE] [--peers FOLDER]
    [--systems S,…]
    The same in a real browser, and the time from a move of the pen to the bars. With --peers beside other
    systems, in turns.

cargo xtask help
    This text.
";

/// The default port of the page.
const PORT: u16 = 8080;

/// A task with its options.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Help,
    Test { quick: bool, dry_run: bool },
    Serve { port: u16 },
    Build,
    Bench(Vec<String>),
    BenchPage(Vec<(String, String)>),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match parse(&arguments).and_then(perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\nerror: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Task> {
    let (task, options) = arguments
        .split_first()
        .map_or(("help", arguments), |(task, options)| (task.as_str(), options));
    match task {
        "help" | "-h" | "--help" => Ok(Task::Help),
        "test" => parse_test(options),
        "serve" => parse_serve(options),
        "build" if options.is_empty() => Ok(Task::Build),
        "build" => Err("build has no options; see `cargo xtask help`".into()),
        "bench" => parse_bench(options),
        other => Err(format!("there is no task {other:?}; see `cargo xtask help`")),
    }
}

fn parse_test(options: &[String]) -> Result<Task> {
    let (mut quick, mut dry_run) = (false, false);
    for option in options {
        match option.as_str() {
            "--quick" => quick = true,
            "--dry-run" => dry_run = true,
            "-h" | "--help" => return Ok(Task::Help),
            other => return Err(format!("test has no option {other:?}; see `cargo xtask help`")),
        }
    }
    Ok(Task::Test { quick, dry_run })
}

fn parse_serve(options: &[String]) -> Result<Task> {
    let wrong = || "serve takes --port N and nothing else; see `cargo xtask help`".to_owned();
    match options {
        [] => Ok(Task::Serve { port: PORT }),
        [name, port] if name == "--port" => {
            port.parse().map(|port| Task::Serve { port }).map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

fn parse_bench(options: &[String]) -> Result<Task> {
    match options.split_first() {
        Some((page, options)) if page == "--page" => {
            bench::page_options(options).map(Task::BenchPage)
        }
        _ => Ok(Task::Bench(options.to_vec())),
    }
}

fn perform(task: Task) -> Result {
    match task {
        Task::Help => {
            print!("{HELP}");
            Ok(())
        }
        Task::Test { quick, dry_run } => test::all(&mut Run::new(dry_run), quick),
        Task::Serve { port } => serve::serve(&mut Run::new(false), port),
        Task::Build => page::build(&mut Run::new(false)),
        Task::Bench(options) => bench::natively(&Run::new(false), &options),
        Task::BenchPage(options) => bench::page(&mut Run::new(false), &options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Task> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&arguments)
    }

    #[test]
    fn tasks_and_options_are_parsed() {
        assert_eq!(read(""), Ok(Task::Help));
        assert_eq!(read("test --help"), Ok(Task::Help));
        assert_eq!(read("test"), Ok(Task::Test { quick: false, dry_run: false }));
        assert_eq!(read("test --dry-run --quick"), Ok(Task::Test { quick: true, dry_run: true }));
        assert_eq!(read("serve"), Ok(Task::Serve { port: 8080 }));
        assert_eq!(read("serve --port 1"), Ok(Task::Serve { port: 1 }));
        assert_eq!(read("build"), Ok(Task::Build));
        assert_eq!(
            read("bench --presets tiny"),
            Ok(Task::Bench(vec!["--presets".into(), "tiny".into()]))
        );
        let devices = ("PATCHWORK_BENCH_DEVICES".into(), "cpu".into());
        assert_eq!(read("bench --page --devices cpu"), Ok(Task::BenchPage(vec![devices])));
        for wrong in [
            "tset",
            "serve --port",
            "serve --port 70000",
            "serve --open",
            "build --fast",
            "test --fast",
            "test quick",
            "bench --page --batch 1",
            "bench --page --json",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
