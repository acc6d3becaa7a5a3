//! Looking at one image: what a model makes of it, and where it reads.

use burn::tensor::{Device, FloatDType, Tensor, TensorData, Transaction};

use crate::confidence::ConfidenceRule;
use crate::config::{ModelConfig, Pool};
use crate::data::augment::normalise;
use crate::error::{Error, Result};
use crate::explain::AttentionMaps;
use crate::metrics::log_softmax;
use crate::model::fused::Kernels;
use crate::model::read::read_list;
use crate::model::{Network, Output};
use crate::weights::Weights;

/// A model that is ready to look at images.
#[derive(Debug)]
pub struct Predictor {
    config: ModelConfig,
    model: Network,
    confidence_rule: ConfidenceRule,
    device: Device,
}

/// What a model made of one image.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// The probability of each class, `[classes]`.
    pub probabilities: Vec<f32>,
    /// Whether the model is sure of the most probable class ([`crate::confidence`]).
    pub sure: bool,
    /// The attention of every block.
    pub attention: AttentionMaps,
    /// The class token after each block, `[depth, width]`; the mean of all tokens where the model
    /// has no class token.
    pub class_token: Vec<f32>,
}

impl Predictor {
    /// Puts a model on a device.
    ///
    /// # Errors
    /// Where the weights are not those of their model.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        weights.check()?;
        let device = device.clone();
        let flat = Tensor::from_data(weights.flat.as_slice(), &device);
        let model = Network::new(
            Kernels::Fused,
            &weights.config.architecture(),
            flat,
            FloatDType::F32,
            None,
        );
        Ok(Self {
            config: weights.config.clone(),
            model,
            confidence_rule: ConfidenceRule::new(weights),
            device,
        })
    }

    /// The model's shape.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Looks at one image of `[image_size, image_size]` bytes, 0 is paper and 255 is ink.
    ///
    /// # Errors
    /// Where the image has another size, or the device fails.
    pub async fn predict(&self, image: &[u8]) -> Result<Prediction> {
        let side = self.config.image_size;
        if image.len() != side * side {
            return Err(Error::data(format!("this model reads images of {side}×{side} pixels")));
        }
        let mut pixels = vec![0.0; image.len()];
        normalise(image, &mut pixels);
        let images = Tensor::from_data(TensorData::new(pixels, [1, 1, side, side]), &self.device);
        let Output { logits, trace } = self.model.explain(images);
        let mut read = Transaction::default().register(logits);
        let attention = trace.attention.into_iter().map(|seen| seen.weights);
        read = attention.fold(read, Transaction::register);
        let tokens = trace.tokens.into_iter().map(|seen| seen.values);
        read = tokens.fold(read, Transaction::register);
        let mut read = read_list(read).await?.into_iter();
        let logits = read.next().unwrap_or_default();
        let probabilities: Vec<_> = log_softmax(&logits).into_iter().map(f32::exp).collect();
        let blocks = read.by_ref().take(self.config.depth).collect();
        Ok(Prediction {
            sure: self.confidence_rule.is_sure(&probabilities),
            probabilities,
            attention: AttentionMaps::new(&self.config, blocks),
            class_token: read.flat_map(|tokens| self.read_by_head(&tokens)).collect(),
        })
    }

    /// What the head would read of an image's tokens, `[tokens, width]`, as `[width]`: the class token, or the mean of all.
    fn read_by_head(&self, tokens: &[f32]) -> Vec<f32> {
        let width = self.config.width;
        match self.config.pool {
            Pool::ClassToken => tokens[..width].to_vec(),
            Pool::Mean => {
                let mean = |at| tokens[at..].iter().step_by(width).sum::<f32>();
                (0..width).map(|at| mean(at) / (tokens.len() / width) as f32).collect()
            }
        }
    }
}
