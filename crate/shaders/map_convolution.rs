//! Convolutions of maps, depthwise or not, and their gradients.
//!
//! Maps are channels-last, `[images, height, width, channels]`. A kernel is read as `[area, inputs, output]`, so that a
//! vector of outputs is contiguous ([`pack()`] converts it); its gradient is written in the original layout, `[output,
//! inputs, area]`. Gradients of weights are summed in parts of the windows in parallel.

#![allow(
    clippy::collapsible_if,
    clippy::needless_range_loop,
    reason = "what is known when a kernel is compiled is asked apart, and only ranges can be unrolled"
)]

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::ConvolutionShape;

use crate::buffer::{buffer, vector};
use crate::forward::ROWS;
use crate::grid::cube_count;
use crate::math::sum;
use crate::sums::{Parts, add_parts};
use crate::windows::{cover, left, spot, top};

/// Units of a cube.
const UNITS: u32 = 64;

/// A convolution of some images' maps, on a device.
pub struct MapConvolution {
    /// The device.
    pub client: Client,
    /// Its sizes.
    pub shape: ConvolutionShape,
    /// Images.
    pub images: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

/// Writes a kernel `[output, inputs, area]` as `[area, inputs, output]`; one unit per number.
#[cube(launch_unchecked)]
fn pack<F: Float>(
    kernel: &[F],
    packed: &mut [F],
    #[comptime] shape: ConvolutionShape,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= comptime!(shape.kernel()) {
        terminate!();
    }
    let (inputs, area) = comptime!((shape.inputs(), shape.geometry.area()));
    let (row, output) = (place / shape.output, place % shape.output);
    let (spot, input) = (row / inputs, row % inputs);
    packed[place] = kernel[(output * inputs + input) * area + spot];
}

/// A vector of channels of image `image` at a row and column, which count from the padding's edge; 0 outside.
#[cube]
fn look<F: Float, C: Size>(
    maps: &[Vector<F, C>],
    image: usize,
    row: usize,
    column: usize,
    vector: usize,
    #[comptime] shape: ConvolutionShape,
) -> Vector<f32, C> {
    let c = C::value();
    let spot = spot(row, column, comptime!(shape.geometry));
    let mut value = Vector::<f32, C>::new(0.0f32);
    if spot.on_map {
        let token = image * comptime!(shape.geometry.tokens()) + spot.token;
        value = Vector::cast_from(maps[token * comptime!(shape.input / c) + vector]);
    }
    value
}

/// The windows of a group; clamped to the last.
#[cube]
fn windows_of(group: usize, #[comptime] count: usize) -> Array<usize> {
    let mut windows = Array::<usize>::new(ROWS);
    #[unroll]
    for r in 0..ROWS {
        let window = group * ROWS + r;
        windows[r] = select(window < count, window, comptime!(count - 1));
    }
    windows
}

/// Convolves maps. A unit computes a vector of outputs of [`ROWS`] windows.
///
/// # Shapes
/// - maps: `[images, height, width, input]`
/// - packed: the kernel, see [`pack()`]
/// - bias: `[output]`, unused if there is none
/// - out: `[images, windows, output]`, written
#[cube(launch_unchecked)]
fn forward<F: Float, C: Size, N: Size>(
    maps: &[Vector<F, C>],
    packed: &[Vector<F, N>],
    bias: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] shape: ConvolutionShape,
    #[comptime] biased: bool,
    #[define(F)] _dtype: ElemType,
) {
    let c = C::value();
    let n = N::value();
    let geometry = comptime!(shape.geometry);
    let (columns, vectors) = comptime!((shape.output / n, shape.input / c));
    let count = comptime!(geometry.windows());
    let groups = comptime!(count.div_ceil(ROWS));
    let unit = ABSOLUTE_POS;
    if unit >= images as usize * comptime!(groups * columns) {
        terminate!();
    }
    let (output, image) = (unit % columns, unit / comptime!(groups * columns));
    let windows = windows_of(unit / columns % groups, count);
    let mut sums = Array::<Vector<f32, N>>::new(ROWS);
    let mut seen = Array::<Vector<f32, C>>::new(ROWS);
    #[unroll]
    for r in 0..ROWS {
        sums[r] = Vector::new(0.0f32);
        if comptime!(biased) {
            sums[r] = Vector::cast_from(bias[output]);
        }
    }
    let [down_to, across_to] = comptime!(geometry.window);
    let mut place = output;
    for down in 0..down_to {
        for across in 0..across_to {
            for vector in 0..vectors {
                #[unroll]
                for r in 0..ROWS {
                    let row = top(windows[r], geometry) + down;
                    let column = left(windows[r], geometry) + across;
                    seen[r] = look(maps, image, row, column, vector, shape);
                }
                #[unroll]
                for lane in 0..C::value() {
                    let weight = Vector::<f32, N>::cast_from(packed[place]);
                    #[unroll]
                    for r in 0..ROWS {
                        sums[r] += Vector::new(seen[r].extract(lane)) * weight;
                    }
                    place += columns;
                }
            }
        }
    }
    #[unroll]
    for r in 0..ROWS {
        out[(image * count + windows[r]) * columns + output] = Vector::cast_from(sums[r]);
    }
}

/// Depthwise convolution of maps. A unit computes a vector of channels of a window.
///
/// # Shapes
/// As for [`forward()`].
#[cube(launch_unchecked)]
fn depthwise_forward<F: Float, N: Size>(
    maps: &[Vector<F, N>],
    packed: &[Vector<F, N>],
    bias: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] shape: ConvolutionShape,
    #[comptime] biased: bool,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let geometry = comptime!(shape.geometry);
    let (columns, count) = comptime!((shape.output / n, geometry.windows()));
    let place = ABSOLUTE_POS;
    if place >= images as usize * comptime!(count * columns) {
        terminate!();
    }
    let (window, vector) = (place / columns % count, place % columns);
    let image = place / comptime!(count * columns);
    let mut sum = Vector::<f32, N>::new(0.0f32);
    if comptime!(biased) {
        sum = Vector::cast_from(bias[vector]);
    }
    let [down_to, across_to] = comptime!(geometry.window);
    for down in 0..down_to {
        for across in 0..across_to {
            let row = top(window, geometry) + down;
            let column = left(window, geometry) + across;
            let weight = packed[(down * across_to + across) * columns + vector];
            sum += look(maps, image, row, column, vector, shape) * Vector::cast_from(weight);
        }
    }
    out[place] = Vector::cast_from(sum);
}

/// The gradient of the maps. A unit computes a vector of channels of a token.
///
/// # Shapes
/// - gradient: `[images, windows, output]`
/// - packed: the kernel, see [`pack()`]
/// - out: `[images, height, width, input]`, written
#[cube(launch_unchecked)]
fn for_maps<F: Float, C: Size, N: Size>(
    gradient: &[Vector<F, N>],
    packed: &[Vector<F, N>],
    out: &mut [Vector<F, C>],
    images: u32,
    #[comptime] shape: ConvolutionShape,
    #[define(F)] _dtype: ElemType,
) {
    let c = C::value();
    let n = N::value();
    let geometry = comptime!(shape.geometry);
    let (columns, vectors) = comptime!((shape.output / n, shape.input / c));
    let tokens = comptime!(geometry.tokens());
    let place = ABSOLUTE_POS;
    if place >= images as usize * comptime!(tokens * vectors) {
        terminate!();
    }
    let (token, vector) = (place / vectors % tokens, place % vectors);
    let image = place / comptime!(tokens * vectors);
    let [down_to, across_to] = comptime!(geometry.window);
    let mut sums = Vector::<f32, C>::new(0.0f32);
    for down in 0..down_to {
        for across in 0..across_to {
            let cover = cover(token, down, across, geometry);
            if cover.exists {
                let slope = (image * comptime!(geometry.windows()) + cover.window) * columns;
                let input = (down * across_to + across) * shape.input + vector * C::value();
                for k in 0..columns {
                    let slope = Vector::<f32, N>::cast_from(gradient[slope + k]);
                    #[unroll]
                    for lane in 0..C::value() {
                        let weight = packed[(input + lane) * columns + k];
                        let product = slope * Vector::<f32, N>::cast_from(weight);
                        sums.insert(lane, sums.extract(lane) + sum(product));
                    }
                }
            }
        }
    }
    out[place] = Vector::cast_from(sums);
}

/// The gradient of the maps of a depthwise convolution.
///
/// # Shapes
/// As for [`for_maps()`].
#[cube(launch_unchecked)]
fn depthwise_for_maps<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    packed: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] shape: ConvolutionShape,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let geometry = comptime!(shape.geometry);
    let (columns, tokens) = comptime!((shape.output / n, geometry.tokens()));
    let place = ABSOLUTE_POS;
    if place >= images as usize * comptime!(tokens * columns) {
        terminate!();
    }
    let (token, vector) = (place / columns % tokens, place % columns);
    let image = place / comptime!(tokens * columns);
    let [down_to, across_to] = comptime!(geometry.window);
    let mut sum = Vector::<f32, N>::new(0.0f32);
    for down in 0..down_to {
        for across in 0..across_to {
            let cover = cover(token, down, across, geometry);
            if cover.exists {
                let slope = (image * comptime!(geometry.windows()) + cover.window) * columns;
                let weight = packed[(down * across_to + across) * columns + vector];
                sum += Vector::<f32, N>::cast_from(gradient[slope + vector])
                    * Vector::cast_from(weight);
            }
        }
    }
    out[place] = Vector::cast_from(sum);
}

/// A unit's share of the sums: windows of all images, and elements of the kernel.
#[derive(CubeType, Clone, Copy)]
struct Share {
    start: usize,
    end: usize,
    /// The offset of the part's sums.
    to: usize,
    /// The index of the unit in its part.
    unit: usize,
}

#[cube]
fn share(rows: u32, part: u32, #[comptime] units: usize, #[comptime] parameters: usize) -> Share {
    let number = ABSOLUTE_POS / units;
    let start = number * part as usize;
    let end = start + part as usize;
    Share {
        start,
        end: select(end < rows as usize, end, rows as usize),
        to: number * parameters,
        unit: ABSOLUTE_POS % units,
    }
}

/// The gradient of the kernel, summed over parts of the windows. A unit has a vector of inputs and one of outputs.
///
/// # Shapes
/// - maps: `[images, height, width, input]`
/// - gradient: `[images, windows, output]`
/// - sums: `[parts, output, inputs, area]`, written
#[cube(launch_unchecked)]
fn for_kernel<F: Float, C: Size, N: Size>(
    maps: &[Vector<F, C>],
    gradient: &[Vector<F, N>],
    sums: &mut [f32],
    rows: u32,
    part: u32,
    parts: u32,
    #[comptime] shape: ConvolutionShape,
    #[define(F)] _dtype: ElemType,
) {
    let c = C::value();
    let n = N::value();
    let geometry = comptime!(shape.geometry);
    let (columns, vectors) = comptime!((shape.output / n, shape.input / c));
    let (area, count) = comptime!((geometry.area(), geometry.windows()));
    let units = comptime!(area * vectors * columns);
    if ABSOLUTE_POS >= parts as usize * units {
        terminate!();
    }
    let share = share(rows, part, units, comptime!(shape.kernel()));
    let (input, output) = (share.unit / columns, share.unit % columns);
    let (spot, vector) = (input / vectors, input % vectors);
    let across_to = comptime!(geometry.window[1]);
    let (down, across) = (spot / across_to, spot % across_to);
    let mut products = Array::<Vector<f32, N>>::new(C::value());
    #[unroll]
    for lane in 0..C::value() {
        products[lane] = Vector::new(0.0f32);
    }
    for row in share.start..share.end {
        let window = row % count;
        let (y, x) = (top(window, geometry) + down, left(window, geometry) + across);
        let value = look(maps, row / count, y, x, vector, shape);
        let slope = Vector::<f32, N>::cast_from(gradient[row * columns + output]);
        #[unroll]
        for lane in 0..C::value() {
            products[lane] += Vector::new(value.extract(lane)) * slope;
        }
    }
    #[unroll]
    for lane in 0..C::value() {
        let input = vector * C::value() + lane;
        #[unroll]
        for right in 0..N::value() {
            let place = (output * N::value() + right) * shape.input + input;
            sums[share.to + place * area + spot] = products[lane].extract(right);
        }
    }
}

/// The gradient of a depthwise kernel, summed over parts of the windows. A unit has a vector of channels.
///
/// # Shapes
/// As for [`for_kernel()`].
#[cube(launch_unchecked)]
fn depthwise_for_kernel<F: Float, N: Size>(
    maps: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    sums: &mut [f32],
    rows: u32,
    part: u32,
    parts: u32,
    #[comptime] shape: ConvolutionShape,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let geometry = comptime!(shape.geometry);
    let (columns, area) = comptime!((shape.output / n, geometry.area()));
    let count = comptime!(geometry.windows());
    let units = comptime!(area * columns);
    if ABSOLUTE_POS >= parts as usize * units {
        terminate!();
    }
    let share = share(rows, part, units, comptime!(shape.kernel()));
    let (spot, vector) = (share.unit / columns, share.unit % columns);
    let across_to = comptime!(geometry.window[1]);
    let (down, across) = (spot / across_to, spot % across_to);
    let mut products = Vector::<f32, N>::new(0.0f32);
    for row in share.start..share.end {
        let window = row % count;
        let (y, x) = (top(window, geometry) + down, left(window, geometry) + across);
        products += look(maps, row / count, y, x, vector, shape)
            * Vector::cast_from(gradient[row * columns + vector]);
    }
    #[unroll]
    for lane in 0..N::value() {
        let place = (vector * N::value() + lane) * area + spot;
        sums[share.to + place] = products.extract(lane);
    }
}

/// The gradient of the bias, summed over parts of the windows. A unit has a vector of outputs.
///
/// # Shapes
/// - gradient: `[images, windows, output]`
/// - sums: `[parts, output]`, written
#[cube(launch_unchecked)]
fn for_bias<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    rows: u32,
    part: u32,
    parts: u32,
    #[comptime] output: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let columns = comptime!(output / n);
    if ABSOLUTE_POS >= parts as usize * columns {
        terminate!();
    }
    let share = share(rows, part, columns, columns);
    let mut total = Vector::<f32, N>::new(0.0f32);
    for row in share.start..share.end {
        total += Vector::cast_from(gradient[row * columns + share.unit]);
    }
    sums[share.to + share.unit] = total;
}

impl MapConvolution {
    /// Channels of the maps that a unit reads at once.
    fn inputs(&self) -> usize {
        vector(&[self.shape.input])
    }

    /// Output channels that a unit computes at once.
    fn outputs(&self) -> usize {
        vector(&[self.shape.output])
    }

    fn maps(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.shape.map())
    }

    fn made(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.shape.made())
    }

    fn kernel(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.shape.kernel())
    }

    /// The packed kernel.
    fn packed(&self, kernel: &Handle) -> Handle {
        let numbers = self.shape.kernel();
        let packed = self.client.empty(numbers * self.dtype.size());
        // SAFETY: units stay within the kernel.
        unsafe {
            pack::launch_unchecked(
                &self.client,
                cube_count(numbers, UNITS),
                CubeDim::new_1d(UNITS),
                self.kernel(kernel),
                self.kernel(&packed),
                self.shape,
                self.dtype,
            );
        }
        packed
    }

    /// Convolves maps.
    ///
    /// # Shapes
    /// - maps: `[images, height, width, input]`
    /// - kernel: `[output, inputs, rows, columns]`
    /// - bias: `[output]`
    /// - out: `[images, windows, output]`, written
    pub fn forward(&self, maps: &Handle, kernel: &Handle, bias: Option<&Handle>, out: &Handle) {
        let packed = self.packed(kernel);
        let (windows, columns) =
            (self.shape.geometry.windows(), self.shape.output / self.outputs());
        let biased = bias.is_some();
        let bias = buffer(bias.unwrap_or(&packed).clone(), self.shape.output);
        let units = CubeDim::new_1d(UNITS);
        // SAFETY: units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            if self.shape.depthwise {
                depthwise_forward::launch_unchecked(
                    &self.client,
                    cube_count(self.images * windows * columns, UNITS),
                    units,
                    self.outputs(),
                    self.maps(maps),
                    self.kernel(&packed),
                    bias,
                    self.made(out),
                    self.images as u32,
                    self.shape,
                    biased,
                    self.dtype,
                );
            } else {
                forward::launch_unchecked(
                    &self.client,
                    cube_count(self.images * windows.div_ceil(ROWS) * columns, UNITS),
                    units,
                    self.inputs(),
                    self.outputs(),
                    self.maps(maps),
                    self.kernel(&packed),
                    bias,
                    self.made(out),
                    self.images as u32,
                    self.shape,
                    biased,
                    self.dtype,
                );
            }
        }
    }

    /// The gradient of the maps: `out` is `[images, height, width, input]`, `gradient` `[images, windows, output]`.
    pub fn for_maps(&self, kernel: &Handle, gradient: &Handle, out: &Handle) {
        let packed = self.packed(kernel);
        let vectors = self.images * self.shape.map() / self.inputs();
        let (cubes, units) = (cube_count(vectors, UNITS), CubeDim::new_1d(UNITS));
        // SAFETY: units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            if self.shape.depthwise {
                depthwise_for_maps::launch_unchecked(
                    &self.client,
                    cubes,
                    units,
                    self.outputs(),
                    self.made(gradient),
                    self.kernel(&packed),
                    self.maps(out),
                    self.images as u32,
                    self.shape,
                    self.dtype,
                );
            } else {
                for_maps::launch_unchecked(
                    &self.client,
                    cubes,
                    units,
                    self.inputs(),
                    self.outputs(),
                    self.made(gradient),
                    self.kernel(&packed),
                    self.maps(out),
                    self.images as u32,
                    self.shape,
                    self.dtype,
                );
            }
        }
    }

    /// The windows of all images.
    fn rows(&self) -> usize {
        self.images * self.shape.geometry.windows()
    }

    /// The gradient of the kernel: `out` is `[output, inputs, rows, columns]`.
    pub fn for_kernel(&self, maps: &Handle, gradient: &Handle, out: &Handle) {
        let parts = Parts::new(self.rows());
        let (numbers, dim) = (self.shape.kernel(), CubeDim::new_1d(UNITS));
        let sums = self.client.empty(parts.count * numbers * size_of::<f32>());
        let partial = buffer(sums.clone(), parts.count * numbers);
        let vectors = numbers / self.outputs();
        // SAFETY: units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            if self.shape.depthwise {
                depthwise_for_kernel::launch_unchecked(
                    &self.client,
                    cube_count(parts.count * vectors, UNITS),
                    dim,
                    self.outputs(),
                    self.maps(maps),
                    self.made(gradient),
                    partial,
                    self.rows() as u32,
                    parts.rows as u32,
                    parts.count as u32,
                    self.shape,
                    self.dtype,
                );
            } else {
                for_kernel::launch_unchecked(
                    &self.client,
                    cube_count(parts.count * vectors / self.inputs(), UNITS),
                    dim,
                    self.inputs(),
                    self.outputs(),
                    self.maps(maps),
                    self.made(gradient),
                    partial,
                    self.rows() as u32,
                    parts.rows as u32,
                    parts.count as u32,
                    self.shape,
                    self.dtype,
                );
            }
        }
        add_parts(&self.client, &sums, out, parts.count, numbers, self.dtype);
    }

    /// The gradient of the bias: `out` is `[output]`.
    pub fn for_bias(&self, gradient: &Handle, out: &Handle) {
        let parts = Parts::new(self.rows());
        let numbers = self.shape.output;
        let sums = self.client.empty(parts.count * numbers * size_of::<f32>());
        // SAFETY: units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            for_bias::launch_unchecked(
                &self.client,
                cube_count(parts.count * numbers / self.outputs(), UNITS),
                CubeDim::new_1d(UNITS),
                self.outputs(),
                self.made(gradient),
                buffer(sums.clone(), parts.count * numbers),
                self.rows() as u32,
                parts.rows as u32,
                parts.count as u32,
                numbers,
                self.dtype,
            );
        }
        add_parts(&self.client, &sums, out, parts.count, numbers, self.dtype);
    }
}
