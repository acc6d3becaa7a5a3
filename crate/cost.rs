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

/// The most parts of a batch that sum the gradient of a layer's weights each on their own (on the CPU).
const SUMS: u64 = 16;

/// What training works in. Of each block the backward pass reads, for a token,
///
/// - on the CPU `6·width + 2·mlp + heads·tokens` numbers: what comes in, queries, keys and values, what was
///   read, the sum after it, the MLP after its GELU and the slopes, and the attention weights;
/// - on a card `8·width + mlp + 2·heads`: the norms as well, but no slopes, and of the attention only what
///   its softmax is made of again.
///
/// With QK-norm queries and keys are kept once more.
fn memory(model: &ModelConfig, train: &TrainConfig, parameters: u64) -> Memory {
    let parts = micro_batch_count(model, train.batch_size);
    let [batch, part] =
        [train.batch_size, train.batch_size.div_ceil(parts)].map(|images| images as u64);
    let array = FLOAT * parameters;
    // What is always there: a checkpoint's arrays.
    let kept = arrays(train) * array;
    // The gradient, of all layers and of each by itself, and its sums by parts.
    let gradients = 2 * array + SUMS * FLOAT * largest_layer(model);
    // A checkpoint is read, laid out as bytes, and these become a file.
    let saving = 3 * arrays(train) * array;
    let on_cpu = |images: u64| gradients + images * FLOAT * image_on_cpu(model);
    let number = if train.precision == Precision::F32 { FLOAT } else { FLOAT / 2 };
    Memory {
        whole: kept + on_cpu(batch).max(saving),
        worker: kept + on_cpu(part),
        run: kept + saving,
        card: kept + 2 * array + batch * number * image_on_card(model),
        parts: parts as u64,
    }
}

/// Weights of the layer that has most: a block, or the patch embedding.
fn largest_layer(model: &ModelConfig) -> u64 {
    let [width, mlp] = [model.width, model.mlp].map(|size| size as u64);
    let block = width * (4 * width + 2 * mlp);
    let stem: u64 =
        model.stem_layers().map(|layer| 9 * layer.input as u64 * layer.output as u64).sum();
    let patch = (model.patch_channels() * model.stem_patch().pow(2)) as u64 * width;
    block.max(stem + patch + model.tokens() as u64 * width)
}

/// Numbers that are kept of an image from its forward to its backward pass, on the CPU.
fn image_on_cpu(model: &ModelConfig) -> u64 {
    let [tokens, width, mlp, heads] = sizes(model);
    let qk_norm = if model.qk_norm { 2 * width + 4 * heads } else { 0 };
    let block = tokens * (6 * width + qk_norm + 2 * mlp + heads * tokens + 4);
    image_beside_blocks(model) + model.depth as u64 * block
}

/// The same on a graphics card.
fn image_on_card(model: &ModelConfig) -> u64 {
    let [tokens, width, mlp, heads] = sizes(model);
    let qk_norm = if model.qk_norm { 2 * width + 2 * heads } else { 0 };
    let block = tokens * (8 * width + qk_norm + mlp + 2 * heads);
    image_beside_blocks(model) + model.depth as u64 * block
}

/// The image itself, the stem's maps of it, and its tokens with their gradient at the end of the blocks.
fn image_beside_blocks(model: &ModelConfig) -> u64 {
    let [tokens, width, ..] = sizes(model);
    (model.image_size as u64).pow(2) + 3 * tokens * width
}

/// Tokens, width, the MLP's width and heads.
fn sizes(model: &ModelConfig) -> [u64; 4] {
    [model.tokens(), model.width, model.mlp, model.heads].map(|size| size as u64)
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
        let settings = RunSettings { model, train: Preset::Tiny.training() };
        assert!(cost(&settings).is_err());
    }
}
