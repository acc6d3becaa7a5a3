//! Random regularization in training: dropout and stochastic depth.

use burn::tensor::Tensor;
use patchwork_arch::{Block, DropRates};

#[cfg(feature = "engine")]
use crate::model::fused::dropout;
use crate::model::fused::{Dropout, Regularization, Site};

/// The regularization of a model in one training step with a seed; none without a seed.
pub(crate) struct ModelRegularization {
    rates: DropRates,
    seed: Option<u64>,
}

impl ModelRegularization {
    pub fn new(rates: DropRates, seed: Option<u64>) -> Self {
        Self { rates, seed }
    }

    /// The regularization of the model's `index`-th block.
    pub fn block(&self, index: usize, block: &Block) -> Regularization {
        self.with_drop_path(block.drop_path).of_block(index)
    }

    /// The dropout on the tokens before the first block of a stage.
    pub fn tokens(&self, stage: usize) -> Option<Dropout> {
        let regularization = self.with_drop_path(0.0);
        // The first stage uses the seed of the step; the others use seeds of block indices that no model has.
        let regularization =
            if stage == 0 { regularization } else { regularization.of_block(usize::MAX - stage) };
        regularization.at(Site::Tokens)
    }

    fn with_drop_path(&self, drop_path: f64) -> Regularization {
        let Some(seed) = self.seed else { return Regularization::default() };
        let DropRates { dropout, attention_dropout } = self.rates;
        let [drop_path, dropout, attention_dropout] =
            [drop_path, dropout, attention_dropout].map(|rate| rate as f32);
        Regularization { seed, drop_path, dropout, attention_dropout }
    }
}

/// Applies dropout, if there is any; there is none outside training.
pub(crate) fn apply_dropout<const D: usize>(values: Tensor<D>, rule: Option<Dropout>) -> Tensor<D> {
    #[cfg(feature = "engine")]
    if let Some(rule) = rule {
        return dropout(values, rule);
    }
    debug_assert_eq!(rule, None, "nothing is trained here");
    values
}
