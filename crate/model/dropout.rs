//! Chance in training: dropout and stochastic depth.

use burn::tensor::Tensor;

use crate::config::ModelConfig;
#[cfg(feature = "engine")]
use crate::model::fused::dropout;
use crate::model::fused::{Dropout, Regularization, Site};

/// What chance may do to the parts of a model in a step with a seed; nothing without one.
pub(crate) struct ModelRegularization<'a> {
    config: &'a ModelConfig,
    seed: Option<u64>,
}

impl<'a> ModelRegularization<'a> {
    pub fn new(config: &'a ModelConfig, seed: Option<u64>) -> Self {
        Self { config, seed }
    }

    /// To block `index`.
    pub fn block(&self, index: usize) -> Regularization {
        self.with_drop_path(self.config.drop_path_rate(index)).of_block(index)
    }

    /// To the tokens before the first block.
    pub fn tokens(&self) -> Option<Dropout> {
        self.with_drop_path(0.0).at(Site::Tokens)
    }

    fn with_drop_path(&self, drop_path: f64) -> Regularization {
        let Some(seed) = self.seed else { return Regularization::default() };
        let [drop_path, dropout, attention_dropout] =
            [drop_path, self.config.dropout, self.config.attention_dropout].map(|rate| rate as f32);
        Regularization { seed, drop_path, dropout, attention_dropout }
    }
}

/// What dropout leaves, where there is any: in training alone.
pub(crate) fn apply_dropout<const D: usize>(values: Tensor<D>, rule: Option<Dropout>) -> Tensor<D> {
    #[cfg(feature = "engine")]
    if let Some(rule) = rule {
        return dropout(values, rule);
    }
    debug_assert_eq!(rule, None, "nothing is trained here");
    values
}
