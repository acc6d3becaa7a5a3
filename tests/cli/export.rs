//! `patchwork export`.

use std::fs;

use serde_json::Value;

use crate::common::{SHIPPED, fail, folder, succeed};

#[test]
fn the_shipped_weights_a_run_and_its_checkpoint_are_exported() {
    let folder = folder();
    let path = folder.path();
    let said = succeed(path, &["export", "--onnx", "shipped.onnx"]);
    assert!(said.contains("bytes in shipped.onnx"), "{said}");
    succeed(path, &["export", "--model", SHIPPED, "--onnx", "same.onnx"]);
    let read = |name: &str| fs::read(path.join(name)).expect("a graph");
    assert_eq!(read("shipped.onnx"), read("same.onnx"));
    succeed(path, &["export", "--onnx", "shown.onnx", "--attention"]);
    assert!(String::from_utf8_lossy(&read("shown.onnx")).contains("attention.0"));
    assert!(!String::from_utf8_lossy(&read("shipped.onnx")).contains("attention.0"));

    let train = ["--data", "builtin:300", "--epochs", "1", "--device", "cpu", "--out", "run"];
    succeed(path, &[&train[..], &["--preset", "tiny", "--width=16"]].concat());
    succeed(path, &["export", "--model", "run", "--onnx", "run.onnx"]);
    succeed(path, &["export", "--model", "run/checkpoint.safetensors", "--onnx", "from.onnx"]);
    // The checkpoint has the same weights, and no words on how they were made.
    let (graph, from) = (read("run.onnx"), read("from.onnx"));
    assert!(from.len() < graph.len());
    let weights = &from[from.len() / 4..from.len() * 3 / 4];
    assert!(graph.windows(weights.len()).any(|part| part == weights));
    fs::remove_file(path.join("run/model.safetensors")).expect("a model");
    succeed(path, &["export", "--model", "run", "--onnx", "again.onnx"]);
    assert_eq!(read("from.onnx"), read("again.onnx"));
}

#[test]
fn a_plain_model_becomes_a_folder_of_transformers() {
    let folder = folder();
    let path = folder.path();
    let train = ["--data", "builtin:300", "--epochs", "1", "--device", "cpu", "--out", "run"];
    succeed(path, &[&train[..], &["--preset", "tiny", "--width=16"]].concat());
    let export = ["export", "--model", "run", "--hugging-face", "hub"];
    assert!(succeed(path, &export).contains("3 files in hub"));
    let text = fs::read_to_string(path.join("hub/config.json")).expect("settings");
    let config: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(config["architectures"][0], "ViTForImageClassification");
    assert_eq!([&config["hidden_size"], &config["num_hidden_layers"]], [16, 4]);
    assert_eq!(config["layer_norm_eps"].as_f64().map(|eps| (eps - 1e-5).abs() < 1e-9), Some(true));
    let weights = fs::read(path.join("hub/model.safetensors")).expect("weights");
    let head = String::from_utf8_lossy(&weights[..16_384]).into_owned();
    assert!(head.contains("vit.encoder.layer.3.attention.attention.value.bias"), "{head}");

    let complaint = fail(path, &export);
    assert!(complaint.contains("would be replaced: config.json"), "{complaint}");
    let both = ["export", "--onnx", "half.onnx", "--hugging-face", "shipped"];
    let complaint = fail(path, &both);
    assert!(complaint.contains("a stem"), "{complaint}");
    assert!(!path.join("shipped").exists() && !path.join("half.onnx").exists());
}

#[test]
fn what_cannot_be_exported_is_refused_with_a_reason() {
    let folder = folder();
    let complaint = fail(folder.path(), &["export"]);
    assert!(complaint.contains("--onnx") && complaint.contains("--hugging-face"), "{complaint}");
    let complaint = fail(folder.path(), &["export", "--hugging-face", "hub", "--attention"]);
    assert!(complaint.contains("--onnx"), "{complaint}");
    fs::write(folder.path().join("model.safetensors"), b"nothing").expect("a file");
    let onto_itself = ["export", "--model", "model.safetensors", "--onnx", "model.safetensors"];
    assert!(fail(folder.path(), &onto_itself).contains("not a valid .safetensors file"));
}
