//! What settings cost: plain arithmetic on the shapes of a model.
//!
//! The page shows it beside the settings; the benchmarks compare the time of a step with it.

use serde::Serialize;

use crate::config::{ModelConfig, Precision, TrainConfig};
use crate::error::{Error, Result};
use crate::protocol::RunSettings;
use crate::weights;

/// Bytes of a 32-bit float.
const FLOAT: u64 = 4;

/// The cost of a model and its training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Cost {
    /// Number of trainable parameters.
    pub parameters: u64,
    /// Multiply-adds of one image in a training step.
    pub multiply_adds: u64,
    /// Tokens per image in the first stage.
    pub tokens: u64,
    /// Memory used by training.
    pub memory: Memory,
    /// Bytes of the model as a file.
    pub file: u64,
    /// Bytes of a checkpoint.
    pub checkpoint: u64,
}

/// Memory used by training in bytes, without the program and the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Memory {
    /// On the CPU, in a single process that takes whole batches.
    pub whole: u64,
    /// On the CPU, in each worker that takes a part of a batch.
    pub worker: u64,
    /// In the process that owns the run, where workers or a graphics card compute the batches.
    pub run: u64,
    /// On a graphics card.
    pub card: u64,
    /// Parts that a batch is cut into where workers share the steps.
    pub parts: u64,
}

/// The result of checking settings before a run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Checked {
    /// Why the settings are impossible, if they are.
    pub error: Option<Error>,
    /// What they cost, if they are possible.
    pub cost: Option<Cost>,
}

/// Whether settings are possible, and what they cost.
pub fn check(settings: &RunSettings) -> Checked {
    match cost(settings) {
        Ok(cost) => Checked { error: None, cost: Some(cost) },
        Err(error) => Checked { error: Some(error), cost: None },
    }
}

/// The cost of valid settings.
///
/// # Errors
/// If [`RunSettings::validate`] refuses the settings.
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

/// Tokens per image in the first stage.
fn tokens(model: &ModelConfig) -> u64 {
    model.architecture().stages.first().map_or(0, |stage| stage.tokens() as u64)
}

/// The most parts of a batch that each sum the gradient of a layer's weights separately (on the CPU).
const SUMS: u64 = 16;

/// Memory used by training.
fn memory(model: &ModelConfig, train: &TrainConfig, parameters: u64) -> Memory {
    let (parts, architecture) = (micro_batch_count(model, train.batch_size), model.architecture());
    let [batch, part] =
        [train.batch_size, train.batch_size.div_ceil(parts)].map(|images| images as u64);
    let array = FLOAT * parameters;
    // Always present: the arrays of a checkpoint.
    let kept = arrays(train) * array;
    // The gradient as one array and per layer, and its partial sums.
    let gradients = 2 * array + SUMS * FLOAT * architecture.largest_part();
    // A checkpoint is read back, serialised, and then becomes a file.
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

/// The fewest images in a part of a batch.
const LEAST: usize = 16;
/// The fewest multiply-adds in a part: with less, a worker spends its time on weights and gradients instead of
/// images.
const LEAST_WORK: u64 = 200_000_000;
/// The most parts of a batch.
const MOST: usize = 8;

/// How many parts a batch of `images` is cut into for a model, where workers share the steps.
pub fn micro_batch_count(model: &ModelConfig, images: usize) -> usize {
    let worth = (images as u64).saturating_mul(multiply_adds(model)) / LEAST_WORK;
    (images / LEAST).min(usize::try_from(worth).unwrap_or(MOST)).clamp(1, MOST)
}

/// The arrays in a checkpoint that have the size of the weights: the weights, two moments, the best epoch's
/// weights, and the running average if the run keeps one.
fn arrays(train: &TrainConfig) -> u64 {
    4 + u64::from(train.ema_decay > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::vit;

    #[test]
    fn multiply_adds_equal_pytorchs_count() {
        // torch.utils.flop_counter over PyTorch's step of these models, divided by two and the images.
        let counted = [(vit::TINY, 7_230_848), (vit::BASE, 38_480_256)];
        for (preset, expected) in counted {
            assert_eq!(multiply_adds(&preset.model(28, 10)), expected, "{}", preset.name);
        }
    }

    #[test]
    fn impossible_settings_give_an_error_and_no_cost() {
        let model = vit::TINY.model(28, 10).with_setting("heads", 7.into()).unwrap();
        let settings = RunSettings { model, train: vit::TINY.training() };
        assert!(cost(&settings).is_err());
    }
}
