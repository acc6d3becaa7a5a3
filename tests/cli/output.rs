//! Output: streams that cannot be written, and existing files.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::common::{fail, folder, patchwork, succeed};

const TRAIN: [&str; 7] = ["--data", "builtin:300", "--epochs", "1", "--device", "cpu", "--out"];

/// The exit status with both streams redirected as in `streams` (shell syntax).
#[cfg(unix)]
fn status(folder: &Path, arguments: &[&str], streams: &str) -> Option<i32> {
    let program = env!("CARGO_BIN_EXE_patchwork");
    std::process::Command::new("sh")
        .args(["-c", &format!("\"$0\" \"$@\" {streams}"), program])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("a shell")
        .code()
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_survives_unwritable_streams() {
    let folder = folder();
    for (number, streams) in ["2>/dev/full", "2>&-", ">&-", ">&- 2>&-"].into_iter().enumerate() {
        let run = format!("run-{number}");
        let code = status(folder.path(), &[&TRAIN[..], &[&run]].concat(), streams);
        assert_eq!(code, Some(0), "{streams}");
        assert!(folder.path().join(run).join("report.html").exists(), "{streams}");
        let wrong = status(folder.path(), &["--data", "missing.csv"], streams);
        assert_eq!(wrong, Some(1), "{streams}: an error is still an error");
    }
    // If requested figures cannot be written, the command fails.
    assert_eq!(status(folder.path(), &["info"], ">/dev/full"), Some(1));
    assert_eq!(status(folder.path(), &["info"], ">/dev/null"), Some(0));
}

#[test]
fn a_run_survives_a_closed_pipe() {
    let folder = folder();
    let mut child = patchwork(folder.path())
        .args([&TRAIN[..], &["run"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(folder.path().join("run/report.html").exists());
}

#[test]
fn progress_is_plain_lines_if_no_bar_can_be_drawn() {
    let folder = folder();
    let said = succeed(folder.path(), &[&TRAIN[..], &["run"]].concat());
    assert!(said.contains("Epoch 1/1, step"), "{said}");
    assert!(!said.contains('\u{1b}'), "no control sequences: {said:?}");
}

#[test]
fn foreign_folders_are_not_changed() {
    let folder = folder();
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).expect("a folder");
    for name in ["report.html", "metrics.csv", "notes.txt"] {
        fs::write(mine.join(name), name).expect("written");
    }
    let before = names(&mine);
    let complaint = fail(folder.path(), &[&TRAIN[..], &["mine"]].concat());
    assert!(complaint.contains("metrics.csv, report.html"), "{complaint}");
    assert!(complaint.contains("--out") && !complaint.contains("notes"), "{complaint}");
    assert_eq!(names(&mine), before);
    assert!(
        before.iter().all(|name| fs::read_to_string(mine.join(name)).is_ok_and(|t| t == *name))
    );
    // Another program's config file does not make the folder a run.
    fs::write(mine.join("config.json"), "{\"port\": 80}").expect("written");
    let complaint = fail(folder.path(), &[&TRAIN[..], &["mine"]].concat());
    assert!(complaint.contains("config.json") && !complaint.contains("another run"), "{complaint}");
    let complaint = fail(folder.path(), &[&TRAIN[..], &["mine/notes.txt"]].concat());
    assert!(complaint.contains("there is a file of this name"), "{complaint}");
    // Other files do not prevent a run.
    for name in ["report.html", "metrics.csv", "config.json"] {
        fs::remove_file(mine.join(name)).expect("removed");
    }
    succeed(folder.path(), &[&TRAIN[..], &["mine"]].concat());
    assert!(mine.join("notes.txt").exists());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_replaced_silently() {
    let folder = folder();
    let path = folder.path();
    succeed(path, &[&TRAIN[..], &["run"]].concat());
    let predict = ["predict", "--model", "run", "--data", "builtin:1", "--device", "cpu"];
    assert!(succeed(path, &predict).contains("1 prediction in submission.csv\n"));
    assert!(succeed(path, &predict).contains("submission.csv (the file before is replaced)"));
    fs::write(path.join("submission.csv"), "mine").expect("written");
    let complaint = fail(path, &predict);
    assert!(complaint.contains("submission.csv") && complaint.contains("none of ours"));
    let named = [&predict[..], &["--out", "submission.csv"]].concat();
    assert!(succeed(path, &named).contains("is replaced"));

    assert!(succeed(path, &["data", "builtin:20"]).contains("Contact sheet: contact-sheet.png\n"));
    assert!(succeed(path, &["data", "builtin:20"]).contains("is replaced"));
    fs::write(path.join("contact-sheet.png"), "mine").expect("written");
    assert!(fail(path, &["data", "builtin:20"]).contains("contact-sheet.png"));

    let model = fs::read(path.join("run/model.safetensors")).expect("a model");
    for out in ["run/model.safetensors", "run/../run/model.safetensors"] {
        assert!(fail(path, &["pack", "--model", "run", "--out", out]).contains("that is read"));
    }
    let eval = ["eval", "--data", "builtin:30", "--device", "cpu", "--model", "run"];
    let onto = ["--mistakes", "run/model.safetensors"];
    assert!(fail(path, &[&eval[..], &onto].concat()).contains("that is read"));
    assert!(fs::read(path.join("run/model.safetensors")).is_ok_and(|now| now == model));
}

#[test]
fn an_explanation_replaces_only_an_explanation() {
    let folder = folder();
    let path = folder.path();
    for depth in ["2", "1"] {
        let shape = [depth, "--depth", depth, "--heads", "2"];
        succeed(path, &[&TRAIN[..], &shape].concat());
    }
    let explain = |model: &'static str| {
        ["explain", "--model", model, "--data", "builtin:30", "--device", "cpu", "--out", "why"]
    };
    assert!(succeed(path, &explain("2")).contains("2 blocks is in why\n"));
    assert!(path.join("why/block-02-mean.png").exists());
    let said = succeed(path, &explain("1"));
    assert!(said.contains("1 block is in why (the explanation before is replaced)"), "{said}");
    assert!(!path.join("why/block-02-mean.png").exists(), "of the deeper model");
    fs::write(path.join("why/explanation.json"), "[]").expect("written");
    let complaint = fail(path, &explain("2"));
    assert!(complaint.contains("rollout.png") && complaint.contains("--out"), "{complaint}");
}

#[cfg(unix)]
#[test]
fn a_broken_link_is_reported_as_such() {
    let folder = folder();
    let path = folder.path();
    std::os::unix::fs::symlink("gone.csv", path.join("train.csv")).expect("a link");
    for arguments in [
        &["--data", "train.csv"][..],
        &["data", "train.csv"],
        &["eval", "--model", "train.csv", "--data", "builtin:10"],
        &["--data", "builtin:300", "--out", "train.csv"],
    ] {
        let complaint = fail(path, arguments);
        assert!(complaint.contains("this link leads to gone.csv"), "{arguments:?}: {complaint}");
        assert!(!complaint.contains("Perhaps"), "{complaint}");
    }
}

#[test]
fn one_is_not_many() {
    let folder = folder();
    let row: String = (0..784).map(|pixel| format!(",{}", pixel % 256)).collect();
    fs::write(folder.path().join("one.csv"), format!("7{row}\n")).expect("written");
    let said = succeed(folder.path(), &["data", "one.csv"]);
    assert!(said.contains("1 image of 28×28") && !said.contains("1 images"), "{said}");
}

#[test]
fn a_run_from_weights_keeps_their_shape_and_uses_the_given_dropout() {
    let folder = folder();
    let path = folder.path();
    succeed(path, &[&TRAIN[..], &["first", "--dropout=0.3", "--depth=2"]].concat());
    let from = |out: &'static str, more: &[&'static str]| {
        let args = [&TRAIN[..], &[out, "--from", "first"], more].concat();
        succeed(path, &args);
        let text = fs::read_to_string(path.join(out).join("config.json")).expect("settings");
        let config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let number = |name: &str| config["model"][name].as_f64().expect("a number");
        assert_eq!((number("depth"), number("patch_size")), (2.0, 7.0), "{out}");
        [number("dropout"), number("attention_dropout"), number("stochastic_depth")]
    };
    assert_eq!(from("plain", &[]), [0.0; 3]);
    assert_eq!(from("article", &["--preset=article"]), [0.1, 0.0, 0.0]);
    let given = ["--dropout=0.2", "--attention-dropout=0.05", "--stochastic-depth=0.15"];
    assert_eq!(from("given", &given), [0.2, 0.05, 0.15]);
    let complaint = fail(path, &[&TRAIN[..], &["other", "--from", "first", "--width=32"]].concat());
    assert!(complaint.contains("cannot be used with"), "{complaint}");
}

#[test]
fn a_notice_says_that_the_cpu_computes_in_32_bits() {
    let folder = folder();
    let precise = |run: &'static str, precision: &'static str| {
        let mut command = patchwork(folder.path());
        command.args([&TRAIN[..], &[run, "--precision", precision]].concat());
        let output = command.output().expect("it runs");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(precise("half", "f16").contains("computes in 32 bits"));
    assert!(!precise("single", "f32").contains("32 bits"));
}
