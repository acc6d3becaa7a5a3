//! Exported ONNX graphs, computed by another program: the same logits and attention as ours.

use burn::tensor::{Device, FloatDType, Tensor};
use patchwork::config::{ModelConfig, Preset};
use patchwork::families::vit::{self, Pool};
use patchwork::model::fused::Kernels;
use patchwork::model::{Network, Output};
use patchwork::onnx::{self, Outputs};
use patchwork::pretrained;
use patchwork::weights::{ModelCard, Weights};
use rten::{Model, ValueView};

use crate::common::{distance, dwarf, lively, noise, reshaped, values};

/// The largest distance of logits, as a share of the largest logit, and of attention weights.
const TOLERANCE: f32 = 1e-5;

/// What a graph computes for images in [-1, 1]: each named output, flat.
fn computed(file: Vec<u8>, images: &Tensor<4>, names: &[String]) -> Vec<Vec<f32>> {
    let model = Model::load(file).expect("a graph");
    let pixels: Vec<f32> = values(images.clone()).iter().map(|value| (value + 1.0) / 2.0).collect();
    let image = ValueView::from_shape(images.dims(), &pixels).expect("images");
    let id = |name: &str| model.node_id(name).expect(name);
    let outputs: Vec<_> = names.iter().map(|name| id(name)).collect();
    let found = model.run(vec![(id("image"), image.into())], &outputs, None).expect("outputs");
    found
        .into_iter()
        .map(|value| value.into_tensor::<f32>().expect("numbers").into_data())
        .collect()
}

/// Checks logits and attention of one and of three images.
fn check(name: &str, weights: &Weights) {
    let (device, architecture) = (Device::flex(), weights.config.architecture());
    let flat = Tensor::from_data(weights.flat.as_slice(), &device);
    let network = Network::new(Kernels::Fused, &architecture, flat, FloatDType::F32, None);
    for batch in [1, 3] {
        let images = noise(batch, weights.config.image_size, &device);
        let Output { logits, trace } = network.explain(images.clone());
        let due = values(logits);
        let scale = due.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!(scale > 0.1 && scale.is_finite(), "{name}: logits that say nothing");

        let file = onnx::export(weights, &ModelCard::default(), Outputs::Logits).expect("bytes");
        let found = computed(file, &images, &["logits".into()]);
        let off = distance(&found[0], &due) / scale;
        assert!(off < TOLERANCE, "{name}, {batch} images: {off:e} of the largest logit");

        if trace.attention.is_empty() && trace.pooling.is_none() {
            continue;
        }
        let seen = trace.attention.into_iter();
        let seen = seen.map(|seen| (format!("attention.{}", seen.block), seen.weights));
        let pooling = trace.pooling.map(|weights| ("pooling".into(), weights));
        let (names, due): (Vec<String>, Vec<_>) = seen.chain(pooling).unzip();
        let file = onnx::export(weights, &ModelCard::default(), Outputs::LogitsAndAttention);
        let found = computed(file.expect("bytes"), &images, &names);
        for ((name_of_output, due), found) in names.iter().zip(due).zip(found) {
            let off = distance(&found, &values(due));
            assert!(off < TOLERANCE, "{name}, {name_of_output}, {batch} images: {off:e}");
        }
    }
}

#[test]
fn graphs_of_all_presets_compute_what_the_model_computes() {
    for preset in Preset::all() {
        check(preset.name, &lively(&preset.model(28, 10), 3));
    }
}

#[test]
fn graphs_of_other_shapes_compute_what_the_model_computes() {
    let padded = reshaped(vit::TINY.model(17, 4), |vit| {
        (vit.patch_size, vit.depth, vit.stem, vit.stem_depth) = (4, 2, 6, 3);
        (vit.qk_norm, vit.pool) = (true, Pool::Mean);
    });
    check("padding, stem, QK-norm, mean", &lively(&padded, 5));
    let odd = reshaped(vit::TINY.model(28, 10), |vit| (vit.patch_size, vit.depth) = (5, 1));
    check("padding by different widths", &lively(&odd, 6));
    check("as data", &lively(&ModelConfig::custom(dwarf().architecture()), 7));
}

#[test]
fn the_graph_of_the_shipped_weights_computes_what_they_compute() {
    let (weights, _) = pretrained::digits().expect("weights");
    check("shipped", &weights);
}

#[test]
fn a_graph_says_what_it_reads_and_what_its_classes_are_called() {
    let card = ModelCard { recipe: "by hand".into(), class_names: vec!["bar".into(); 3] };
    let file = onnx::export(&lively(&dwarf(), 1), &card, Outputs::Logits).expect("bytes");
    let text = String::from_utf8_lossy(&file);
    for due in [r#"["bar","bar","bar"]"#, "by hand", "1 for ink", r#""image_size":8"#] {
        assert!(text.contains(due), "{due}");
    }
}

#[test]
fn attention_that_is_not_there_cannot_be_shown() {
    let cnn = Preset::named("cnn").expect("a preset").model(28, 10);
    let weights = Weights::init(&cnn, 1);
    let error = onnx::export(&weights, &ModelCard::default(), Outputs::LogitsAndAttention);
    assert!(error.expect_err("no attention").problem.contains("no block of this model"));
    let short = Weights { flat: weights.flat[1..].to_vec(), ..weights };
    assert!(onnx::export(&short, &ModelCard::default(), Outputs::Logits).is_err());
}
