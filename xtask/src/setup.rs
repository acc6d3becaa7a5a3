//! Detects what a fresh machine lacks, and installs it if possible.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Result, Run, cargo, output, root, target};

/// The target of the library's modules for the browser.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The target of the tests with 32-bit addresses, like in the page, in Node.js.
pub const WASI: &str = "wasm32-wasip1";

/// The version of cargo-fuzz that is installed if there is none.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

/// Installs the parts of the Rust toolchain that the checks use.
///
/// # Errors
/// If a part is missing and rustup cannot install it.
pub fn toolchain(run: &Run, wasm: bool) -> Result {
    for component in ["rustfmt", "clippy"] {
        let subcommand = if component == "rustfmt" { "fmt" } else { component };
        if output("cargo", &[subcommand, "--version"]).is_none() {
            run.command(Command::new("rustup").args(["component", "add", component]))?;
        }
    }
    if wasm { rust_target(run, WASM) } else { Ok(()) }
}

/// Installs the standard library of a target.
///
/// # Errors
/// If it is missing and rustup cannot install it.
pub fn rust_target(run: &Run, name: &str) -> Result {
    let is_there = output("rustc", &["--print", "target-libdir", "--target", name])
        .is_some_and(|folder| Path::new(&folder).is_dir());
    if is_there {
        return Ok(());
    }
    run.command(Command::new("rustup").args(["target", "add", name]))
}

/// The variable that says whether the tests must find a graphics adapter: `yes` or `no`.
pub const CARD: &str = "PATCHWORK_CARD";

/// Whether there is a graphics adapter, hardware or software. On Linux a Vulkan driver that computes on the CPU is
/// installed if there is none at all; elsewhere [`CARD`] must say so.
pub fn card(run: &mut Run) -> bool {
    const LOST: &str = "the tests that take a graphics adapter are left out";
    match std::env::var(CARD) {
        Ok(said) if said == "yes" => return true,
        Ok(said) if said == "no" => {
            run.leave_out(format!("{CARD} says no; {LOST}"));
            return false;
        }
        _ => {}
    }
    if !cfg!(target_os = "linux") {
        run.leave_out(format!("{CARD} does not say yes; {LOST}"));
        return false;
    }
    if has_vulkan_driver() {
        return true;
    }
    match debian(run, &["mesa-vulkan-drivers", "libvulkan1"]) {
        Ok(()) => true,
        Err(problem) => {
            run.leave_out(format!("no Vulkan driver: {problem}; {LOST}"));
            false
        }
    }
}

/// Installs packages of Debian and its relatives.
///
/// # Errors
/// If the system is not based on Debian, or the user lacks permission; the error names the
/// packages.
pub fn debian(run: &Run, packages: &[&str]) -> Result {
    let names = packages.join(" ");
    if output("id", &["-u"]).as_deref() != Some("0") || output("apt-get", &["--version"]).is_none()
    {
        return Err(format!("this takes Debian's packages {names} and the right to install them"));
    }
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(packages);
    apt_get(run, &["update"])
        .and_then(|()| apt_get(run, &install))
        .map_err(|problem| format!("Debian's packages {names} cannot be installed ({problem})"))
}

fn apt_get(run: &Run, arguments: &[&str]) -> Result {
    let mut command = Command::new("apt-get");
    run.command(
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-y"]).args(arguments),
    )
}

/// Installs a Chromium if there is no browser to test the page in.
///
/// # Errors
/// If there is none and none can be installed.
pub fn chromium(run: &Run) -> Result {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let named = std::env::var_os("PATCHWORK_CHROMIUM").is_some();
    if named || names.iter().any(|name| output(name, &["--version"]).is_some()) {
        return Ok(());
    }
    debian(run, &["chromium"])
        .map_err(|problem| format!("no Chromium: {problem}; PATCHWORK_CHROMIUM names one"))
}

/// Whether the Vulkan loader would find a driver.
pub fn has_vulkan_driver() -> bool {
    let named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
    let folders = ["/usr/share", "/usr/local/share", "/etc", "/usr/local/etc"];
    named.iter().any(|name| std::env::var_os(name).is_some())
        || folders.iter().any(|folder| {
            fs::read_dir(Path::new(folder).join("vulkan/icd.d"))
                .is_ok_and(|mut entries| entries.next().is_some())
        })
}

/// Whether the real data files, which are not committed, are present.
pub fn real_data(run: &mut Run) -> bool {
    let beside = root().with_file_name("shared");
    let folder = std::env::var_os("PATCHWORK_SHARED").map_or(beside, PathBuf::from);
    let folders = ["csv", "kaggle", "mnist", "strokes"];
    let are_there = folders.iter().all(|name| folder.join("data").join(name).is_dir());
    if !are_there {
        run.leave_out(format!(
            "no real files (PATCHWORK_SHARED names a folder that holds data/{{{}}}); the tests on them are left out",
            folders.join(",")
        ));
    }
    are_there
}

/// Whether the user is subject to file permissions (not root).
pub fn plain_user(run: &mut Run) -> bool {
    let is_root = cfg!(unix) && output("id", &["-u"]).as_deref() == Some("0");
    if is_root {
        run.leave_out("root may read every file; the test of one without permission is left out");
    }
    !is_root
}

/// Whether a tool is on the path, or among ours, in exactly this version.
pub fn has(tool: &str, version: &str) -> bool {
    let ours = tools().join(tool);
    [tool, &ours.to_string_lossy()]
        .iter()
        .any(|program| output(program, &["--version"]).is_some_and(|line| line.ends_with(version)))
}

/// Our own copy of a tool if there is one, else the one on the path.
pub fn tool(name: &str) -> PathBuf {
    let ours = tools().join(name);
    if ours.is_file() { ours } else { name.into() }
}

/// Whether a tool of any version is installed in the target folder.
pub fn has_tool(tool: &str) -> bool {
    tools().join(tool).is_file()
}

fn tools() -> PathBuf {
    target().join("tools/bin")
}

/// Installs a program into the target folder.
///
/// # Errors
/// If it cannot be fetched or compiled.
pub fn install(run: &Run, program: &str, options: &[&str]) -> Result {
    run.command(&mut installation(program, options))
}

/// The command that installs a program into the target folder, optimised for compile time.
pub fn installation(program: &str, options: &[&str]) -> Command {
    let mut install = cargo(["install", "--quiet", program, "--root"]);
    install
        .arg(target().join("tools"))
        .args(options)
        .env("CARGO_TARGET_DIR", target().join("tools/build"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    install
}

/// PATH with our tools added.
///
/// # Errors
/// If a folder's name is not allowed in PATH.
pub fn path_with_tools() -> Result<OsString> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tools()).chain(std::env::split_paths(&paths));
    std::env::join_paths(paths).map_err(|error| error.to_string())
}

/// The program of `cargo fuzz`, installed into the target folder if this machine has none.
///
/// # Errors
/// If it is missing and cannot be installed.
pub fn cargo_fuzz(run: &Run) -> Result<PathBuf> {
    if output("cargo-fuzz", &["--version"]).is_some() {
        return Ok("cargo-fuzz".into());
    }
    if !has_tool("cargo-fuzz") {
        install(run, CARGO_FUZZ, &[])?;
    }
    Ok(tool("cargo-fuzz"))
}
