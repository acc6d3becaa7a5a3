//! Drawings to images the way MNIST was made (LeCun et al. 1998, "Gradient-based learning applied
//! to document recognition"): the ink is cropped, its longer side is scaled to 20 pixels with
//! anti-aliasing, and its centre of mass is put in the middle of a 28×28 frame.

pub(crate) mod raster;

use serde::{Deserialize, Serialize};

use raster::{Dab, ink_segment};

/// Pixels per side of a finished image.
pub const SIDE: usize = 28;
/// Pixels of a finished image.
pub const AREA: usize = SIDE * SIDE;
/// Pixels of the longer side of the ink.
pub const BOX: usize = 20;
/// A pen's width in pixels of the finished image, near the median of MNIST's training images (`assets/README.md`).
pub const PEN_WIDTH: f32 = 2.4;

/// Pixels over which ink fades out at the pen's edge, which approximates pixel coverage.
const EDGE: f32 = 1.0;
/// The pixel index, in both directions, at which MNIST puts the centre of mass.
const CENTRE: f32 = 14.0;
/// Ink fainter than this part of the darkest is ignored for the bounding box of a drawing.
const FAINT: f32 = 0.1;
/// The pressure at which the pen has its nominal width.
const EVEN_PRESSURE: f32 = 0.5;

/// The path of a pen from touching down to being lifted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Stroke {
    /// Positions of the pen, `[x, y]` with x to the right and y down, in any unit.
    pub points: Vec<[f32; 2]>,
    /// Pen pressure at each point, 0 to 1; empty if the device does not report it.
    #[serde(default)]
    pub pressure: Vec<f32>,
}

/// Makes an image of a drawing in pixels: `ink` is `[height, width]` in row order, 0 is background and
/// 255 is full ink. `None` if there is no ink, or `ink` does not have `width × height` pixels.
///
/// Beyond MNIST's procedure, the ink is brought to full strength, because shrinking turns thin
/// strokes grey.
pub fn normalise_ink(ink: &[u8], width: usize, height: usize) -> Option<[u8; AREA]> {
    if width.checked_mul(height) != Some(ink.len()) {
        return None;
    }
    let cut = Cut::around_ink(ink, width)?;
    let longer = cut.width.max(cut.height);
    let scaled = |side: usize| ((side * BOX + longer / 2) / longer).max(1);
    let (columns, rows) = (scaled(cut.width), scaled(cut.height));
    let (left, top) = ((SIDE - columns) / 2, (SIDE - rows) / 2);
    let mut canvas = [0.0; AREA];
    for row in 0..rows {
        for column in 0..columns {
            canvas[(top + row) * SIDE + left + column] = cut.mean(row, rows, column, columns);
        }
    }
    let darkest = canvas.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    canvas.iter_mut().for_each(|pixel| *pixel /= darkest);
    centre_by_mass(&canvas)
}

/// Draws strokes with a round pen of `pen_width` into a canvas of `width × height` pixels; points are
/// in pixels of the canvas. Returns `[height, width]` in row order, 0 is background and 255 is ink.
/// Points that are not numbers are left out.
pub fn ink_strokes(strokes: &[Stroke], pen_width: f32, width: usize, height: usize) -> Vec<u8> {
    let mut canvas = vec![0.0; width * height];
    for stroke in strokes {
        ink_polyline(&mut canvas, width, stroke.dabs(pen_width / 2.0));
    }
    canvas.into_iter().map(to_byte).collect()
}

/// Makes an image of strokes: they are scaled so that the longer side of their bounding box,
/// including the pen's width, is 20 pixels, and then drawn with a pen of `pen_width` pixels of the
/// finished image ([`PEN_WIDTH`] is typical for MNIST). A drawing without extent becomes a dot.
/// `None` if there are no points, or the numbers are too large.
pub fn strokes_to_image(strokes: &[Stroke], pen_width: f32) -> Option<[u8; AREA]> {
    let radius = pen_width / 2.0;
    let fit = Fit::new(
        strokes.iter().flat_map(|stroke| stroke.dabs(radius)).map(|dab| [dab.x, dab.y]),
        radius,
    )?;
    let mut canvas = [0.0; AREA];
    for stroke in strokes {
        let placed = stroke.dabs(radius).map(|dab| {
            let [x, y] = fit.place([dab.x, dab.y]);
            Dab { x, y, ..dab }
        });
        ink_polyline(&mut canvas, SIDE, placed);
    }
    centre_by_mass(&canvas)
}

impl Stroke {
    /// The points that are numbers, each with `radius` scaled by its pressure.
    fn dabs(&self, radius: f32) -> impl Iterator<Item = Dab> {
        self.points.iter().enumerate().filter(|(_, point)| point.iter().all(|v| v.is_finite())).map(
            move |(index, &[x, y])| {
                let pressure = self.pressure.get(index).copied().unwrap_or(EVEN_PRESSURE);
                Dab { x, y, radius: radius * width_under(pressure) }
            },
        )
    }
}

/// The pen's relative width under a pressure: 0.6 to 1.4.
fn width_under(pressure: f32) -> f32 {
    if pressure.is_finite() { 0.6 + 0.8 * pressure.clamp(0.0, 1.0) } else { 1.0 }
}

/// Draws a polyline; a single point becomes a dot.
fn ink_polyline(canvas: &mut [f32], width: usize, dabs: impl Iterator<Item = Dab>) {
    let mut dabs = dabs.peekable();
    let Some(mut last) = dabs.next() else { return };
    if dabs.peek().is_none() {
        ink_segment(canvas, width, last, last, EDGE);
    }
    for dab in dabs {
        ink_segment(canvas, width, last, dab, EDGE);
        last = dab;
    }
}

/// Maps points so that their bounding box, with the pen's width, takes [`BOX`] pixels in the middle
/// of the frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit {
    scale: f32,
    middle: [f32; 2],
}

impl Fit {
    /// The fit of `points` drawn with a pen of `radius` pixels; `None` without points or if they
    /// are too far apart.
    pub(crate) fn new(points: impl Iterator<Item = [f32; 2]>, radius: f32) -> Option<Self> {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let longer = (high[0] - low[0]).max(high[1] - low[1]);
        if !(0.0..f32::INFINITY).contains(&longer) {
            return None;
        }
        let room = (BOX as f32 - 2.0 * radius).max(0.0);
        let scale = if longer > 0.0 { room / longer } else { 0.0 };
        let middle = [low[0] + (high[0] - low[0]) / 2.0, low[1] + (high[1] - low[1]) / 2.0];
        scale.is_finite().then_some(Self { scale, middle })
    }

    /// The position of a point in the frame, in pixels.
    pub(crate) fn place(&self, point: [f32; 2]) -> [f32; 2] {
        let half = SIDE as f32 / 2.0;
        [0, 1].map(|axis| (point[axis] - self.middle[axis]) * self.scale + half)
    }
}

/// Shifts a frame by whole pixels so that its centre of mass is nearest to the middle, but pushes no
/// ink over the border. `canvas` goes from 0 (background) to 1 (ink); `None` if there is no ink.
pub(crate) fn centre_by_mass(canvas: &[f32; AREA]) -> Option<[u8; AREA]> {
    let (mut columns, mut rows) = ([0.0_f32; SIDE], [0.0_f32; SIDE]);
    for (y, line) in canvas.chunks_exact(SIDE).enumerate() {
        for (x, &ink) in line.iter().enumerate() {
            columns[x] += ink;
            rows[y] += ink;
        }
    }
    let (right, down) = (centring_shift(&columns)?, centring_shift(&rows)?);
    let mut image = [0; AREA];
    for (y, line) in canvas.chunks_exact(SIDE).enumerate() {
        let Some(row) = y.checked_add_signed(down).filter(|&row| row < SIDE) else { continue };
        for (x, &ink) in line.iter().enumerate() {
            if let Some(column) = x.checked_add_signed(right).filter(|&column| column < SIDE) {
                image[row * SIDE + column] = to_byte(ink);
            }
        }
    }
    Some(image)
}

/// The shift in pixels that centres the mass of a projection of the ink.
fn centring_shift(ink: &[f32; SIDE]) -> Option<isize> {
    let first = ink.iter().position(|&ink| ink > 0.0)?;
    let last = ink.iter().rposition(|&ink| ink > 0.0)?;
    let mass: f32 = ink.iter().sum();
    let moment: f32 = ink.iter().enumerate().map(|(index, &ink)| index as f32 * ink).sum();
    let wanted = (CENTRE - moment / mass).round() as isize;
    Some(wanted.clamp(-(first as isize), (SIDE - 1 - last) as isize))
}

/// Ink from 0 to 1 as a byte.
fn to_byte(ink: f32) -> u8 {
    (ink * 255.0).round() as u8
}

/// The part of a drawing that contains the ink.
struct Cut<'a> {
    ink: &'a [u8],
    stride: usize,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl<'a> Cut<'a> {
    /// Crops to what is not faint; `ink` has rows of `stride` pixels.
    fn around_ink(ink: &'a [u8], stride: usize) -> Option<Self> {
        let darkest = ink.iter().copied().max().filter(|&ink| ink > 0)?;
        let least = f32::from(darkest) * FAINT;
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (row, line) in ink.chunks_exact(stride).enumerate() {
            let counts = |&ink: &u8| f32::from(ink) >= least;
            let Some(first) = line.iter().position(counts) else { continue };
            let last = line.iter().rposition(counts).unwrap_or(first);
            (left, right) = (left.min(first), right.max(last));
            (top, bottom) = (top.min(row), row);
        }
        Some(Self { ink, stride, left, top, width: right + 1 - left, height: bottom + 1 - top })
    }

    /// The mean ink of a cell in a grid of `rows × columns` over the crop (area averaging).
    fn mean(&self, row: usize, rows: usize, column: usize, columns: usize) -> f32 {
        let (mut sum, mut area) = (0.0, 0.0);
        for (y, tall) in overlaps(row, rows, self.height) {
            let line = &self.ink[(self.top + y) * self.stride + self.left..][..self.width];
            for (x, wide) in overlaps(column, columns, self.width) {
                sum += f32::from(line[x]) * tall * wide;
                area += tall * wide;
            }
        }
        sum / area
    }
}

/// The pixels that cell `cell` of `cells` over `pixels` overlaps, each with the overlap.
fn overlaps(cell: usize, cells: usize, pixels: usize) -> impl Iterator<Item = (usize, f32)> {
    let size = pixels as f32 / cells as f32;
    let (from, to) = (cell as f32 * size, (cell + 1) as f32 * size);
    let last = (to.ceil() as usize).min(pixels);
    (from as usize..last).map(move |pixel| {
        let part = (to.min(pixel as f32 + 1.0) - from.max(pixel as f32)).max(0.0);
        (pixel, part)
    })
}
