//! Built-in digits: handwriting made by our own code, so that the first run needs no file and no
//! network.
//!
//! A digit is one of several styles (curves through knots), written by a hand of its
//! own: knots jitter, the plane bends, slant, aspect and rotation vary, the pen has a width, a
//! softness and a pressure that changes along the stroke. What comes out is centred as MNIST is
//! (see [`drawing`]).

mod glyphs;

use crate::data::dataset::{self, Dataset};
use crate::data::drawing::raster::{Dab, ink_segment};
use crate::data::drawing::{self, AREA, Fit, SIDE};
use crate::error::Result;
use crate::platform;
use crate::rng::{self, Purpose, RngExt, Stream, normal};

use glyphs::{DIGITS, Knot, Style};

/// The number of digits; images come in blocks that hold each of them once.
pub const CLASSES: usize = DIGITS.len();

/// The second part of the streams of labels, which those of images do not have.
const LABELS: u64 = 1;

/// Straight pieces between two knots.
const PIECES: usize = 4;

/// Most points of a digit's flattened strokes.
const MOST_POINTS: usize = 80;

/// Makes `count` labelled 28×28 images, every digit equally often (the last few images of a count
/// that is no multiple of ten aside). Image `i` depends on `seed` and `i` alone, so that more images
/// begin with the same ones, on any number of threads.
///
/// # Errors
/// Where `count` is 0.
pub fn generate(count: usize, seed: u64) -> Result<Dataset> {
    let mut pixels = vec![0; count * AREA];
    platform::for_each_chunk(&mut pixels, CLASSES * AREA, |block, images| {
        let labels = block_labels(seed, block);
        for (slot, (image, label)) in images.chunks_exact_mut(AREA).zip(labels).enumerate() {
            let index = (block * CLASSES + slot) as u64;
            let mut rng = rng::stream(seed, Purpose::Synth, &[index]);
            image.copy_from_slice(&digit(label, &mut rng));
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

/// Writes one digit: `[28, 28]` in row order, 0 is paper and 255 is ink. A label above 9 is read by
/// its last decimal.
pub fn digit(label: u8, rng: &mut Stream) -> [u8; AREA] {
    let styles = DIGITS[usize::from(label) % CLASSES];
    let style = pick(styles, rng);
    let hand = Hand::draw(rng);
    let path = Path::write(style, &hand, rng);
    path.ink(hand.pen_radius, hand.pen_edge)
}

/// One of the styles, each as often as its weight says.
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

/// How the digit's writer writes. Lengths are in heights of the digit, the pen's in pixels.
struct Hand {
    /// Spread of the knots around where they belong.
    jitter: f32,
    /// Spread of the pen's pressure along the strokes.
    pressure: f32,
    pen_radius: f32,
    pen_edge: f32,
    bend: Bend,
    /// Rows of the linear map: slant, aspect and rotation.
    linear: [[f32; 2]; 2],
}

impl Hand {
    fn draw(rng: &mut Stream) -> Self {
        let pen_width = 2.35 * (0.27 * normal(rng)).exp();
        Self {
            jitter: 0.01 + 0.03 * rng.random::<f32>(),
            pressure: 0.2 * rng.random::<f32>(),
            pen_radius: pen_width.clamp(1.2, 5.0) / 2.0,
            pen_edge: 0.9 + 0.5 * rng.random::<f32>(),
            bend: Bend::draw(rng),
            linear: linear_map(
                0.12 + 0.22 * normal(rng),
                0.1 + 0.22 * normal(rng),
                0.1 * normal(rng),
            ),
        }
    }
}

/// The map that first makes the digit wider by `exp(aspect)`, then leans it to the right by `slant`
/// (x per height), then turns it by `angle` radians.
fn linear_map(slant: f32, aspect: f32, angle: f32) -> [[f32; 2]; 2] {
    let (sin, cos) = angle.sin_cos();
    let wide = aspect.exp();
    [[cos * wide, -cos * slant - sin], [sin * wide, cos - sin * slant]]
}

/// A smooth deformation of the plane: tapering, a shifted waist, and waves across.
struct Bend {
    taper: f32,
    waist: f32,
    waves: [Wave; 2],
}

/// One plane wave that pushes points by `push` where it is highest.
struct Wave {
    along: [f32; 2],
    phase: f32,
    push: [f32; 2],
}

impl Bend {
    fn draw(rng: &mut Stream) -> Self {
        let taper = 0.2 * normal(rng);
        let waist = 0.25 * normal(rng);
        Self { taper, waist, waves: [Wave::draw(rng), Wave::draw(rng)] }
    }

    fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let mut point = [
            (x - 0.3) * (1.0 + self.taper * (1.0 - 2.0 * y)) + 0.3,
            y + self.waist * y * (1.0 - y),
        ];
        for wave in &self.waves {
            let height = (wave.along[0] * x + wave.along[1] * y + wave.phase).sin();
            point[0] += wave.push[0] * height;
            point[1] += wave.push[1] * height;
        }
        point
    }
}

impl Wave {
    fn draw(rng: &mut Stream) -> Self {
        Self {
            along: [4.0 * normal(rng), 4.0 * normal(rng)],
            phase: std::f32::consts::TAU * rng.random::<f32>(),
            push: [0.03 * normal(rng), 0.03 * normal(rng)],
        }
    }
}

/// Strokes as points: x, y, and the pen's pressure relative to its mean.
struct Path {
    points: [[f32; 3]; MOST_POINTS],
    /// Whether the pen is down on its way to the point.
    down: [bool; MOST_POINTS],
    len: usize,
}

impl Path {
    /// Writes a style by hand.
    fn write(style: &Style, hand: &Hand, rng: &mut Stream) -> Self {
        let mut path = Self { points: [[0.0; 3]; MOST_POINTS], down: [false; MOST_POINTS], len: 0 };
        for stroke in style.strokes {
            path.write_stroke(stroke, hand, rng);
        }
        path
    }

    /// Adds a stroke: a Catmull-Rom spline through its knots, which ends and begins anew at corners.
    fn write_stroke(&mut self, knots: &[Knot], hand: &Hand, rng: &mut Stream) {
        let mut ahead = knots.iter().map(|knot| (place(knot, hand, rng), knot.corner));
        let Some((mut from, _)) = ahead.next() else { return };
        self.push(from, false);
        let mut before = None;
        let mut next = ahead.next();
        while let Some((to, corner)) = next {
            next = ahead.next();
            let after = next.filter(|_| !corner).map(|(point, _)| point);
            self.push_span([before.unwrap_or(from), from, to, after.unwrap_or(to)]);
            before = (!corner).then_some(from);
            from = to;
        }
    }

    /// Adds the piece of the spline from the second to the third of four knots.
    fn push_span(&mut self, knots: [[f32; 3]; 4]) {
        for piece in 1..=PIECES {
            self.push(catmull_rom(knots, piece as f32 / PIECES as f32), true);
        }
    }

    fn push(&mut self, point: [f32; 3], down: bool) {
        if self.len < MOST_POINTS {
            self.points[self.len] = point;
            self.down[self.len] = down;
            self.len += 1;
        }
    }

    /// Inks the path and centres it.
    fn ink(&self, radius: f32, edge: f32) -> [u8; AREA] {
        let points = &self.points[..self.len];
        let strongest = points.iter().fold(0.0, |most: f32, point| most.max(point[2]));
        let reach = radius * strongest + (edge - 1.0) / 2.0;
        let Some(fit) = Fit::new(points.iter().map(|&[x, y, _]| [x, y]), reach) else {
            return [0; AREA];
        };
        let mut canvas = [0.0; AREA];
        let mut from = Dab::default();
        for (&[x, y, pressure], &down) in points.iter().zip(&self.down) {
            let [x, y] = fit.place([x, y]);
            let to = Dab { x, y, radius: radius * pressure };
            if down {
                ink_segment(&mut canvas, SIDE, from, to, edge);
            }
            from = to;
        }
        drawing::centre_by_mass(&canvas).unwrap_or([0; AREA])
    }
}

/// Where a hand puts a knot, and with which pressure.
fn place(knot: &Knot, hand: &Hand, rng: &mut Stream) -> [f32; 3] {
    let x = f32::from(knot.x) / 100.0 + hand.jitter * normal(rng);
    let y = f32::from(knot.y) / 100.0 + hand.jitter * normal(rng);
    let [x, y] = hand.bend.apply([x, y]);
    let [first, second] = hand.linear;
    let pressure = (1.0 + hand.pressure * normal(rng)).clamp(0.6, 1.4);
    [first[0] * x + first[1] * y, second[0] * x + second[1] * y, pressure]
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
    fn every_style_fits_into_a_path() {
        for style in DIGITS.into_iter().flatten() {
            let points = style.strokes.iter().map(|knots| 1 + (knots.len() - 1) * PIECES);
            assert!(points.sum::<usize>() <= MOST_POINTS);
        }
    }

    #[test]
    fn the_styles_of_a_digit_differ_in_the_same_hand() {
        let draw = |style: &Style| {
            let mut rng = rng::stream(1, Purpose::Synth, &[]);
            let hand = Hand { jitter: 0.0, pressure: 0.0, ..Hand::draw(&mut rng) };
            Path::write(style, &hand, &mut rng).ink(1.2, 1.0)
        };
        for styles in DIGITS {
            let images: std::collections::HashSet<_> = styles.iter().map(draw).collect();
            assert!(images.len() == styles.len() && styles.len() >= 4);
        }
    }
}
