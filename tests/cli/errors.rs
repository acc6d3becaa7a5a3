//! Wrong arguments are refused with a reason and what to do.

use crate::common::{fail, folder};

#[test]
fn wrong_arguments_are_explained() {
    let folder = folder();
    std::fs::write(folder.path().join("page.csv"), "<!DOCTYPE html><html></html>")
        .expect("written");
    std::fs::write(folder.path().join("bad.csv"), "1,2,3\n1,x,3\n").expect("written");
    std::fs::write(folder.path().join("model.safetensors"), "no weights").expect("written");
    for (arguments, phrase) in [
        (&["--data", "missing.csv"][..], "missing.csv"),
        (&["--data", "page.csv"], "HTML"),
        (&["--data", "bad.csv"], "bad.csv"),
        (&["--data", "builtin:500", "--heads", "7"], "7 heads"),
        (&["--data", "builtin:500", "--lr=-1"], "learning rate"),
        (&["--data", "builtin:500", "--epochs", "0"], "epochs"),
        (&["--data", "builtin:500", "--device", "gpu:99"], "graphics adapter"),
        (&["--data", "builtin:500", "--device", "abacus"], "abacus"),
        (&["--resume", "nowhere"], "nowhere"),
        (&["--resume", "nowhere", "--epochs", "3"], "cannot be used with"),
        (&["--resume", "nowhere", "--preset", "small"], "cannot be used with"),
        (&["--resume", "nowhere", "--dropout", "0.1"], "cannot be used with"),
        (&["--resume", "nowhere", "--width", "8"], "cannot be used with"),
        (&["--resume", "nowhere", "--qk-norm"], "cannot be used with"),
        (&["--resume", "nowhere", "--invert"], "cannot be used with"),
        (&["--from", "model.safetensors", "--stem=2"], "cannot be used with"),
        (&["--data", "builtin:500", "--pool", "max"], "class-token"),
        (&["--data", "builtin:500", "--width=-8"], "--width"),
        (
            &["--data", "builtin:500", "--width=5000"],
            "width 5000 is not a whole number from 1 to 4096",
        ),
        (&["eval", "--model", "model.safetensors", "--data", "builtin:10"], "safetensors"),
        (&["eval", "--model", "none.safetensors", "--data", "builtin:10"], "none.safetensors"),
        (&["data", "."], "."),
    ] {
        let complaint = fail(folder.path(), arguments);
        assert!(complaint.contains(phrase), "{arguments:?}: {complaint}");
    }
}

#[test]
fn a_folder_with_a_run_is_not_overwritten() {
    let folder = folder();
    let train = ["--data", "builtin:300", "--epochs", "1", "--device", "cpu", "--out", "run"];
    crate::common::succeed(folder.path(), &train);
    let complaint = fail(folder.path(), &train);
    assert!(complaint.contains("another run") && complaint.contains("--resume"), "{complaint}");
}

#[test]
fn the_cpu_always_computes_in_32_bits() {
    let folder = folder();
    let losses = |precision: &str| {
        let train = ["--data", "builtin:300", "--epochs", "1", "--device", "cpu"];
        let asked = ["--precision", precision, "--out", precision];
        crate::common::succeed(folder.path(), &[&train[..], &asked[..]].concat());
        let table = std::fs::read_to_string(folder.path().join(precision).join("metrics.csv"));
        let table = table.expect("metrics.csv");
        let row = table.lines().nth(1).expect("an epoch").to_owned();
        row.split(',').skip(2).take(4).map(str::to_owned).collect::<Vec<_>>()
    };
    let exact = losses("f32");
    assert_eq!(exact.len(), 4);
    assert_eq!(losses("f16"), exact);
}
