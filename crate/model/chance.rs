//! Chance in training: dropout and stochastic depth.

use burn::tensor::Tensor;
use patchwork_arch::{Block, Regularization};

#[cfg(feature = "engine")]
use crate::model::fused::dropout;
use crate::model::fused::{Chance, Dropout, Site};

/// What chance may do to the parts of a model in a step with a seed; nothing without one.
pub(crate) struct Chances {
    rates: Regularization,
    seed: Option<u64>,
}

impl Chances {
    pub fn new(rates: Regularization, seed: Option<u64>) -> Self {
        Self { rates, seed }
    }

    /// To a block, the `index`-th of the model.
    pub fn block(&self, index: usize, block: &Block) -> Chance {
        self.with_skip(block.drop_path).of_block(index)
    }

    /// To the tokens before the first block of a stage.
    pub fn tokens(&self, stage: usize) -> Option<Dropout> {
        let chance = self.with_skip(0.0);
        // The first stage's seed is the step's; the others' are those of blocks that no model has.
        let chance = if stage == 0 { chance } else { chance.of_block(usize::MAX - stage) };
        chance.at(Site::Tokens)
    }

    fn with_skip(&self, skip: f64) -> Chance {
        let Some(seed) = self.seed else { return Chance::default() };
        let Regularization { dropout, attention_dropout } = self.rates;
        let [skip, dropout, attention_dropout] =
            [skip, dropout, attention_dropout].map(|rate| rate as f32);
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
