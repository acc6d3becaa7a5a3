//! Chance in training: dropout and stochastic depth.

use burn::tensor::Tensor;
#[cfg(feature = "engine")]
use burn::tensor::TensorData;

use crate::config::ModelConfig;
#[cfg(feature = "engine")]
use crate::model::fused::dropout;
use crate::model::fused::{Branch, Chance, Dropout, Site};

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

/// What chance leaves of what a branch of a block gives, `[batch, tokens, width]`: numbers are dropped, and the whole
/// branch for some images.
pub(crate) fn thinned(values: Tensor<3>, chance: Chance, branch: Branch) -> Tensor<3> {
    let values = kept(values, chance.at(branch.site()));
    #[cfg(feature = "engine")]
    if let Some(skip) = chance.at(Site::Branches) {
        return skipped(values, skip, branch);
    }
    values
}

/// What stochastic depth leaves of a branch.
#[cfg(feature = "engine")]
fn skipped(values: Tensor<3>, skip: Dropout, branch: Branch) -> Tensor<3> {
    let images = values.dims()[0];
    let factors = (0..images).map(|image| skip.factor(branch.place(image) as u32));
    let factors = TensorData::new(factors.collect::<Vec<_>>(), [images, 1, 1]);
    let factors = Tensor::from_data(factors, (&values.device(), values.dtype()));
    values * factors
}
