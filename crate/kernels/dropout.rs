//! Randomness in a training step: dropout and stochastic depth.
//!
//! Whether a number is dropped is a hash of two keys and its index, so no mask is stored: forward and backward
//! passes, separate and fused operations, CPU and graphics cards drop the same numbers.

use crate::math::fast;
use crate::scratch::Scratch;

/// The regularization of a block in a training step. The default is none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Regularization {
    /// Differs for each step, and for each block of a step.
    pub seed: u64,
    /// The probability of skipping a branch for an image (stochastic depth, Huang et al. 2016).
    pub drop_path: f32,
    /// The probability of dropping a number (Srivastava et al. 2014) of a branch's output or of the hidden layer.
    pub dropout: f32,
    /// The probability of dropping an attention weight.
    pub attention_dropout: f32,
}

/// The array that dropout is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Site {
    /// Attention weights, `[images, heads, tokens, tokens]`.
    Attention,
    /// The output of the attention, `[images, tokens, width]`.
    Projection,
    /// The hidden layer after its GELU, `[images, tokens, mlp]`.
    Hidden,
    /// The output of the MLP, `[images, tokens, width]`.
    Output,
    /// The two branches of a block, `[images, 2]`.
    Branches,
    /// The tokens before the first block, `[images, tokens, width]`.
    Tokens,
}

impl Regularization {
    /// The regularization of block `index`, which drops other numbers than the other blocks.
    pub fn of_block(self, index: usize) -> Self {
        Self { seed: mixed(self.seed ^ mixed(index as u64)), ..self }
    }

    /// The dropout of a site; `None` if it drops nothing.
    pub fn at(&self, site: Site) -> Option<Dropout> {
        let rate = match site {
            Site::Attention => self.attention_dropout,
            Site::Branches => self.drop_path,
            Site::Projection | Site::Hidden | Site::Output | Site::Tokens => self.dropout,
        };
        // Counted down from the top, which no block index reaches.
        (rate > 0.0).then(|| Dropout::new(mixed(self.seed ^ mixed(!(site as u64))), rate))
    }

    /// Whether a branch stays unchanged.
    pub fn is_identity_for(&self, branch: Branch) -> bool {
        [branch.site(), Site::Branches].iter().all(|&site| self.at(site).is_none())
    }
}

/// The regularization of some images of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DropoutMasks {
    /// The probabilities.
    pub regularization: Regularization,
    /// The index in the batch of the first of these images.
    pub first: usize,
}

impl DropoutMasks {
    /// Applies dropout to the output of a branch, and skips the branch for some images. An image has `size`
    /// numbers.
    pub fn apply(&self, branch: Branch, values: &mut [f32], size: usize) {
        if let Some(dropout) = self.regularization.at(branch.site()) {
            dropout.apply(values, self.first * size);
        }
        if let Some(drop_path) = self.regularization.at(Site::Branches) {
            for (image, values) in (self.first..).zip(values.chunks_exact_mut(size)) {
                let factor = drop_path.factor(branch.place(image) as u32);
                values.iter_mut().for_each(|value| *value *= factor);
            }
        }
    }
}

impl DropoutMasks {
    /// The gradient of a branch's output, if it differs from that of the residual sum. An image has `size` numbers.
    pub(crate) fn of_branch(
        &self,
        branch: Branch,
        gradient: &[f32],
        size: usize,
    ) -> Option<Scratch> {
        (!self.regularization.is_identity_for(branch)).then(|| {
            let mut masked = Scratch::copy(gradient);
            self.apply(branch, &mut masked, size);
            masked
        })
    }
}

/// A branch of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Branch {
    /// The attention.
    Attention,
    /// The MLP.
    Mlp,
}

impl Branch {
    /// The site of its output.
    pub fn site(self) -> Site {
        match self {
            Self::Attention => Site::Projection,
            Self::Mlp => Site::Output,
        }
    }

    /// Its index in [`Site::Branches`].
    pub fn place(self, image: usize) -> usize {
        2 * image + self as usize
    }
}

/// Drops numbers of an array, and scales the others so that the expected value is unchanged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// Keys that differ between arrays.
    pub keys: [u32; 2],
    /// A number is dropped if the hash of its index is below this.
    pub threshold: u32,
    /// The factor of the numbers that are kept.
    pub scale: f32,
}

impl Dropout {
    /// Drops with a probability below 1.
    pub fn new(seed: u64, rate: f32) -> Self {
        let threshold = (f64::from(rate) * f64::from(u32::MAX)) as u32;
        Self { keys: [seed as u32, (seed >> 32) as u32], threshold, scale: (1.0 - rate).recip() }
    }

    /// The factor of the number at index `place` of its array.
    ///
    /// The hash is Wellons' "triple32" (2018), each of whose bits depends on all input bits, with one key before it
    /// and another in its middle: with the first alone, all arrays would have the same masks in another order.
    #[inline(always)]
    pub fn factor(&self, place: u32) -> f32 {
        let mut bits = place ^ self.keys[0];
        bits = (bits ^ (bits >> 17)).wrapping_mul(0xED5A_D4BB) ^ self.keys[1];
        bits = (bits ^ (bits >> 11)).wrapping_mul(0xAC4C_1B51);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x3184_8BAB);
        bits ^= bits >> 14;
        if bits < self.threshold { 0.0 } else { self.scale }
    }

    /// Applies dropout to numbers of which the first has index `first` in its array. Indices wrap at 2³².
    pub fn apply(&self, values: &mut [f32], first: usize) {
        fast(
            #[inline(always)]
            || {
                for (i, value) in values.iter_mut().enumerate() {
                    *value *= self.factor(first.wrapping_add(i) as u32);
                }
            },
        );
    }

    /// Applies the same mask to two arrays.
    pub fn apply_to_both(&self, [left, right]: [&mut [f32]; 2], first: usize) {
        fast(
            #[inline(always)]
            || {
                for (i, (left, right)) in left.iter_mut().zip(right).enumerate() {
                    let factor = self.factor(first.wrapping_add(i) as u32);
                    *left *= factor;
                    *right *= factor;
                }
            },
        );
    }
}

/// The finaliser of SplitMix64 (Steele et al. 2014) after one step of its counter.
pub fn mixed(value: u64) -> u64 {
    let mut bits = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regularization(seed: u64) -> Regularization {
        Regularization { seed, drop_path: 0.5, dropout: 0.25, attention_dropout: 0.0 }
    }

    #[test]
    fn dropout_has_the_given_rate_and_keeps_the_mean() {
        for seed in 0..20 {
            for (site, rate) in [(Site::Hidden, 0.25), (Site::Branches, 0.5)] {
                let rule = regularization(seed).at(site).expect("a rate");
                let mut values = vec![1.0; 100_000];
                rule.apply(&mut values, 7);
                let dropped = values.iter().filter(|&&value| value == 0.0).count();
                let mean = values.iter().sum::<f32>() / 1e5;
                // Five standard deviations.
                assert!((dropped as f32 / 1e5 - rate).abs() < 0.008, "{seed}: {dropped}");
                assert!((mean - 1.0).abs() < 0.016, "{seed}: {mean}");
            }
        }
        assert_eq!(regularization(1).at(Site::Attention), None);
    }

    /// Across arrays, and between neighbours in one, drops coincide as often as by chance.
    #[test]
    fn seeds_sites_and_neighbours_are_independent() {
        let drops = |seed, site, first: u32| -> Vec<bool> {
            let rule = regularization(seed).at(site).expect("a rate");
            (first..first + 100_000).map(|place| rule.factor(place) == 0.0).collect()
        };
        let one = drops(1, Site::Hidden, 0);
        let others = [
            drops(2, Site::Hidden, 0),
            drops(1 << 32, Site::Hidden, 0),
            drops(1, Site::Output, 0),
            drops(1, Site::Hidden, 1),
            drops(1, Site::Hidden, 64),
            drops(1, Site::Hidden, 4096),
            drops(regularization(1).of_block(0).seed, Site::Hidden, 0),
            drops(regularization(1).of_block(1).seed, Site::Hidden, 0),
        ];
        for (number, other) in others.iter().enumerate() {
            let both = one.iter().zip(other).filter(|(a, b)| **a && **b).count();
            assert!((both as f32 / 1e5 - 0.0625).abs() < 0.004, "{number}: {both}");
        }
    }

    #[test]
    fn either_half_of_the_seed_changes_the_mask() {
        let [one, low, high] = [7, 8, 7 | 1 << 32].map(|seed| Dropout::new(seed, 0.25));
        for other in [low, high] {
            let both = |place| one.factor(place) == 0.0 && other.factor(place) == 0.0;
            let count = (0..100_000).filter(|&place| both(place)).count();
            assert!((count as f32 / 1e5 - 0.0625).abs() < 0.004, "{count}");
        }
    }

    /// The number of drops in a column varies between arrays as much as it should.
    #[test]
    fn columns_vary_between_arrays() {
        let (rows, columns, arrays, rate) = (256_u32, 512_u32, 200_u64, 0.1);
        let mut squares = 0.0;
        for seed in 0..arrays {
            let rule = Dropout::new(mixed(seed), rate as f32);
            let dropped = |column: u32| {
                (0..rows).filter(|row| rule.factor(row * columns + column) == 0.0).count() as f64
            };
            let mean = f64::from(rows) * rate;
            squares += (0..columns).map(|column| (dropped(column) - mean).powi(2)).sum::<f64>();
        }
        let variance = squares / (arrays as f64 * f64::from(columns));
        let ratio = variance / (f64::from(rows) * rate * (1.0 - rate));
        // Five standard deviations of the value for independent draws.
        assert!((ratio - 1.0).abs() < 0.025, "{ratio}");
    }

    #[test]
    fn parts_of_an_array_get_the_mask_of_the_whole() {
        let rule = regularization(3).at(Site::Projection).expect("a rate");
        let (mut whole, mut parts) = (vec![1.0; 1000], vec![1.0; 1000]);
        rule.apply(&mut whole, 0);
        let (first, second) = parts.split_at_mut(333);
        rule.apply(second, 333);
        let mut both = first.to_vec();
        rule.apply_to_both([first, &mut both], 0);
        assert_eq!(first, both);
        assert_eq!(whole, parts);
    }
}
