//! Built-in digits: generated handwriting, so that the first run needs no file and no network.
//!
//! A digit is drawn in one of several styles (curves through knots) with random variations: knots and
//! strokes are displaced, strokes end late or early or in a hook, corners may be rounded, the plane bends,
//! slant, aspect and rotation vary, and the pen has a width, a softness and a pressure that changes along
//! the stroke. The result is drawn and centred like users' drawings (see [`drawing`](super::drawing)).

mod glyphs;
mod hand;
mod path;
mod rare;
mod rewrite;
mod signs;

use crate::data::dataset::{self, Dataset};
use crate::data::drawing::{AREA, SIDE};
use crate::error::{Error, Result};
use crate::limits;
use crate::platform;
use crate::rng::{self, Purpose, RngExt, Stream};

use glyphs::{DIGITS, EXTRAS, Knot, Style};
use hand::Hand;
use path::Path;
use rare::RARE;
pub use rewrite::rewrite;
use signs::SIGNS;

/// The number of digits; images come in blocks that contain each of them once.
pub const CLASSES: usize = DIGITS.len();

/// The second part of the random streams of labels, which those of images lack.
const LABELS: u64 = 1;
/// The second part of the random streams that decide whose style is rare.
const STYLES: u64 = 2;

/// Makes `count` labelled 28×28 images with every digit equally often (except for the last few if
/// `count` is not a multiple of ten). Image `i` depends only on `seed` and `i`, so a larger `count`
/// begins with the same images, on any number of threads.
///
/// # Errors
/// If `count` is 0 or beyond its limit, or memory does not suffice.
pub fn generate(count: usize, seed: u64) -> Result<Dataset> {
    generate_with(count, seed, 0.0)
}

/// The same with a share of the images, from 0 to 1, in styles that few people use. The others are those of [`generate`].
///
/// # Errors
/// Like [`generate`].
pub fn generate_with(count: usize, seed: u64, rare: f64) -> Result<Dataset> {
    limits::BUILTIN_DIGITS.check_count(count)?;
    if count == 0 {
        return Err(Error::config("0 is no number of built-in digits")
            .setting(limits::BUILTIN_DIGITS.setting)
            .help(format!("Choose from 1 to {}", limits::BUILTIN_DIGITS.high)));
    }
    let mut pixels = dataset::reserved(count * AREA)?;
    pixels.resize(count * AREA, 0);
    platform::for_each_chunk(&mut pixels, CLASSES * AREA, |block, images| {
        let labels = block_labels(seed, block);
        for (slot, (image, label)) in images.chunks_exact_mut(AREA).zip(labels).enumerate() {
            let index = (block * CLASSES + slot) as u64;
            let mut styles = rng::stream(seed, Purpose::Synth, &[index, STYLES]);
            let rare = styles.random::<f64>() < rare;
            let mut rng = rng::stream(seed, Purpose::Synth, &[index]);
            let drawn = if rare { rare_digit(label, &mut rng) } else { digit(label, &mut rng) };
            image.copy_from_slice(&drawn);
        }
    });
    let labels = (0..count.div_ceil(CLASSES)).flat_map(|block| block_labels(seed, block));
    Ok(Dataset::new(SIDE, pixels, Some(labels.take(count).collect()))?.with_classes(CLASSES))
}

/// The labels of a block of images: the ten digits in random order.
fn block_labels(seed: u64, block: usize) -> [u8; CLASSES] {
    let mut labels = std::array::from_fn(|digit| digit as u8);
    let mut rng = rng::stream(seed, Purpose::Synth, &[block as u64, LABELS]);
    dataset::shuffle(&mut labels, &mut rng);
    labels
}

/// Draws one digit: `[28, 28]` in row order, 0 is background and 255 is ink. Of a label above 9 the last
/// decimal digit counts.
pub fn digit(label: u8, rng: &mut Stream) -> [u8; AREA] {
    let label = label % CLASSES as u8;
    let style = pick(DIGITS[usize::from(label)], rng);
    write(style.strokes, |rng| extra(label, rng), rng)
}

/// Draws one digit from 0 to 9 in a style that few people use.
fn rare_digit(label: u8, rng: &mut Stream) -> [u8; AREA] {
    write(pick(RARE[usize::from(label)], rng).strokes, |_| &[], rng)
}

/// Draws one of the letters and signs that are no digits: `[28, 28]` as [`digit`] does.
pub fn sign(rng: &mut Stream) -> [u8; AREA] {
    write(SIGNS[rng.random_range(0..SIGNS.len())], |_| &[], rng)
}

/// Strokes, and after them those that `extra` draws, as one random writer writes them.
fn write(
    strokes: &[&[Knot]],
    extra: impl FnOnce(&mut Stream) -> &'static [&'static [Knot]],
    rng: &mut Stream,
) -> [u8; AREA] {
    let hand = Hand::draw(rng);
    let mut path = Path::default();
    path.write(strokes, &hand, rng);
    path.write(extra(rng), &hand, rng);
    path.ink(hand.pen_radius, hand.pen_edge)
}

/// The extra strokes of a digit: one or none.
fn extra(label: u8, rng: &mut Stream) -> &'static [&'static [Knot]] {
    let mut left = rng.random_range(0..100);
    for extra in EXTRAS.iter().filter(|extra| extra.label == label) {
        if left < extra.percent {
            return std::slice::from_ref(&extra.stroke);
        }
        left -= extra.percent;
    }
    &[]
}

/// A random style, weighted by how common it is.
fn pick<'a>(styles: &'a [Style], rng: &mut Stream) -> &'a Style {
    let total: u32 = styles.iter().map(|style| style.weight).sum();
    let mut left = rng.random_range(0..total);
    for style in styles {
        if left < style.weight {
            return style;
        }
        left -= style.weight;
    }
    &styles[0]
}

/// The uniform Catmull-Rom spline (Catmull & Rom 1974) from the second to the third knot.
pub(super) fn catmull_rom<const N: usize>(
    [before, from, to, after]: [[f32; N]; 4],
    t: f32,
) -> [f32; N] {
    std::array::from_fn(|i| {
        let linear = to[i] - before[i];
        let square = 2.0 * before[i] - 5.0 * from[i] + 4.0 * to[i] - after[i];
        let cube = 3.0 * (from[i] - to[i]) + after[i] - before[i];
        from[i] + 0.5 * t * (linear + t * (square + t * cube))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_styles_of_a_digit_differ_for_the_same_writer() {
        let draw = |style: &Style| {
            let mut rng = rng::stream(1, Purpose::Synth, &[]);
            let hand = Hand::draw(&mut rng).steady();
            let mut path = Path::default();
            path.write(style.strokes, &hand, &mut rng);
            path.ink(1.2, 1.0)
        };
        for styles in DIGITS {
            let images: std::collections::HashSet<_> = styles.iter().map(draw).collect();
            assert!(images.len() == styles.len() && styles.len() >= 4);
        }
    }
}
