//! Photometric augmentation: blur, erasing, noise.

use crate::data::augment::{Augment, REFERENCE_SIDE};
use crate::data::blur;
use crate::rng::{RngExt, Stream, normal};

/// The smallest blur worth computing, as a standard deviation in pixels: below it, a pixel keeps more
/// than 99.8 % of its ink.
const SHARP: f32 = 0.25;
/// The largest share of the ink that may be erased, so that a digit stays recognisable.
const MISSING: f32 = 1.0 / 3.0;

/// The photometric augmentation of one image.
pub(super) struct PhotometricAugmentation {
    /// Standard deviation in pixels.
    blur: f32,
    patch: Patch,
    /// Standard deviation as a share of full ink.
    noise: f32,
}

/// A rectangle of pixels.
struct Patch {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl PhotometricAugmentation {
    /// Draws the augmentation of an image of `side` pixels: each kind affects every other image, with a
    /// strength up to its limit.
    pub fn draw(settings: &Augment, side: usize, rng: &mut Stream) -> Self {
        // Every setting draws its numbers, used or not, so that changing one leaves the others as
        // they were.
        let scale = side as f32 / REFERENCE_SIDE;
        let blur = strength(settings.blur * scale, rng);
        let longest = if rng.random() { settings.erase * scale } else { 0.0 };
        Self { blur, patch: Patch::draw(longest, side, rng), noise: strength(settings.noise, rng) }
    }

    /// Augments an image of `side × side` pixels from -1 (background) to 1 (ink).
    pub fn apply(&self, side: usize, rng: &mut Stream, page: &mut [f32]) {
        if self.blur > SHARP {
            page.iter_mut().for_each(|pixel| *pixel += 1.0);
            blur::smooth(page, side, self.blur);
            page.iter_mut().for_each(|pixel| *pixel -= 1.0);
        }
        self.patch.cover(side, page);
        if self.noise > 0.0 {
            // The range from background to ink is 2.
            let deviation = 2.0 * self.noise;
            for pixel in page {
                *pixel = (*pixel + deviation * normal(rng)).clamp(-1.0, 1.0);
            }
        }
    }
}

/// Zero half of the time, else uniform up to a limit.
fn strength(limit: f32, rng: &mut Stream) -> f32 {
    limit * (2.0 * rng.random::<f32>() - 1.0).max(0.0)
}

impl Patch {
    /// A rectangle anywhere in the frame with sides up to `longest` pixels; empty for 0.
    fn draw(longest: f32, side: usize, rng: &mut Stream) -> Self {
        let mut length = || ((longest * rng.random::<f32>()).ceil() as usize).min(side);
        let (width, height) = (length(), length());
        let mut start = |length: usize| rng.random_range(0..=side - length);
        Self { left: start(width), top: start(height), width, height }
    }

    /// Blanks the patch, unless it would cover too much ink.
    fn cover(&self, side: usize, page: &mut [f32]) {
        let ink = |pixels: &[f32]| pixels.iter().map(|pixel| pixel + 1.0).sum::<f32>();
        let columns = self.left..self.left + self.width;
        let rows = self.top * side..(self.top + self.height) * side;
        let covered: f32 =
            page[rows.clone()].chunks_exact(side).map(|line| ink(&line[columns.clone()])).sum();
        if covered <= MISSING * ink(page) {
            for line in page[rows].chunks_exact_mut(side) {
                line[columns.clone()].fill(-1.0);
            }
        }
    }
}
