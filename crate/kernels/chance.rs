//! What chance leaves of a training step: dropout and stochastic depth.
//!
//! Whether a number is dropped is a hash of a key and its place, so no mask is kept: forwards and backwards, by
//! layers or in one operation, the CPU and a graphics card drop the same.

use crate::math::fast;

/// What chance may do to a block in a training step. By default, nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Chance {
    /// Of the step, and of the block in it.
    pub seed: u32,
    /// The probability that a branch is left out for an image (stochastic depth, Huang et al. 2016).
    pub skip: f32,
    /// The probability that a number is dropped (Srivastava et al. 2014) of what a branch gives, or of the hidden
    /// layer.
    pub dropout: f32,
    /// The same for attention weights.
    pub attention_dropout: f32,
}

/// What something is dropped of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Site {
    /// Attention weights, `[images, heads, tokens, tokens]`.
    Attention = 1,
    /// What the attention gives, `[images, tokens, width]`.
    Projection = 2,
    /// The hidden layer after its GELU, `[images, tokens, mlp]`.
    Hidden = 3,
    /// What the MLP gives, `[images, tokens, width]`.
    Output = 4,
    /// The two branches of a block, `[images, 2]`.
    Branches = 5,
    /// The tokens before the first block, `[images, tokens, width]`.
    Tokens = 6,
}

impl Chance {
    /// The same for a part of the model, where other numbers are dropped than in the others.
    pub fn of_part(self, number: u32) -> Self {
        Self { seed: mixed(self.seed ^ mixed(number)), ..self }
    }

    /// What becomes of the numbers of a site; nothing where none can be dropped.
    pub fn at(&self, site: Site) -> Option<Dropout> {
        let rate = match site {
            Site::Attention => self.attention_dropout,
            Site::Branches => self.skip,
            Site::Projection | Site::Hidden | Site::Output | Site::Tokens => self.dropout,
        };
        (rate > 0.0).then(|| Dropout::new(mixed(self.seed ^ mixed(site as u32)), rate))
    }
}

/// Chance as it falls on some images of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Draw {
    /// What it may do.
    pub chance: Chance,
    /// The place of the first of these images in the batch.
    pub first: usize,
}

impl Draw {
    /// Drops of a site's numbers, of which an image has `size`.
    pub fn drop(&self, site: Site, values: &mut [f32], size: usize) {
        if let Some(dropout) = self.chance.at(site) {
            dropout.apply(values, self.first * size);
        }
    }

    /// Drops of what a branch gives, and leaves the branch out for some images. An image has `size` numbers.
    pub fn thin(&self, branch: Branch, values: &mut [f32], size: usize) {
        self.drop(branch.site(), values, size);
        if let Some(skip) = self.chance.at(Site::Branches) {
            for (image, values) in (self.first..).zip(values.chunks_exact_mut(size)) {
                let factor = skip.factor(branch.place(image) as u32);
                values.iter_mut().for_each(|value| *value *= factor);
            }
        }
    }

    /// Whether [`thin`](Self::thin) changes nothing.
    pub fn spares(&self, branch: Branch) -> bool {
        [branch.site(), Site::Branches].iter().all(|&site| self.chance.at(site).is_none())
    }
}

/// A branch of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Branch {
    /// Of the attention.
    Attention,
    /// Of the MLP.
    Mlp,
}

impl Branch {
    /// What it gives.
    pub fn site(self) -> Site {
        match self {
            Self::Attention => Site::Projection,
            Self::Mlp => Site::Output,
        }
    }

    /// Its place among those of all images, [`Site::Branches`].
    pub fn place(self, image: usize) -> usize {
        2 * image + self as usize
    }
}

/// Drops numbers of an array, and scales the others so that the mean stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// What tells one array from another.
    pub key: u32,
    /// Where the hash of a place is less, its number is dropped.
    pub below: u32,
    /// What the others are multiplied with.
    pub scale: f32,
}

impl Dropout {
    /// Drops with a probability below 1.
    pub fn new(key: u32, rate: f32) -> Self {
        let below = (f64::from(rate) * f64::from(u32::MAX)) as u32;
        Self { key, below, scale: (1.0 - rate).recip() }
    }

    /// What the number at a place of its array is multiplied with.
    #[inline(always)]
    pub fn factor(&self, place: u32) -> f32 {
        if mixed(place ^ self.key) < self.below { 0.0 } else { self.scale }
    }

    /// Multiplies numbers of which the first lies at a place of its array.
    pub fn apply(&self, values: &mut [f32], first: usize) {
        fast(
            #[inline(always)]
            || {
                for (place, value) in (first as u32..).zip(values) {
                    *value *= self.factor(place);
                }
            },
        );
    }
}

/// A hash of 32 bits, each of whose bits depends on all of them (constants by Wellons 2018, "lowbias32").
#[inline(always)]
fn mixed(value: u32) -> u32 {
    let mut bits = value;
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7FEB_352D);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846C_A68B);
    bits ^ (bits >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance(seed: u32) -> Chance {
        Chance { seed, skip: 0.5, dropout: 0.25, attention_dropout: 0.0 }
    }

    #[test]
    fn as_many_are_dropped_as_the_rate_says_and_the_mean_stays() {
        for seed in 0..20 {
            for (site, rate) in [(Site::Hidden, 0.25), (Site::Branches, 0.5)] {
                let rule = chance(seed).at(site).expect("a rate");
                let mut values = vec![1.0; 100_000];
                rule.apply(&mut values, 7);
                let dropped = values.iter().filter(|&&value| value == 0.0).count();
                let mean = values.iter().sum::<f32>() / 1e5;
                // Five standard deviations.
                assert!((dropped as f32 / 1e5 - rate).abs() < 0.008, "{seed}: {dropped}");
                assert!((mean - 1.0).abs() < 0.016, "{seed}: {mean}");
            }
        }
        assert_eq!(chance(1).at(Site::Attention), None);
    }

    /// Of two arrays, or of neighbours in one, as many are dropped together as by chance.
    #[test]
    fn seeds_sites_and_neighbours_have_nothing_to_do_with_each_other() {
        let drops = |seed, site, first: u32| -> Vec<bool> {
            let rule = chance(seed).at(site).expect("a rate");
            (first..first + 100_000).map(|place| rule.factor(place) == 0.0).collect()
        };
        let one = drops(1, Site::Hidden, 0);
        let others = [
            drops(2, Site::Hidden, 0),
            drops(1, Site::Output, 0),
            drops(1, Site::Hidden, 1),
            drops(1, Site::Hidden, 64),
            drops(1, Site::Hidden, 4096),
            drops(chance(1).of_part(0).seed, Site::Hidden, 0),
            drops(chance(1).of_part(1).seed, Site::Hidden, 0),
        ];
        for (number, other) in others.iter().enumerate() {
            let both = one.iter().zip(other).filter(|(a, b)| **a && **b).count();
            assert!((both as f32 / 1e5 - 0.0625).abs() < 0.004, "{number}: {both}");
        }
    }

    #[test]
    fn parts_of_an_array_are_dropped_as_the_whole() {
        let rule = chance(3).at(Site::Projection).expect("a rate");
        let (mut whole, mut parts) = (vec![1.0; 1000], vec![1.0; 1000]);
        rule.apply(&mut whole, 0);
        let (first, second) = parts.split_at_mut(333);
        rule.apply(second, 333);
        rule.apply(first, 0);
        assert_eq!(whole, parts);
    }
}
