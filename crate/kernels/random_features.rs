//! Random features of the softmax (FAVOR+, Choromanski et al. 2020, lemma 1) for one image, forward and backward.
//!
//! With directions `w` and a head's query or key `x`, divided by the fourth root of its width, the features are
//! `exp(w·x - |x|²/2 - m) + ε`. The maximum `m` of `w·x` keeps the exponentials finite and gets no gradient, as in
//! lucidrains' `performer-pytorch`. A common factor of all features, `1 / √features` there, cancels in linear attention
//! and is left out.

use crate::math;
use crate::matrix::{Matrix, Onto, product};
use crate::scratch::Scratch;

/// Added to each feature, as in the reference, so that no sum of weights is 0.
pub const EPSILON_OF_FEATURE: f32 = 1e-4;

/// Over what the maximum is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stabiliser {
    /// The features of one token, for queries: it cancels in their weights.
    Token,
    /// The features of all tokens of the image, for keys.
    Image,
}

/// The sizes of a feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeatureShape {
    /// Heads.
    pub heads: usize,
    /// Tokens per image.
    pub tokens: usize,
    /// Width of a head.
    pub width: usize,
    /// Features of a head.
    pub features: usize,
    /// Over what the maximum is taken.
    pub stabiliser: Stabiliser,
}

impl FeatureShape {
    /// Numbers of an image's queries or keys.
    pub fn given(&self) -> usize {
        self.tokens * self.heads * self.width
    }

    /// Numbers of an image's features.
    pub fn made(&self) -> usize {
        self.tokens * self.heads * self.features
    }

    /// The factor of queries and keys.
    pub fn factor(&self) -> f32 {
        (self.width as f32).powf(-0.25)
    }
}

/// The features of an image's queries or keys.
///
/// # Shapes
/// - rows: `[tokens, heads, width]`
/// - directions: `[features, width]`
/// - out: `[tokens, heads, features]`, written
pub fn forward(of: &FeatureShape, rows: &[f32], directions: &[f32], out: &mut [f32]) {
    let FeatureShape { width, features, .. } = *of;
    let directions = Matrix::rows(directions, width).transposed();
    let (rows_matrix, factor) = (Matrix::rows(rows, width), of.factor());
    product(out, features, Onto::Nothing, factor, rows_matrix, directions);
    let most = match of.stabiliser {
        Stabiliser::Token => out.chunks_exact(features).map(largest).collect(),
        Stabiliser::Image => most_of_heads(out, of),
    };
    let halved = 0.5 * factor * factor;
    let halves = rows.chunks_exact(width).map(|row| halved * math::sum_of_squares(row));
    for ((row, half), most) in out.chunks_exact_mut(features).zip(halves).zip(most.iter().cycle()) {
        row.iter_mut().for_each(|value| *value -= half + most);
    }
    math::exponentials(out);
    out.iter_mut().for_each(|value| *value += EPSILON_OF_FEATURE);
}

fn largest(row: &[f32]) -> f32 {
    row.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The largest value of each head over all tokens, `[heads]`.
fn most_of_heads(values: &[f32], of: &FeatureShape) -> Vec<f32> {
    let mut most = vec![f32::NEG_INFINITY; of.heads];
    for (index, row) in values.chunks_exact(of.features).enumerate() {
        let most = &mut most[index % of.heads];
        *most = most.max(largest(row));
    }
    most
}

/// The gradient of an image's queries or keys from that of their features.
///
/// # Shapes
/// - rows, directions: as in [`forward`]
/// - made: what [`forward`] wrote
/// - gradient: as `made`
/// - out: as `rows`, written
pub fn backward(
    of: &FeatureShape,
    [rows, directions]: [&[f32]; 2],
    made: &[f32],
    gradient: &[f32],
    out: &mut [f32],
) {
    let FeatureShape { width, features, .. } = *of;
    let mut slopes = Scratch::of(made.len());
    for ((slope, made), gradient) in slopes.iter_mut().zip(made).zip(gradient) {
        *slope = gradient * (made - EPSILON_OF_FEATURE);
    }
    let factor = of.factor();
    let matrix = Matrix::rows(directions, width);
    product(out, width, Onto::Nothing, factor, Matrix::rows(&slopes, features), matrix);
    let each = out.chunks_exact_mut(width).zip(rows.chunks_exact(width));
    for ((out, row), slopes) in each.zip(slopes.chunks_exact(features)) {
        let through_square = factor * factor * slopes.iter().sum::<f32>();
        out.iter_mut().zip(row).for_each(|(out, value)| *out -= through_square * value);
    }
}
