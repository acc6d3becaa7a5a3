//! Generated ink that is not a digit, for evaluation. It is drawn and centred like digits, so that only
//! its shape differs.

use std::f32::consts::{PI, TAU};

use crate::data::drawing::{self, AREA, Stroke};
use crate::data::synth::{self, catmull_rom};
use crate::rng::{self, Purpose, RngExt, Stream, normal};

/// Kinds of ink that is not a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDigitKind {
    /// A smooth curve through six to ten random points.
    Scribbles,
    /// Four to seven random straight lines; fewer may make a digit.
    Lines,
    /// Three to five parallel lines; one is a 1.
    Hatching,
    /// Three to nine dots.
    Dots,
    /// A tenth to all of the pixels of the frame, each a random grey.
    Noise,
    /// Written letters and signs that look like no digit.
    Signs,
    /// Two digits side by side.
    TwoDigits,
}

/// The kinds in images for training, with the percentage of each.
const TRAINING: [(NotDigitKind, u32); 7] = [
    (NotDigitKind::Signs, 54),
    (NotDigitKind::Scribbles, 16),
    (NotDigitKind::Lines, 10),
    (NotDigitKind::TwoDigits, 10),
    (NotDigitKind::Hatching, 5),
    (NotDigitKind::Dots, 3),
    (NotDigitKind::Noise, 2),
];

/// The seed of images for training differs from that of images for evaluation.
const TRAINING_SEED: u64 = 1;

/// Image `index` of a mixture of all kinds to train on, under a seed: `[28, 28]` in row order, 0 is background and 255 is ink.
pub fn training_image(seed: u64, index: u64) -> [u8; AREA] {
    let seed = rng::derive(seed, Purpose::NotDigits, &[TRAINING_SEED]);
    let mut left = (index % 100) as u32;
    for (kind, percent) in TRAINING {
        if left < percent {
            return kind.image(seed, index);
        }
        left -= percent;
    }
    NotDigitKind::Signs.image(seed, index)
}

/// Straight segments between two points of a scribble.
const PIECES: usize = 8;

impl NotDigitKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Scribbles,
        Self::Lines,
        Self::Hatching,
        Self::Dots,
        Self::Noise,
        Self::Signs,
        Self::TwoDigits,
    ];

    /// The name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scribbles => "scribbles",
            Self::Lines => "straight lines",
            Self::Hatching => "hatching",
            Self::Dots => "dots",
            Self::Noise => "noise",
            Self::Signs => "letters and signs, written",
            Self::TwoDigits => "two digits",
        }
    }

    /// Image `index` of this kind under a seed: `[28, 28]` in row order, 0 is background and 255 is ink.
    pub fn image(self, seed: u64, index: u64) -> [u8; AREA] {
        let rng = &mut rng::stream(seed, Purpose::NotDigits, &[self as u64, index]);
        let strokes = match self {
            Self::Scribbles => vec![scribble(rng)],
            Self::Lines => lines(rng),
            Self::Hatching => hatching(rng),
            Self::Dots => dots(rng),
            Self::Noise => return noise(rng),
            Self::Signs => return synth::sign(rng),
            Self::TwoDigits => return two_digits(rng),
        };
        let pen_width = rng.random_range(1.8..3.2);
        drawing::strokes_to_image(&strokes, pen_width).unwrap_or([0; AREA])
    }
}

/// A point in the unit square.
fn place(rng: &mut Stream) -> [f32; 2] {
    [rng.random(), rng.random()]
}

fn stroke(points: Vec<[f32; 2]>) -> Stroke {
    Stroke { points, ..Stroke::default() }
}

fn scribble(rng: &mut Stream) -> Stroke {
    let count = rng.random_range(6..=10);
    let knots: Vec<[f32; 2]> = (0..count).map(|_| place(rng)).collect();
    let at = |knot: usize| knots[knot.min(count - 1)];
    let span = |knot: usize| {
        let four = [at(knot.saturating_sub(1)), at(knot), at(knot + 1), at(knot + 2)];
        (0..PIECES).map(move |piece| catmull_rom(four, piece as f32 / PIECES as f32))
    };
    stroke((0..count - 1).flat_map(span).chain([at(count - 1)]).collect())
}

fn lines(rng: &mut Stream) -> Vec<Stroke> {
    let count = rng.random_range(4..=7);
    (0..count).map(|_| stroke(vec![place(rng), place(rng)])).collect()
}

/// Parallel lines at any angle, about as long as their total spread.
fn hatching(rng: &mut Stream) -> Vec<Stroke> {
    let count = rng.random_range(3..=5);
    let (sin, cos) = (PI * rng.random::<f32>()).sin_cos();
    let line = |number: usize| {
        let across = number as f32 / (count - 1) as f32 - 0.5;
        let ends = [-0.5, 0.5].map(|end| end + 0.05 * normal(rng));
        stroke(ends.map(|along| [cos * along - sin * across, sin * along + cos * across]).to_vec())
    };
    (0..count).map(line).collect()
}

fn dots(rng: &mut Stream) -> Vec<Stroke> {
    let count = rng.random_range(3..=9);
    // On or within a ring around the middle, so that few dots do not line up.
    let dot = |number: usize| {
        let angle = TAU * (number as f32 + rng.random::<f32>()) / count as f32;
        let radius = 0.2 + 0.3 * rng.random::<f32>();
        stroke(vec![[radius * angle.cos(), radius * angle.sin()]])
    };
    (0..count).map(dot).collect()
}

/// Two digits in a row, as large as fits.
fn two_digits(rng: &mut Stream) -> [u8; AREA] {
    let side = drawing::SIDE;
    let pair = [0, 1].map(|_| synth::digit(rng.random_range(0..10), rng));
    // Frames have 4 pixels of space on either side of a digit as wide as high, and more of a narrow one.
    let apart = rng.random_range(15..23);
    let width = apart + side;
    let mut both = vec![0; width * side];
    for (image, left) in pair.iter().zip([0, apart]) {
        for (row, line) in image.chunks_exact(side).enumerate() {
            let place = row * width + left;
            for (to, &ink) in both[place..][..side].iter_mut().zip(line) {
                *to = ink.max(*to);
            }
        }
    }
    drawing::normalise_ink(&both, width, side).unwrap_or([0; AREA])
}

fn noise(rng: &mut Stream) -> [u8; AREA] {
    let density = rng.random_range(0.1..1.0);
    std::array::from_fn(|_| if rng.random::<f32>() < density { rng.random() } else { 0 })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The number of connected pieces of ink (four neighbours).
    fn pieces(image: &[u8; AREA]) -> usize {
        let mut left: HashSet<usize> = (0..AREA).filter(|&i| image[i] > 64).collect();
        let mut count = 0;
        while let Some(&first) = left.iter().next() {
            count += 1;
            let mut queue = vec![first];
            while let Some(at) = queue.pop() {
                if left.remove(&at) {
                    let side = drawing::SIDE;
                    queue.extend([at.wrapping_sub(side), at + side, at.wrapping_sub(1), at + 1]);
                }
            }
        }
        count
    }

    #[test]
    fn every_image_has_ink_is_unique_and_repeatable() {
        for kind in NotDigitKind::ALL {
            let images: HashSet<[u8; AREA]> = (0..200).map(|index| kind.image(1, index)).collect();
            assert!(images.len() == 200, "{}", kind.name());
            assert!(images.iter().all(|image| image.iter().filter(|&&ink| ink > 0).count() > 15));
            assert_eq!(kind.image(1, 7), kind.image(1, 7));
            assert_ne!(kind.image(1, 7), kind.image(2, 7));
        }
    }

    #[test]
    fn a_scribble_is_one_piece_and_dots_and_hatching_are_several() {
        let several = |kind: NotDigitKind, least: usize| {
            (0..200).filter(|&index| pieces(&kind.image(3, index)) >= least).count()
        };
        assert_eq!(several(NotDigitKind::Scribbles, 2), 0);
        assert!(several(NotDigitKind::Dots, 3) > 150, "{}", several(NotDigitKind::Dots, 3));
        assert!(several(NotDigitKind::Hatching, 3) > 100, "{}", several(NotDigitKind::Hatching, 3));
    }
}
