//! `patchwork adapt`, and training from several sources with strokes.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::common::{SHIPPED, eval_json, fail, folder, number, succeed};

/// 20 sevens that are written upside down, and 20 plain ones, by two writers: no model of digits reads the first writer's.
fn strokes() -> String {
    let mut text = String::new();
    for drawing in 0..40 {
        let wobble = |place: usize| (drawing * 7 + place * 13) % 9;
        let (one, two, three) = (wobble(1), wobble(2), wobble(3));
        let foot = format!("[[{one},0],[{},{}],[{},90]]", 4 + two, 92 - three, 60 + one);
        let line = format!("[[{one},0],[{},{}],[{two},90]]", 3 + three, 40 + two);
        let (writer, seven) = if drawing % 2 == 0 { ("ann", foot) } else { ("bob", line.clone()) };
        writeln!(text, r#"{{"label":7,"writer":"{writer}","strokes":[{seven}]}}"#).unwrap();
        writeln!(text, r#"{{"label":1,"writer":"ann","strokes":[{line}]}}"#).unwrap();
    }
    text
}

fn adapted(folder: &Path, more: &[&str]) -> Value {
    let arguments = [
        "adapt",
        "--model",
        SHIPPED,
        "--data",
        "strokes.jsonl",
        "--others",
        "builtin:2000",
        "--json",
    ];
    let said = succeed(folder, &[&arguments[..], more].concat());
    serde_json::from_str(&said).expect("JSON")
}

#[test]
fn a_writer_is_learned_from_few_drawings_and_the_others_are_kept() {
    let folder = folder();
    std::fs::write(folder.path().join("strokes.jsonl"), strokes()).expect("written");
    let figures = adapted(
        folder.path(),
        &["--shots", "5", "--writer", "ann", "--check", "builtin:500", "--out", "ann.safetensors"],
    );
    let ann = &figures["writers"][0];
    assert_eq!((&ann["shown"], &ann["measured"]), (&Value::from(10), &Value::from(50)));
    let (before, after) = (number(&ann["before"]), number(&ann["after"]));
    assert!(before < 0.85 && after > 0.95, "{before} before, {after} after");
    let (kept, had) = (number(&ann["check"]), number(&figures["check_before"]));
    assert!(kept > had - 0.02, "{had} before, {kept} after");

    // The written model is the measured one.
    let check = ["--model", "ann.safetensors", "--data", "builtin:500"];
    assert!((number(&eval_json(folder.path(), &check)["accuracy"]) - kept).abs() < 1e-9);
    // The same seed gives the same model.
    let again =
        adapted(folder.path(), &["--shots", "5", "--writer", "ann", "--check", "builtin:500"]);
    assert_eq!(again["writers"][0]["after"], ann["after"]);
}

#[test]
fn each_writer_is_measured_alone_and_what_cannot_be_is_said() {
    let folder = folder();
    std::fs::write(folder.path().join("strokes.jsonl"), strokes()).expect("written");
    let figures = adapted(folder.path(), &["--shots", "3", "--by-writer"]);
    let writers = figures["writers"].as_array().expect("writers");
    let names: Vec<&Value> = writers.iter().map(|row| &row["writer"]).collect();
    assert_eq!(names, [&Value::from("ann"), &Value::from("bob")]);
    assert_eq!(
        (&writers[1]["shown"], &writers[1]["measured"]),
        (&Value::from(3), &Value::from(17))
    );
    let after = |row: &Value| number(&row["after"]);
    let mean = (after(&writers[0]) + after(&writers[1])) / 2.0;
    assert!((number(&figures["mean"][1]) - mean).abs() < 1e-9);
    assert!(
        (number(&figures["worst"][1]) - after(&writers[0]).min(after(&writers[1]))).abs() < 1e-9
    );

    let arguments = ["adapt", "--model", SHIPPED, "--others", "builtin:50", "--data"];
    let of = |more: &[&str]| fail(folder.path(), &[&arguments[..], more].concat());
    assert!(of(&["strokes.jsonl", "--writer", "cid"]).contains("no such writer"));
    assert!(of(&["builtin:200", "--by-writer"]).contains("name no writers"));
    assert!(of(&["strokes.jsonl", "--shots", "0"]).contains("--shots"));
}

#[test]
fn several_sources_are_joined_and_a_run_of_them_knows_its_split() {
    let folder = folder();
    let path = folder.path();
    std::fs::write(path.join("strokes.jsonl"), strokes()).expect("written");
    let train = [
        "--data",
        "builtin:200",
        "--data",
        "strokes.jsonl",
        "--stroke-copies",
        "2",
        "--not-digits",
        "30",
        "--rare-styles",
        "0.5",
        "--builtin-digits",
        "40",
        "--paper",
        "0.5",
        "--epochs",
        "1",
        "--device",
        "cpu",
        "--out",
    ];
    succeed(path, &[&train[..], &["run"]].concat());
    let settings = std::fs::read_to_string(path.join("run/config.json")).expect("settings");
    let settings: Value = serde_json::from_str(&settings).expect("JSON");
    assert_eq!(settings["more"], Value::from(vec!["strokes.jsonl"]));
    assert_eq!(settings["train"]["stroke_copies"], 2);
    // The run's validation images are those of one writer, and a tenth of the others.
    let validation = ["--model", "run", "--data", "builtin:200", "--split", "validation"];
    let figures = eval_json(path, &validation);
    let writers = figures["writers"].as_array().expect("writers");
    assert_eq!(writers.len(), 1, "{writers:?}");
    let drawn = number(&writers[0]["images"]);
    assert!(
        [20.0, 60.0].contains(&drawn) && number(&figures["images"]) == 20.0 + drawn,
        "{figures}"
    );
    let strokes_twice =
        ["--data", "builtin:50", "--data", "strokes.jsonl", "--test", "strokes.jsonl"];
    let complaint = fail(path, &[&strokes_twice[..], &["--out", "no"]].concat());
    assert!(complaint.contains("are the same file"), "{complaint}");
    let complaint = fail(path, &["--data", "builtin:50", "--data", "builtin:test", "--out", "no"]);
    assert!(complaint.contains("no number of built-in digits"), "{complaint}");
    let complaint = fail(path, &["--data", "builtin:50", "--stroke-copies", "1", "--out", "no"]);
    assert!(complaint.contains("came as strokes"), "{complaint}");
}
