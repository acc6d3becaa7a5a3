//! Random features of the softmax (FAVOR+, Choromanski et al. 2020) of queries or keys, forward and backward. First the
//! products with the directions and the maximum of each row; then, for keys, the maximum over the tokens; then the
//! features.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::random_features::{EPSILON_OF_FEATURE, FeatureShape, Stabiliser};

use crate::buffer::buffer;
use crate::grid::cube_count;

/// Units of a cube.
const UNITS: u32 = 64;

/// The compile-time sizes of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Sizes {
    heads: usize,
    tokens: usize,
    /// Width of a head.
    width: usize,
    /// Features of a head.
    features: usize,
}

/// The product of a row with a direction.
#[cube]
fn along<F: Float>(
    rows: &[F],
    directions: &[F],
    row: usize,
    feature: usize,
    #[comptime] width: usize,
) -> f32 {
    let mut product = 0.0f32;
    for k in 0..width {
        product +=
            f32::cast_from(rows[row * width + k]) * f32::cast_from(directions[feature * width + k]);
    }
    product
}

/// The maximum over the features of each row, `[images, tokens, heads]`. A unit handles a row.
#[cube(launch_unchecked)]
fn most_of_rows<F: Float>(
    rows: &[F],
    directions: &[F],
    most: &mut [f32],
    units: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let mut largest = along(rows, directions, ABSOLUTE_POS, 0, sizes.width);
    for feature in 1..sizes.features {
        let next = along(rows, directions, ABSOLUTE_POS, feature, sizes.width);
        largest = max(largest, next);
    }
    most[ABSOLUTE_POS] = largest;
}

/// The maximum over the tokens of each head, `[images, heads]`. A unit handles a head.
#[cube(launch_unchecked)]
fn most_of_heads(of_rows: &[f32], most: &mut [f32], units: u32, #[comptime] sizes: Sizes) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let (image, head) = (ABSOLUTE_POS / sizes.heads, ABSOLUTE_POS % sizes.heads);
    let start = image * sizes.tokens * sizes.heads + head;
    let mut largest = of_rows[start];
    for token in 1..sizes.tokens {
        let next = of_rows[start + token * sizes.heads];
        largest = max(largest, next);
    }
    most[ABSOLUTE_POS] = largest;
}

/// The features. A unit computes one.
///
/// # Shapes
/// - rows: `[images, tokens, heads, width]`
/// - directions: `[features, width]`
/// - most: `[images, heads]` if `shared`, else `[images, tokens, heads]`
/// - out: `[images, tokens, heads, features]`, written
#[cube(launch_unchecked)]
fn forward<F: Float>(
    rows: &[F],
    directions: &[F],
    most: &[f32],
    out: &mut [F],
    factor: f32,
    units: u32,
    #[comptime] sizes: Sizes,
    #[comptime] shared: bool,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let (row, feature) = (ABSOLUTE_POS / sizes.features, ABSOLUTE_POS % sizes.features);
    let mut squares = 0.0f32;
    for k in 0..sizes.width {
        let value = f32::cast_from(rows[row * sizes.width + k]);
        squares += value * value;
    }
    let mut place = row;
    if comptime!(shared) {
        place = row / sizes.heads / sizes.tokens * sizes.heads + row % sizes.heads;
    }
    let beyond = along(rows, directions, row, feature, sizes.width) - most[place];
    let exponent = factor * beyond - 0.5f32 * factor * factor * squares;
    out[ABSOLUTE_POS] = F::cast_from(exponent.exp() + EPSILON_OF_FEATURE);
}

/// The gradient of queries or keys. A unit computes one number.
///
/// # Shapes
/// - rows, out (written): `[images, tokens, heads, width]`
/// - directions: `[features, width]`
/// - made, gradient: `[images, tokens, heads, features]`
#[cube(launch_unchecked)]
fn backward<F: Float>(
    rows: &[F],
    directions: &[F],
    made: &[F],
    gradient: &[F],
    out: &mut [F],
    factor: f32,
    units: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let (row, k) = (ABSOLUTE_POS / sizes.width, ABSOLUTE_POS % sizes.width);
    let mut straight = 0.0f32;
    let mut through_square = 0.0f32;
    for feature in 0..sizes.features {
        let place = row * sizes.features + feature;
        let value = f32::cast_from(made[place]) - EPSILON_OF_FEATURE;
        let slope = f32::cast_from(gradient[place]) * value;
        straight += slope * f32::cast_from(directions[feature * sizes.width + k]);
        through_square += slope;
    }
    let own = f32::cast_from(rows[ABSOLUTE_POS]);
    out[ABSOLUTE_POS] = F::cast_from(factor * (straight - factor * own * through_square));
}

/// A feature map of some images, on a device.
pub struct FeatureMap {
    /// The device.
    pub client: Client,
    /// The sizes.
    pub shape: FeatureShape,
    /// Images.
    pub images: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

impl FeatureMap {
    fn sizes(&self) -> Sizes {
        let FeatureShape { heads, tokens, width, features, .. } = self.shape;
        Sizes { heads, tokens, width, features }
    }

    /// Rows of all images: one for each token and head.
    fn rows(&self) -> usize {
        self.images * self.shape.tokens * self.shape.heads
    }

    /// A buffer of `each` numbers for each row.
    fn of(&self, handle: &Handle, each: usize) -> BufferArg {
        buffer(handle.clone(), self.rows() * each)
    }

    fn directions(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.shape.features * self.shape.width)
    }

    /// The maximum that is taken from the products, of each row or of each head of an image.
    fn most(&self, rows: &Handle, directions: &Handle) -> Handle {
        let of_rows = self.client.empty(self.rows() * size_of::<f32>());
        // SAFETY: units stay within the rows.
        unsafe {
            most_of_rows::launch_unchecked(
                &self.client,
                cube_count(self.rows(), UNITS),
                CubeDim::new_1d(UNITS),
                self.of(rows, self.shape.width),
                self.directions(directions),
                self.of(&of_rows, 1),
                self.rows() as u32,
                self.sizes(),
                self.dtype,
            );
        }
        if self.shape.stabiliser == Stabiliser::Token {
            return of_rows;
        }
        let heads = self.images * self.shape.heads;
        let most = self.client.empty(heads * size_of::<f32>());
        // SAFETY: units stay within the heads.
        unsafe {
            most_of_heads::launch_unchecked(
                &self.client,
                cube_count(heads, UNITS),
                CubeDim::new_1d(UNITS),
                self.of(&of_rows, 1),
                buffer(most.clone(), heads),
                heads as u32,
                self.sizes(),
            );
        }
        most
    }

    /// Writes the features of `rows` to `out`.
    pub fn forward(&self, rows: &Handle, directions: &Handle, out: &Handle) {
        let most = self.most(rows, directions);
        let units = self.rows() * self.shape.features;
        // SAFETY: units stay within the features.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                cube_count(units, UNITS),
                CubeDim::new_1d(UNITS),
                self.of(rows, self.shape.width),
                self.directions(directions),
                // It has no more numbers than there are rows.
                self.of(&most, 1),
                self.of(out, self.shape.features),
                self.shape.factor(),
                units as u32,
                self.sizes(),
                self.shape.stabiliser == Stabiliser::Image,
                self.dtype,
            );
        }
    }

    /// Writes the gradient of the rows to `out`; given are the rows, the directions and the features.
    pub fn backward(&self, given: [&Handle; 3], gradient: &Handle, out: &Handle) {
        let [rows, directions, made] = given;
        let units = self.rows() * self.shape.width;
        // SAFETY: units stay within the rows.
        unsafe {
            backward::launch_unchecked(
                &self.client,
                cube_count(units, UNITS),
                CubeDim::new_1d(UNITS),
                self.of(rows, self.shape.width),
                self.directions(directions),
                self.of(made, self.shape.features),
                self.of(gradient, self.shape.features),
                self.of(out, self.shape.width),
                self.shape.factor(),
                units as u32,
                self.sizes(),
                self.dtype,
            );
        }
    }
}
