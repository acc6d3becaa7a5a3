//! Encoder blocks in one operation against the same blocks layer by layer.

use burn::tensor::{Device, FloatDType, Tensor};
use patchwork::config::{ModelConfig, Pool, Preset, TrainConfig};
use patchwork::data::batch::Batch;
use patchwork::model::Vit;
use patchwork::model::fused::Kernels;
use patchwork::train::step::Learner;

use crate::common::{devices, distance, lively, noise, values};
use crate::start;

/// Models whose sizes are no multiples of anything that a kernel may like, beside the presets.
fn models() -> Vec<(String, ModelConfig)> {
    let preset = |preset: Preset| (preset.name().to_string(), preset.model(28, 10));
    let odd = |patch_size, width, heads, mlp, pool| {
        let name = format!("patch {patch_size}, width {width}, {heads} heads, mlp {mlp}, {pool:?}");
        let tiny = Preset::Tiny.model(28, 10);
        (name, ModelConfig { patch_size, width, heads, mlp, pool, depth: 2, ..tiny })
    };
    let mut models: Vec<_> = [Preset::Tiny, Preset::Small, Preset::Base].map(preset).into();
    models.extend([
        odd(5, 12, 3, 20, Pool::ClassToken),
        odd(28, 7, 1, 5, Pool::Mean),
        odd(28, 33, 3, 1, Pool::ClassToken),
        odd(2, 8, 8, 17, Pool::ClassToken),
        odd(9, 1, 1, 1, Pool::Mean),
    ]);
    // The presets' dropout would be drawn in another order; without it, blocks fuse.
    models.iter_mut().for_each(|(_, model)| model.stochastic_depth = 0.0);
    models
}

/// Gradient, loss and number of correct images of a batch.
fn gradient(
    config: &ModelConfig,
    kernels: Kernels,
    batch: &Batch,
    device: &Device,
) -> (Vec<f32>, f32, f32) {
    let recipe = TrainConfig { label_smoothing: 0.1, ..Preset::Tiny.training() };
    let mut learner = Learner::new(&lively(config, 3), &recipe, device).expect("a learner");
    learner.kernels = kernels;
    let (gradient, figures) = learner.gradient(batch, 0);
    let figures = values(figures);
    (values(gradient), figures[0], figures[1])
}

fn batch(images: usize) -> Batch {
    let pixels = values(noise(images, 28, &Device::flex()));
    let labels = (0..images).map(|i| (i * 7 % 10) as u8).collect();
    Batch { images: pixels, labels, counted: images }
}

fn model(config: &ModelConfig, kernels: Kernels, device: &Device) -> Vit {
    let flat = Tensor::from_data(lively(config, 1).flat.as_slice(), device);
    let model = Vit::with_kernels(kernels, config, flat, FloatDType::F32, false);
    assert_eq!(format!("{model:?}").contains("Fused"), kernels == Kernels::Fused);
    model
}

/// Devices, and how far they may be from the layers on the CPU: a graphics adapter computes `exp` and
/// `erf` to fewer digits.
fn tolerances() -> Vec<(&'static str, Device, f32)> {
    let tolerance = |name| if name == "cpu" { 2e-5 } else { 2e-4 };
    devices().into_iter().map(|(name, device)| (name, device, tolerance(name))).collect()
}

#[test]
fn scores_are_those_of_the_layers() {
    for (name, config) in models() {
        let layers = model(&config, Kernels::Layers, &Device::flex());
        for (device_name, device, tolerance) in tolerances() {
            let fused = model(&config, Kernels::Fused, &device);
            for images in [1, 2, 23] {
                let expected = values(layers.forward(noise(images, 28, &Device::flex())));
                let got = values(fused.forward(noise(images, 28, &device)));
                let largest = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
                let off = distance(&got, &expected);
                assert!(
                    off < tolerance * largest,
                    "{name} on {device_name}: off by {off:e} of {largest}"
                );
            }
            let expected = layers.explain(noise(7, 28, &Device::flex())).trace.expect("asked for");
            let got = fused.explain(noise(7, 28, &device)).trace.expect("asked for");
            assert_eq!(got.attention.len(), config.depth, "{name}");
            for (got, expected) in got.attention.into_iter().zip(expected.attention) {
                assert_eq!(got.dims(), expected.dims(), "{name}");
                let off = distance(&values(got), &values(expected));
                assert!(off < tolerance, "{name} on {device_name}: attention off by {off:e}");
            }
        }
    }
}

#[test]
fn gradients_are_those_of_the_layers() {
    for (name, config) in models() {
        for images in [1, 19, 64] {
            let batch = batch(images);
            let (expected, loss, correct) =
                gradient(&config, Kernels::Layers, &batch, &Device::flex());
            let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for (device_name, device, tolerance) in tolerances() {
                // A software adapter takes minutes for what a test on the CPU does in a second.
                if device_name == "gpu" && images == 64 && config.tokens() > 20 {
                    continue;
                }
                let name = format!("{name}, {images} images on {device_name}");
                let (got, got_loss, got_correct) =
                    gradient(&config, Kernels::Fused, &batch, &device);
                let off = (got_loss - loss).abs();
                assert!(off < tolerance * loss.max(1.0), "{name}: {got_loss}, {loss}");
                assert_eq!(got_correct, correct, "{name}");
                let off = distance(&got, &expected);
                assert!(off < tolerance * largest, "{name}: off by {off:e} of {largest}");
            }
        }
    }
}

#[test]
fn the_last_bit_does_not_depend_on_the_number_of_threads() {
    let config = Preset::Tiny.model(28, 10);
    let batch = batch(100);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| gradient(&config, Kernels::Fused, &batch, &Device::flex()).0)
    };
    assert_eq!(on(1), on(3));
}

/// The figures are PyTorch's (`tests/golden/README.md`, "The benchmark's initial weights").
#[test]
fn sixty_steps_on_one_batch_end_where_pytorch_does() {
    for kernels in [Kernels::Fused, Kernels::Layers] {
        let recipe = TrainConfig { clip_norm: 0.0, ..Preset::Tiny.training() };
        let weights = start::weights(&Preset::Tiny.model(28, 10));
        let mut learner = Learner::new(&weights, &recipe, &Device::flex()).expect("a learner");
        learner.kernels = kernels;
        let batch = start::batch(128);
        let losses: Vec<f32> =
            (0..61).map(|_| values(learner.step(&batch, 1e-3, 0).values)[0]).collect();
        assert!((losses[0] - 2.296_87).abs() < 1e-4, "{kernels:?} begins at {}", losses[0]);
        assert!((losses[60] - 0.095_84).abs() < 1e-4, "{kernels:?} ends at {}", losses[60]);
    }
}

/// A cube of a graphics card holds what the head knows of each token, and there is room for some 2,000.
#[test]
fn a_head_too_large_for_a_graphics_card_goes_layer_by_layer() {
    let tiny = Preset::Tiny.model(64, 10);
    let config = ModelConfig { patch_size: 1, depth: 1, pool: Pool::Mean, ..tiny };
    for (name, device) in devices() {
        let flat = Tensor::from_data(lively(&config, 1).flat.as_slice(), &device);
        let model = Vit::with_kernels(Kernels::Fused, &config, flat, FloatDType::F32, false);
        assert_eq!(format!("{model:?}").contains("Fused"), name == "cpu", "on {name}");
    }
}
