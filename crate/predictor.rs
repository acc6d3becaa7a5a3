//! Predictions for single images, with attention.

use burn::tensor::{Device, FloatDType, Tensor, TensorData, Transaction};
use patchwork_arch::{Architecture, Block, Patch, Pool, Reach};

use crate::confidence::ConfidenceRule;
use crate::config::ModelConfig;
use crate::data::augment::normalise;
use crate::error::{Error, Result};
use crate::explain::{AttentionMaps, BlockAttention, Windows};
use crate::metrics::log_softmax;
use crate::model::fused::Kernels;
use crate::model::plan;
use crate::model::read::read_list;
use crate::model::trace::SeenAttention;
use crate::model::{Network, Output};
use crate::weights::Weights;

/// A model that is ready to predict.
#[derive(Debug)]
pub struct Predictor {
    config: ModelConfig,
    architecture: Architecture,
    model: Network,
    confidence_rule: ConfidenceRule,
    device: Device,
}

/// The prediction for one image.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// The probability of each class, `[classes]`.
    pub probabilities: Vec<f32>,
    /// Whether the model is sure of the most probable class ([`crate::confidence`]).
    pub sure: bool,
    /// Whether the image looks like none of the classes; then the model is not sure either.
    pub unlike: bool,
    /// The attention of every block.
    pub attention: AttentionMaps,
    /// The class token after each block of the last stage, `[blocks, width]`; the mean of all tokens where the model
    /// has no class token. Nothing where the head weighs tokens: what it reads is known behind the last block alone.
    pub class_token: Vec<f32>,
    /// The tokens after each block of all stages, `[tokens, width]` each.
    pub tokens: Vec<Vec<f32>>,
}

impl Predictor {
    /// Puts a model on a device.
    ///
    /// # Errors
    /// If the weights do not belong to their model.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        weights.check()?;
        let device = device.clone();
        let flat = Tensor::from_data(weights.flat.as_slice(), &device);
        let architecture = weights.config.architecture();
        plan::check(&architecture)?;
        let model = Network::new(Kernels::Fused, &architecture, flat, FloatDType::F32, None);
        Ok(Self {
            config: weights.config.clone(),
            architecture,
            model,
            confidence_rule: ConfidenceRule::new(weights),
            device,
        })
    }

    /// The model's settings.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// What the model computes.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Predicts one image of `[image_size, image_size]` bytes, 0 is background and 255 is ink.
    ///
    /// # Errors
    /// If the image has another size, or the device fails.
    pub async fn predict(&self, image: &[u8]) -> Result<Prediction> {
        let side = self.config.image_size;
        if image.len() != side * side {
            return Err(Error::data(format!("this model reads images of {side}×{side} pixels")));
        }
        let mut pixels = vec![0.0; image.len()];
        normalise(image, &mut pixels);
        let images = Tensor::from_data(TensorData::new(pixels, [1, 1, side, side]), &self.device);
        let Output { logits, trace } = self.model.explain(images);
        let (mut read, mut blocks) = (Transaction::default().register(logits), Vec::new());
        for seen in trace.attention {
            blocks.push((self.described(&seen), seen.windows, seen.gates.is_some()));
            read = seen.gates.into_iter().fold(read.register(seen.weights), Transaction::register);
        }
        let weighs = trace.pooling.is_some();
        let read = trace.pooling.into_iter().fold(read, Transaction::register);
        let tokens = trace.tokens.into_iter().map(|seen| seen.values);
        let mut read = read_list(tokens.fold(read, Transaction::register)).await?.into_iter();
        let mut next = || read.next().unwrap_or_default();
        let probabilities: Vec<_> = log_softmax(&next()).into_iter().map(f32::exp).collect();
        let filled = blocks.into_iter().map(|(block, order, gated)| {
            let weights = match order {
                None => next(),
                Some(order) => over_map(order.lists().tokens(), block.heads, &next()),
            };
            let gates = if gated { next() } else { Vec::new() };
            BlockAttention { weights, gates, ..block }
        });
        let blocks = filled.collect();
        let pooling = if weighs { next() } else { Vec::new() };
        let tokens: Vec<_> = read.collect();
        Ok(Prediction {
            sure: self.confidence_rule.is_sure(&probabilities),
            unlike: self.confidence_rule.is_unlike(&probabilities),
            probabilities,
            attention: AttentionMaps { blocks, pooling },
            class_token: self.read_by_head(&tokens),
            tokens,
        })
    }

    /// The attention of a block without its weights and gates, which are still on the device.
    fn described(&self, seen: &SeenAttention) -> BlockAttention {
        let Patch { side, before } = self.architecture.patches()[seen.stage];
        let mut blocks = self.architecture.stages.iter().flat_map(|stage| &stage.blocks);
        BlockAttention {
            block: seen.block,
            patch: Patch {
                side: seen.stride * side,
                before: before + seen.halves_before * side / 2,
            },
            windows: blocks.nth(seen.block).and_then(windows_of),
            implied: seen.implied,
            heads: seen.weights.dims()[1],
            queries: seen.queries,
            keys: seen.keys,
            weights: Vec::new(),
            gates: Vec::new(),
        }
    }

    /// What the head would read after each block of the last stage, `[blocks, width]`: the first token, or the mean of
    /// all. `tokens` holds the tokens after each block of all stages, `[tokens, width]` each.
    fn read_by_head(&self, tokens: &[Vec<f32>]) -> Vec<f32> {
        let (stage, pool) = (self.architecture.last_stage(), self.architecture.head.pool);
        let width = stage.width();
        let read = |tokens: &Vec<f32>| -> Vec<f32> {
            let mean = |at| tokens[at..].iter().step_by(width).sum::<f32>();
            match pool {
                Pool::First | Pool::Distilled => tokens[..width].to_vec(),
                Pool::Mean => (0..width).map(|at| mean(at) / stage.tokens() as f32).collect(),
                Pool::Sequence => Vec::new(),
            }
        };
        tokens[tokens.len() - stage.blocks.len()..].iter().flat_map(read).collect()
    }
}

/// The windows that tokens of a block read within.
fn windows_of(block: &Block) -> Option<Windows> {
    match block.attention()?.reach {
        Reach::Windows { side, shift } => Some(Windows { side, shift }),
        _ => None,
    }
}

/// Attention within windows as that of all tokens of a map, `[heads, tokens, tokens]`: tokens of other windows are not
/// read. `order` has the tokens window by window, and `weights` are `[windows, heads, of a window, of a window]`.
fn over_map(order: &[u32], heads: usize, weights: &[f32]) -> Vec<f32> {
    let tokens = order.len();
    let size = weights.len() / (heads * tokens);
    let mut out = vec![0.0; heads * tokens * tokens];
    let rows = weights.chunks_exact(size);
    // A row is of a window, a head and a query.
    for (index, row) in rows.enumerate() {
        let (window, head, query) = (index / size / heads, index / size % heads, index % size);
        let members = &order[window * size..][..size];
        let start = (head * tokens + members[query] as usize) * tokens;
        members.iter().zip(row).for_each(|(&key, &weight)| out[start + key as usize] = weight);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_laid_over_the_map() {
        // Two windows of two tokens each, two heads.
        let weights: Vec<f32> = (1..=16).map(|value| value as f32).collect();
        let map = over_map(&[3, 1, 0, 2], 2, &weights);
        let head = |head: usize| &map[head * 16..][..16];
        assert_eq!(head(0)[12..], [0.0, 2.0, 0.0, 1.0], "token 3 reads from 3 and 1");
        assert_eq!(head(0)[4..8], [0.0, 4.0, 0.0, 3.0]);
        assert_eq!(head(1)[..4], [13.0, 0.0, 14.0, 0.0]);
    }
}
