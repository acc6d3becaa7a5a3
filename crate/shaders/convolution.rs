//! Convolutions, forward and backward.
//!
//! Maps are channels-last, `[images, side, side, channels]`. Kernels are read as `[window, window, input,
//! output]`, so that a vector of outputs is contiguous ([`pack()`] converts them); their gradient is written as
//! `[output, input, window, window]`, like the weights.

#![allow(
    clippy::collapsible_if,
    clippy::needless_range_loop,
    reason = "what is known when a kernel is compiled is asked apart, and only ranges can be unrolled"
)]

use cubecl::prelude::*;
use patchwork_kernels::embedding::PAPER;

use crate::forward::ROWS;
use crate::math::{gelu, gelu_slope, sum};

/// Units of a cube.
pub(crate) const UNITS: u32 = 64;

/// A convolution: its sizes and the offsets of its weights, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Convolution {
    /// Pixels per side of the input map.
    pub side: usize,
    /// Channels of that map.
    pub channels: usize,
    /// Set if the map is a padded image: the image inside.
    pub image: Option<Image>,
    /// Pixels per side of a window, and from one window to the next.
    pub window: usize,
    pub stride: usize,
    /// Pixels by which the first window starts outside the map. Outside is 0.
    pub margin: usize,
    /// Output channels.
    pub output: usize,
    /// Rows of an image's output before those of the windows.
    pub lead: usize,
    pub matrix: usize,
    pub bias: usize,
}

/// The position of an image in its padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Image {
    pub side: usize,
    /// Pixels of padding left of it and above.
    pub before: usize,
}

/// The offsets of weights that are used directly as tokens or positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenWeights {
    pub class_token: Option<usize>,
    pub positions: usize,
}

impl Convolution {
    /// Windows along one side of the map.
    pub fn along(&self) -> usize {
        (self.side + 2 * self.margin - self.window) / self.stride + 1
    }

    /// Windows on a map.
    pub fn windows(&self) -> usize {
        self.along().pow(2)
    }

    /// Numbers that a window covers.
    pub fn inputs(&self) -> usize {
        self.window.pow(2) * self.channels
    }

    /// Numbers of the input of one image.
    pub fn read(&self) -> usize {
        self.image.map_or(self.side, |image| image.side).pow(2) * self.channels
    }

    /// Numbers of the output of one image.
    pub fn made(&self) -> usize {
        (self.lead + self.windows()) * self.output
    }

    /// Units that compute the output for one image, `vector` channels each.
    pub fn forward_units(&self, vector: usize) -> usize {
        self.windows().div_ceil(ROWS) * self.output / vector
    }

    /// Units that sum the gradient of the kernel, each for `inputs` channels and `vector` outputs.
    pub fn kernel_units(&self, inputs: usize, vector: usize) -> usize {
        self.inputs() / inputs * (self.output / vector)
    }

    /// Units that sum the gradients of class token and positions.
    pub fn token_units(&self, vector: usize) -> usize {
        self.made() / vector
    }
}

/// Packs the weights: kernels as `[window, window, input, output]`, the rest unchanged.
///
/// # Shapes
/// - weights, packed (written): `[parameters]`
#[cube(launch_unchecked)]
pub(crate) fn pack<F: Float>(
    weights: &[F],
    packed: &mut [F],
    #[comptime] parameters: usize,
    #[comptime] convolutions: Vec<Convolution>,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= parameters {
        terminate!();
    }
    let mut from = place;
    #[unroll]
    for i in 0..comptime!(convolutions.len()) {
        let of = comptime!(convolutions[i]);
        let (first, area) = comptime!((of.matrix, of.window * of.window));
        if place >= first && place < comptime!(first + of.inputs() * of.output) {
            let (input, output) = ((place - first) / of.output, (place - first) % of.output);
            let (spot, channel) = (input / of.channels, input % of.channels);
            from = first + (output * of.channels + channel) * area + spot;
        }
    }
    packed[place] = weights[from];
}

/// A vector of channels of a pixel, whose row and column count from the padding's edge.
#[cube]
fn look<F: Float, C: Size>(
    maps: &[Vector<F, C>],
    image: usize,
    row: usize,
    column: usize,
    vector: usize,
    #[comptime] of: Convolution,
) -> Vector<f32, C> {
    let c = C::value();
    let (first, end) = comptime!((of.margin, of.margin + of.side));
    let on_map = row >= first && row < end && column >= first && column < end;
    let side = comptime!(of.image.map_or(of.side, |image| image.side));
    let first = comptime!(first + of.image.map_or(0, |image| image.before));
    let end = comptime!(first + side);
    let drawn = row >= first && row < end && column >= first && column < end;
    let mut value = Vector::<f32, C>::new(select(on_map, PAPER, 0.0f32));
    if drawn {
        let vectors = comptime!(of.channels / c);
        let place = (image * side + row - first) * side + column - first;
        value = Vector::cast_from(maps[place * vectors + vector]);
    }
    value
}

/// The outputs of some windows of an image for a vector of channels.
#[cube]
fn convolve<F: Float, C: Size, N: Size>(
    maps: &[Vector<F, C>],
    weights: &[Vector<F, N>],
    image: usize,
    windows: &Array<usize>,
    output: usize,
    #[comptime] of: Convolution,
) -> Array<Vector<f32, N>> {
    let c = C::value();
    let n = N::value();
    let along = comptime!(of.along());
    let columns = comptime!(of.output / n);
    let vectors = comptime!(of.channels / c);
    let mut sums = Array::<Vector<f32, N>>::new(ROWS);
    let mut left = Array::<Vector<f32, C>>::new(ROWS);
    #[unroll]
    for r in 0..ROWS {
        sums[r] = Vector::cast_from(weights[comptime!(of.bias / n) + output]);
    }
    let mut right = comptime!(of.matrix / n) + output;
    for down in 0..of.window {
        for across in 0..of.window {
            for vector in 0..vectors {
                #[unroll]
                for r in 0..ROWS {
                    let row = windows[r] / along * of.stride + down;
                    let column = windows[r] % along * of.stride + across;
                    left[r] = look(maps, image, row, column, vector, of);
                }
                #[unroll]
                for lane in 0..C::value() {
                    let weight = Vector::<f32, N>::cast_from(weights[right]);
                    #[unroll]
                    for r in 0..ROWS {
                        sums[r] += Vector::new(left[r].extract(lane)) * weight;
                    }
                    right += columns;
                }
            }
        }
    }
    sums
}

/// The windows of a group; clamped to the last.
#[cube]
fn windows_of(group: usize, #[comptime] of: Convolution) -> Array<usize> {
    let mut windows = Array::<usize>::new(ROWS);
    let count = comptime!(of.windows());
    #[unroll]
    for r in 0..ROWS {
        let window = group * ROWS + r;
        windows[r] = select(window < count, window, comptime!(count - 1));
    }
    windows
}

/// A convolution followed by GELU; several units per image.
///
/// # Shapes
/// - maps: the input of the convolution
/// - weights: `[parameters]`, packed
/// - values, and slopes (derivatives of the GELU): `[images, windows, output]`, written
#[cube(launch_unchecked)]
pub(crate) fn activated<F: Float, C: Size, N: Size>(
    maps: &[Vector<F, C>],
    weights: &[Vector<F, N>],
    values: &mut [Vector<F, N>],
    slopes: &mut [Vector<F, N>],
    images: u32,
    #[comptime] of: Convolution,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let columns = comptime!(of.output / n);
    let units = comptime!(of.forward_units(n));
    let (image, unit) = (ABSOLUTE_POS / units, ABSOLUTE_POS % units);
    if image >= images as usize {
        terminate!();
    }
    let (windows, output) = (windows_of(unit / columns, of), unit % columns);
    let sums = convolve(maps, weights, image, &windows, output, of);
    #[unroll]
    for r in 0..ROWS {
        let place = (image * comptime!(of.windows()) + windows[r]) * columns + output;
        values[place] = Vector::cast_from(gelu(sums[r]));
        slopes[place] = Vector::cast_from(gelu_slope(sums[r]));
    }
}

/// A convolution from patches to tokens, with class token and positions; several units per image.
///
/// # Shapes
/// - maps: the input of the convolution
/// - weights: `[parameters]`, packed
/// - out: `[images, tokens, output]`, written
#[cube(launch_unchecked)]
pub(crate) fn tokens<F: Float, C: Size, N: Size>(
    maps: &[Vector<F, C>],
    weights: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] of: Convolution,
    #[comptime] own: TokenWeights,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let columns = comptime!(of.output / n);
    let units = comptime!(of.forward_units(n));
    let (image, unit) = (ABSOLUTE_POS / units, ABSOLUTE_POS % units);
    if image >= images as usize {
        terminate!();
    }
    let (windows, output) = (windows_of(unit / columns, of), unit % columns);
    let sums = convolve(maps, weights, image, &windows, output, of);
    let first = image * comptime!(of.made() / n) + output;
    let positions = comptime!(own.positions / n) + output;
    #[unroll]
    for r in 0..ROWS {
        let token = (comptime!(of.lead) + windows[r]) * columns;
        let position = Vector::<f32, N>::cast_from(weights[positions + token]);
        out[first + token] = Vector::cast_from(sums[r] + position);
    }
    if comptime!(own.class_token.is_some()) {
        if unit < columns {
            let class_token = comptime!(own.class_token.unwrap_or(0) / n) + output;
            let position = Vector::<f32, N>::cast_from(weights[positions]);
            let class_token = Vector::<f32, N>::cast_from(weights[class_token]);
            out[first] = Vector::cast_from(class_token + position);
        }
    }
}

/// The gradient through a GELU, from that of the following convolution's output; several units per image.
///
/// # Shapes
/// - gradient: `[images, lead + windows, output]`
/// - weights: `[parameters]`, packed
/// - slopes (of the GELU), out (written): `[images, side, side, channels]`
#[cube(launch_unchecked)]
pub(crate) fn map_gradient<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    slopes: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] of: Convolution,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let columns = comptime!(of.output / n);
    let vectors = comptime!(of.channels / n);
    let (side, along) = comptime!((of.side, of.along()));
    let units = comptime!(side * side * vectors);
    let (image, unit) = (ABSOLUTE_POS / units, ABSOLUTE_POS % units);
    if image >= images as usize {
        terminate!();
    }
    let (pixel, vector) = (unit / vectors, unit % vectors);
    let (row, column) = (pixel / side + of.margin, pixel % side + of.margin);
    let mut sums = Vector::<f32, N>::new(0.0f32);
    for down in 0..of.window {
        for across in 0..of.window {
            // The window with the pixel at this offset, if any.
            let (above, left) = (row - down, column - across);
            let there = row >= down
                && column >= across
                && above % of.stride == 0
                && left % of.stride == 0
                && above / of.stride < along
                && left / of.stride < along;
            if there {
                let window = above / of.stride * along + left / of.stride;
                let slope =
                    image * comptime!(of.made() / n) + (comptime!(of.lead) + window) * columns;
                let input = (down * of.window + across) * of.channels + vector * N::value();
                let weight = comptime!(of.matrix / n) + input * columns;
                for k in 0..columns {
                    let slope = Vector::<f32, N>::cast_from(gradient[slope + k]);
                    #[unroll]
                    for lane in 0..N::value() {
                        let place = weight + lane * columns + k;
                        let product = slope * Vector::<f32, N>::cast_from(weights[place]);
                        sums.insert(lane, sums.extract(lane) + sum(product));
                    }
                }
            }
        }
    }
    let place = image * comptime!(side * side * vectors) + unit;
    out[place] = Vector::cast_from(sums * Vector::cast_from(slopes[place]));
}

/// The gradient of a convolution's weights, summed over parts of the images; several units per part. With `own` also
/// that of class token and positions.
///
/// # Shapes
/// - maps: the input of the convolution
/// - gradient: `[images, lead + windows, output]`
/// - sums: `[parts, parameters]`, those of the convolution written
#[cube(launch_unchecked)]
pub(crate) fn partial<F: Float, C: Size, N: Size>(
    maps: &[Vector<F, C>],
    gradient: &[Vector<F, N>],
    sums: &mut [f32],
    images: u32,
    part: u32,
    #[comptime] parameters: usize,
    #[comptime] of: Convolution,
    #[comptime] own: Option<TokenWeights>,
    #[define(F)] _dtype: ElemType,
) {
    let c = C::value();
    let n = N::value();
    let kernel_units = comptime!(of.kernel_units(c, n));
    let units = comptime!(kernel_units + own.map_or(0, |_| of.token_units(n)));
    let (number, unit) = (ABSOLUTE_POS / units, ABSOLUTE_POS % units);
    let start = number * part as usize;
    if start >= images as usize {
        terminate!();
    }
    let end = start + part as usize;
    let end = select(end < images as usize, end, images as usize);
    let to = number * parameters;
    if unit < kernel_units {
        kernel_sums(maps, gradient, sums, start, end, to, unit, of);
    } else if comptime!(own.is_some()) {
        let place = unit - kernel_units;
        token_sums(gradient, sums, start, end, to, place, of, comptime!(own.unwrap()));
    }
}

/// The sums for the kernel and the bias, for a vector of inputs and one of outputs.
#[cube]
fn kernel_sums<F: Float, C: Size, N: Size>(
    maps: &[Vector<F, C>],
    gradient: &[Vector<F, N>],
    sums: &mut [f32],
    start: usize,
    end: usize,
    to: usize,
    unit: usize,
    #[comptime] of: Convolution,
) {
    let c = C::value();
    let n = N::value();
    let (along, area) = comptime!((of.along(), of.window * of.window));
    let columns = comptime!(of.output / n);
    let vectors = comptime!(of.channels / c);
    let (input, output) = (unit / columns, unit % columns);
    let (spot, vector) = (input / vectors, input % vectors);
    let (down, across) = (spot / of.window, spot % of.window);
    let mut products = Array::<Vector<f32, N>>::new(C::value());
    #[unroll]
    for lane in 0..C::value() {
        products[lane] = Vector::new(0.0f32);
    }
    let mut total = Vector::<f32, N>::new(0.0f32);
    for image in start..end {
        let mut place = image * comptime!(of.made() / n) + comptime!(of.lead) * columns + output;
        for y in 0..along {
            for x in 0..along {
                let slope = Vector::<f32, N>::cast_from(gradient[place]);
                let value =
                    look(maps, image, y * of.stride + down, x * of.stride + across, vector, of);
                total += slope;
                #[unroll]
                for lane in 0..C::value() {
                    products[lane] += Vector::new(value.extract(lane)) * slope;
                }
                place += columns;
            }
        }
    }
    #[unroll]
    for lane in 0..C::value() {
        #[unroll]
        for right in 0..N::value() {
            let kernel = (output * N::value() + right) * of.channels + vector * C::value() + lane;
            sums[to + of.matrix + kernel * area + spot] = products[lane].extract(right);
        }
    }
    if input == 0 {
        #[unroll]
        for right in 0..N::value() {
            sums[to + of.bias + output * N::value() + right] = total.extract(right);
        }
    }
}

/// The sums for the positions, and for the class token, whose gradient is that of the first token.
#[cube]
fn token_sums<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    sums: &mut [f32],
    start: usize,
    end: usize,
    to: usize,
    place: usize,
    #[comptime] of: Convolution,
    #[comptime] own: TokenWeights,
) {
    let n = N::value();
    let mut total = Vector::<f32, N>::new(0.0f32);
    for image in start..end {
        total += Vector::cast_from(gradient[image * comptime!(of.made() / n) + place]);
    }
    #[unroll]
    for lane in 0..N::value() {
        sums[to + own.positions + place * N::value() + lane] = total.extract(lane);
    }
    if comptime!(own.class_token.is_some()) {
        if place < comptime!(of.output / n) {
            let class_token = comptime!(own.class_token.unwrap_or(0));
            #[unroll]
            for lane in 0..N::value() {
                sums[to + class_token + place * N::value() + lane] = total.extract(lane);
            }
        }
    }
}
