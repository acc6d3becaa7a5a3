//! Random augmentation of training images, and the scaling of pixels to the model's input range.
//!
//! Rotation, translation, scale, shear, flips and the elastic field of Simard et al. (2003, "Best
//! practices for convolutional neural networks applied to visual document analysis") are composed
//! into one inverse map, so that an image is resampled once, bilinearly. The stroke width is changed
//! before that, on the original image; photometric changes (blur, erasing, noise) come last, on the
//! pixels that the model reads.

mod paper;
mod photometric;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::data::pen;
use crate::error::Result;
use crate::limits;
use crate::rng::{RngExt, Stream};

use photometric::PhotometricAugmentation;

/// The image side that pixel settings refer to; other sides scale them.
pub(super) const REFERENCE_SIDE: f32 = 28.0;
/// Pixels from this value on (of 255) are ink that must stay inside the frame; fainter ones may
/// leave it.
const INK: u8 = 32;

/// Cells of the elastic field in each direction. On 28 pixels a cell is 7 wide, and a cubic B-spline
/// on 7-pixel cells smooths like the Gaussian with σ = 4 pixels of Simard et al.
pub const CELLS: usize = 4;
/// Control points of the elastic field in each direction.
const CONTROLS: usize = CELLS + 3;

/// Which random augmentations training images get, and their strongest amounts. Each amount is drawn
/// uniformly up to its limit in both directions. The default is no augmentation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// Largest rotation in degrees.
    pub rotate: f32,
    /// Largest translation in pixels of a 28×28 image.
    pub shift: f32,
    /// Largest relative change of size: 0.1 is ±10 %. Width and height vary independently.
    pub scale: f32,
    /// Largest horizontal shear (slant) in degrees.
    pub shear: f32,
    /// Largest displacement by a smooth random field, in pixels of a 28×28 image. Typical
    /// displacements are a quarter of it.
    pub elastic: f32,
    /// Largest change of stroke width, in pixels of a 28×28 image.
    pub thickness: f32,
    /// Largest blur of every other image: the standard deviation of a Gaussian in pixels of a 28×28
    /// image.
    pub blur: f32,
    /// Longest side of a blank rectangle, in pixels of a 28×28 image, that covers a piece of every
    /// other image, but never more than a third of the ink (random erasing, Zhong et al. 2020).
    pub erase: f32,
    /// Strongest noise on every other image: its standard deviation as a share of full ink (Rusak et al.
    /// 2020, "A simple way to make neural networks robust against diverse image corruptions").
    pub noise: f32,
    /// Share of the images on paper that is not blank: grey, cloudy or striped, with thin lines or dirt, or of whose ink only
    /// the outline is left (kinds of corruption as in Mu and Gilmer 2019, "MNIST-C").
    pub paper: f32,
    /// Mirrors every other image left to right. Not for digits: a mirrored 2 is not a digit, and a
    /// mirrored 5 looks like a 2.
    pub flip_horizontal: bool,
    /// Mirrors every other image top to bottom. Not for digits, for the same reason: a 6 upside down
    /// resembles a 9.
    pub flip_vertical: bool,
}

impl Augment {
    /// No augmentation.
    pub const NONE: Self = Self {
        rotate: 0.0,
        shift: 0.0,
        scale: 0.0,
        shear: 0.0,
        elastic: 0.0,
        thickness: 0.0,
        blur: 0.0,
        erase: 0.0,
        noise: 0.0,
        paper: 0.0,
        flip_horizontal: false,
        flip_vertical: false,
    };

    /// Augmentation that keeps handwritten digits recognisable.
    pub const fn digits() -> Self {
        Self { rotate: 12.0, shift: 2.0, scale: 0.15, shear: 15.0, elastic: 2.0, ..Self::NONE }
    }

    /// Whether nothing is changed.
    pub fn is_identity(&self) -> bool {
        *self == Self::NONE
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first impossible setting, by name, with its range.
    pub fn validate(&self) -> Result<()> {
        for (limit, value) in [
            (limits::ROTATE, self.rotate),
            (limits::SHIFT, self.shift),
            (limits::SCALE, self.scale),
            (limits::SHEAR, self.shear),
            (limits::ELASTIC, self.elastic),
            (limits::THICKNESS, self.thickness),
            (limits::BLUR, self.blur),
            (limits::ERASE, self.erase),
            (limits::NOISE, self.noise),
            (limits::PAPER, self.paper),
        ] {
            limit.check_number(f64::from(value), &value)?;
        }
        Ok(())
    }

    /// Augments `image` at random and scales it to [-1, 1] as [`normalise`] does; both are `[side, side]`
    /// in row order, and outside the frame is background. Ink stays inside the frame: translation is
    /// limited to the space around it, and a deformed drawing larger than the frame is scaled down.
    /// Without augmentation nothing is drawn from `rng`, and blur, erasing, noise and paper draw last: turning
    /// them on does not change the random numbers of other settings.
    ///
    /// # Panics
    /// If `image` or `out` does not have `side × side` elements.
    pub fn apply(&self, image: &[u8], side: usize, rng: &mut Stream, out: &mut [f32]) {
        assert!(image.len() == side * side && out.len() == side * side, "one square image");
        if self.is_identity() {
            return normalise(image, out);
        }
        let image = &*self.thickened(image, side, rng);
        let Deformation { warp, field } = self.deformation(image, side, rng);
        warp.resample(image, side, field.as_ref(), out);
        let photometric = PhotometricAugmentation::draw(self, side, rng);
        photometric.apply(side, rng, out);
        paper::apply(self.paper, side, rng, out);
    }

    /// Only the geometric augmentation: no stroke width, blur, erasing, noise or paper.
    pub fn geometric_only(self) -> Self {
        Self { thickness: 0.0, blur: 0.0, erase: 0.0, noise: 0.0, paper: 0.0, ..self }
    }

    /// Whether only geometric augmentation is used.
    pub fn is_geometric(&self) -> bool {
        *self == self.geometric_only()
    }

    /// Draws the geometric augmentation of `image`.
    pub fn deformation(&self, image: &[u8], side: usize, rng: &mut Stream) -> Deformation {
        let warp = Warp::draw(self, image, side, rng);
        let amplitude = self.elastic * side as f32 / REFERENCE_SIDE;
        let field = (amplitude > 0.0).then(|| Field::draw(amplitude, rng));
        Deformation { warp, field }
    }

    /// The image with thicker or thinner strokes. If thickness is off, nothing is drawn from `rng`.
    fn thickened<'a>(&self, image: &'a [u8], side: usize, rng: &mut Stream) -> Cow<'a, [u8]> {
        if self.thickness == 0.0 {
            return Cow::Borrowed(image);
        }
        let limit = self.thickness * side as f32 / REFERENCE_SIDE;
        let change = limit * (2.0 * rng.random::<f32>() - 1.0);
        Cow::Owned(pen::change_width(image, side, change))
    }
}

/// Scales pixels from bytes (0 is background, 255 is ink) to the model's input, background -1 and ink
/// 1.
pub fn normalise(image: &[u8], out: &mut [f32]) {
    for (value, &pixel) in out.iter_mut().zip(image) {
        *value = scaled(f32::from(pixel));
    }
}

/// A pixel from [0, 255] to [-1, 1].
fn scaled(pixel: f32) -> f32 {
    pixel / 127.5 - 1.0
}

/// The geometric augmentation of one image.
pub struct Deformation {
    warp: Warp,
    field: Option<Field>,
}

impl Deformation {
    /// All numbers needed to apply it elsewhere: the inverse matrix (result to source), row by row, and the
    /// shift before it, both about the middle of the image (6 numbers); then, if there is an elastic field, its
    /// control points, row by row, each a displacement to the right and down (`2 · (`[`CELLS`]` + 3)²`
    /// numbers).
    pub fn numbers(&self) -> impl Iterator<Item = f32> {
        let controls = self.field.iter().flat_map(|field| field.controls.as_flattened());
        let warp = self.warp.inverse().into_iter().flatten().chain(self.warp.shift);
        warp.chain(controls.flatten().copied())
    }
}

/// A 2×2 matrix, row by row.
type Matrix = [[f32; 2]; 2];

/// An affine map about the middle of the image: pixel centres relative to the middle are multiplied
/// by `forward`, then shifted.
#[derive(Debug, Clone, Copy)]
struct Warp {
    forward: Matrix,
    shift: [f32; 2],
}

impl Warp {
    /// A random map within the settings that keeps the ink of `image` in the frame.
    fn draw(settings: &Augment, image: &[u8], side: usize, rng: &mut Stream) -> Self {
        // Every setting draws its numbers, used or not, so that changing one leaves the others as
        // they were.
        let mut upto = |limit: f32| limit * (2.0 * rng.random::<f32>() - 1.0);
        let (sin, cos) = upto(settings.rotate).to_radians().sin_cos();
        let lean = upto(settings.shear).to_radians().tan();
        let mut wide = 1.0 + upto(settings.scale);
        let mut tall = 1.0 + upto(settings.scale);
        let pixels = settings.shift * side as f32 / REFERENCE_SIDE;
        let wanted = [upto(pixels), upto(pixels)];
        if rng.random::<bool>() && settings.flip_horizontal {
            wide = -wide;
        }
        if rng.random::<bool>() && settings.flip_vertical {
            tall = -tall;
        }
        // Rotation × shear × scale; with y down, a slant to the right lowers x as y grows.
        let forward =
            [[cos * wide, (-cos * lean - sin) * tall], [sin * wide, (cos - sin * lean) * tall]];
        let margin = settings.elastic * side as f32 / REFERENCE_SIDE;
        Self { forward, shift: wanted }.keep_inside(image, side, margin)
    }

    /// Scales down and limits the translation as far as needed to keep the ink, with `margin`
    /// pixels around it, in the frame.
    fn keep_inside(mut self, image: &[u8], side: usize, margin: f32) -> Self {
        let Some(ink) = ink_box(image, side) else { return self };
        let half = side as f32 / 2.0;
        let spans = self.forward.map(|row| span(row, ink));
        let widest = spans.iter().fold(0.0, |most: f32, [low, high]| most.max(high - low));
        let shrink = (2.0 * half / (widest + 2.0 * margin)).min(1.0);
        for (axis, span) in spans.into_iter().enumerate() {
            let [low, high] = span.map(|edge| edge * shrink);
            let reach = margin * shrink;
            let (least, most) = (-half - low + reach, half - high - reach);
            // Rounding can leave the two slightly out of order.
            self.shift[axis] = self.shift[axis].max(least).min(most.max(least));
            self.forward[axis] = self.forward[axis].map(|entry| entry * shrink);
        }
        self
    }

    /// The factor by which the map changes areas.
    fn determinant(&self) -> f32 {
        let [[a, b], [c, d]] = self.forward;
        a * d - b * c
    }

    /// The matrix from the result back to the source.
    fn inverse(&self) -> Matrix {
        let [[a, b], [c, d]] = self.forward;
        let scale = self.determinant().recip();
        [[d * scale, -b * scale], [-c * scale, a * scale]]
    }

    /// Fills `out` with the warped image, scaled to [-1, 1].
    fn resample(&self, image: &[u8], side: usize, field: Option<&Field>, out: &mut [f32]) {
        let inverse = self.inverse();
        let middle = (side as f32 - 1.0) / 2.0;
        let source = Source { image, side };
        for (row, line) in out.chunks_exact_mut(side).enumerate() {
            let y = row as f32 - middle - self.shift[1];
            let start = [0, 1].map(|axis| inverse[axis][1] * y + middle);
            let at = |column: usize| {
                let x = column as f32 - middle - self.shift[0];
                [0, 1].map(|axis| inverse[axis][0] * x + start[axis])
            };
            let Some(field) = field else {
                for (column, value) in line.iter_mut().enumerate() {
                    *value = scaled(source.sample(at(column)));
                }
                continue;
            };
            let controls = field.row(row, side);
            for cell in 0..CELLS {
                let curve = cubic(&controls[cell..cell + 4]);
                for column in cell_pixels(cell, side) {
                    let t = position(column, side) - cell as f32;
                    let [x, y] = at(column);
                    let [right, down] = evaluate(&curve, t);
                    line[column] = scaled(source.sample([x + right, y + down]));
                }
            }
        }
    }
}

/// The bounding box of the ink: left, top, right and bottom edge relative to the middle of the
/// image; `None` if there is no ink.
fn ink_box(image: &[u8], side: usize) -> Option<[f32; 4]> {
    let (mut left, mut right, mut top, mut bottom) = (side, 0, None, 0);
    for (row, line) in image.chunks_exact(side).enumerate() {
        let Some(first) = line.iter().position(|&pixel| pixel >= INK) else { continue };
        let last = line.iter().rposition(|&pixel| pixel >= INK).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last + 1));
        (top, bottom) = (top.or(Some(row)), row + 1);
    }
    let half = side as f32 / 2.0;
    Some([left, top?, right, bottom].map(|edge| edge as f32 - half))
}

/// The interval onto which a row of a matrix maps the points of a box.
fn span([a, b]: [f32; 2], [left, top, right, bottom]: [f32; 4]) -> [f32; 2] {
    let (x, y) = ([a * left, a * right], [b * top, b * bottom]);
    [x[0].min(x[1]) + y[0].min(y[1]), x[0].max(x[1]) + y[0].max(y[1])]
}

/// The image that is sampled, `[side, side]` in row order.
pub(super) struct Source<'a> {
    pub(super) image: &'a [u8],
    pub(super) side: usize,
}

impl Source<'_> {
    /// The bilinear mean of the four pixels around a point; background outside the frame.
    pub(super) fn sample(&self, [x, y]: [f32; 2]) -> f32 {
        // Truncation rounds down here, and is far cheaper than `floor` on plain x86-64.
        let beyond = self.side as f32;
        if !(x > -1.0 && y > -1.0 && x < beyond && y < beyond) {
            return 0.0;
        }
        let (column, row) = ((x + 1.0) as i32 - 1, (y + 1.0) as i32 - 1);
        let (right, down) = (x - column as f32, y - row as f32);
        let last = self.side as i32 - 1;
        let [first, second] = if (0..last).contains(&column) && (0..last).contains(&row) {
            let start = row as usize * self.side + column as usize;
            let pixels = &self.image[start..start + self.side + 2];
            [[pixels[0], pixels[1]], [pixels[self.side], pixels[self.side + 1]]]
        } else {
            [row, row + 1].map(|row| [column, column + 1].map(|column| self.pixel(column, row)))
        };
        let mix = |[from, to]: [u8; 2]| f32::from(from) + right * (f32::from(to) - f32::from(from));
        let (upper, lower) = (mix(first), mix(second));
        upper + down * (lower - upper)
    }

    /// A pixel, or background outside the frame.
    fn pixel(&self, column: i32, row: i32) -> u8 {
        let inside = 0..self.side as i32;
        if inside.contains(&column) && inside.contains(&row) {
            self.image[row as usize * self.side + column as usize]
        } else {
            0
        }
    }
}

/// A smooth displacement field over the image: a uniform cubic B-spline with random control points.
struct Field {
    /// Displacements to the right and down, `[rows, columns]` of control points.
    controls: [[[f32; 2]; CONTROLS]; CONTROLS],
}

impl Field {
    /// A field with displacements of at most `amplitude` pixels.
    fn draw(amplitude: f32, rng: &mut Stream) -> Self {
        let mut offset = || amplitude * (2.0 * rng.random::<f32>() - 1.0);
        let mut controls = [[[0.0; 2]; CONTROLS]; CONTROLS];
        controls.as_flattened_mut().iter_mut().for_each(|point| *point = [offset(), offset()]);
        Self { controls }
    }

    /// The control points of the spline along a row of pixels.
    fn row(&self, row: usize, side: usize) -> [[f32; 2]; CONTROLS] {
        let y = position(row, side);
        let cell = (y as usize).min(CELLS - 1);
        std::array::from_fn(|column| {
            let along: [[f32; 2]; 4] =
                std::array::from_fn(|next| self.controls[cell + next][column]);
            evaluate(&cubic(&along), y - cell as f32)
        })
    }
}

/// The position of a pixel's centre on the field, in cells.
fn position(pixel: usize, side: usize) -> f32 {
    (pixel as f32 + 0.5) * (CELLS as f32 / side as f32)
}

/// The pixels whose centres lie in a cell.
fn cell_pixels(cell: usize, side: usize) -> std::ops::Range<usize> {
    let first = |cell: usize| (2 * cell * side + CELLS).saturating_sub(1) / (2 * CELLS);
    first(cell)..first(cell + 1)
}

/// The polynomial, constant first, of a uniform cubic B-spline between the middle two of four
/// control points.
fn cubic(controls: &[[f32; 2]]) -> [[f32; 2]; 4] {
    let of = |weights: [f32; 4]| {
        [0, 1].map(|axis| (0..4).map(|i| weights[i] * controls[i][axis]).sum::<f32>() / 6.0)
    };
    [
        of([1.0, 4.0, 1.0, 0.0]),
        of([-3.0, 0.0, 3.0, 0.0]),
        of([3.0, -6.0, 3.0, 0.0]),
        of([-1.0, 3.0, -3.0, 1.0]),
    ]
}

/// The value of a polynomial from [`cubic`] at `t` from 0 to 1.
fn evaluate(curve: &[[f32; 2]; 4], t: f32) -> [f32; 2] {
    [0, 1].map(|axis| {
        curve[0][axis] + t * (curve[1][axis] + t * (curve[2][axis] + t * curve[3][axis]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{self, Purpose};

    /// A thick ring and a bar, 20 pixels high.
    fn drawing() -> Vec<u8> {
        let inked = |x: f32, y: f32| {
            let distance = (x * x + y * y).sqrt();
            (6.0..10.0).contains(&distance) || (x.abs() < 2.0 && y.abs() < 10.0)
        };
        let pixel = |i: usize| ((i % 28) as f32 - 13.5, (i / 28) as f32 - 13.5);
        (0..784).map(pixel).map(|(x, y)| if inked(x, y) { 255 } else { 0 }).collect()
    }

    fn mass(out: &[f32]) -> f32 {
        out.iter().map(|value| (value + 1.0) / 2.0).sum()
    }

    #[test]
    fn ink_stays_inside_with_the_strongest_settings() {
        let image = drawing();
        let before = image.iter().map(|&pixel| f32::from(pixel) / 255.0).sum::<f32>();
        let hard = Augment {
            rotate: 180.0,
            shift: 14.0,
            scale: 0.5,
            shear: 45.0,
            elastic: 0.0,
            flip_horizontal: true,
            flip_vertical: true,
            ..Augment::NONE
        };
        let mut out = [0.0; 784];
        for index in 0..500 {
            let mut rng = rng::stream(3, Purpose::Augment, &[0, index]);
            let warp = Warp::draw(&hard, &image, 28, &mut rng);
            warp.resample(&image, 28, None, &mut out);
            let expected = before * warp.determinant().abs();
            assert!(mass(&out) > 0.9 * expected, "{index}: {} of {expected}", mass(&out));
        }
    }

    #[test]
    fn every_pixel_is_in_exactly_one_cell() {
        for side in 1..=64 {
            let cells: Vec<usize> = (0..CELLS).flat_map(|cell| cell_pixels(cell, side)).collect();
            assert_eq!(cells, (0..side).collect::<Vec<_>>());
            for cell in 0..CELLS {
                for pixel in cell_pixels(cell, side) {
                    let t = position(pixel, side) - cell as f32;
                    assert!((-1e-5..=1.0 + 1e-5).contains(&t), "pixel {pixel} of {side}: {t}");
                }
            }
        }
    }

    #[test]
    fn the_field_is_smooth_and_bounded() {
        let field = Field::draw(2.0, &mut rng::stream(1, Purpose::Augment, &[]));
        let at = |row: usize, column: usize| {
            let controls = field.row(row, 28);
            let x = position(column, 28);
            let cell = (x as usize).min(CELLS - 1);
            evaluate(&cubic(&controls[cell..cell + 4]), x - cell as f32)
        };
        for row in 0..28 {
            for column in 0..27 {
                let ([a, b], [c, d]) = (at(row, column), at(row, column + 1));
                assert!(a.abs() <= 2.0 && b.abs() <= 2.0);
                assert!((a - c).abs() < 0.5 && (b - d).abs() < 0.5, "a step at {row}, {column}");
            }
        }
    }
}
