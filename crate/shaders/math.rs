//! Arithmetic on vectors, and sums over the units of a cube.

use cubecl::prelude::*;

/// The sum of a vector's numbers.
#[cube]
pub(crate) fn sum<N: Size>(vector: Vector<f32, N>) -> f32 {
    let mut sum = 0.0f32;
    #[unroll]
    for lane in 0..N::value() {
        sum += vector.extract(lane);
    }
    sum
}

/// The sum of the values of a cube's units.
#[cube]
pub(crate) fn cube_sum(own: f32, #[comptime] units: u32) -> f32 {
    let mut shared = Shared::<[f32]>::new_slice(units as usize);
    shared[UNIT_POS as usize] = own;
    sync_cube();
    let mut sum = 0.0f32;
    for unit in 0..units as usize {
        sum += shared[unit];
    }
    sum
}

/// The exact GELU (Hendrycks and Gimpel 2016).
#[cube]
pub(crate) fn gelu<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    x * below(x)
}

/// The derivative of the GELU.
#[cube]
pub(crate) fn gelu_slope<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    // The density of the normal distribution at x.
    let density = (x * x * Vector::new(-0.5f32)).exp() * Vector::new(0.398_942_3_f32);
    below(x) + x * density
}

/// The cumulative normal distribution at x.
#[cube]
fn below<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let half = Vector::new(0.5f32);
    half + half * (x * Vector::new(0.707_106_77_f32)).erf()
}

/// `elu(x) + 1` (Clevert et al. 2015): `x + 1` above 0, else e to the `x`.
#[cube]
pub(crate) fn elu_plus_one(x: f32) -> f32 {
    max(x, 0.0f32) + elu_slope(x)
}

/// The derivative of [`elu_plus_one()`]: e to the 0 above 0.
#[cube]
pub(crate) fn elu_slope(x: f32) -> f32 {
    min(x, 0.0f32).exp()
}
