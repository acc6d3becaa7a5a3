//! The folder of a run from an earlier version (`tests/engine/kept.rs`).

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{eval_json, folder, number, succeed};

/// Relative to the figures of the earlier version: the last bits differ between machines.
const TOLERANCE: f64 = 0.05;

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/engine/fixtures").join(file)
}

/// The rows of a table, without its header.
fn rows(metrics: &str) -> Vec<String> {
    metrics.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_kept_run_is_resumed_and_its_model_used() {
    let folder = folder();
    let run = folder.path().join("run");
    std::fs::create_dir(&run).expect("a folder");
    for entry in std::fs::read_dir(fixture("run")).expect("the fixture").flatten() {
        std::fs::copy(entry.path(), run.join(entry.file_name())).expect("copied");
    }
    let table = || std::fs::read_to_string(run.join("metrics.csv")).expect("a table");
    let before = rows(&table());
    assert_eq!(before.len(), 2);
    assert!(
        number(&eval_json(folder.path(), &["--model", "run", "--data", "builtin:100"])["loss"])
            > 0.0
    );

    let said = succeed(folder.path(), &["train", "--resume", "run", "--device", "cpu"]);
    assert!(said.contains("Test: accuracy"), "{said}");
    let after = rows(&table());
    assert_eq!(after[..2], before, "what was is as it was");
    let recorded = std::fs::read(fixture("resumed.json")).expect("the record");
    let recorded: Value = serde_json::from_slice(&recorded).expect("JSON");
    let epochs = &recorded["machines"][0]["runs"]["a kept run, resumed"]["epochs"];
    assert_eq!(epochs.as_array().map(Vec::len), Some(after.len()));
    for (row, epoch) in after.iter().zip(epochs.as_array().into_iter().flatten()) {
        // Epoch, step, training loss, …
        let loss: f64 = row.split(',').nth(2).and_then(|cell| cell.parse().ok()).expect("a loss");
        let expected = number(&epoch[0]);
        assert!((loss - expected).abs() < TOLERANCE * expected, "{loss}, recorded {expected}");
    }
}
