//! Patchwork's tasks: `cargo xtask serve` opens the page, `cargo xtask test` runs every check; both set
//! up a fresh machine first.
//!
//! Only the standard library, so that it compiles in seconds.

mod bench;
mod engines;
mod page;
mod run;
mod setup;
mod test;

use std::process::ExitCode;

use crate::run::{Result, Run};

const HELP: &str = "\
Patchwork's tasks.

cargo xtask serve [options of trunk serve, such as --port 9000]
    Installs what this machine lacks, builds the page and serves it on http://127.0.0.1:8080/.

cargo xtask build [options of trunk build]
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

/// A task with its options.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Help,
    Test { quick: bool, dry_run: bool },
    Serve(Vec<String>),
    Build(Vec<String>),
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
        "serve" => Ok(Task::Serve(options.to_vec())),
        "build" => Ok(Task::Build(options.to_vec())),
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
        Task::Serve(options) => page::serve(&mut Run::new(false), &options),
        Task::Build(options) => page::build(&mut Run::new(false), &options),
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
        assert_eq!(read("serve --port 1"), Ok(Task::Serve(vec!["--port".into(), "1".into()])));
        assert_eq!(read("build"), Ok(Task::Build(Vec::new())));
        assert_eq!(
            read("bench --presets tiny"),
            Ok(Task::Bench(vec!["--presets".into(), "tiny".into()]))
        );
        let devices = ("PATCHWORK_BENCH_DEVICES".into(), "cpu".into());
        assert_eq!(read("bench --page --devices cpu"), Ok(Task::BenchPage(vec![devices])));
        for wrong in
            ["tset", "test --fast", "test quick", "bench --page --batch 1", "bench --page --json"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
