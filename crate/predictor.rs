//! Predictions for single images, with attention.

use burn::tensor::{Device, FloatDType, Tensor, TensorData, Transaction};
use patchwork_arch::{Architecture, Pool};

use crate::confidence::ConfidenceRule;
use crate::config::ModelConfig;
use crate::data::augment::normalise;
use crate::error::{Error, Result};
use crate::explain::{AttentionMaps, BlockAttention};
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
    /// The attention of every block.
    pub attention: AttentionMaps,
    /// The class token after each block of the last stage, `[blocks, width]`; the mean of all tokens if the model
    /// has no class token.
    pub class_token: Vec<f32>,
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
        let patches = self.architecture.patches();
        let (mut read, mut blocks) = (Transaction::default().register(logits), Vec::new());
        for SeenAttention { stage, queries, keys, weights } in trace.attention {
            let heads = weights.dims()[1];
            let patch = patches[stage];
            blocks.push(BlockAttention { patch, heads, queries, keys, weights: Vec::new() });
            read = read.register(weights);
        }
        let tokens = trace.tokens.into_iter().map(|seen| seen.values);
        let mut read = read_list(tokens.fold(read, Transaction::register)).await?.into_iter();
        let logits = read.next().unwrap_or_default();
        let probabilities: Vec<_> = log_softmax(&logits).into_iter().map(f32::exp).collect();
        blocks.iter_mut().zip(read.by_ref()).for_each(|(block, weights)| block.weights = weights);
        Ok(Prediction {
            sure: self.confidence_rule.is_sure(&probabilities),
            probabilities,
            attention: AttentionMaps { blocks },
            class_token: self.read_by_head(&read.collect::<Vec<_>>()),
        })
    }

    /// What the head would read after each block of the last stage, `[blocks, width]`: the first token, or the mean of
    /// all. `tokens` holds the tokens after each block of all stages, `[tokens, width]` each.
    fn read_by_head(&self, tokens: &[Vec<f32>]) -> Vec<f32> {
        let (stage, pool) = (self.architecture.last_stage(), self.architecture.head.pool);
        let width = stage.width();
        let read = |tokens: &Vec<f32>| -> Vec<f32> {
            let mean = |at| tokens[at..].iter().step_by(width).sum::<f32>();
            match pool {
                Pool::First => tokens[..width].to_vec(),
                Pool::Mean => (0..width).map(|at| mean(at) / stage.tokens() as f32).collect(),
            }
        };
        tokens[tokens.len() - stage.blocks.len()..].iter().flat_map(read).collect()
    }
}
