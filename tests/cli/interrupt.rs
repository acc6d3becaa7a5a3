//! Ctrl-C writes a checkpoint, and the resumed run ends as if it had never stopped.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::common::{fail, folder, patchwork, succeed};

const RUN: [&str; 9] = [
    "--data",
    "builtin:1500",
    "--epochs",
    "3",
    "--device",
    "cpu",
    "--dropout=0.1",
    "--shift=2",
    "--out",
];

/// The figures of a run without its times.
fn figures(metrics: &str) -> Vec<Vec<String>> {
    let timed = ["images_per_second", "seconds"];
    let mut rows = metrics.lines().map(|line| line.split(',').map(String::from).collect());
    let head: Vec<String> = rows.next().expect("a head");
    rows.map(|row: Vec<String>| {
        head.iter()
            .zip(row)
            .filter(|(name, _)| !timed.contains(&name.as_str()))
            .map(|(_, v)| v)
            .collect()
    })
    .collect()
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_resumes_as_if_never_stopped() {
    let folder = folder();
    let path = folder.path();
    succeed(path, &[&RUN[..], &["whole"]].concat());

    let mut child = patchwork(path)
        .args([&RUN[..], &["parts", "--json", "--read-every", "1"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    // Somewhere in the second epoch.
    let reached =
        lines.map_while(Result::ok).find(|line| line.contains("\"epoch\":2,\"epochs\":3"));
    assert!(reached.is_some(), "the second epoch began");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    // Not success: `patchwork train … && next` must not go on.
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("--resume parts"), "{said}");
    assert!(!path.join("parts/report.html").exists());

    succeed(path, &["train", "--resume", "parts"]);
    let metrics = |run: &str| {
        figures(&std::fs::read_to_string(path.join(run).join("metrics.csv")).expect("metrics"))
    };
    assert_eq!(metrics("whole"), metrics("parts"));
    let model =
        |run: &str| std::fs::read(path.join(run).join("model.safetensors")).expect("a model");
    assert!(model("whole") == model("parts"), "the weights are the same bit for bit");
    assert!(path.join("parts/report.html").exists());
}

#[cfg(unix)]
#[test]
fn a_run_killed_at_its_very_beginning_can_be_resumed() {
    let folder = folder();
    let path = folder.path();
    let begin = |run: &str| {
        let mut child = patchwork(path)
            .args([&RUN[..], &[run]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let config = path.join(run).join("config.json");
        while !config.exists() {
            assert!(child.try_wait().expect("a state").is_none(), "it ended before it began");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().expect("killed");
        child.wait().expect("it ends");
    };
    begin("my run");
    succeed(path, &["train", "--resume", "my run"]);
    assert!(path.join("my run/report.html").exists());
    let report = std::fs::read_to_string(path.join("my run/report.html")).expect("a report");
    assert!(report.contains("--model &#39;my run&#39; --data"), "commands are quoted");

    // Killed between its first two files: nothing looks resumable.
    begin("early");
    std::fs::remove_file(path.join("early/config.json")).expect("removed");
    let complaint = fail(path, &["train", "--resume", "early"]);
    assert!(complaint.contains("before it began") && complaint.contains("again"), "{complaint}");
    succeed(path, &[&RUN[..], &["early"]].concat());
    // The leftovers of older versions: settings without a checkpoint.
    std::fs::remove_file(path.join("early/checkpoint.safetensors")).expect("removed");
    let complaint = fail(path, &["train", "--resume", "early"]);
    assert!(complaint.contains("no checkpoint"), "{complaint}");
    let complaint = fail(path, &[&RUN[..], &["early"]].concat());
    assert!(complaint.contains("no checkpoint") && !complaint.contains("--resume"), "{complaint}");
}

#[cfg(unix)]
#[test]
fn a_termination_signal_saves_and_exits_with_failure() {
    let folder = folder();
    let path = folder.path();
    let mut child = patchwork(path)
        .args([&RUN[..], &["it's", "--json", "--read-every", "1"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    assert!(lines.next().is_some_and(|line| line.is_ok()), "training began");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| code != 0), "{said}");
    assert!(said.contains("--resume \"it's\""), "{said}");
}
