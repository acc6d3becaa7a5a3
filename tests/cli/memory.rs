//! The memory that training uses matches the estimate, on systems that report it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use patchwork::config::Preset;
use patchwork::cost::cost;
use patchwork::families::vit;
use patchwork::protocol::RunSettings;

use crate::common::{folder, patchwork};

/// The peak memory of a run of a few steps, in bytes.
fn peak(folder: &Path, out: &str, options: &[&str]) -> u64 {
    let run = ["--epochs", "1", "--device", "cpu", "--out", out];
    let mut child = patchwork(folder)
        .args([&run[..], options].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().expect("a state").is_none() {
        // The kernel keeps the high-water mark; a process that has just ended has none any more.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark =
            text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
        most = most.max(mark.and_then(|kilobytes| kilobytes.parse().ok()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(child.wait().expect("it ends").success(), "{options:?}");
    most * 1024
}

/// A model with its batch size, as settings and as options.
fn shape(options: &[(&'static str, usize)]) -> (RunSettings, Vec<String>) {
    let mut model = vit::TINY.model(28, 10);
    let mut train = vit::TINY.training();
    for &(name, value) in options {
        match name {
            "batch-size" => train.batch_size = value,
            shape => {
                let setting = shape.replace('-', "_");
                model = model.with_setting(&setting, value.into()).expect("a setting of vit");
            }
        }
    }
    let words = options.iter().map(|(name, value)| format!("--{name}={value}")).collect();
    (RunSettings { model, train }, words)
}

/// What the program, the images and the report's pictures take: a run of the smallest model, in bytes.
fn baseline(folder: &Path, data: &str) -> u64 {
    let (_, least) = shape(&[("width", 4), ("depth", 1), ("mlp", 4), ("batch-size", 16)]);
    let least: Vec<&str> = ["--data", data].into_iter().chain(least.iter().map(|s| &**s)).collect();
    peak(folder, "least", &least)
}

/// Whether what a run has taken beyond the baseline is about what was estimated.
fn is_as_estimated(name: &str, settings: &RunSettings, taken: u64) -> bool {
    let said = cost(settings).expect("possible settings").memory.whole;
    let ratio = said as f64 / taken as f64;
    println!("{name}: {} MB said, {} MB taken: {ratio:.2}", said / 1_000_000, taken / 1_000_000);
    (1.0 / 1.5..=1.5).contains(&ratio)
}

#[test]
fn the_stated_memory_matches_the_measured_memory() {
    let (folder, data) = (folder(), "builtin:1000");
    let base = baseline(folder.path(), data);
    for (name, options) in [
        ("attention", &[("patch-size", 2), ("batch-size", 128)][..]),
        ("tokens", &[("patch-size", 4), ("depth", 6), ("batch-size", 640)]),
        ("weights", &[("width", 512), ("mlp", 2048), ("batch-size", 16)]),
        ("stem", &[("patch-size", 4), ("stem", 32), ("batch-size", 512)]),
    ] {
        let (settings, words) = shape(options);
        let words: Vec<&str> =
            ["--data", data].into_iter().chain(words.iter().map(|s| &**s)).collect();
        let taken = peak(folder.path(), name, &words) - base;
        assert!(is_as_estimated(name, &settings, taken), "{name}");
    }
}

#[test]
fn the_stated_memory_of_each_family_matches_the_measured_memory() {
    let (folder, data) = (folder(), "builtin:600");
    let base = baseline(folder.path(), data);
    let mut wrong = Vec::new();
    for preset in Preset::all().filter(|preset| preset.model(28, 10).family.name() != "vit") {
        let mut settings = RunSettings { model: preset.model(28, 10), train: preset.training() };
        settings.train.batch_size = 256;
        let options = ["--data", data, "--preset", preset.name, "--batch-size=256"];
        let taken = peak(folder.path(), preset.name, &options) - base;
        if !is_as_estimated(preset.name, &settings, taken) {
            wrong.push(preset.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
