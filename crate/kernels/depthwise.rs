//! Depthwise convolutions: each output channel depends only on the same input channel, so a window is not a row of a
//! matrix product but several vectors of channels.
//!
//! Kernels are packed, `[area, channels]`.

use std::ops::Range;

use crate::geometry::{Geometry, Run, runs};
use crate::math::fast;

/// Adds the convolution of some maps `[images, height, width, channels]` to `out` `[images, windows, channels]`.
pub(crate) fn forward(geometry: &Geometry, packed: &[f32], maps: &[f32], out: &mut [f32]) {
    let channels = packed.len() / geometry.area();
    let [from, to] = [geometry.tokens(), geometry.windows()].map(|count| count * channels);
    fast(
        #[inline(always)]
        || {
            for (map, out) in maps.chunks_exact(from).zip(out.chunks_exact_mut(to)) {
                each(geometry, channels, |Places { token, spot, window }| {
                    add_product(&mut out[window], &map[token], &packed[spot]);
                });
            }
        },
    );
}

/// Adds the gradient of some maps to `out` `[images, height, width, channels]`, from that of the output, `[images,
/// windows, channels]`.
pub(crate) fn for_maps(geometry: &Geometry, packed: &[f32], gradient: &[f32], out: &mut [f32]) {
    let channels = packed.len() / geometry.area();
    let [from, to] = [geometry.windows(), geometry.tokens()].map(|count| count * channels);
    fast(
        #[inline(always)]
        || {
            for (gradient, out) in gradient.chunks_exact(from).zip(out.chunks_exact_mut(to)) {
                each(geometry, channels, |Places { token, spot, window }| {
                    add_product(&mut out[token], &gradient[window], &packed[spot]);
                });
            }
        },
    );
}

/// Adds the gradient of the kernel, packed, to `sums`.
pub(crate) fn for_kernel(
    geometry: &Geometry,
    channels: usize,
    maps: &[f32],
    gradient: &[f32],
    sums: &mut [f32],
) {
    let [map, made] = [geometry.tokens(), geometry.windows()].map(|count| count * channels);
    fast(
        #[inline(always)]
        || {
            for (map, gradient) in maps.chunks_exact(map).zip(gradient.chunks_exact(made)) {
                each(geometry, channels, |Places { token, spot, window }| {
                    add_product(&mut sums[spot], &map[token], &gradient[window]);
                });
            }
        },
    );
}

/// The channels of a token that a window covers.
struct Places {
    /// In the map.
    token: Range<usize>,
    /// In the kernel.
    spot: Range<usize>,
    /// In the output.
    window: Range<usize>,
}

/// Calls `act` for every token of every window.
#[inline(always)]
fn each(geometry: &Geometry, channels: usize, mut act: impl FnMut(Places)) {
    let numbers = |place: usize| place * channels..(place + 1) * channels;
    for window in 0..geometry.windows() {
        runs(geometry, window, |Run { token, spot, count }| {
            for i in 0..count {
                act(Places {
                    token: numbers(token + i),
                    spot: numbers(spot + i),
                    window: numbers(window),
                });
            }
        });
    }
}

#[inline(always)]
fn add_product(sums: &mut [f32], left: &[f32], right: &[f32]) {
    for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
        *sum += left * right;
    }
}
