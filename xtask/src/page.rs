//! The page: its tools, its build, its checks.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, Run, behind_others, cargo, output, root, target};
use crate::setup::{self, WASM};

/// The oldest Node.js that the page's tools run on.
const NODE: u32 = 20;

/// The modules of the page with the profiles that they are compiled with; the last takes longest.
const MODULES: [(&str, &str); 2] = [("predictor", "wasm-small"), ("trainer", "wasm-fast")];

/// Builds the page into `dist/`.
///
/// # Errors
/// If a tool is missing and cannot be installed, or the build fails.
pub fn build(run: &mut Run) -> Result {
    set_up(run)?;
    rebuild(run)
}

/// Builds the page with tools that are there.
///
/// # Errors
/// If the build fails.
pub fn rebuild(run: &mut Run) -> Result {
    run.step("modules of the page", "predictor and trainer as WebAssembly", |run| modules(run))?;
    run.step("the page", "modules, scripts and styles into dist/", |run| bundle(run))
}

/// Compiles both modules and writes the scripts around them.
fn modules(run: &Run) -> Result {
    let build = |(module, profile)| {
        let mut build = cargo(["build", "--locked", "--package", "patchwork-web"]);
        build.args(["--bin", module, "--features", module]);
        build.args(["--profile", profile, "--target", WASM]);
        build
    };
    // At once, because each module ends in minutes on one core, when it is linked as a whole. What is compiled beside the
    // last module, which takes longest, must not hold it up.
    let [others @ .., longest] = MODULES;
    let beside = others.map(build).into_iter().chain(bindgen_if_missing()?).map(behind_others);
    run.together([build(longest)].into_iter().chain(beside).collect())?;
    for (module, profile) in MODULES {
        let mut bindgen = Command::new(setup::tool("wasm-bindgen"));
        bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(glue());
        bindgen.arg(target().join(WASM).join(profile).join(format!("{module}.wasm")));
        run.command(&mut bindgen)?;
    }
    Ok(())
}

/// Where wasm-bindgen writes the modules and their scripts.
fn glue() -> PathBuf {
    target().join("page-modules")
}

/// Puts the page together from the modules.
fn bundle(run: &Run) -> Result {
    let mut build = Command::new("node");
    build.args(["www/build.mjs", "--release", "--out", "dist", "--wasm"]).arg(glue());
    run.command(&mut build)
}

/// Checks the page: lints of its engine, types of its scripts, the build, and tests in a browser.
///
/// # Errors
/// At the first check that fails.
pub fn test(run: &mut Run) -> Result {
    run.step("lints of the page's engine", "both modules, blocking calls banned", |run| {
        for module in ["predictor", "trainer"] {
            run.command(
                cargo(["clippy", "--release", "--package", "patchwork-web", "--lib"])
                    .args(["--bin", module, "--features", module])
                    .args(["--target", WASM, "--", "-D", "warnings"])
                    .env("CLIPPY_CONF_DIR", "xtask/wasm"),
            )?;
        }
        Ok(())
    })?;
    run.step("tests in 32-bit WebAssembly", "no size wraps, files give the same results", |run| {
        node()?;
        setup::rust_target(run, setup::WASI)?;
        run.command(
            cargo(["test", "--release", "--package", "patchwork", "--no-default-features"]).args([
                "--lib",
                "--test",
                "data",
                "--target",
                setup::WASI,
            ]),
        )
    })?;
    build(run)?;
    run.step("types of the page", "the scripts and their tests type-check", |run| {
        packages(run, "tests/browser")?;
        npm(run, "www", &["run", "check"])?;
        npm(run, "www", &["test"])?;
        npm(run, "tests/browser", &["run", "check"])
    })?;
    run.step("the page in a browser", "drawing, training, failures and recovery", |run| {
        setup::chromium(run)?;
        npm(run, "tests/browser", &["test"])
    })
}

/// Installs the page's build tools.
fn set_up(run: &mut Run) -> Result {
    run.step("tools of the page", "missing build tools of the page", |run| {
        setup::toolchain(run, true)?;
        node()?;
        packages(run, "www")
    })
}

/// The installation of what writes the scripts around the modules, if this machine lacks it.
fn bindgen_if_missing() -> Result<Option<Command>> {
    let version = bindgen_version()?;
    let program = format!("wasm-bindgen-cli@{version}");
    let missing = !setup::has("wasm-bindgen", &version);
    Ok(missing.then(|| setup::installation(&program, &["--bin", "wasm-bindgen"])))
}

/// Checks that Node.js is installed and new enough.
fn node() -> Result {
    let version = output("node", &["--version"]).unwrap_or_default();
    let major: Option<u32> =
        version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    match major {
        Some(major) if major >= NODE => Ok(()),
        _ => Err(format!(
            "the page needs Node.js {NODE} or newer, here is {}; install it from nodejs.org",
            if version.is_empty() { "none" } else { &version }
        )),
    }
}

/// Installs the packages of a folder from its lock file.
///
/// # Errors
/// If npm fails.
pub fn packages(run: &Run, folder: &str) -> Result {
    if is_installed(folder) {
        return Ok(());
    }
    println!("    {folder}: packages from npm");
    npm(run, folder, &["ci", "--no-fund", "--no-audit", "--loglevel=error"])
}

/// Whether the packages of a folder match its lock file.
fn is_installed(folder: &str) -> bool {
    let modified = |path: PathBuf| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let folder = root().join(folder);
    let installed = modified(folder.join("node_modules/.package-lock.json"));
    installed.zip(modified(folder.join("package-lock.json"))).is_some_and(|(a, b)| a >= b)
}

/// The version of wasm-bindgen in the lock file, which the tool must match.
fn bindgen_version() -> Result<String> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).map_err(|e| e.to_string())?;
    version_of("wasm-bindgen", &lock).ok_or_else(|| "Cargo.lock has no wasm-bindgen".into())
}

fn version_of(package: &str, lock: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(rest.split('"').next()?.to_owned())
}

fn npm(run: &Run, folder: &str, arguments: &[&str]) -> Result {
    run.command(Command::new("npm").args(["--prefix", folder]).args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_gives_the_wasm_bindgen_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.1\"\nsource = \"x\"\n";
        assert_eq!(version_of("wasm-bindgen", lock).as_deref(), Some("0.2.1"));
        assert_eq!(version_of("wasm", lock), None);
        assert!(bindgen_version().is_ok());
    }
}
