//! `--family` and `--preset`: what a run starts from.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{fail, folder, succeed};

/// The settings of a run of one epoch that is begun with these arguments.
fn settings(path: &Path, out: &str, more: &[&str]) -> Value {
    let train =
        ["--data", "builtin:300", "--epochs", "1", "--device", "cpu", "--width=16", "--out", out];
    succeed(path, &[&train[..], more].concat());
    let text = fs::read_to_string(path.join(out).join("config.json")).expect("settings");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_family_starts_from_its_first_preset_or_from_the_given_one_of_its_own() {
    let folder = folder();
    let path = folder.path();
    let found = |out, more: &[&str]| {
        let settings = settings(path, out, more);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&settings["preset"]), text(&settings["model"]["family"]))
    };
    let due = |preset: &str| (preset.to_owned(), "vit".to_owned());
    assert_eq!(found("neither", &[]), due("tiny"));
    assert_eq!(found("family", &["--family", "vit"]), due("starter"));
    assert_eq!(found("both", &["--family", "vit", "--preset", "article"]), due("article"));
}

#[test]
fn what_cannot_be_chosen_is_refused_with_what_can() {
    let folder = folder();
    for name in ["custom", "perceptron"] {
        let complaint = fail(folder.path(), &["--data", "builtin:300", "--family", name]);
        assert!(complaint.contains(name) && complaint.contains("vit"), "{complaint}");
    }
    let complaint = fail(folder.path(), &["--data", "builtin:300", "--preset", "huge"]);
    assert!(complaint.contains("starter, tiny, small, base, article"), "{complaint}");
    let complaint = fail(folder.path(), &["--from", "model.safetensors", "--family", "vit"]);
    assert!(complaint.contains("cannot be used with"), "{complaint}");
}

#[test]
fn help_lists_families_and_presets_with_what_they_are() {
    let folder = folder();
    let help = succeed(folder.path(), &["train", "--help"]);
    for phrase in ["--family", "patches become tokens", "the quickest to train", "--qk-norm"] {
        assert!(help.contains(phrase), "{phrase}: {help}");
    }
}

/// A small model of a preset, explained for the token over a pixel: the files, and `explanation.json`.
fn explained(path: &Path, preset: &str, of: &str) -> (Vec<String>, Value) {
    settings(path, preset, &["--preset", preset, "--batch-size", "64"]);
    let explain = ["explain", "--model", preset, "--data", "builtin:30", "--device", "cpu"];
    succeed(path, &[&explain[..], &["--of", of, "--out", "why"]].concat());
    let entries = fs::read_dir(path.join("why")).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name().into_string().expect("a name")).collect();
    let text = fs::read_to_string(path.join("why/explanation.json")).expect("an explanation");
    (names, serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn families_are_explained_in_what_is_true_for_their_structure() {
    let folder = folder();
    let path = folder.path();
    let has = |names: &[String], name: &str| names.iter().any(|one| one == name);

    let (names, why) = explained(path, "swin", "14,13");
    assert!(has(&names, "block-02-mean.png") && has(&names, "overview.png"), "{names:?}");
    let blocks = &why["structure"]["stages"][0]["blocks"];
    assert_eq!([&blocks[0]["windows"]["shift"], &blocks[1]["windows"]["shift"]], [0, 3]);
    // Pixel (14, 13) is of token (7, 6) on a map of 14×14: its window has the columns from 7 and the rows below 7.
    let map = why["attention"][0][0].as_array().expect("a map");
    let outside = (0..196).filter(|place| place / 14 >= 7 || place % 14 < 7);
    assert!(outside.into_iter().all(|place| map[place].as_f64() == Some(0.0)));
    assert!((map.iter().filter_map(Value::as_f64).sum::<f64>() - 1.0).abs() < 1e-4);

    let (names, why) = explained(path, "cnn", "class");
    assert!(has(&names, "block-01-channels.png") && !has(&names, "overview.png"), "{names:?}");
    assert!(why["structure"]["stages"][0]["blocks"][0]["note"].is_string());

    let (names, why) = explained(path, "linformer", "class");
    assert_eq!(names, ["explanation.json"]);
    let note = why["structure"]["stages"][0]["blocks"][0]["note"].as_str().expect("why");
    assert!(note.contains("mixtures"), "{note}");

    let explain = ["explain", "--model", "swin", "--data", "builtin:5"];
    let complaint = fail(path, &[&explain[..], &["--of", "99,0"]].concat());
    assert!(complaint.contains("no pixel 99,0") && complaint.contains("0 to 27"), "{complaint}");
    let complaint = fail(path, &[&explain[..], &["--of", "left"]].concat());
    assert!(complaint.contains("neither class, distillation nor X,Y"), "{complaint}");
}
