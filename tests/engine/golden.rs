//! The model, its gradients and its optimizer compared with PyTorch (see `tests/golden/README.md`
//! for the tolerances).

use burn::tensor::{Device, Tensor, TensorData};
use patchwork::config::{ModelConfig, OptimizerKind, Pool, Preset, TrainConfig};
use patchwork::data::batch::Batch;
use patchwork::families::vit;
use patchwork::train::loss::{cross_entropy, targets};
use patchwork::train::step::TrainState;
use patchwork::weights::{self, Parameter, Weights};
use safetensors::SafeTensors;

use crate::common::{devices, distance, reshaped, values, vit};

/// The fixture files.
const CASES: [&str; 4] = ["tiny", "patch16", "options", "stem"];

/// One fixture file.
struct Golden {
    bytes: Vec<u8>,
    config: ModelConfig,
    recipe: TrainConfig,
}

/// The factor of the tolerances on a device.
///
/// A graphics adapter computes `exp` and `erf` to fewer digits than a CPU, fuses multiplications and
/// additions and sums in another order. Lavapipe was up to 5e-4 of the largest gradient away, in the
/// patch embedding, below four blocks; 50 allows twice that. The errors that need the narrow tolerance
/// (the table in the README) are caught on the CPU, with the same model code; here a wrong kernel must
/// show, which is off by its whole value.
fn slack(device: &str) -> f32 {
    if device == "cpu" { 1.0 } else { 50.0 }
}

impl Golden {
    fn load(name: &str) -> Self {
        let path = format!("{}/tests/golden/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).expect("the fixture is part of the project");
        let (_, header) = SafeTensors::read_metadata(&bytes).expect("a safetensors file");
        let text = &header.metadata().as_ref().expect("metadata")["config"];
        let case: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let number = |key: &str| case[key].as_u64().expect(key) as usize;
        let config = reshaped(vit::TINY.model(number("image_size"), number("classes")), |vit| {
            vit.patch_size = number("patch");
            vit.width = number("width");
            vit.depth = number("depth");
            vit.heads = number("heads");
            vit.mlp = number("mlp");
            vit.stem = number("stem_channels");
            vit.stem_depth = number("stem_depth");
            vit.qk_norm = case["qk_norm"].as_bool().expect("qk_norm");
            vit.pool = if case["pool"] == "mean" { Pool::Mean } else { Pool::ClassToken };
        });
        let recipe = TrainConfig {
            label_smoothing: case["label_smoothing"].as_f64().expect("label_smoothing"),
            weight_decay: 0.05,
            clip_norm: 1.0,
            ..vit::TINY.training()
        };
        Self { bytes, config, recipe }
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("a safetensors file")
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let file = self.file();
        let tensor = file.tensor(name).unwrap_or_else(|_| panic!("{name} is missing"));
        tensor.data().as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.file().tensor(name).is_ok()
    }

    /// The initial weights, through a safetensors file.
    fn weights(&self) -> Weights {
        let zero =
            Weights { config: self.config.clone(), flat: vec![0.0; weights::count(&self.config)] };
        let empty = zero
            .to_safetensors(&weights::ModelCard::default(), weights::Storage::F32)
            .expect("bytes");
        let (_, header) = SafeTensors::read_metadata(&empty).expect("our own file");
        let stored: Vec<(String, Vec<usize>, Vec<u8>)> = weights::layout(&self.config)
            .into_iter()
            .map(|parameter| {
                let file = self.file();
                let tensor = file.tensor(&format!("weights/{}", parameter.name)).expect("a weight");
                assert_eq!(tensor.shape(), parameter.shape, "{}", parameter.name);
                (parameter.name, parameter.shape, tensor.data().to_vec())
            })
            .collect();
        let views = stored.iter().map(|(name, shape, bytes)| {
            let dtype = safetensors::Dtype::F32;
            let view = safetensors::tensor::TensorView::new(dtype, shape.clone(), bytes);
            (name, view.expect("a tensor"))
        });
        let bytes = safetensors::serialize(views, header.metadata().clone()).expect("bytes");
        Weights::from_safetensors(&bytes).expect("weights").0
    }

    fn batch(&self) -> Batch {
        let labels: Vec<u8> = {
            let file = self.file();
            let tensor = file.tensor("labels").expect("labels");
            tensor.data().as_chunks::<8>().0.iter().map(|&v| i64::from_le_bytes(v) as u8).collect()
        };
        Batch { images: self.floats("images"), labels }
    }

    fn images(&self, device: &Device) -> Tensor<4> {
        let batch = self.batch();
        let side = self.config.image_size;
        let shape = [batch.labels.len(), 1, side, side];
        Tensor::from_data(TensorData::new(batch.images, shape), device)
    }
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// Compares with a tolerance relative to the largest golden value.
fn assert_close(what: &str, ours: &[f32], golden: &[f32], relative: f32, absolute: f32) {
    let tolerance = relative * largest(golden) + absolute;
    let distance = distance(ours, golden);
    assert!(distance <= tolerance, "{what}: off by {distance:e}, allowed {tolerance:e}");
}

#[test]
fn forward_pass_agrees_with_pytorch() {
    for (device_name, device) in devices() {
        for case in CASES {
            let golden = Golden::load(case);
            let slack = slack(device_name);
            let at = |what: &str| format!("{what} of {case} on {device_name}");
            let output = vit(&golden.weights(), &device).explain(golden.images(&device));
            let smoothing = golden.recipe.label_smoothing;
            let labels = golden.batch().labels;
            let targets = targets(&labels, golden.config.classes, smoothing, &device);
            let loss = values(cross_entropy(output.logits.clone(), targets).mean());
            let logits = values(output.logits);
            assert_close(&at("logits"), &logits, &golden.floats("logits"), 1e-5 * slack, 0.0);
            assert_close(&at("loss"), &loss, &golden.floats("loss"), 1e-5 * slack, 0.0);
            let trace = output.trace;
            let architecture = golden.config.architecture();
            assert_eq!(trace.attention.len(), architecture.last_stage().blocks.len());
            for (i, (attention, tokens)) in
                trace.attention.into_iter().zip(trace.tokens).enumerate()
            {
                let expected = golden.floats(&format!("attention.{i}"));
                assert_close(
                    &at("attention"),
                    &values(attention.weights),
                    &expected,
                    0.0,
                    1e-5 * slack,
                );
                let expected = golden.floats(&format!("class_token.{i}"));
                let token = match architecture.head.pool {
                    patchwork::arch::Pool::First => tokens.values.narrow(1, 0, 1),
                    _ => tokens.values.mean_dim(1),
                };
                assert_close(&at("class token"), &values(token), &expected, 1e-5 * slack, 0.0);
            }
        }
    }
}

#[test]
fn gradients_agree_with_pytorch() {
    for (device_name, device) in devices() {
        for case in CASES {
            let golden = Golden::load(case);
            let train_state = TrainState::new(&golden.weights(), &golden.recipe, &device)
                .expect("a training state");
            let (gradient, ..) = train_state.gradient(&golden.batch(), 0).expect("gradients");
            let gradient = Weights { config: golden.config.clone(), flat: values(gradient) };
            for parameter in weights::layout(&golden.config) {
                let expected = golden.floats(&format!("grads/{}", parameter.name));
                let what = format!("gradient of {} of {case} on {device_name}", parameter.name);
                let slack = slack(device_name);
                let ours = gradient.stored(&parameter);
                assert_close(&what, &ours, &expected, 2e-5 * slack, 1e-7 * slack);
            }
        }
    }
}

/// Three steps on the golden batch; the weights after them and the losses before each.
fn three_steps(golden: &Golden, recipe: &TrainConfig, device: &Device) -> (Weights, Vec<f32>) {
    let mut train_state =
        TrainState::new(&golden.weights(), recipe, device).expect("a training state");
    let losses = (0..3)
        .map(|_| values(train_state.step(&golden.batch(), 1e-3, 0).expect("a step").values)[0])
        .collect();
    (Weights { config: golden.config.clone(), flat: values(train_state.weights) }, losses)
}

/// Compares weights after three steps. If the gradient is nearly zero, Adam normalises noise, and
/// the distance is only bounded by the size of three steps.
fn assert_steps_agree(golden: &Golden, ours: &Weights, prefix: &str, slack: f32, what: &str) {
    let mut compared = 0;
    for parameter in weights::layout(&golden.config) {
        let name = format!("{prefix}/{}", parameter.name);
        if !golden.has(&name) {
            continue;
        }
        let Parameter { name: short, .. } = &parameter;
        let gradients = golden.floats(&format!("grads/{short}"));
        let (expected, stored) = (golden.floats(&name), ours.stored(&parameter));
        for ((ours, expected), gradient) in stored.iter().zip(&expected).zip(gradients) {
            let tolerance = if gradient.abs() >= 1e-5 { 5e-6 * slack } else { 6e-3 };
            let distance = (ours - expected).abs();
            assert!(distance <= tolerance, "{short} {what}: off by {distance:e}");
            compared += 1;
        }
    }
    assert!(compared > 8_000, "only {compared} weights were compared");
}

#[test]
fn three_adamw_steps_agree_with_pytorch() {
    for (device_name, device) in devices() {
        for case in CASES {
            let golden = Golden::load(case);
            let (ours, losses) = three_steps(&golden, &golden.recipe, &device);
            let slack = slack(device_name);
            let what = format!("of {case} on {device_name}");
            assert_close(&what, &losses, &golden.floats("losses3"), 1e-5 * slack, 0.0);
            assert_steps_agree(&golden, &ours, "adamw3", slack, &what);
        }
    }
}

#[test]
fn three_adam_steps_agree_with_pytorch() {
    let golden = Golden::load("tiny");
    let recipe =
        TrainConfig { optimizer: OptimizerKind::Adam, clip_norm: 0.0, ..golden.recipe.clone() };
    for (device_name, device) in devices() {
        let (ours, _) = three_steps(&golden, &recipe, &device);
        assert_steps_agree(&golden, &ours, "adam3", slack(device_name), device_name);
    }
}

#[test]
fn three_muon_steps_agree_with_pytorch() {
    let golden = Golden::load("options");
    let recipe = TrainConfig { optimizer: OptimizerKind::Muon, ..golden.recipe.clone() };
    for (device_name, device) in devices() {
        let (ours, _) = three_steps(&golden, &recipe, &device);
        assert_steps_agree(&golden, &ours, "muon3", slack(device_name), device_name);
    }
}

#[test]
fn the_presets_have_the_sizes_they_state() {
    let count = |preset: Preset| weights::count(&preset.model(28, 10));
    assert_eq!(count(vit::TINY), 139_018);
    assert_eq!(count(vit::SMALL), 205_962);
    assert_eq!(count(vit::BASE), 162_554);
    assert_eq!(count(vit::ARTICLE), 151_498);
}
