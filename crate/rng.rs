//! Seeded random streams.
//!
//! Every random value comes from a named stream (a seed, a purpose and what it is for), so it never
//! depends on what was drawn before: resuming needs no saved generator state, images can be
//! augmented in any order or in parallel, and the same seed gives the same run.

use patchwork_kernels::mixed;
use rand::SeedableRng;
pub use rand::{Rng, RngExt};
/// The generator behind every stream: small, fast and the same on every platform.
pub type Stream = rand_xoshiro::Xoshiro256PlusPlus;

/// What a random stream is for; two purposes never share numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
#[non_exhaustive]
pub enum Purpose {
    /// Initial weights.
    Init = 1,
    /// Which images go to training, validation and test.
    Split = 2,
    /// The order of the images in an epoch.
    Shuffle = 3,
    /// Random augmentation of an image in an epoch.
    Augment = 4,
    /// Dropout and stochastic depth of a step.
    Dropout = 5,
    /// Built-in digits.
    Synth = 6,
    /// Corruption of an image for evaluation.
    Corrupt = 7,
    /// Built-in drawings that are not digits.
    NotDigits = 8,
    /// Strokes written again.
    Rewrite = 9,
}

/// The random stream for a seed and purpose; `parts` identify its use (epoch, image, …).
pub fn stream(seed: u64, purpose: Purpose, parts: &[u64]) -> Stream {
    Stream::seed_from_u64(derive(seed, purpose, parts))
}

/// The 64-bit seed of [`stream`], for random numbers without a stream (dropout).
pub fn derive(seed: u64, purpose: Purpose, parts: &[u64]) -> u64 {
    parts
        .iter()
        .fold(mixed(seed ^ mixed(purpose as u64)), |state, &part| mixed(state ^ mixed(part)))
}

/// A number with mean 0 and variance 1, approximately normal and never beyond 3.5: the sum of the
/// four 16-bit parts of one random number (Irwin–Hall).
pub fn normal(rng: &mut Stream) -> f32 {
    let bits = rng.next_u64();
    let sum: u32 = (0..4).map(|part| (bits >> (16 * part)) as u32 & 0xFFFF).sum();
    (sum as f32 / 65_536.0 - 2.0) * 3.0_f32.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_purpose_and_part_and_are_repeatable() {
        let seeds = [
            derive(1, Purpose::Init, &[]),
            derive(2, Purpose::Init, &[]),
            derive(1, Purpose::Split, &[]),
            derive(1, Purpose::Init, &[0]),
            derive(1, Purpose::Init, &[0, 0]),
            derive(1, Purpose::Init, &[1, 0]),
            derive(1, Purpose::Init, &[0, 1]),
        ];
        let distinct: std::collections::HashSet<_> = seeds.iter().collect();
        assert_eq!(distinct.len(), seeds.len());
        let draw = || stream(7, Purpose::Shuffle, &[3]).random::<u64>();
        assert_eq!(draw(), draw());
    }

    #[test]
    fn normal_numbers_have_mean_zero_and_variance_one() {
        let mut rng = stream(1, Purpose::Synth, &[]);
        let drawn: Vec<f32> = (0..20_000).map(|_| normal(&mut rng)).collect();
        let mean = drawn.iter().sum::<f32>() / drawn.len() as f32;
        let variance = drawn.iter().map(|value| value * value).sum::<f32>() / drawn.len() as f32;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean}, {variance}");
    }
}
