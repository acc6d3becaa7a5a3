//! Wrong requests are refused with a reason and what to do.

use crate::common::{fail, folder};

#[test]
fn wrong_requests_say_what_is_wrong() {
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
fn the_cpu_refuses_a_precision_it_does_not_have_or_trains_in_it() {
    let folder = folder();
    let output = crate::common::run(
        folder.path(),
        &["--data", "builtin:300", "--epochs", "1", "--device", "cpu", "--precision", "f16"],
    );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{errors}");
    assert!(output.status.success() || errors.contains("f16"), "{errors}");
}
