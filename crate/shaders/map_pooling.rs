//! Pooling of maps and its gradient. A unit handles a vector of channels of a window, or of a
//! token.

#![allow(
    clippy::collapsible_if,
    clippy::needless_range_loop,
    reason = "what is known when a kernel is compiled is asked apart, and only ranges can be unrolled"
)]

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::{Geometry, Pooling};

use crate::buffer::{buffer, vector};
use crate::grid::cube_count;
use crate::windows::{cover, left, spot, top};

/// Units of a cube.
const UNITS: u32 = 64;

/// The pooling of some images' maps, on a device.
pub struct MapPooling {
    /// The device.
    pub client: Client,
    /// The kind of pooling.
    pub pooling: Pooling,
    /// The positions of the windows.
    pub geometry: Geometry,
    /// Images.
    pub images: usize,
    /// Channels of a map.
    pub channels: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

/// The number of tokens that a window covers.
#[cube]
fn covered(window: usize, #[comptime] geometry: Geometry) -> f32 {
    let [rows, columns] = comptime!(geometry.window);
    let mut count = 0.0f32;
    for down in 0..rows {
        for across in 0..columns {
            let row = top(window, geometry) + down;
            let column = left(window, geometry) + across;
            count += select(spot(row, column, geometry).on_map, 1.0f32, 0.0f32);
        }
    }
    count
}

/// Pools maps.
///
/// # Shapes
/// - maps: `[images, height, width, channels]`
/// - out: `[images, windows, channels]`, written
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    maps: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] pooling: Pooling,
    #[comptime] geometry: Geometry,
    #[comptime] channels: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(channels / n);
    let windows = comptime!(geometry.windows());
    let place = ABSOLUTE_POS;
    if place >= images as usize * comptime!(windows * size) {
        terminate!();
    }
    let (window, vector) = (place / size % windows, place % size);
    let image = place / comptime!(windows * size);
    let first = image * comptime!(geometry.tokens());
    let [rows, columns] = comptime!(geometry.window);
    let mut found = Vector::<f32, N>::new(0.0f32);
    let mut count = 0.0f32;
    for down in 0..rows {
        for across in 0..columns {
            let row = top(window, geometry) + down;
            let column = left(window, geometry) + across;
            let spot = spot(row, column, geometry);
            if spot.on_map {
                let value = Vector::<f32, N>::cast_from(maps[(first + spot.token) * size + vector]);
                if comptime!(matches!(pooling, Pooling::Mean)) {
                    found += value;
                } else {
                    #[unroll]
                    for lane in 0..N::value() {
                        let (best, value) = (found.extract(lane), value.extract(lane));
                        let larger = count == 0.0f32 || value > best;
                        found.insert(lane, select(larger, value, best));
                    }
                }
                count += 1.0f32;
            }
        }
    }
    if comptime!(matches!(pooling, Pooling::Mean)) {
        found /= Vector::new(count);
    }
    out[place] = Vector::cast_from(found);
}

/// The gradient of the maps.
///
/// # Shapes
/// - maps, out (written): `[images, height, width, channels]`
/// - gradient: `[images, windows, channels]`
#[cube(launch_unchecked)]
fn backward<F: Float, N: Size>(
    maps: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] pooling: Pooling,
    #[comptime] geometry: Geometry,
    #[comptime] channels: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(channels / n);
    let tokens = comptime!(geometry.tokens());
    let place = ABSOLUTE_POS;
    if place >= images as usize * comptime!(tokens * size) {
        terminate!();
    }
    let (token, vector) = (place / size % tokens, place % size);
    let image = place / comptime!(tokens * size);
    let [rows, columns] = comptime!(geometry.window);
    let mut sum = Vector::<f32, N>::new(0.0f32);
    for down in 0..rows {
        for across in 0..columns {
            let cover = cover(token, down, across, geometry);
            if cover.exists {
                let from = (image * comptime!(geometry.windows()) + cover.window) * size + vector;
                let slope = Vector::<f32, N>::cast_from(gradient[from]);
                if comptime!(matches!(pooling, Pooling::Mean)) {
                    sum += slope / Vector::new(covered(cover.window, geometry));
                } else {
                    let own = down * columns + across;
                    sum += slope
                        * largest(maps, place, image * tokens, cover.window, own, size, geometry);
                }
            }
        }
    }
    out[place] = Vector::cast_from(sum);
}

/// 1 for each channel of the vector at `place` that is the first maximum of a window, in which it has index `own`; else 0.
#[cube]
fn largest<F: Float, N: Size>(
    maps: &[Vector<F, N>],
    place: usize,
    first: usize,
    window: usize,
    own: usize,
    #[comptime] size: usize,
    #[comptime] geometry: Geometry,
) -> Vector<f32, N> {
    let [rows, columns] = comptime!(geometry.window);
    let value = Vector::<f32, N>::cast_from(maps[place]);
    let mut best = Vector::<f32, N>::new(1.0f32);
    for down in 0..rows {
        for across in 0..columns {
            let row = top(window, geometry) + down;
            let column = left(window, geometry) + across;
            let spot = spot(row, column, geometry);
            if spot.on_map {
                let from = (first + spot.token) * size + place % size;
                let other = Vector::<f32, N>::cast_from(maps[from]);
                let before = down * columns + across < own;
                #[unroll]
                for lane in 0..N::value() {
                    let (value, other) = (value.extract(lane), other.extract(lane));
                    let beaten = other > value || (before && other == value);
                    best.insert(lane, select(beaten, 0.0f32, best.extract(lane)));
                }
            }
        }
    }
    best
}

impl MapPooling {
    fn vector(&self) -> usize {
        vector(&[self.channels])
    }

    fn cubes(&self, rows: usize) -> CubeCount {
        cube_count(self.images * rows * self.channels / self.vector(), UNITS)
    }

    fn maps(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.geometry.tokens() * self.channels)
    }

    fn made(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.geometry.windows() * self.channels)
    }

    /// Pools `maps` `[images, height, width, channels]`; `out` is `[images, windows, channels]`.
    pub fn forward(&self, maps: &Handle, out: &Handle) {
        // SAFETY: units stay within the buffers.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                self.cubes(self.geometry.windows()),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.maps(maps),
                self.made(out),
                self.images as u32,
                self.pooling,
                self.geometry,
                self.channels,
                self.dtype,
            );
        }
    }

    /// Backpropagates `gradient` `[images, windows, channels]` to the maps; `out` has their size.
    pub fn backward(&self, maps: &Handle, gradient: &Handle, out: &Handle) {
        // SAFETY: units stay within the buffers.
        unsafe {
            backward::launch_unchecked(
                &self.client,
                self.cubes(self.geometry.tokens()),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.maps(maps),
                self.made(gradient),
                self.maps(out),
                self.images as u32,
                self.pooling,
                self.geometry,
                self.channels,
                self.dtype,
            );
        }
    }
}
