//! Running the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, on the CPU's side of `auto`, with a cache that holds nothing.
pub fn patchwork(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchwork"));
    command.current_dir(folder).env("PATCHWORK_CACHE", folder.join("cache"));
    command
}

/// Runs the program to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    patchwork(folder).args(arguments).output().expect("the program starts")
}

/// Runs the program and asserts success; gives back what it printed.
pub fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs the program, asserts failure without a panic, and gives back its complaint.
pub fn fail(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?} should fail");
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

/// A temporary folder.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The real data that may lie beside the project; a line says so where it does not.
pub fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("PATCHWORK_SHARED").map_or(beside, PathBuf::from);
    let found = path.join("data").is_dir();
    if !found {
        println!("no real data here (PATCHWORK_SHARED is unset): this test is skipped");
    }
    found.then_some(path)
}
