//! A whole run and everything that can be done with its folder.

use std::path::Path;

use crate::common::{folder, succeed};

const TRAIN: [&str; 12] = [
    "train",
    "--data",
    "builtin:800",
    "--epochs",
    "2",
    "--device",
    "cpu",
    "--out",
    "run",
    "--seed",
    "3",
    "--rotate=10",
];

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_run_writes_its_folder_and_its_model_can_be_used() {
    let folder = folder();
    let said = succeed(folder.path(), &TRAIN);
    assert!(said.contains("Epoch   2") && said.contains("Test: accuracy"), "{said}");
    let run = folder.path().join("run");
    for file in [
        "config.json",
        "metrics.csv",
        "curves.svg",
        "curves.png",
        "confusion.svg",
        "samples.png",
        "model.safetensors",
        "model.bpk",
        "checkpoint.safetensors",
        "report.html",
    ] {
        let size = std::fs::metadata(run.join(file)).map_or(0, |meta| meta.len());
        assert!(size > 200, "{file} has {size} bytes");
    }
    let metrics = read(&run.join("metrics.csv"));
    assert_eq!(metrics.lines().count(), 3, "{metrics}");
    let config: serde_json::Value =
        serde_json::from_str(&read(&run.join("config.json"))).expect("JSON");
    assert_eq!(config["train"]["epochs"], 2);
    assert_eq!(config["train"]["augment"]["rotate"], 10.0);
    assert!(read(&run.join("report.html")).contains("</html>"));
    uses_the_model(folder.path());
}

fn uses_the_model(folder: &Path) {
    let figures = succeed(folder, &["eval", "--model", "run", "--data", "builtin:100", "--json"]);
    let figures: serde_json::Value = serde_json::from_str(&figures).expect("JSON");
    assert_eq!(figures["images"], 100);
    assert_eq!(figures["confusion"].as_array().map(Vec::len), Some(10));
    let accuracy = figures["accuracy"].as_f64().expect("a number");
    let text =
        succeed(folder, &["eval", "--model", "run/model.safetensors", "--data", "builtin:100"]);
    assert!(text.contains(&format!("{:.2}", accuracy * 100.0)), "{text}");

    succeed(folder, &["pack", "--model", "run", "--with", "run", "--share", "0.3", "--out", "p"]);
    let packed = succeed(folder, &["eval", "--model", "p", "--data", "builtin:100", "--json"]);
    let packed: serde_json::Value = serde_json::from_str(&packed).expect("JSON");
    let change = packed["accuracy"].as_f64().expect("a number") - accuracy;
    assert!(change.abs() <= 0.02, "a model and itself, in 16 bits: {change}");

    succeed(folder, &["predict", "--model", "run", "--data", "builtin:30", "--out", "s.csv"]);
    let table = read(&folder.join("s.csv"));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines[0], lines.len()), ("ImageId,Label", 31));
    assert!(lines[30].starts_with("30,"));

    succeed(
        folder,
        &["explain", "--model", "run", "--data", "builtin:30", "--index", "7", "--out", "why"],
    );
    for file in [
        "block-01-head-01.png",
        "block-04-head-04.png",
        "block-04-mean.png",
        "rollout.png",
        "overview.png",
    ] {
        assert!(folder.join("why").join(file).exists(), "{file}");
    }
    let why: serde_json::Value =
        serde_json::from_str(&read(&folder.join("why/explanation.json"))).expect("JSON");
    let rollout = why["rollout"].as_array().expect("a list");
    assert_eq!(rollout.len(), 16);
    let total: f64 = rollout.iter().filter_map(serde_json::Value::as_f64).sum();
    // The remainder to 1 stayed with the class token itself.
    assert!((0.3..1.0).contains(&total), "{total}");
    assert_eq!(why["attention"].as_array().map(Vec::len), Some(4));
}

#[test]
fn events_are_json_on_request() {
    let folder = folder();
    let mut arguments = TRAIN.to_vec();
    arguments.push("--json");
    let said = succeed(folder.path(), &arguments);
    let events: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let kinds = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((kinds("epoch"), kinds("tested"), kinds("finished")), (2, 1, 1));
    assert!(kinds("progress") >= 2);
}

#[test]
fn a_data_file_is_described() {
    let folder = folder();
    let pixels = (0..64).map(|i| (i * 4).to_string()).collect::<Vec<_>>().join(";");
    let text: String = (0..12).map(|i| format!("{};{pixels}\r\n", i % 3)).collect();
    std::fs::write(folder.path().join("small.csv"), text).expect("written");
    let said = succeed(folder.path(), &["data", "small.csv", "--sheet", "sheet.png"]);
    assert!(said.contains("12 images of 8×8"), "{said}");
    assert!(said.contains("semicolon"), "{said}");
    assert!(folder.path().join("sheet.png").exists());
    let json = succeed(folder.path(), &["data", "small.csv", "--json"]);
    let facts: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(facts["class_counts"], serde_json::json!([4, 4, 4]));
}

#[test]
fn info_lists_the_cpu_and_the_versions() {
    let folder = folder();
    let json = succeed(folder.path(), &["info", "--json"]);
    let facts: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(facts["devices"][0]["argument"], "cpu");
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).expect("the workspace's lock file");
    let burn = facts["burn"].as_str().expect("a version");
    assert!(lock.contains(&format!("name = \"burn\"\nversion = \"{burn}\"\n")), "{burn}");
}

#[test]
fn a_model_for_other_image_sizes_can_be_trained() {
    let folder = folder();
    let rows: String = (0..60)
        .map(|i| {
            let ink = |p: usize| if (p % 16 < 8) == (i % 2 == 0) { 220 } else { 5 };
            let pixels = (0..256).map(|p| ink(p).to_string()).collect::<Vec<_>>().join(",");
            format!("{},{pixels}\n", i % 2)
        })
        .collect();
    std::fs::write(folder.path().join("halves.csv"), rows).expect("written");
    let said = succeed(
        folder.path(),
        &[
            "--data",
            "halves.csv",
            "--epochs",
            "4",
            "--batch-size",
            "8",
            "--patch-size",
            "16",
            "--device",
            "cpu",
            "--width",
            "32",
            "--heads",
            "2",
            "--dropout",
            "0.1",
        ],
    );
    assert!(said.contains("Test: accuracy 100"), "{said}");
    assert!(folder.path().join("runs/tiny-001/report.html").exists());
}
