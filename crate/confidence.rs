//! When a model is sure: the one rule by which the page and the command line say "not sure".
//!
//! A model must answer with one of its classes, also to ink that is none of them. It is said to be sure
//! where two things hold. One class is clearly ahead: its probability is at least [`CONFIDENT_FROM`]. And
//! the image looks like that class at all: its logit stands out ([`ConfidenceRule::margin`]) by at least
//! [`MARGIN_FROM`].
//!
//! Probabilities alone do not tell the second: a scribble may be far from all classes and yet nearest to
//! one. The largest logit does (Hendrycks et al. 2022, "Scaling out-of-distribution detection for
//! real-world settings"), but how large a logit is differs between models. So it is measured against what
//! the weights of the model's head can give at most, and one number serves models of any training.
//! `assets/README.md` has the figures that both numbers were chosen by.

use crate::weights::Weights;

/// The least probability of the first class where a model is sure.
pub const CONFIDENT_FROM: f32 = 0.7;

/// The least prominence of the first class's logit where a model is sure.
pub const MARGIN_FROM: f32 = 0.55;

/// Says whether a model is sure, from the probabilities that it gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfidenceRule {
    /// The mean of the classes' [`ceilings`].
    ceiling: f32,
}

impl ConfidenceRule {
    /// The judge of the model with these weights.
    pub fn new(weights: &Weights) -> Self {
        let ceilings = ceilings(weights);
        Self { ceiling: ceilings.iter().sum::<f32>() / ceilings.len().max(1) as f32 }
    }

    /// How far the largest logit stands above the mean of all, as a share of the most that this model's
    /// head can give, classes averaged: about 0.9 for clear digits. 0 for a model that cannot tell its
    /// classes apart.
    ///
    /// Probabilities hold the logits but for a constant, which the mean takes away.
    pub fn margin(&self, probabilities: &[f32]) -> f32 {
        if self.ceiling <= 0.0 {
            return 0.0;
        }
        let logit = |probability: f32| probability.max(f32::MIN_POSITIVE).ln();
        let mean =
            probabilities.iter().map(|&p| logit(p)).sum::<f32>() / probabilities.len() as f32;
        (logit(highest(probabilities)) - mean) / self.ceiling
    }

    /// Whether the model is sure of the largest of these probabilities.
    pub fn is_sure(&self, probabilities: &[f32]) -> bool {
        highest(probabilities) >= CONFIDENT_FROM && self.margin(probabilities) >= MARGIN_FROM
    }
}

/// The probability of the first class; 0 where there is none.
fn highest(probabilities: &[f32]) -> f32 {
    probabilities.iter().copied().fold(0.0, f32::max)
}

/// By how much each class's logit can exceed the mean of all at most, `[classes]`.
///
/// What the head reads has left a LayerNorm: with scale γ and shift β it is γ∘n + β, where n has the mean 0
/// and, over `width` numbers, at most the length √width. For a class whose row of the head's matrix is the
/// vector w beyond the mean of all rows, the largest w·(γ∘n) is √width times the length of w∘γ without its
/// mean (Cauchy and Schwarz); β and the head's biases add what they always do.
pub fn ceilings(weights: &Weights) -> Vec<f32> {
    let classes = weights.config.classes;
    let parameter = |name: &str| {
        // By the architecture's names: files of other families have others.
        let all = weights.config.architecture().parameters();
        let range = all.into_iter().find(|found| found.name == name).map(|found| found.range);
        &weights.flat[range.unwrap_or_default()]
    };
    let [scale, shift, matrix, bias] =
        ["norm.weight", "norm.bias", "head.weight", "head.bias"].map(parameter);
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
    // The matrix is `[width, classes]`: a chunk is what one number of the input adds to each class.
    let beyond = |class: usize| matrix.chunks_exact(classes).map(move |row| row[class] - mean(row));
    let ceiling = |class: usize| {
        let scaled: Vec<f32> = beyond(class).zip(scale).map(|(w, scale)| w * scale).collect();
        let centre = mean(&scaled);
        let squares: f32 = scaled.iter().map(|value| (value - centre).powi(2)).sum();
        let always: f32 = beyond(class).zip(shift).map(|(w, shift)| w * shift).sum();
        (squares * scale.len() as f32).sqrt() + always + bias[class] - mean(bias)
    };
    (0..classes).map(ceiling).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;

    /// The judge of a model whose clearest digits have logits about 10 above the mean.
    const RULE: ConfidenceRule = ConfidenceRule { ceiling: 12.0 };

    fn softmax(logits: &[f32]) -> Vec<f32> {
        let powers: Vec<f32> = logits.iter().map(|logit| logit.exp()).collect();
        let sum: f32 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    #[test]
    fn the_margin_is_the_share_of_the_ceiling_whatever_the_constant() {
        for constant in [-3.0, 0.0, 8.0] {
            let logits = [9.0, 0.0, -1.0, -2.0].map(|logit: f32| logit + constant);
            let found = RULE.margin(&softmax(&logits));
            assert!((found - 7.5 / 12.0).abs() < 1e-4, "{found}");
        }
    }

    #[test]
    fn sure_is_one_class_that_is_ahead_and_stands_out() {
        let others = |first: f32, second: f32| {
            let mut logits = [0.0; 10];
            (logits[3], logits[5]) = (first, second);
            softmax(&logits)
        };
        assert!(RULE.is_sure(&others(10.0, 1.0)));
        // As likely, but not like any class.
        assert!(!RULE.is_sure(&others(6.0, 1.0)));
        assert!(others(6.0, 1.0)[3] > 0.95);
        // Like two classes.
        assert!(!RULE.is_sure(&others(10.0, 9.5)));
        assert!(RULE.margin(&others(10.0, 9.5)) > MARGIN_FROM);
        assert!(!RULE.is_sure(&[0.1; 10]));
    }

    #[test]
    fn a_model_that_knows_nothing_is_never_sure() {
        // Its head is zero at the start.
        let confidence_rule = ConfidenceRule::new(&Weights::init(&Preset::Tiny.model(28, 10), 1));
        assert_eq!(confidence_rule.ceiling, 0.0);
        assert!(
            !confidence_rule.is_sure(&[0.99, 0.01]) && confidence_rule.margin(&[0.99, 0.01]) == 0.0
        );
        assert!(!confidence_rule.is_sure(&[]));
    }

    #[test]
    fn numbers_that_round_to_zero_give_a_finite_margin() {
        let mut probabilities = [0.0; 10];
        probabilities[2] = 1.0;
        assert!(RULE.margin(&probabilities).is_finite() && RULE.is_sure(&probabilities));
    }
}
