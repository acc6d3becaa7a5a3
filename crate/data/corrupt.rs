//! Image corruptions for evaluation: one kind at a time and by a known amount, in the spirit of
//! Hendrycks and Dietterich (2019, "Benchmarking neural network robustness to common corruptions and
//! perturbations").
//!
//! Lengths are in pixels of a 28×28 image; other sides scale them. Outside the frame is background,
//! and what leaves the frame is lost.

use crate::data::augment::{REFERENCE_SIDE, Source};
use crate::data::{Dataset, blur, pen};
use crate::rng::{self, Purpose, RngExt, Stream, normal};

/// One way to corrupt an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Corruption {
    /// Rotated about the middle of the frame by this many degrees, counterclockwise if positive.
    Rotate(f32),
    /// Moved by whole pixels to the right and down.
    Shift([f32; 2]),
    /// Strokes wider by this share of their own mean width ([`pen::width`]), thinner if negative.
    Thickness(f32),
    /// Normal noise of this standard deviation added to each pixel; 1 is the whole range from
    /// background to ink, to which the sum is clamped.
    Noise(f32),
    /// Blurred by a Gaussian of this standard deviation in pixels.
    Blur(f32),
    /// Ink at this share of its strength; the background stays.
    Contrast(f32),
    /// A blank square of this many pixels per side at a random place wholly within the frame; it may
    /// miss the ink.
    Occlude(f32),
    /// This share of the pixels, chosen at random, set to background or full ink with equal
    /// probability.
    SaltAndPepper(f32),
}

/// A row of the table of corruptions: one kind at one strength.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The name of the corruption, for people.
    pub name: &'static str,
    /// The variants whose figures are averaged, such as the four directions of a shift.
    pub variants: Vec<Corruption>,
}

/// The corruptions used for evaluation.
pub fn suite() -> Vec<Row> {
    use Corruption::*;
    let one = |name, corruption| Row { name, variants: vec![corruption] };
    let shift = |name, by: f32| Row {
        name,
        variants: [[by, 0.0], [-by, 0.0], [0.0, by], [0.0, -by]].map(Shift).to_vec(),
    };
    vec![
        one("rotation −30°", Rotate(-30.0)),
        one("rotation −15°", Rotate(-15.0)),
        one("rotation +15°", Rotate(15.0)),
        one("rotation +30°", Rotate(30.0)),
        shift("shift 2 px, four directions", 2.0),
        shift("shift 4 px, four directions", 4.0),
        one("strokes −50 %", Thickness(-0.5)),
        one("strokes −25 %", Thickness(-0.25)),
        one("strokes +25 %", Thickness(0.25)),
        one("strokes +50 %", Thickness(0.5)),
        one("noise σ 0.1", Noise(0.1)),
        one("noise σ 0.2", Noise(0.2)),
        one("noise σ 0.3", Noise(0.3)),
        one("blur σ 0.5 px", Blur(0.5)),
        one("blur σ 1 px", Blur(1.0)),
        one("blur σ 1.5 px", Blur(1.5)),
        one("contrast ×0.5", Contrast(0.5)),
        one("7×7 px of paper", Occlude(7.0)),
        one("salt and pepper 5 %", SaltAndPepper(0.05)),
    ]
}

impl Corruption {
    /// The images of `data`, each corrupted. Image `i` depends only on itself, `seed` and `i`: all
    /// strengths of a corruption draw the same random numbers for it.
    pub fn of(self, data: &Dataset, seed: u64) -> Dataset {
        data.map_images(|index, image| {
            let mut rng = rng::stream(seed, Purpose::Corrupt, &[index as u64]);
            self.apply(image, data.side(), &mut rng)
        })
    }

    /// The corrupted image, `[side, side]` in row order like `image`; 0 is background, 255 is ink.
    ///
    /// # Panics
    /// If `image` does not have `side × side` pixels.
    pub fn apply(self, image: &[u8], side: usize, rng: &mut Stream) -> Vec<u8> {
        assert_eq!(image.len(), side * side, "one square image");
        let scale = side as f32 / REFERENCE_SIDE;
        match self {
            Self::Rotate(degrees) => rotate(image, side, degrees),
            Self::Shift(by) => {
                shift(image, side, by.map(|pixels| (pixels * scale).round() as isize))
            }
            Self::Thickness(share) => {
                pen::change_width(image, side, share * pen::width(image, side))
            }
            Self::Noise(deviation) => each(image, |pixel| pixel + 255.0 * deviation * normal(rng)),
            Self::Blur(deviation) => blur(image, side, deviation * scale),
            Self::Contrast(share) => each(image, |pixel| pixel * share),
            Self::Occlude(patch) => occlude(image, side, (patch * scale).round() as usize, rng),
            Self::SaltAndPepper(share) => each(image, |pixel| salt_and_pepper(pixel, share, rng)),
        }
    }
}

/// The image with `change` applied to every pixel.
fn each(image: &[u8], mut change: impl FnMut(f32) -> f32) -> Vec<u8> {
    image.iter().map(|&pixel| byte(change(f32::from(pixel)))).collect()
}

fn byte(pixel: f32) -> u8 {
    pixel.round().clamp(0.0, 255.0) as u8
}

fn rotate(image: &[u8], side: usize, degrees: f32) -> Vec<u8> {
    let source = Source { image, side };
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = (side as f32 - 1.0) / 2.0;
    // From the result back to the source. With y down, counterclockwise takes (x, 0) to (cos x, -sin x).
    let turned = |index: usize| {
        let (x, y) = ((index % side) as f32 - middle, (index / side) as f32 - middle);
        source.sample([cos * x - sin * y + middle, sin * x + cos * y + middle])
    };
    (0..image.len()).map(|index| byte(turned(index))).collect()
}

fn shift(image: &[u8], side: usize, [right, down]: [isize; 2]) -> Vec<u8> {
    let from = |place: usize, by: isize| place.checked_add_signed(-by).filter(|&from| from < side);
    let moved = |index: usize| {
        let (column, row) = (from(index % side, right)?, from(index / side, down)?);
        Some(image[row * side + column])
    };
    (0..image.len()).map(|index| moved(index).unwrap_or(0)).collect()
}

fn blur(image: &[u8], side: usize, deviation: f32) -> Vec<u8> {
    let mut ink: Vec<f32> = image.iter().map(|&pixel| f32::from(pixel)).collect();
    blur::smooth(&mut ink, side, deviation);
    ink.into_iter().map(byte).collect()
}

fn occlude(image: &[u8], side: usize, patch: usize, rng: &mut Stream) -> Vec<u8> {
    let patch = patch.min(side);
    let [left, top] = [(); 2].map(|()| rng.random_range(0..=side - patch));
    let mut out = image.to_vec();
    for line in out.chunks_exact_mut(side).skip(top).take(patch) {
        line[left..left + patch].fill(0);
    }
    out
}

fn salt_and_pepper(pixel: f32, share: f32, rng: &mut Stream) -> f32 {
    let drawn: f32 = rng.random();
    match drawn < share {
        true if drawn < share / 2.0 => 0.0,
        true => 255.0,
        false => pixel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synth;

    const SIDE: usize = 28;

    /// An image with these pixels inked.
    fn dots(places: &[(usize, usize)]) -> Vec<u8> {
        let mut image = vec![0; SIDE * SIDE];
        places.iter().for_each(|(row, column)| image[row * SIDE + column] = 255);
        image
    }

    fn apply(corruption: Corruption, image: &[u8]) -> Vec<u8> {
        corruption.apply(image, SIDE, &mut rng::stream(1, Purpose::Corrupt, &[]))
    }

    fn ink(image: &[u8]) -> f32 {
        image.iter().map(|&pixel| f32::from(pixel) / 255.0).sum()
    }

    /// Ink in the middle of the range, to show noise on both sides.
    const GREY: [u8; SIDE * SIDE] = [128; SIDE * SIDE];

    #[test]
    fn a_counterclockwise_rotation_moves_the_right_to_the_top() {
        let image = dots(&[(13, 24), (14, 24)]);
        assert_eq!(apply(Corruption::Rotate(90.0), &image), dots(&[(3, 13), (3, 14)]));
        assert_eq!(apply(Corruption::Rotate(-90.0), &image), dots(&[(24, 13), (24, 14)]));
        let turned = apply(Corruption::Rotate(30.0), &image);
        let strongest = (0..turned.len()).max_by_key(|&i| turned[i]).unwrap();
        assert!((8..=9).contains(&(strongest / SIDE)) && strongest % SIDE == 23, "{strongest}");
    }

    #[test]
    fn a_shift_moves_right_and_down_and_drops_what_leaves_the_frame() {
        let image = dots(&[(5, 5), (27, 27)]);
        assert_eq!(apply(Corruption::Shift([2.0, 0.0]), &image), dots(&[(5, 7)]));
        assert_eq!(apply(Corruption::Shift([0.0, -4.0]), &image), dots(&[(1, 5), (23, 27)]));
    }

    #[test]
    fn strokes_change_by_a_share_of_their_own_width() {
        for width in [2, 4, 6] {
            let bar: Vec<(usize, usize)> =
                (4..24).flat_map(|row| (10..10 + width).map(move |column| (row, column))).collect();
            let across = |image: &[u8]| ink(&image[14 * SIDE..15 * SIDE]);
            for share in [-0.5, -0.25, 0.25, 0.5] {
                let found = across(&apply(Corruption::Thickness(share), &dots(&bar)));
                let expected = width as f32 * (1.0 + share);
                assert!((found - expected).abs() < 0.15 * width as f32, "{found} {expected}");
            }
        }
    }

    #[test]
    fn noise_has_the_given_deviation_and_no_bias() {
        for deviation in [0.05, 0.1] {
            let noisy = apply(Corruption::Noise(deviation), &GREY);
            let values = noisy.iter().map(|&pixel| (f32::from(pixel) - 128.0) / 255.0);
            let mean = values.clone().sum::<f32>() / GREY.len() as f32;
            let found = (values.map(|v| v * v).sum::<f32>() / GREY.len() as f32).sqrt();
            assert!(mean.abs() < 0.01 && (found / deviation - 1.0).abs() < 0.1, "{mean} {found}");
        }
    }

    #[test]
    fn blur_spreads_ink_evenly_to_all_sides() {
        let image = dots(&[(14, 14)]);
        for deviation in [0.5, 1.0, 1.5] {
            let bytes = apply(Corruption::Blur(deviation), &image);
            let mirrored: Vec<u8> =
                (0..bytes.len()).map(|i| bytes[i % SIDE * SIDE + i / SIDE]).collect();
            assert!(bytes == mirrored && bytes[14 * SIDE + 14] < 255 && ink(&bytes) > 0.9);
        }
    }

    #[test]
    fn contrast_halves_ink_and_keeps_the_background() {
        let faint = apply(Corruption::Contrast(0.5), &dots(&[(3, 3)]));
        assert_eq!((faint[3 * SIDE + 3], ink(&faint) * 255.0), (128, 128.0));
    }

    #[test]
    fn a_patch_covers_only_its_own_pixels() {
        let full = vec![255; SIDE * SIDE];
        let mut corners = std::collections::HashSet::new();
        for index in 0..200 {
            let mut rng = rng::stream(1, Purpose::Corrupt, &[index]);
            let image = Corruption::Occlude(7.0).apply(&full, SIDE, &mut rng);
            assert_eq!(image.iter().filter(|&&pixel| pixel == 0).count(), 49);
            corners.insert(image.iter().position(|&pixel| pixel == 0));
        }
        assert!(corners.len() > 120, "{}", corners.len());
    }

    #[test]
    fn salt_and_pepper_hit_the_given_share_of_pixels_equally() {
        let struck = apply(Corruption::SaltAndPepper(0.2), &GREY);
        let count = |value: u8| struck.iter().filter(|&&pixel| pixel == value).count() as f32;
        let expected = 0.1 * GREY.len() as f32;
        for value in [0, 255] {
            assert!((count(value) - expected).abs() < 4.0 * expected.sqrt(), "{}", count(value));
        }
        assert_eq!(count(0) + count(255) + count(128), GREY.len() as f32);
    }

    #[test]
    fn every_corruption_is_repeatable_at_any_image_size() {
        let data = synth::generate(20, 5).unwrap();
        let small = Dataset::new(16, vec![200; 3 * 256], None).unwrap();
        for Row { name, variants } in suite() {
            for corruption in variants {
                let changed = corruption.of(&data, 3);
                assert_eq!(changed, corruption.of(&data, 3));
                assert_eq!((changed.labels(), changed.classes()), (data.labels(), 10));
                // A patch may cover background only.
                let same = (0..data.len()).filter(|&i| changed.image(i) == data.image(i)).count();
                assert!(same <= data.len() / 2, "{name} left {same} images as they were");
                assert_eq!(corruption.of(&small, 3).len(), 3, "{name}");
            }
        }
        let noise = Corruption::Noise(0.1);
        assert_ne!(noise.of(&data, 3), noise.of(&data, 4));
    }
}
