//! A few steps on one batch, with any kernels and device.

use burn::tensor::Device;
use patchwork::config::{Precision, TrainConfig};
use patchwork::data::augment::Augment;
use patchwork::data::batch::{self, Batch};
use patchwork::data::synth;
use patchwork::model::fused::Kernels;
use patchwork::train::step::TrainState;

use super::cases::Case;
use crate::common::{lively, values};
use crate::record::{Array, Outcome};

/// Images in the batch.
const IMAGES: usize = 16;
/// Seeds of the steps, for dropout masks, which depend only on the seed and a number's index.
const SEEDS: [u64; 3] = [7, 8, 9];

/// The gradient before the first step, and the loss of each step.
pub fn steps(case: &Case, kernels: Kernels, device: &Device) -> Outcome {
    // Not every device computes in 16 bits.
    let train = TrainConfig { precision: Precision::F32, ..case.train.clone() };
    let mut train_state =
        TrainState::new(&lively(&case.model, 3), &train, device).expect("a training state");
    train_state.kernels = kernels;
    let batch = images();
    let gradient = Array::of(&values(train_state.gradient(&batch, SEEDS[0]).expect("gradients").0));
    let loss =
        |seed| f64::from(values(train_state.step(&batch, 1e-3, seed).expect("a step").values)[0]);
    let losses = SEEDS.map(loss).into();
    let arrays = [("gradient".to_string(), gradient)].into();
    Outcome { losses, epochs: Vec::new(), arrays, test: None }
}

fn images() -> Batch {
    let digits = synth::generate(IMAGES, 1).expect("digits");
    let indices: Vec<usize> = (0..IMAGES).collect();
    batch::training(&digits, &indices, &Augment::NONE, 0, 0)
}
