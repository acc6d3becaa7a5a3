//! Row-wise arithmetic: LayerNorm, softmax, GELU, sums.
//!
//! The loops are written so that the compiler vectorises them; [`fast`] compiles them for the
//! widest vectors of the processor.

use crate::scratch::Scratch;

/// Numbers summed in parallel, so that the order of summation is the same on every processor.
const LANES: usize = 16;
/// Added to a variance before the square root, as in PyTorch's LayerNorm.
pub const EPSILON: f32 = 1e-5;

/// Runs `work`, compiled for the actual processor.
#[inline(always)]
pub fn fast<T>(work: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(work)
}

/// The sum of `of` over two rows.
#[inline(always)]
fn sum_of(left: &[f32], right: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (lefts, rights) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest = lefts.remainder().iter().zip(rights.remainder());
    let rest: f32 = rest.map(|(&a, &b)| of(a, b)).sum();
    for (a, b) in lefts.zip(rights) {
        for i in 0..LANES {
            lanes[i] += of(a[i], b[i]);
        }
    }
    lanes.into_iter().sum::<f32>() + rest
}

#[inline(always)]
fn accumulate(sums: &mut [f32], more: &[f32]) {
    sums.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
}

/// The largest of `values`, in parallel lanes, because the compiler may not reorder float
/// comparisons.
#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder().iter().copied().fold(f32::NEG_INFINITY, larger);
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] = larger(lanes[i], chunk[i]);
        }
    }
    lanes.into_iter().fold(rest, larger)
}

/// Adds `more` to `sums`.
pub fn add(sums: &mut [f32], more: &[f32]) {
    fast(
        #[inline(always)]
        || accumulate(sums, more),
    );
}

/// The sum of the squares of `values`.
pub fn sum_of_squares(values: &[f32]) -> f32 {
    fast(
        #[inline(always)]
        || sum_of(values, values, |a, b| a * b),
    )
}

/// Adds a row to every row.
pub fn add_to_rows(rows: &mut [f32], row: &[f32]) {
    fast(
        #[inline(always)]
        || rows.chunks_exact_mut(row.len()).for_each(|values| accumulate(values, row)),
    );
}

/// Adds every row to a row.
pub fn add_rows(sums: &mut [f32], rows: &[f32]) {
    fast(
        #[inline(always)]
        || rows.chunks_exact(sums.len()).for_each(|values| accumulate(sums, values)),
    );
}

/// Multiplies `values` by `factors`.
pub fn multiply(values: &mut [f32], factors: &[f32]) {
    fast(
        #[inline(always)]
        || values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor),
    );
}

/// Multiplies `values` by a factor.
pub fn scale(values: &mut [f32], factor: f32) {
    fast(
        #[inline(always)]
        || values.iter_mut().for_each(|value| *value *= factor),
    );
}

/// Mean and reciprocal standard deviation of each row, `[rows, 2]`.
pub fn statistics(rows: &[f32], width: usize, statistics: &mut [f32]) {
    let count = width as f32;
    fast(
        #[inline(always)]
        || {
            for (row, out) in rows.chunks_exact(width).zip(statistics.chunks_exact_mut(2)) {
                let mean = sum_of(row, row, |value, _| value) / count;
                let variance = sum_of(row, row, |value, _| (value - mean) * (value - mean)) / count;
                out.copy_from_slice(&[mean, (variance + EPSILON).sqrt().recip()]);
            }
        },
    );
}

/// LayerNorm (Ba et al. 2016) with given statistics.
pub fn norm(rows: &[f32], statistics: &[f32], [scale, shift]: [&[f32]; 2], normalised: &mut [f32]) {
    let width = scale.len();
    fast(
        #[inline(always)]
        || {
            let rows = rows.chunks_exact(width).zip(statistics.chunks_exact(2));
            for ((row, known), out) in rows.zip(normalised.chunks_exact_mut(width)) {
                let (mean, inverse) = (known[0], known[1]);
                let affine = scale.iter().zip(shift);
                for ((out, value), (scale, shift)) in out.iter_mut().zip(row).zip(affine) {
                    *out = (value - mean) * inverse * scale + shift;
                }
            }
        },
    );
}

/// The backward pass of LayerNorm: `gradient` is that of its output and is overwritten. Adds to the
/// gradient sums of scale and shift; adds the gradient of the rows to `out`.
pub fn norm_backward(
    rows: &[f32],
    statistics: &[f32],
    scale: &[f32],
    gradient: &mut [f32],
    [for_scale, for_shift]: [&mut [f32]; 2],
    out: &mut [f32],
) {
    let width = scale.len();
    let mut normal = Scratch::of(width);
    fast(
        #[inline(always)]
        || {
            let rows = rows.chunks_exact(width).zip(statistics.chunks_exact(2));
            let gradients = gradient.chunks_exact_mut(width).zip(out.chunks_exact_mut(width));
            for ((row, known), (gradient, out)) in rows.zip(gradients) {
                let known = [known[0], known[1]];
                norm_row_backward(row, known, scale, gradient, for_scale, for_shift, &mut normal);
                leave_along(&normal, known[1], gradient, out);
            }
        },
    );
}

/// One row of [`norm_backward`]: `normal` becomes the normalised row without scale and shift, and `gradient` its
/// gradient.
#[inline(always)]
fn norm_row_backward(
    row: &[f32],
    [mean, inverse]: [f32; 2],
    scale: &[f32],
    gradient: &mut [f32],
    for_scale: &mut [f32],
    for_shift: &mut [f32],
    normal: &mut [f32],
) {
    let sums = for_scale.iter_mut().zip(for_shift);
    let known = row.iter().zip(scale);
    let all = gradient.iter_mut().zip(normal).zip(sums).zip(known);
    for (((gradient, normal), (for_scale, for_shift)), (value, scale)) in all {
        *normal = (value - mean) * inverse;
        *for_scale += *gradient * *normal;
        *for_shift += *gradient;
        *gradient *= scale;
    }
}

/// Adds a row's gradient to `out`, minus its components along the mean and the deviation.
#[inline(always)]
fn leave_along(normal: &[f32], inverse: f32, gradient: &[f32], out: &mut [f32]) {
    let count = normal.len() as f32;
    let straight = sum_of(gradient, gradient, |value, _| value) / count;
    let along = sum_of(gradient, normal, |value, normal| value * normal) / count;
    for ((out, gradient), normal) in out.iter_mut().zip(gradient).zip(normal) {
        *out += inverse * (gradient - straight - normal * along);
    }
}

/// GELU with the exact error function (Hendrycks and Gimpel 2016), in place, and its derivative.
pub fn gelu(values: &mut [f32], slopes: &mut [f32]) {
    fast(
        #[inline(always)]
        || {
            for (value, slope) in values.iter_mut().zip(slopes) {
                let x = *value;
                let below = 0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2);
                let density = 0.398_942_3 * exp(-0.5 * x * x);
                *value = x * below;
                *slope = below + x * density;
            }
        },
    );
}

/// e to the power of each number, in place; 1.6e-38 below -87.
pub fn exponentials(values: &mut [f32]) {
    fast(
        #[inline(always)]
        || values.iter_mut().for_each(|value| *value = exp(*value)),
    );
}

/// `elu(x) + 1` of each number (Clevert et al. 2015), in place: `x + 1` above 0, else e to the `x`.
pub fn elu_plus_one(values: &mut [f32]) {
    fast(
        #[inline(always)]
        || values.iter_mut().for_each(|value| *value = value.max(0.0) + exp(value.min(0.0))),
    );
}

/// Multiplies a gradient by the derivatives of [`elu_plus_one`], given what that made: 1 above 0, else e to the `x`.
pub fn elu_plus_one_backward(made: &[f32], gradient: &mut [f32]) {
    fast(
        #[inline(always)]
        || {
            for (slope, made) in gradient.iter_mut().zip(made) {
                *slope *= made.min(1.0);
            }
        },
    );
}

/// Softmax of each row, in place.
pub fn softmax(rows: &mut [f32], width: usize) {
    fast(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(width) {
                let most = largest(row);
                row.iter_mut().for_each(|value| *value -= most);
            }
            // All rows at once: most widths are not a multiple of the vector size.
            rows.iter_mut().for_each(|value| *value = exp(*value));
            for row in rows.chunks_exact_mut(width) {
                let inverse = sum_of(row, row, |value, _| value).recip();
                row.iter_mut().for_each(|value| *value *= inverse);
            }
        },
    );
}

/// The backward pass of softmax times `factor`: the gradient of its result becomes that of its input.
pub fn softmax_backward(results: &[f32], gradient: &mut [f32], width: usize, factor: f32) {
    fast(
        #[inline(always)]
        || {
            let rows = results.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
            for (result, gradient) in rows {
                let mean = sum_of(result, gradient, |result, gradient| result * gradient);
                for (gradient, result) in gradient.iter_mut().zip(result) {
                    *gradient = factor * result * (*gradient - mean);
                }
            }
        },
    );
}

/// e to the `x`, to two units in the last place; 1.6e-38 below -87. By splitting off multiples of ln 2,
/// with a polynomial for the rest (Cody and Waite 1980).
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding it leaves the rounded value in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let part = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let mut value = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5, 1.0, 1.0]
    {
        value = value * part + coefficient;
    }
    let power = (shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits());
    value * f32::from_bits(power)
}

/// The error function, to about 4e-7: a ratio of polynomials near 0, and ±1 beyond, which is exact to
/// rounding there.
#[inline(always)]
fn erf(x: f32) -> f32 {
    const ABOVE: [f32; 6] = [
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_3e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const BELOW: [f32; 4] = [-2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let square = x * x;
    let above = ABOVE.iter().fold(-2.726_142_3e-10, |value, c| value * square + c);
    let below = BELOW.iter().fold(-1.456_607_2e-5, |value, c| value * square + c);
    if x.abs() < 3.8 { x * above / below } else { 1.0_f32.copysign(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error function by its series (Abramowitz and Stegun 1964, 7.1.5).
    fn erf_by_series(x: f64) -> f64 {
        let mut term = x;
        let mut sum = x;
        for n in 1..200 {
            let n = f64::from(n);
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    fn range(from: f32, to: f32) -> impl Iterator<Item = f32> {
        (0..=20_000).map(move |i| from + (to - from) * i as f32 / 20_000.0)
    }

    #[test]
    fn exp_is_accurate_to_a_few_units_in_the_last_place() {
        for x in range(-86.9, 87.9) {
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) / expected - 1.0).abs();
            assert!(error < 3e-7, "{x}: {error}");
        }
        assert!(exp(-200.0) < 1e-37 && exp(0.0) == 1.0);
    }

    #[test]
    fn erf_is_accurate_to_rounding() {
        for x in range(-5.0, 5.0) {
            let error = (f64::from(erf(x)) - erf_by_series(f64::from(x))).abs();
            assert!(error < 4e-7, "{x}: {error}");
        }
    }

    #[test]
    fn the_gelu_slope_is_its_derivative() {
        for x in range(-6.0, 6.0) {
            let value = |x: f64| x * 0.5 * (1.0 + erf_by_series(x / 2.0_f64.sqrt()));
            let (mut values, mut slopes) = ([x], [0.0]);
            gelu(&mut values, &mut slopes);
            let x = f64::from(x);
            let slope = (value(x + 5e-4) - value(x - 5e-4)) / 1e-3;
            let off = [f64::from(values[0]) - value(x), f64::from(slopes[0]) - slope];
            assert!(off[0].abs() < 2e-6 && off[1].abs() < 2e-6, "{x}: {off:?}");
        }
    }
}
