//! A step of AdamW over all weights, in one pass.

use crate::math::fast;

/// Numbers whose squares are summed together: the order of sums, and with it the last bit, is the same
/// on any number of threads.
pub const CHUNK: usize = 16_384;

/// What a step of Adam (Kingma and Ba 2015) is told, beside its arrays. In 64 bits, because what is left of a
/// decay rate near 1 is not in 32.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// Learning rate.
    pub rate: f64,
    /// Decay rates of the moments.
    pub betas: [f64; 2],
    /// What the moments are divided by, because they begin at zero.
    pub corrections: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// The most that the norm of the gradient may be; infinite where it may be anything.
    pub limit: f64,
    /// Share of the old average in the new, where there is an average.
    pub average: Option<f64>,
    /// Whether weights and moments stay as they are where the gradient is not finite.
    pub guarded: bool,
}

impl Update {
    /// What the gradient is multiplied with, from the sum of its squares: scales its norm down to the limit
    /// (Pascanu et al. 2013), as `torch.nn.utils.clip_grad_norm_` does.
    pub fn factor(&self, squares: f32) -> f32 {
        if self.limit.is_infinite() {
            return 1.0;
        }
        (self.limit as f32 / (squares.sqrt() + 1e-6)).min(1.0)
    }

    /// The numbers that all weights share.
    pub fn rates(&self) -> Rates {
        let [beta1, beta2] = self.betas;
        let average = self.average.unwrap_or_default();
        Rates {
            first: [beta1, 1.0 - beta1].map(|share| share as f32),
            second: [beta2, 1.0 - beta2].map(|share| share as f32),
            average: [average, 1.0 - average].map(|share| share as f32),
            correction: (1.0 / self.corrections[1]) as f32,
            epsilon: self.epsilon as f32,
            decay: self.rate as f32,
            step: (self.rate / self.corrections[0]) as f32,
        }
    }
}

/// The numbers of an update that all weights share. Each pair is the share of the old and of the new.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Of the first moment.
    pub first: [f32; 2],
    /// Of the second moment.
    pub second: [f32; 2],
    /// Of the average.
    pub average: [f32; 2],
    /// What the second moment is multiplied with.
    pub correction: f32,
    /// Added to its root.
    pub epsilon: f32,
    /// What the weight decay is multiplied with.
    pub decay: f32,
    /// What the normalised first moment is multiplied with.
    pub step: f32,
}

/// Some weights, or all, with what belongs to them, each `[weights]`.
pub struct Weights<'a> {
    /// The weights.
    pub values: &'a mut [f32],
    /// The running mean of the gradient.
    pub first: &'a mut [f32],
    /// The running mean of the squared gradient.
    pub second: &'a mut [f32],
    /// The running average of the weights; empty where there is none.
    pub average: &'a mut [f32],
    /// The gradient.
    pub gradient: &'a [f32],
    /// The weight decay of each weight (Loshchilov and Hutter 2019).
    pub decay: &'a [f32],
}

/// Updates weights, moments and average; `factor` is what [`Update::factor`] said.
pub fn update(update: &Update, factor: f32, weights: Weights) {
    let Weights { values, first, second, average, gradient, decay } = weights;
    let rates = update.rates();
    fast(
        #[inline(always)]
        || {
            let known = gradient.iter().zip(decay);
            let moments = first.iter_mut().zip(second.iter_mut());
            let all = values.iter_mut().zip(moments).zip(known);
            for ((value, (first, second)), (gradient, decay)) in all {
                let gradient = gradient * factor;
                *first = *first * rates.first[0] + gradient * rates.first[1];
                *second = *second * rates.second[0] + gradient * gradient * rates.second[1];
                let scale = (*second * rates.correction).sqrt() + rates.epsilon;
                *value -= *value * decay * rates.decay + *first / scale * rates.step;
            }
            // The average is empty where there is none.
            for (average, value) in average.iter_mut().zip(values) {
                *average = *average * rates.average[0] + *value * rates.average[1];
            }
        },
    );
}
