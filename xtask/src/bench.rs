//! `cargo xtask bench`: the time of a training step, natively and in the page.

use std::process::Command;

use crate::page;
use crate::run::{Result, Run, cargo, target};
use crate::setup;

/// The options of the page's benchmark.
const PAGE_OPTIONS: [&str; 6] =
    ["--presets", "--devices", "--rounds", "--json", "--peers", "--systems"];

/// Measures natively; `tests/bench/step` parses the options.
///
/// # Errors
/// If it cannot be built, or fails.
pub fn natively(run: &Run, options: &[String]) -> Result {
    run.command(step(&[]).arg("--").args(options))
}

/// Builds the page and measures it in a browser. The machine's peak performance is measured natively.
///
/// # Errors
/// If a tool is missing and cannot be installed, or the build or the browser fails.
pub fn page(run: &mut Run, options: &[(String, String)]) -> Result {
    page::build(run)?;
    let peaks = target().join("peaks.json");
    run.step("the machine's peak", "large products of matrices, natively", |run| {
        let mut measure = step(&["--quiet"]);
        measure.args(["--", "--peaks"]).arg(&peaks);
        run.command(measure.args(["--presets", "tiny,small,base,article"]))
    })?;
    run.step("the page in a browser", "timed steps, predictions and pen latency", |run| {
        page::packages(run, "tests/browser")?;
        setup::chromium(run)?;
        let mut npm = Command::new("npm");
        npm.args(["--prefix", "tests/browser", "run", "bench"]);
        npm.envs(options.iter().map(|(name, value)| (name, value)));
        run.command(npm.env("PATCHWORK_BENCH_PEAKS", &peaks))
    })
}

/// The native benchmark, in the tests' build profile.
fn step(options: &[&str]) -> Command {
    let mut bench = cargo(["bench", "--workspace"]);
    bench.args(options).args(["--bench", "step"]);
    bench
}

/// Options as environment variables for the browser's side.
///
/// # Errors
/// If an option does not exist, or lacks its value.
pub fn page_options(options: &[String]) -> Result<Vec<(String, String)>> {
    let pair = |pair: &[String]| {
        let name = pair[0].as_str();
        if !PAGE_OPTIONS.contains(&name) {
            return Err(format!("bench --page has no option {name:?}; see `cargo xtask help`"));
        }
        let value = pair.get(1).ok_or_else(|| format!("{name} lacks its value"))?;
        // The browser's side runs in another folder.
        let path = matches!(name, "--peers" | "--json");
        let value = if path { absolute(value)? } else { value.clone() };
        Ok((format!("PATCHWORK_BENCH_{}", name[2..].to_uppercase()), value))
    };
    options.chunks(2).map(pair).collect()
}

fn absolute(path: &str) -> Result<String> {
    let path = std::path::absolute(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(path.to_string_lossy().into_owned())
}
