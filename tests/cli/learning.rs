//! Accuracy floors, far below what the recipes reach: they catch broken training.

use std::path::Path;

use crate::common::{folder, mnist_slice, succeed};

/// Test accuracy of a run.
fn accuracy(folder: &Path, arguments: &[&str]) -> f64 {
    let said =
        succeed(folder, &[arguments, &["--json", "--device", "cpu", "--out", "run"]].concat());
    let test = said
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|event| event["type"] == "tested");
    test.expect("a test")["accuracy"].as_f64().expect("a number")
}

#[test]
fn built_in_digits_are_learned() {
    let folder = folder();
    let accuracy =
        accuracy(folder.path(), &["--data", "builtin:8000", "--epochs", "4", "--batch-size=32"]);
    assert!(accuracy > 0.9, "{accuracy}");
}

#[test]
#[ignore = "takes real data: `cargo xtask test` runs it where there are any"]
fn with_real_data_a_slice_of_mnist_is_learned() {
    let folder = folder();
    mnist_slice("train", &folder.path().join("train.csv"), 8000);
    mnist_slice("test", &folder.path().join("test.csv"), 2000);
    let real = accuracy(
        folder.path(),
        &["--data", "train.csv", "--test", "test.csv", "--epochs", "8", "--batch-size=32"],
    );
    // Another seed, or other rounding, shifts such a run by two points.
    assert!(real > 0.88, "{real}");
}
