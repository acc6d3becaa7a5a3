//! When a model is sure: the one rule by which the page and the command line say "not sure".
//!
//! A model must answer with one of its classes, even for ink that belongs to none of them. It counts as
//! sure if two things hold. One class is clearly ahead: its probability is at least [`CONFIDENT_FROM`].
//! And the image looks like that class at all: the logit margin ([`ConfidenceRule::margin`]) is at least
//! [`MARGIN_FROM`].
//!
//! Probabilities alone do not show the second: a scribble may be far from all classes and yet nearest to
//! one. The largest logit does (Hendrycks et al. 2022, "Scaling out-of-distribution detection for
//! real-world settings"), but the size of logits differs between models. So it is measured relative to
//! the most that the weights of the model's head can give, and one threshold serves models of any
//! training. `assets/README.md` has the figures behind both thresholds.

use patchwork_arch::Pool;

use crate::weights::Weights;

/// The lowest probability of the top class for which a model is sure.
pub const CONFIDENT_FROM: f32 = 0.7;

/// The lowest logit margin of the top class for which a model is sure.
pub const MARGIN_FROM: f32 = 0.55;

/// Decides whether a model is sure, from its probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfidenceRule {
    /// The mean of the classes' [`ceilings`].
    ceiling: f32,
}

impl ConfidenceRule {
    /// The rule for the model with these weights.
    pub fn new(weights: &Weights) -> Self {
        let ceilings = ceilings(weights);
        Self { ceiling: ceilings.iter().sum::<f32>() / ceilings.len().max(1) as f32 }
    }

    /// The logit margin: the largest logit minus the mean of all logits, as a share of the most that
    /// this model's head can give, averaged over classes. About 0.9 for clear digits; 0 for a model
    /// that cannot tell its classes apart.
    ///
    /// Log-probabilities equal the logits up to a constant, which subtracting the mean removes.
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
        highest(probabilities) >= CONFIDENT_FROM && !self.is_unlike(probabilities)
    }

    /// Whether the image looks like none of the classes, however their probabilities are shared out.
    pub fn is_unlike(&self, probabilities: &[f32]) -> bool {
        self.margin(probabilities) < MARGIN_FROM
    }
}

/// The probability of the top class; 0 if there are no classes.
fn highest(probabilities: &[f32]) -> f32 {
    probabilities.iter().copied().fold(0.0, f32::max)
}

/// The most by which each class's logit can exceed the mean of all logits, `[classes]`.
///
/// The head reads the output of a LayerNorm: with scale γ and shift β it is γ∘n + β, where n has mean 0
/// and, over `width` numbers, a length of at most √width. Let w be a class's row of the head's matrix minus
/// the mean of all rows. Then the largest w·(γ∘n) is √width times the length of w∘γ without its mean
/// (Cauchy–Schwarz); β and the head's biases add a constant. Where two classifiers read a token each and the prediction is
/// their mean, so is the ceiling.
pub fn ceilings(weights: &Weights) -> Vec<f32> {
    let one = ceilings_of(weights, ["head.weight", "head.bias"]);
    if weights.config.architecture().head.pool != Pool::Distilled {
        return one;
    }
    let other = ceilings_of(weights, ["head_dist.weight", "head_dist.bias"]);
    one.iter().zip(&other).map(|(one, other)| (one + other) / 2.0).collect()
}

/// The [`ceilings`] of one classifier, by the names of its parameters.
fn ceilings_of(weights: &Weights, classifier: [&str; 2]) -> Vec<f32> {
    let classes = weights.config.classes;
    let parameter = |name: &str| {
        // By the architecture's names: files of other families have others.
        let all = weights.config.architecture().parameters();
        let range = all.into_iter().find(|found| found.name == name).map(|found| found.range);
        &weights.flat[range.unwrap_or_default()]
    };
    let [scale, shift] = ["norm.weight", "norm.bias"].map(parameter);
    let [matrix, bias] = classifier.map(parameter);
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
    // The matrix is `[width, classes]`: a chunk holds what one input adds to each class.
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
    use crate::families::vit;

    /// The rule of a model whose clearest digits have logits about 10 above the mean.
    const RULE: ConfidenceRule = ConfidenceRule { ceiling: 12.0 };

    fn softmax(logits: &[f32]) -> Vec<f32> {
        let powers: Vec<f32> = logits.iter().map(|logit| logit.exp()).collect();
        let sum: f32 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    #[test]
    fn the_margin_is_a_share_of_the_ceiling_and_ignores_a_constant() {
        for constant in [-3.0, 0.0, 8.0] {
            let logits = [9.0, 0.0, -1.0, -2.0].map(|logit: f32| logit + constant);
            let found = RULE.margin(&softmax(&logits));
            assert!((found - 7.5 / 12.0).abs() < 1e-4, "{found}");
        }
    }

    #[test]
    fn sure_needs_a_leading_class_and_a_large_margin() {
        let others = |first: f32, second: f32| {
            let mut logits = [0.0; 10];
            (logits[3], logits[5]) = (first, second);
            softmax(&logits)
        };
        assert!(RULE.is_sure(&others(10.0, 1.0)));
        // Equally likely, but unlike any class.
        assert!(!RULE.is_sure(&others(6.0, 1.0)));
        assert!(others(6.0, 1.0)[3] > 0.95);
        // Like two classes.
        assert!(!RULE.is_sure(&others(10.0, 9.5)));
        assert!(RULE.margin(&others(10.0, 9.5)) > MARGIN_FROM);
        assert!(!RULE.is_sure(&[0.1; 10]));
        // Why it is not sure: it is like no class, or like two.
        assert!(RULE.is_unlike(&others(6.0, 1.0)) && RULE.is_unlike(&[0.1; 10]));
        assert!(!RULE.is_unlike(&others(10.0, 9.5)) && !RULE.is_unlike(&others(10.0, 1.0)));
    }

    #[test]
    fn an_untrained_model_is_never_sure() {
        // The head is zero at the start.
        let confidence_rule = ConfidenceRule::new(&Weights::init(&vit::TINY.model(28, 10), 1));
        assert_eq!(confidence_rule.ceiling, 0.0);
        assert!(
            !confidence_rule.is_sure(&[0.99, 0.01]) && confidence_rule.margin(&[0.99, 0.01]) == 0.0
        );
        assert!(!confidence_rule.is_sure(&[]));
    }

    /// A distillation token's classifier counts as much as the class token's.
    #[cfg(feature = "operations")]
    #[test]
    fn the_ceiling_of_two_classifiers_is_their_mean() {
        let mut weights = Weights::init(&crate::families::deit::DEIT.model(28, 10), 1);
        let of = |weights: &Weights| ConfidenceRule::new(weights).ceiling;
        for parameter in weights.config.architecture().parameters() {
            if parameter.name == "head.weight" {
                let values = weights.flat[parameter.range].iter_mut().enumerate();
                values.for_each(|(index, value)| *value = (index as f32).sin());
            }
        }
        let one = of(&weights);
        for parameter in weights.config.architecture().parameters() {
            if parameter.name == "head_dist.weight" {
                let values = weights.flat[parameter.range].iter_mut().enumerate();
                values.for_each(|(index, value)| *value = 3.0 * (index as f32).sin());
            }
        }
        assert!(one > 0.0 && (of(&weights) / one - 4.0).abs() < 1e-3, "{one} {}", of(&weights));
    }

    #[test]
    fn numbers_that_round_to_zero_give_a_finite_margin() {
        let mut probabilities = [0.0; 10];
        probabilities[2] = 1.0;
        assert!(RULE.margin(&probabilities).is_finite() && RULE.is_sure(&probabilities));
    }
}
