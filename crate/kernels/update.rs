//! A step of AdamW, or of Muon, over all weights, in one pass.

use crate::math::fast;
use crate::muon::{Matrices, direct};
use crate::scratch::Scratch;

/// Numbers whose squares are summed together, so that the order of summation, and with it the last
/// bit, is the same on any number of threads.
pub const CHUNK: usize = 16_384;

/// The settings of a step of Adam (Kingma and Ba 2015), besides its arrays. In 64 bits, because 32 do not
/// resolve one minus a decay rate near 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// Learning rate.
    pub rate: f64,
    /// Decay rates of the moments.
    pub betas: [f64; 2],
    /// The bias corrections: the moments' divisors, since they start at zero.
    pub corrections: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// The largest norm of the gradient; infinite for no limit.
    pub limit: f64,
    /// Share of the old average in the new one, if there is an average.
    pub average: Option<f64>,
    /// Whether weights and moments stay unchanged if the gradient is not finite.
    pub guarded: bool,
}

impl Update {
    /// The factor that clips the gradient's norm, from the sum of its squares (Pascanu et al. 2013), as
    /// `torch.nn.utils.clip_grad_norm_` does.
    pub fn factor(&self, squares: f32) -> f32 {
        if self.limit.is_infinite() {
            return 1.0;
        }
        (self.limit as f32 / (squares.sqrt() + 1e-6)).min(1.0)
    }

    /// The coefficients shared by all weights.
    pub fn rates(&self) -> Rates {
        let [beta1, beta2] = self.betas;
        let average = self.average.unwrap_or_default();
        Rates {
            first: [beta1, 1.0 - beta1].map(|share| share as f32),
            second: [beta2, 1.0 - beta2].map(|share| share as f32),
            average: [average, 1.0 - average].map(|share| share as f32),
            correction: (1.0 / self.corrections[1]) as f32,
            epsilon: self.epsilon as f32,
            rate: self.rate as f32,
            step: (self.rate / self.corrections[0]) as f32,
        }
    }
}

/// The coefficients shared by all weights. Each pair is the share of the old and of the new value.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Of the first moment.
    pub first: [f32; 2],
    /// Of the second moment.
    pub second: [f32; 2],
    /// Of the average.
    pub average: [f32; 2],
    /// The factor of the second moment.
    pub correction: f32,
    /// Added to its root.
    pub epsilon: f32,
    /// The learning rate: the factor of weight decay and of Muon's direction.
    pub rate: f32,
    /// The factor of the normalised first moment.
    pub step: f32,
}

/// Cuts `count` weights into pieces that are updated in parallel: each set of matrices as a whole, and the rest in
/// chunks. Returns the length of each piece, and its matrices.
///
/// # Panics
/// If the matrices are not in the order of the weights.
pub fn pieces(count: usize, matrices: &[Matrices]) -> Vec<(usize, Option<Matrices>)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    let between = |from: usize, to: usize| {
        (from..to).step_by(CHUNK).map(move |start| (CHUNK.min(to - start), None))
    };
    for matrices in matrices {
        assert!(matrices.start >= done, "matrices in another order than the weights");
        pieces.extend(between(done, matrices.start));
        pieces.push((matrices.size(), Some(*matrices)));
        done = matrices.start + matrices.size();
    }
    pieces.extend(between(done, count));
    pieces
}

/// Some or all weights with their moments and gradient, each `[weights]`.
pub struct UpdateSlices<'a> {
    /// The weights.
    pub values: &'a mut [f32],
    /// The running mean of the gradient.
    pub first: &'a mut [f32],
    /// The running mean of the squared gradient.
    pub second: &'a mut [f32],
    /// The running average of the weights; empty if there is none.
    pub average: &'a mut [f32],
    /// The gradient.
    pub gradient: &'a [f32],
    /// The weight decay of each weight (Loshchilov and Hutter 2019); ignored where Muon updates them.
    pub decay: &'a [f32],
}

/// Updates weights, moments and average with Adam; `factor` comes from [`Update::factor`].
pub fn update(update: &Update, factor: f32, weights: UpdateSlices) {
    let UpdateSlices { values, first, second, average, gradient, decay } = weights;
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
                *value -= *value * decay * rates.rate + *first / scale * rates.step;
            }
            follow(average, values, &rates);
        },
    );
}

/// Updates matrices, their first moment and their average with Muon; the second moment is unchanged.
pub fn update_matrices(
    update: &Update,
    factor: f32,
    weights: UpdateSlices,
    matrices: &Matrices,
    decay: f64,
) {
    let UpdateSlices { values, first, average, gradient, .. } = weights;
    let rates = update.rates();
    let decay = decay as f32;
    let mut direction = Scratch::of(values.len());
    fast(
        #[inline(always)]
        || {
            let known = first.iter_mut().zip(gradient);
            for (out, (first, gradient)) in direction.iter_mut().zip(known) {
                let gradient = gradient * factor;
                *first = *first * rates.first[0] + gradient * rates.first[1];
                // One step ahead (Nesterov momentum).
                *out = *first * rates.first[0] + gradient * rates.first[1];
            }
        },
    );
    direct(matrices, &mut direction);
    fast(
        #[inline(always)]
        || {
            for (value, direction) in values.iter_mut().zip(direction.iter()) {
                *value -= (*value * decay + direction) * rates.rate;
            }
            follow(average, values, &rates);
        },
    );
}

/// Updates the average, which is empty if there is none.
#[inline(always)]
fn follow(average: &mut [f32], values: &[f32], rates: &Rates) {
    for (average, value) in average.iter_mut().zip(values) {
        *average = *average * rates.average[0] + *value * rates.average[1];
    }
}
