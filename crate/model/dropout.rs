//! Chance in training: dropout and stochastic depth.

use burn::tensor::Tensor;
use patchwork_arch::{Block, DropRates};

#[cfg(feature = "engine")]
use crate::model::fused::dropout;
use crate::model::fused::{Dropout, Regularization, Site};

/// What chance may do to the parts of a model in a step with a seed; nothing without one.
pub(crate) struct ModelRegularization {
    rates: DropRates,
    seed: Option<u64>,
}

impl ModelRegularization {
    pub fn new(rates: DropRates, seed: Option<u64>) -> Self {
        Self { rates, seed }
    }

    /// To a block, the `index`-th of the model.
    pub fn block(&self, index: usize, block: &Block) -> Regularization {
        self.with_drop_path(block.drop_path).of_block(index)
    }

    /// To the tokens before the first block of a stage.
    pub fn tokens(&self, stage: usize) -> Option<Dropout> {
        let regularization = self.with_drop_path(0.0);
        // The first stage's seed is the step's; the others' are those of blocks that no model has.
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

/// What dropout leaves, where there is any: in training alone.
pub(crate) fn apply_dropout<const D: usize>(values: Tensor<D>, rule: Option<Dropout>) -> Tensor<D> {
    #[cfg(feature = "engine")]
    if let Some(rule) = rule {
        return dropout(values, rule);
    }
    debug_assert_eq!(rule, None, "nothing is trained here");
    values
}
