//! What settings cost: plain arithmetic on the shapes of a model.
//!
//! The page shows it beside the settings; the benchmarks hold a step's time against it.

use serde::Serialize;

use crate::config::{ModelConfig, Precision, TrainConfig};
use crate::error::{Error, Result};
use crate::protocol::Settings;
use crate::weights;

/// Bytes of a 32-bit float.
const FLOAT: u64 = 4;

/// What a model and its training take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Cost {
    /// Numbers that the model learns.
    pub parameters: u64,
    /// Multiply-adds of one image in a training step.
    pub multiply_adds: u64,
    /// Bytes that a step works in, beside the program and the images.
    pub memory: u64,
    /// Bytes of the model as a file.
    pub file: u64,
    /// Bytes of a checkpoint.
    pub checkpoint: u64,
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
pub fn check(settings: &Settings) -> Checked {
    match cost(settings) {
        Ok(cost) => Checked { error: None, cost: Some(cost) },
        Err(error) => Checked { error: Some(error), cost: None },
    }
}

/// What possible settings cost.
///
/// # Errors
/// Where [`Settings::validate`] has one.
pub fn cost(settings: &Settings) -> Result<Cost> {
    settings.validate()?;
    let Settings { model, train } = settings;
    let parameters = weights::parameters(model);
    Ok(Cost {
        parameters,
        multiply_adds: multiply_adds(model),
        memory: memory(model, train, parameters),
        file: FLOAT * parameters,
        checkpoint: FLOAT * arrays(train) * parameters,
    })
}

/// Multiply-adds of one image in a training step: those of the forward pass, and twice more in the
/// backward pass, for the gradient of either factor. Nobody asks for the gradient of the image, so the
/// layer that reads it has one less. What norms, softmax and GELU compute is not counted.
pub fn multiply_adds(model: &ModelConfig) -> u64 {
    let layers: Vec<u64> = stem(model).chain([embedding(model)]).collect();
    let blocks = model.depth as u64 * block(model);
    let head = model.width as u64 * model.classes as u64;
    let forward = layers.iter().sum::<u64>() + blocks + head;
    3 * forward - layers[0]
}

/// The stem's convolutions, the first one first: nine products per pixel and pair of channels.
fn stem(model: &ModelConfig) -> impl Iterator<Item = u64> {
    let mut side = (model.grid() * model.patch_size) as u64;
    model.stem_layers().map(move |layer| {
        side /= layer.stride as u64;
        side * side * 9 * layer.input as u64 * layer.output as u64
    })
}

/// Patches of the image, or of what the stem made of it, to tokens.
fn embedding(model: &ModelConfig) -> u64 {
    let [grid, patch, channels, width] =
        [model.grid(), model.stem_patch(), model.patch_channels(), model.width]
            .map(|size| size as u64);
    grid * grid * channels * patch * patch * width
}

/// One block: queries, keys, values, the projection and both layers of the MLP; scores, and the sums they
/// weigh, over all heads as wide as the tokens.
fn block(model: &ModelConfig) -> u64 {
    let [tokens, width, mlp] = [model.tokens(), model.width, model.mlp].map(|size| size as u64);
    tokens * width * (4 * width + 2 * mlp) + 2 * tokens * tokens * width
}

/// Weights, gradients, two moments, the best epoch's weights and the running average where there is one, and what
/// the backward pass reads of a batch. Of each block that is, for an image,
///
/// `tokens · (8·width + 2·mlp) + heads · tokens²`
///
/// numbers: what comes in, two norms, queries, keys, values, what was read and the sum after it; the MLP after its
/// GELU and the slopes; scores (the CPU keeps these, cards two norms). With QK-norm, queries and keys once more.
fn memory(model: &ModelConfig, train: &TrainConfig, parameters: u64) -> u64 {
    let [tokens, width, mlp, heads] =
        [model.tokens(), model.width, model.mlp, model.heads].map(|size| size as u64);
    let wide = if model.qk_norm { 10 } else { 8 };
    let block = tokens * (wide * width + 2 * mlp) + heads * tokens * tokens;
    let number = if train.precision == Precision::F32 { FLOAT } else { FLOAT / 2 };
    let batch = train.batch_size as u64 * model.depth as u64 * block;
    FLOAT * (1 + arrays(train)) * parameters + number * batch
}

/// Arrays of the size of the weights that a checkpoint has: the weights, two moments, the best epoch's weights, and
/// the running average where there is one.
fn arrays(train: &TrainConfig) -> u64 {
    4 + u64::from(train.ema_decay > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;

    #[test]
    fn the_arithmetic_is_what_pytorch_counts() {
        // torch.utils.flop_counter over PyTorch's step of these models, divided by two and the images.
        let counted = [(Preset::Tiny, 7_230_848), (Preset::Base, 38_480_256)];
        for (preset, expected) in counted {
            assert_eq!(multiply_adds(&preset.model(28, 10)), expected, "{}", preset.name());
        }
    }

    #[test]
    fn impossible_settings_cost_nothing_but_an_error() {
        let model = ModelConfig { heads: 7, ..Preset::Tiny.model(28, 10) };
        let settings = Settings { model, train: Preset::Tiny.training() };
        assert!(cost(&settings).is_err());
    }
}
