//! Running the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The program, with an empty cache.
pub fn patchwork(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchwork"));
    command.current_dir(folder).env("PATCHWORK_CACHE", folder.join("cache"));
    command
}

/// Runs the program until it exits.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    patchwork(folder).args(arguments).output().expect("the program starts")
}

/// Runs the program and asserts success; returns what it printed.
pub fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs the program, asserts failure without a panic, and returns its error output.
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

/// Writes the first `rows` images of MNIST's `train` or `test` part as CSV. The real data is in the folder in
/// `PATCHWORK_SHARED`, else beside the project.
pub fn mnist_slice(part: &str, to: &Path, rows: usize) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("PATCHWORK_SHARED").map_or(beside, PathBuf::from);
    let packed = std::fs::read(shared.join(format!("data/csv/mnist_{part}.csv.gz")))
        .expect("real data; PATCHWORK_SHARED names their folder");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut text)
        .expect("gzip");
    let rows: Vec<&str> = text.lines().take(rows).collect();
    std::fs::write(to, rows.join("\n")).expect("written");
}

/// The weights that the page ships.
pub const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/model.safetensors");

/// The output of `patchwork eval --json`.
pub fn eval_json(folder: &Path, arguments: &[&str]) -> Value {
    let said = succeed(folder, &[&["eval", "--device", "cpu", "--json"], arguments].concat());
    serde_json::from_str(&said).expect("a line of JSON")
}

/// A JSON number.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}
