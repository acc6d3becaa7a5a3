//! Shared by the engine's tests.

use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use patchwork::config::{ModelConfig, TrainConfig, Vit};
use patchwork::data::Dataset;
use patchwork::families::Family;
use patchwork::families::vit;
use patchwork::model::Network;
use patchwork::model::fused::Kernels;
use patchwork::protocol::Event;
use patchwork::train::Session;
use patchwork::weights::Weights;

/// The devices to test on: the CPU, and a graphics adapter if there is one (a software adapter is
/// enough).
pub fn devices() -> Vec<(&'static str, Device)> {
    let mut devices = vec![("cpu", Device::flex())];
    devices.extend(gpu().map(|device| ("gpu", device)));
    devices
}

/// A graphics adapter, hardware or software. There must be one if `PATCHWORK_CARD` is `yes`.
pub fn gpu() -> Option<Device> {
    let found = patchwork::device::graphics().into_iter().next().map(|found| found.device);
    let demanded = std::env::var_os("PATCHWORK_CARD").is_some_and(|value| value == "yes");
    assert!(found.is_some() || !demanded, "no graphics adapter, and PATCHWORK_CARD says yes");
    found
}

/// The graphics adapter of a test that needs one.
pub fn card() -> Device {
    gpu().expect("a graphics adapter")
}

/// A plain Vision Transformer of another shape.
pub fn reshaped(mut model: ModelConfig, change: impl FnOnce(&mut Vit)) -> ModelConfig {
    change(vit_of(&mut model));
    model
}

/// The settings of a plain Vision Transformer.
pub fn vit_of(model: &mut ModelConfig) -> &mut Vit {
    let Family::Vit(vit) = &mut model.family else { panic!("a model of another family") };
    vit
}

/// A model small enough for hundreds of steps in a test: 4×4-pixel patches of 8×8 images.
pub fn dwarf() -> ModelConfig {
    reshaped(vit::TINY.model(8, 3), |vit| {
        vit.width = 16;
        vit.depth = 2;
        vit.heads = 2;
        vit.mlp = 32;
        vit.patch_size = 4;
    })
}

/// A recipe for [`dwarf`].
pub fn dwarf_recipe() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch_size: 16,
        read_every: 4,
        validation_fraction: 0.2,
        ..vit::TINY.training()
    }
}

/// Labelled 8×8 images of three kinds: a horizontal bar, a vertical bar, a blot, at varying places.
pub fn shapes(count: usize) -> Dataset {
    let mut pixels = vec![0; count * 64];
    for (index, image) in pixels.chunks_exact_mut(64).enumerate() {
        let place = index / 3 % 6;
        for (i, pixel) in image.iter_mut().enumerate() {
            let (row, column) = (i / 8, i % 8);
            let ink = match index % 3 {
                0 => row == place || row == place + 1,
                1 => column == place || column == place + 1,
                _ => row.abs_diff(place) + column.abs_diff(7 - place) < 3,
            };
            *pixel = if ink { 200 + (index % 50) as u8 } else { (index * 7 + i) as u8 % 16 };
        }
    }
    let labels = (0..count).map(|index| (index % 3) as u8).collect();
    Dataset::new(8, pixels, Some(labels)).expect("whole images")
}

/// The model with these weights, for inference.
pub fn vit(weights: &Weights, device: &Device) -> Network {
    let flat = Tensor::from_data(weights.flat.as_slice(), device);
    let architecture = weights.config.architecture();
    Network::new(Kernels::Reference, &architecture, flat, FloatDType::F32, None)
}

/// Weights far from initialisation, so that every layer matters.
pub fn lively(config: &ModelConfig, seed: u64) -> Weights {
    let mut weights = Weights::init(config, seed);
    for (index, value) in weights.flat.iter_mut().enumerate() {
        *value += ((index as f32 * 12.9898).sin() * 43_758.547).fract() * 0.2;
    }
    weights
}

/// Images in [-1, 1] that differ, `[batch, 1, side, side]`.
pub fn noise(batch: usize, side: usize, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = (0..batch * side * side).map(|i| (i as f32 * 0.737).sin()).collect();
    Tensor::from_data(TensorData::new(values, [batch, 1, side, side]), device)
}

/// The values of a tensor.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("32-bit floats")
}

/// The largest distance between two lists of the same length.
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Runs a session to its end and returns all events.
pub fn run(session: &mut Session) -> Vec<Event> {
    let mut events = Vec::new();
    while !session.is_finished() {
        events.extend(pollster::block_on(session.step()).expect("a step"));
    }
    events
}
