//! Pooling: the mean or the maximum of the tokens that a window covers, per channel. Padding does not count.
//!
//! Maps have their channels last, `[images, height, width, channels]`.

use crate::geometry::{Geometry, Run, runs};
use crate::math::fast;

/// The kind of pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// The mean.
    Mean,
    /// The maximum of each channel.
    Max,
}

/// Pools the maps of some images.
///
/// # Shapes
/// - maps: `[images, height, width, channels]`
/// - out: `[images, windows, channels]`, written
pub fn forward(
    pooling: Pooling,
    geometry: &Geometry,
    channels: usize,
    maps: &[f32],
    out: &mut [f32],
) {
    let [from, to] = [geometry.tokens(), geometry.windows()].map(|count| count * channels);
    fast(
        #[inline(always)]
        || {
            for (map, out) in maps.chunks_exact(from).zip(out.chunks_exact_mut(to)) {
                for (window, out) in out.chunks_exact_mut(channels).enumerate() {
                    match pooling {
                        Pooling::Mean => mean(geometry, window, map, out),
                        Pooling::Max => largest(geometry, window, map, out),
                    }
                }
            }
        },
    );
}

/// The gradient of the maps of some images. Among equal maxima of a window, the first gets it.
///
/// # Shapes
/// - maps, out (written): `[images, height, width, channels]`
/// - gradient: `[images, windows, channels]`
pub fn backward(
    pooling: Pooling,
    geometry: &Geometry,
    channels: usize,
    maps: &[f32],
    gradient: &[f32],
    out: &mut [f32],
) {
    let [from, to] = [geometry.windows(), geometry.tokens()].map(|count| count * channels);
    out.fill(0.0);
    fast(
        #[inline(always)]
        || {
            let mut best = Best::of(channels);
            let images = maps.chunks_exact(to).zip(gradient.chunks_exact(from));
            for ((map, gradient), out) in images.zip(out.chunks_exact_mut(to)) {
                for (window, gradient) in gradient.chunks_exact(channels).enumerate() {
                    match pooling {
                        Pooling::Mean => spread(geometry, window, gradient, out),
                        Pooling::Max => best.give(geometry, window, map, gradient, out),
                    }
                }
            }
        },
    );
}

/// Calls `act` for every token that a window covers.
#[inline(always)]
fn each(geometry: &Geometry, window: usize, mut act: impl FnMut(usize)) {
    runs(geometry, window, |Run { token, count, .. }| (token..token + count).for_each(&mut act));
}

/// One over the number of tokens that a window covers.
#[inline(always)]
fn share(geometry: &Geometry, window: usize) -> f32 {
    let mut covered = 0;
    runs(geometry, window, |Run { count, .. }| covered += count);
    (covered as f32).recip()
}

#[inline(always)]
fn mean(geometry: &Geometry, window: usize, map: &[f32], out: &mut [f32]) {
    let channels = out.len();
    out.fill(0.0);
    each(geometry, window, |token| {
        out.iter_mut().zip(&map[token * channels..]).for_each(|(sum, value)| *sum += value);
    });
    let share = share(geometry, window);
    out.iter_mut().for_each(|sum| *sum *= share);
}

#[inline(always)]
fn spread(geometry: &Geometry, window: usize, gradient: &[f32], out: &mut [f32]) {
    let channels = gradient.len();
    let share = share(geometry, window);
    each(geometry, window, |token| {
        let out = &mut out[token * channels..];
        out.iter_mut().zip(gradient).for_each(|(sum, slope)| *sum += share * slope);
    });
}

/// Whether a value exceeds the maximum so far. NaN stays, as in PyTorch.
#[inline(always)]
fn beats(value: f32, best: f32) -> bool {
    value > best || value.is_nan()
}

#[inline(always)]
fn largest(geometry: &Geometry, window: usize, map: &[f32], out: &mut [f32]) {
    let channels = out.len();
    out.fill(f32::NEG_INFINITY);
    each(geometry, window, |token| {
        for (best, &value) in out.iter_mut().zip(&map[token * channels..]) {
            *best = if beats(value, *best) { value } else { *best };
        }
    });
}

/// The maximum of each channel, and its token.
struct Best {
    values: Vec<f32>,
    tokens: Vec<usize>,
}

impl Best {
    fn of(channels: usize) -> Self {
        Self { values: vec![0.0; channels], tokens: vec![0; channels] }
    }

    /// Adds the gradient of a window's output to the tokens that it came from.
    #[inline(always)]
    fn give(
        &mut self,
        geometry: &Geometry,
        window: usize,
        map: &[f32],
        gradient: &[f32],
        out: &mut [f32],
    ) {
        let channels = gradient.len();
        let mut first = true;
        each(geometry, window, |token| {
            let found = self.values.iter_mut().zip(&mut self.tokens);
            for ((best, at), &value) in found.zip(&map[token * channels..]) {
                if first || beats(value, *best) {
                    (*best, *at) = (value, token);
                }
            }
            first = false;
        });
        for (channel, (&token, slope)) in self.tokens.iter().zip(gradient).enumerate() {
            out[token * channels + channel] += slope;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f32 = f32::NAN;

    #[test]
    fn padding_does_not_count() {
        let geometry = Geometry::square(2, 2, 1, 1);
        let map = [1.0, 2.0, 3.0, 4.0];
        let mut out = [NAN; 9];
        forward(Pooling::Mean, &geometry, 1, &map, &mut out);
        assert_eq!(out, [1.0, 1.5, 2.0, 2.0, 2.5, 3.0, 3.0, 3.5, 4.0]);
        forward(Pooling::Max, &geometry, 1, &map.map(|value| -value), &mut out);
        assert_eq!(out, [-1.0, -1.0, -2.0, -1.0, -1.0, -2.0, -3.0, -3.0, -4.0]);
    }

    #[test]
    fn the_gradient_of_a_mean_is_shared_equally() {
        let geometry = Geometry::square(2, 2, 2, 1);
        let mut out = [NAN; 8];
        let gradient = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0];
        backward(Pooling::Mean, &geometry, 2, &[0.0; 8], &gradient, &mut out);
        assert_eq!(out, gradient);
        let all = Geometry::whole([2, 2]);
        backward(Pooling::Mean, &all, 2, &[0.0; 8], &[4.0, 8.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
    }

    #[test]
    fn the_first_maximum_gets_the_gradient() {
        let geometry = Geometry { map: [1, 4], window: [1, 3], stride: [1, 1], padding: [0, 0] };
        let mut out = [NAN; 4];
        let lowest = f32::NEG_INFINITY;
        for (map, expected) in [
            ([1.0, 3.0, 3.0, 2.0], [0.0, 3.0, 0.0, 0.0]),
            ([1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 1.0, 2.0]),
            ([lowest; 4], [1.0, 2.0, 0.0, 0.0]),
            ([9.0, NAN, 5.0, 7.0], [0.0, 3.0, 0.0, 0.0]),
        ] {
            backward(Pooling::Max, &geometry, 1, &map, &[1.0, 2.0], &mut out);
            assert_eq!(out, expected, "{map:?}");
        }
        let mut out = [0.0; 2];
        forward(Pooling::Max, &geometry, 1, &[9.0, NAN, 5.0, 7.0], &mut out);
        assert!(out.iter().all(|value| value.is_nan()), "{out:?}");
    }
}
