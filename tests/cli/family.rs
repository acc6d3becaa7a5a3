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
