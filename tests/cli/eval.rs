//! The figures of `patchwork eval`.

use std::path::Path;

use patchwork::families::vit;
use patchwork::weights::{ModelCard, Storage, Weights};
use serde_json::Value;

use crate::common::{SHIPPED, eval_json, fail, folder, number, run, succeed};

/// Drawings of a 1 and of an L that is labelled 7, by two writers.
const STROKES: &str = r#"{"label":1,"writer":"ann","strokes":[[[50,10],[50,40],[50,90]]]}
{"label":7,"writer":"bob","strokes":[[[20,10],[20,90],[70,90]]]}
{"label":1,"writer":"bob","strokes":[[[48,10],[50,40],[52,90]]]}
"#;

fn list<'a>(figures: &'a Value, name: &str) -> &'a Vec<Value> {
    figures[name].as_array().unwrap_or_else(|| panic!("no {name} in {figures}"))
}

#[test]
fn calibration_and_sureness_count_every_image() {
    let folder = folder();
    let figures = eval_json(folder.path(), &["--model", SHIPPED, "--data", "builtin:300"]);
    let calibration = &figures["calibration"];
    let bins = list(calibration, "bins");
    let sum = |name: &str| bins.iter().map(|bin| number(&bin[name])).sum::<f64>();
    assert_eq!((bins.len(), sum("images")), (15, 300.0));
    assert!((sum("correct") / 300.0 - number(&figures["accuracy"])).abs() < 1e-9);
    assert_eq!(calibration["negative_log_likelihood"], figures["loss"]);
    assert!((0.0..0.1).contains(&number(&calibration["expected_calibration_error"])));
    assert!((0.0..0.2).contains(&number(&calibration["brier_score"])));
    let sureness = &figures["sureness"];
    let (sure, not_sure) = (number(&sureness["sure"]), number(&sureness["not_sure"]));
    let share = |name: &str| sureness[name].as_f64().unwrap_or_default();
    let right = sure * share("accuracy_where_sure") + not_sure * share("accuracy_where_not_sure");
    assert_eq!(sure + not_sure, 300.0);
    assert!((right / 300.0 - number(&figures["accuracy"])).abs() < 1e-9);
    for absent in ["writers", "corruptions", "not_digits"] {
        assert!(figures.get(absent).is_none(), "{absent}");
    }
    let text = succeed(folder.path(), &["eval", "--model", SHIPPED, "--data", "builtin:300"]);
    assert!(text.contains("calibration: expected error") && text.contains("sure of"), "{text}");
}

#[test]
fn corruptions_are_evaluated_one_by_one_and_repeatably() {
    let folder = folder();
    let measure = |seed: &str| {
        let arguments =
            ["--model", SHIPPED, "--data", "builtin:100", "--corruptions", "--seed", seed];
        eval_json(folder.path(), &arguments)
    };
    let figures = measure("1");
    let rows = list(&figures, "corruptions");
    assert_eq!(rows.len(), 20);
    let row = |name: &str| rows.iter().find(|row| row["corruption"] == name).expect(name);
    assert_eq!(row("none")["accuracy"], figures["accuracy"]);
    for row in rows {
        let interval = row["accuracy_interval"].as_array().expect("an interval");
        let (low, high) = (number(&interval[0]), number(&interval[1]));
        assert!((low..=high).contains(&number(&row["accuracy"])), "{row}");
        assert!((0.0..=1.0).contains(&number(&row["not_sure_share"])), "{row}");
    }
    let noise = |name: &str| number(&row(name)["not_sure_share"]);
    assert!(noise("noise σ 0.3") > noise("noise σ 0.1"), "{rows:?}");
    assert_eq!(rows, list(&measure("1"), "corruptions"));
    assert_ne!(rows, list(&measure("2"), "corruptions"));
}

#[test]
fn the_model_is_unsure_about_ink_that_is_not_a_digit() {
    let folder = folder();
    let arguments = ["--model", SHIPPED, "--data", "builtin:200", "--not-digits"];
    let figures = eval_json(folder.path(), &arguments);
    let kinds = list(&figures, "not_digits");
    assert_eq!(kinds.len(), 9);
    for kind in kinds {
        assert_eq!(kind["images"], 1000);
        assert!(number(&kind["not_sure_share"]) > 0.85, "{kind}");
        assert!(number(&kind["auroc"]) > 0.95 && number(&kind["mean_confidence"]) > 0.1, "{kind}");
    }
    let text = succeed(folder.path(), &[&["eval"], &arguments[..]].concat());
    assert!(text.contains("| letters, printed "), "{text}");
    assert!(text.contains("| printed letters kept back from training "), "{text}");
    other_sizes_are_refused(folder.path());
}

fn other_sizes_are_refused(folder: &Path) {
    let weights = Weights::init(&vit::TINY.model(16, 2), 1);
    let bytes = weights.to_safetensors(&ModelCard::default(), Storage::F32).expect("bytes");
    std::fs::write(folder.join("small.safetensors"), bytes).expect("written");
    let row = vec!["7"; 256].join(",");
    std::fs::write(folder.join("small.csv"), format!("0,{row}\n1,{row}\n")).expect("written");
    let arguments = ["eval", "--model", "small.safetensors", "--data", "small.csv"];
    // Two identical classes, and a head that is still zero: sure of nothing.
    let figures = eval_json(folder, &arguments[1..]);
    assert_eq!(
        (number(&figures["accuracy"]), &figures["sureness"]["sure"]),
        (0.5, &Value::from(0))
    );
    let complaint = fail(folder, &[&arguments[..], &["--not-digits"]].concat());
    assert!(complaint.contains("28×28") && complaint.contains("16×16"), "{complaint}");
    succeed(folder, &[&arguments[..], &["--corruptions"]].concat());
}

#[test]
fn strokes_are_evaluated_by_writer_and_mistakes_are_drawn() {
    let folder = folder();
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("strokes.jsonl", STROKES);
    let arguments = ["--model", SHIPPED, "--data", "strokes.jsonl", "--mistakes", "wrong.png"];
    let figures = eval_json(folder.path(), &arguments);
    assert_eq!(figures["images"], 3);
    let writers = list(&figures, "writers");
    let named: Vec<_> =
        writers.iter().map(|row| (&row["writer"], &row["images"], &row["correct"])).collect();
    let value = |name: &str| Value::from(name);
    let (bob, ann) = (value("bob"), value("ann"));
    assert_eq!(
        named,
        [(&bob, &Value::from(2), &Value::from(1)), (&ann, &Value::from(1), &Value::from(1))]
    );
    let picture = std::fs::read(folder.path().join("wrong.png")).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"));
    write("right.jsonl", STROKES.lines().next().unwrap_or_default());
    let output = run(
        folder.path(),
        &["eval", "--model", SHIPPED, "--data", "right.jsonl", "--mistakes", "none.png"],
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("No image was misread"), "{said}");
    assert!(!folder.path().join("none.png").exists());
    write("bad.jsonl", &STROKES.replace("[48,10]", "[48,ten]"));
    let complaint = fail(folder.path(), &["eval", "--model", SHIPPED, "--data", "bad.jsonl"]);
    assert!(complaint.contains("bad.jsonl, row 3, column"), "{complaint}");
}

#[test]
fn a_runs_validation_split_is_reproduced() {
    let folder = folder();
    let data = ["--data", "builtin:600", "--device", "cpu"];
    let train = ["--epochs", "2", "--seed", "5", "--val-fraction", "0.2", "--out", "run"];
    succeed(folder.path(), &[&data[..], &train].concat());
    let split = ["--split", "validation"];
    let by_folder = eval_json(folder.path(), &[&["--model", "run"], &data[..2], &split].concat());
    let metrics = std::fs::read_to_string(folder.path().join("run/metrics.csv")).expect("metrics");
    let column = |name: &str| {
        metrics.lines().next().and_then(|head| head.split(',').position(|n| n == name))
    };
    let column = column("validation_accuracy").expect("the column");
    let best =
        metrics.lines().skip(1).filter_map(|row| row.split(',').nth(column)?.parse::<f64>().ok());
    let best = best.fold(0.0, f64::max);
    assert_eq!(by_folder["images"], 120);
    assert!(
        (number(&by_folder["accuracy"]) - best).abs() < 1e-6,
        "{} {best}",
        by_folder["accuracy"]
    );

    let file = ["--model", "run/model.safetensors", "--seed", "5", "--val-fraction", "0.2"];
    let by_hand = eval_json(folder.path(), &[&file[..], &data[..2], &split].concat());
    assert_eq!(by_hand, by_folder);
    let learned =
        eval_json(folder.path(), &["--model", "run", "--data", "builtin:600", "--split", "train"]);
    assert_eq!(learned["images"], 480);
    for (arguments, phrase) in [
        (["--model", "run", "--data", "builtin:500", "--split", "validation"], "not the images"),
        (["--model", "run", "--data", "builtin:600", "--split", "test"], "empty"),
    ] {
        let complaint = fail(folder.path(), &[&["eval"], &arguments[..]].concat());
        assert!(complaint.contains(phrase), "{complaint}");
    }
    let complaint = fail(
        folder.path(),
        &["eval", "--model", "run", "--data", "builtin:9", "--val-fraction", "0.1"],
    );
    assert!(complaint.contains("--split"), "{complaint}");
}
