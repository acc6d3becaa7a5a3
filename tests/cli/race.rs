//! `patchwork race`: a table, events as JSON, and the models.

use serde_json::Value;

use crate::common::{eval_json, fail, folder, succeed};

/// A race of two presets on few built-in digits.
const RACE: [&str; 9] =
    ["race", "--preset", "tiny,cnn", "--data", "builtin:300", "--images", "600", "--device", "cpu"];

#[test]
fn a_race_prints_a_table_and_keeps_the_models() {
    let folder = folder();
    let table = succeed(folder.path(), &[&RACE[..], &["--out", "models"]].concat());
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].contains("validation  parameters"), "{table}");
    assert_eq!(lines.len(), 3, "{table}");
    for name in ["tiny", "cnn"] {
        assert!(lines.iter().any(|line| line.starts_with(name) && line.contains('%')), "{table}");
        let model = format!("models/{name}.safetensors");
        eval_json(folder.path(), &["--model", &model, "--data", "builtin:50"]);
    }
}

#[test]
fn the_events_of_a_race_are_lines_of_json() {
    let folder = folder();
    let said = succeed(folder.path(), &[&RACE[..], &["--json"]].concat());
    let events: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events[0]["type"], "began");
    let last = events.last().expect("an end");
    assert_eq!((&last["type"], &last["reason"]), (&"finished".into(), &"completed".into()));
    assert_eq!(last["ranking"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_race_needs_two_to_four_contestants_and_a_budget() {
    let folder = folder();
    let one = ["race", "--preset", "tiny", "--data", "builtin:300", "--device", "cpu"];
    assert!(fail(folder.path(), &one).contains("Choose 2 to 4 contestants"));
    let none = ["race", "--preset", "tiny,cnn", "--data", "builtin:300", "--seconds", "0"];
    assert!(fail(folder.path(), &none).contains("cannot last 0 seconds"));
    let twice = ["race", "--preset", "tiny,tiny", "--data", "builtin:300"];
    assert!(fail(folder.path(), &twice).contains("tiny races twice"));
}
