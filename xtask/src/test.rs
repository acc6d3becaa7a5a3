//! `cargo xtask test`: every check, the quick ones first.
//!
//! All native steps build with the release profile, like `cargo run --release`: build scripts,
//! procedural macros and the engine are compiled once for all of them.

use std::fs;
use std::process::Command;

use crate::engines;
use crate::page;
use crate::run::{Result, Run, cargo, output, root, target};
use crate::setup;

/// Runs every check; a quick run leaves out the page and fuzzing.
///
/// # Errors
/// At the first check that fails, with its command line.
pub fn all(run: &mut Run, quick: bool) -> Result {
    run.step("set-up", "missing tools for the checks", |run| {
        setup::toolchain(run, !quick)?;
        Ok(())
    })?;
    lints(run)?;
    natively(run)?;
    if !quick {
        page::test(run)?;
        engines::test(run)?;
        run.step("fuzzing", "no input makes a reader panic", fuzz)?;
    }
    run.close();
    Ok(())
}

fn lints(run: &mut Run) -> Result {
    run.step("formatting", "the sources are formatted by rustfmt", |run| {
        run.command(&mut cargo(["fmt", "--all", "--check"]))
    })?;
    run.step("lints of the readers", "they compile alone, without engine and file system", |run| {
        run.command(
            cargo(["clippy", "--release", "--package", "patchwork", "--all-targets"]).args([
                "--no-default-features",
                "--",
                "-D",
                "warnings",
            ]),
        )
    })
}

fn natively(run: &mut Run) -> Result {
    run.step("lints", "no warnings in library, command line, tests, benchmarks, tasks", |run| {
        run.command(
            cargo(["clippy", "--release", "--workspace", "--all-targets"])
                .args(["--", "-D", "warnings"]),
        )
    })?;
    run.step("documentation", "no broken links", |run| {
        run.command(
            cargo(["doc", "--release", "--workspace", "--no-deps", "--document-private-items"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    })?;
    run.step("tests", "unit, property, golden, learning and command-line tests", tests)?;
    run.step("examples", "every example prints what it should", examples)
}

/// Runs all tests except those that this machine cannot run: they are ignored by default, and their prefix names the
/// requirement.
fn tests(run: &mut Run) -> Result {
    let mut test = cargo(["test", "--release", "--workspace", "--", "--include-ignored"]);
    match setup::card(run) {
        true => test.env(setup::CARD, "yes"),
        false => test.args(["--skip", "on_a_card_"]),
    };
    // Rewriting records and tests that take minutes are run by hand.
    test.args(["--skip", "write_record", "--skip", "in_minutes_"]);
    if !setup::real_data(run) {
        test.args(["--skip", "with_real_data_"]);
    }
    if !setup::plain_user(run) {
        test.args(["--skip", "as_a_plain_user_"]);
    }
    run.command(&mut test)
}

/// The library's examples, each with part of its expected output.
const EXAMPLES: [(&str, &str); 5] = [
    ("contact_sheet", "50 images in "),
    ("custom_family", "block 2: 2×2 patches of 14×14 pixels"),
    ("explain", "head 4"),
    ("predict", "a 7: the model predicts 7"),
    ("train", "test accuracy: "),
];

/// Runs the examples, which were built with the tests.
fn examples(run: &mut Run) -> Result {
    let folder = target().join("release/examples");
    EXAMPLES.iter().try_for_each(|(name, expected)| {
        let program = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        run.prints(&mut Command::new(program), expected)
    })
}

/// Fuzzes every target for a minute on CI, for some seconds elsewhere. New inputs go into the
/// target folder, not into the committed corpus.
fn fuzz(run: &mut Run) -> Result {
    const LOST: &str = "the readers are not fuzzed (the tests do read the committed corpus)";
    if !cfg!(unix) || output("c++", &["--version"]).is_none() {
        run.leave_out(format!("no C++ compiler for libFuzzer; {LOST}"));
        return Ok(());
    }
    let program = match setup::cargo_fuzz(run) {
        Ok(program) => program,
        Err(problem) => {
            run.leave_out(format!("no cargo-fuzz ({problem}); {LOST}"));
            return Ok(());
        }
    };
    let seconds = if std::env::var_os("CI").is_some() { 60 } else { 10 };
    let builds = target().join("fuzz");
    for name in fuzz_targets()? {
        let finds = builds.join("corpus").join(&name);
        run.folder(&finds)?;
        run.command(
            Command::new(&program)
                .args(["fuzz", "run", "--fuzz-dir", "tests/fuzz", "--target-dir"])
                .arg(&builds)
                .arg(&name)
                .arg(finds)
                .arg(format!("tests/fuzz/corpus/{name}"))
                .args(["--", "-verbosity=0", "-print_final_stats=1"])
                .arg(format!("-max_total_time={seconds}"))
                // Sanitizers and coverage are unstable options of rustc; this lets the stable
                // compiler accept them.
                .env("RUSTC_BOOTSTRAP", "1"),
        )?;
    }
    Ok(())
}

fn fuzz_targets() -> Result<Vec<String>> {
    let folder = root().join("tests/fuzz/targets");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_run() {
        let files = fs::read_dir(root().join("examples")).unwrap().flatten();
        let mut names: Vec<_> = files.map(|file| file.file_name().into_string().unwrap()).collect();
        // A file, or a folder for an example of several files.
        names.iter_mut().for_each(|name| *name = name.trim_end_matches(".rs").to_owned());
        names.sort();
        assert_eq!(names, EXAMPLES.map(|(name, _)| name));
    }

    #[test]
    fn every_fuzz_target_has_a_committed_corpus() {
        let names = fuzz_targets().unwrap();
        assert!(!names.is_empty());
        for name in names {
            let corpus = root().join("tests/fuzz/corpus").join(&name);
            assert!(fs::read_dir(corpus).is_ok_and(|mut files| files.next().is_some()), "{name}");
        }
    }
}
