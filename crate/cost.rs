//! What settings cost: plain arithmetic on the shapes of a model.
//!
//! The page shows it beside the settings; the benchmarks hold a step's time against it.

use serde::Serialize;

use crate::config::{ModelConfig, Precision, TrainConfig};
use crate::error::{Error, Result};
use crate::protocol::RunSettings;
use crate::weights;

/// Bytes of a 32-bit float.
const FLOAT: u64 = 4;

/// What a model and its training take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Cost {
    /// Numbers that the model learns.
    pub parameters: u64,
    /// Multiply-adds of one image in a training step.
    pub multiply_adds: u64,
    /// Tokens that the first stage makes of an image.
    pub tokens: u64,
    /// What training works in.
    pub memory: Memory,
    /// Bytes of the model as a file.
    pub file: u64,
    /// Bytes of a checkpoint.
    pub checkpoint: u64,
}

/// Bytes that training works in, beside the program and the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Memory {
    /// On the CPU, in one program that takes whole batches.
    pub whole: u64,
    /// On the CPU, in each worker that takes a part of a batch.
    pub worker: u64,
    /// In the program that has the run, where workers or a graphics card take the batches.
    pub run: u64,
    /// On a graphics card.
    pub card: u64,
    /// Parts that a batch is cut into where workers share the steps.
    pub parts: u64,
}

/// What is to be said of settings before a run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Checked {
    /// Why they are impossible, where they are.
    pub error: Option<Error>,
    /// What they cost, where they are possible.
    pub cost: Option<Cost>,
}

/// Whether settings are possible, and what they cost.
pub fn check(settings: &RunSettings) -> Checked {
    match cost(settings) {
        Ok(cost) => Checked { error: None, cost: Some(cost) },
        Err(error) => Checked { error: Some(error), cost: None },
    }
}

/// What possible settings cost.
///
/// # Errors
/// Where [`RunSettings::validate`] has one.
pub fn cost(settings: &RunSettings) -> Result<Cost> {
    settings.validate()?;
    let RunSettings { model, train } = settings;
    let parameters = weights::parameters(model);
    Ok(Cost {
        parameters,
        multiply_adds: multiply_adds(model),
        tokens: tokens(model),
        memory: memory(model, train, parameters),
        file: FLOAT * parameters,
        checkpoint: FLOAT * arrays(train) * parameters,
    })
}

/// Multiply-adds of one image in a training step.
pub fn multiply_adds(model: &ModelConfig) -> u64 {
    model.architecture().multiply_adds()
}

/// Tokens that the first stage makes of an image.
fn tokens(model: &ModelConfig) -> u64 {
    model.architecture().stages.first().map_or(0, |stage| stage.tokens() as u64)
}

/// The most parts of a batch that sum the gradient of a layer's weights each on their own (on the CPU).
const SUMS: u64 = 16;

/// What training works in.
fn memory(model: &ModelConfig, train: &TrainConfig, parameters: u64) -> Memory {
    let (parts, architecture) = (micro_batch_count(model, train.batch_size), model.architecture());
    let [batch, part] =
        [train.batch_size, train.batch_size.div_ceil(parts)].map(|images| images as u64);
    let array = FLOAT * parameters;
    // What is always there: a checkpoint's arrays.
    let kept = arrays(train) * array;
    // The gradient, of all layers and of each by itself, and its sums by parts.
    let gradients = 2 * array + SUMS * FLOAT * architecture.largest_part();
    // A checkpoint is read, laid out as bytes, and these become a file.
    let saving = 3 * arrays(train) * array;
    let on_cpu = |images: u64| gradients + images * FLOAT * architecture.kept_on_cpu();
    let number = if train.precision == Precision::F32 { FLOAT } else { FLOAT / 2 };
    Memory {
        whole: kept + on_cpu(batch).max(saving),
        worker: kept + on_cpu(part),
        run: kept + saving,
        card: kept + 2 * array + batch * number * architecture.kept_on_card(),
        parts: parts as u64,
    }
}

/// Images of a part of a batch, at least.
const LEAST: usize = 16;
/// Multiply-adds of a part, at least: with less a worker is busy with weights and gradients instead of images.
const LEAST_WORK: u64 = 200_000_000;
/// Parts of a batch, at most.
const MOST: usize = 8;

/// How many parts a batch of `images` is cut into for a model, where workers share the steps.
pub fn micro_batch_count(model: &ModelConfig, images: usize) -> usize {
    let worth = (images as u64).saturating_mul(multiply_adds(model)) / LEAST_WORK;
    (images / LEAST).min(usize::try_from(worth).unwrap_or(MOST)).clamp(1, MOST)
}

/// Arrays of the size of the weights that a checkpoint has: the weights, two moments, the best epoch's weights, and
/// the running average where there is one.
fn arrays(train: &TrainConfig) -> u64 {
    4 + u64::from(train.ema_decay > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::vit;

    #[test]
    fn the_arithmetic_is_what_pytorch_counts() {
        // torch.utils.flop_counter over PyTorch's step of these models, divided by two and the images.
        let counted = [(vit::TINY, 7_230_848), (vit::BASE, 38_480_256)];
        for (preset, expected) in counted {
            assert_eq!(multiply_adds(&preset.model(28, 10)), expected, "{}", preset.name);
        }
    }

    #[test]
    fn impossible_settings_cost_nothing_but_an_error() {
        let model = vit::TINY.model(28, 10).with_setting("heads", 7.into()).unwrap();
        let settings = RunSettings { model, train: vit::TINY.training() };
        assert!(cost(&settings).is_err());
    }
}
