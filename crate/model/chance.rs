//! Chance in training: dropout and stochastic depth.

use burn::tensor::Tensor;

use crate::config::ModelConfig;
#[cfg(feature = "engine")]
use crate::model::fused::dropout;
use crate::model::fused::{Chance, Dropout, Site};

/// What chance may do to the parts of a model in a step with a seed; nothing without one.
pub(crate) struct Chances<'a> {
    config: &'a ModelConfig,
    seed: Option<u64>,
}

impl<'a> Chances<'a> {
    pub fn new(config: &'a ModelConfig, seed: Option<u64>) -> Self {
        Self { config, seed }
    }

    /// To block `index`.
    pub fn block(&self, index: usize) -> Chance {
        self.with_skip(self.config.skip_probability(index)).of_block(index)
    }

    /// To the tokens before the first block.
    pub fn tokens(&self) -> Option<Dropout> {
        self.with_skip(0.0).at(Site::Tokens)
    }

    fn with_skip(&self, skip: f64) -> Chance {
        let Some(seed) = self.seed else { return Chance::default() };
        let [skip, dropout, attention_dropout] =
            [skip, self.config.dropout, self.config.attention_dropout].map(|rate| rate as f32);
        Chance { seed, skip, dropout, attention_dropout }
    }
}

/// What dropout leaves, where there is any: in training alone.
pub(crate) fn kept<const D: usize>(values: Tensor<D>, rule: Option<Dropout>) -> Tensor<D> {
    #[cfg(feature = "engine")]
    if let Some(rule) = rule {
        return dropout(values, rule);
    }
    debug_assert_eq!(rule, None, "nothing is trained here");
    values
}
