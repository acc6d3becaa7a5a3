//! Linear attention (Katharopoulos et al. 2020, equations 4 to 6) for one image, one head after the other, forward and
//! backward.
//!
//! With non-negative features `f` of queries and `g` of keys, the output is `f · (gᵀ values) / (f · Σ g)`. The
//! weights of queries over keys are never formed, so time and memory are linear in the number of tokens.

use crate::math;
use crate::matrix::{Matrix, Onto, product};
use crate::scratch::Scratch;

/// Added to the sum of a query's weights, so that zero features give zero output; as in the authors' code.
pub const EPSILON_OF_SUM: f32 = 1e-6;

/// The sizes of linear attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinearAttention {
    /// Heads; divides both widths.
    pub heads: usize,
    /// Queries per image.
    pub queries: usize,
    /// Keys, and values, per image.
    pub keys: usize,
    /// Features of queries and keys, all heads together.
    pub features: usize,
    /// Width of values, all heads together.
    pub value_width: usize,
}

/// The inputs of one head: features of queries and keys, and values.
struct Head<'a> {
    query: Matrix<'a>,
    key: Matrix<'a>,
    value: Matrix<'a>,
}

/// The sums over a head's keys.
struct Context {
    /// The products of features and values, `[features, columns]`.
    products: Scratch,
    /// The sums of the features, `[features]`.
    sums: Scratch,
}

impl LinearAttention {
    /// Features in one head.
    pub fn head_features(&self) -> usize {
        self.features / self.heads
    }

    /// Width of values in one head.
    pub fn value_head_width(&self) -> usize {
        self.value_width / self.heads
    }

    fn head<'a>(&self, [query, key, value]: [&'a [f32]; 3], head: usize) -> Head<'a> {
        let part = |all: &'a [f32], rows, width: usize| {
            let columns = width / self.heads;
            Matrix::strided(&all[head * columns..], [rows, columns], width)
        };
        Head {
            query: part(query, self.queries, self.features),
            key: part(key, self.keys, self.features),
            value: part(value, self.keys, self.value_width),
        }
    }

    fn context(&self, head: &Head) -> Context {
        let (features, columns) = (self.head_features(), self.value_head_width());
        let mut products = Scratch::of(features * columns);
        product(&mut products, columns, Onto::Nothing, 1.0, head.key.transposed(), head.value);
        let mut sums = Scratch::of(features);
        let ones = vec![1.0; self.keys];
        product(&mut sums, 1, Onto::Nothing, 1.0, head.key.transposed(), Matrix::rows(&ones, 1));
        Context { products, sums }
    }

    /// The sum of the weights of each query, `[queries]`.
    fn denominators(&self, head: &Head, context: &Context) -> Scratch {
        let mut sums = Scratch::of(self.queries);
        product(&mut sums, 1, Onto::Nothing, 1.0, head.query, Matrix::rows(&context.sums, 1));
        sums.iter_mut().for_each(|sum| *sum += EPSILON_OF_SUM);
        sums
    }

    /// The outputs for the queries of a head, `[queries, columns]`, and the sums of their weights.
    fn read(&self, head: &Head, context: &Context) -> (Scratch, Scratch) {
        let columns = self.value_head_width();
        let mut read = Scratch::of(self.queries * columns);
        let products = Matrix::rows(&context.products, columns);
        product(&mut read, columns, Onto::Nothing, 1.0, head.query, products);
        let denominators = self.denominators(head, context);
        for (row, denominator) in read.chunks_exact_mut(columns).zip(&*denominators) {
            row.iter_mut().for_each(|value| *value /= denominator);
        }
        (read, denominators)
    }
}

/// Linear attention for all queries of an image.
///
/// # Shapes
/// - given: features of queries `[queries, features]` and of keys `[keys, features]`, values `[keys, value_width]`
/// - output: `[queries, value_width]`, written
pub fn forward(of: &LinearAttention, given: [&[f32]; 3], output: &mut [f32]) {
    let columns = of.value_head_width();
    for number in 0..of.heads {
        let head = of.head(given, number);
        let (read, _) = of.read(&head, &of.context(&head));
        for (row, out) in read.chunks_exact(columns).zip(output.chunks_exact_mut(of.value_width)) {
            out[number * columns..][..columns].copy_from_slice(row);
        }
    }
}

/// The gradient of an image's features and values from that of the output. Everything is recomputed from the
/// inputs.
///
/// # Shapes
/// - given: as in [`forward`]
/// - gradient: `[queries, value_width]`
/// - out: as `given`, written
pub fn backward(of: &LinearAttention, given: [&[f32]; 3], gradient: &[f32], out: [&mut [f32]; 3]) {
    let [for_query, for_key, for_value] = out;
    let (features, columns) = (of.head_features(), of.value_head_width());
    let (queries, keys) = (of.queries, of.keys);
    for number in 0..of.heads {
        let head = of.head(given, number);
        let context = of.context(&head);
        let (slopes, for_sums) = through_division(of, &head, &context, gradient, number);
        let slopes = Matrix::rows(&slopes, columns);
        let (for_sums, start) = (Matrix::rows(&for_sums, 1), number * features);

        let products = Matrix::rows(&context.products, columns);
        let out = &mut for_query[start..];
        product(out, of.features, Onto::Nothing, 1.0, slopes, products.transposed());
        let sums = Matrix::rows(&context.sums, 1).transposed();
        product(out, of.features, Onto::Itself, 1.0, for_sums, sums);

        let [mut for_products, mut for_key_sums] = [features * columns, features].map(Scratch::of);
        let query = head.query.transposed();
        product(&mut for_products, columns, Onto::Nothing, 1.0, query, slopes);
        product(&mut for_key_sums, 1, Onto::Nothing, 1.0, query, for_sums);
        let for_products = Matrix::rows(&for_products, columns);
        let out = &mut for_key[start..];
        product(out, of.features, Onto::Nothing, 1.0, head.value, for_products.transposed());
        for row in 0..keys {
            math::add(&mut out[row * of.features..][..features], &for_key_sums);
        }
        let out = &mut for_value[number * columns..];
        product(out, of.value_width, Onto::Nothing, 1.0, head.key, for_products);
    }
    debug_assert_eq!(gradient.len(), queries * of.value_width);
}

/// The gradients of each query's undivided output, `[queries, columns]`, and of the sum of its weights,
/// `[queries]`.
fn through_division(
    of: &LinearAttention,
    head: &Head,
    context: &Context,
    gradient: &[f32],
    number: usize,
) -> (Scratch, Scratch) {
    let columns = of.value_head_width();
    let (mut slopes, mut for_sums) = of.read(head, context);
    let rows = slopes.chunks_exact_mut(columns).zip(gradient.chunks_exact(of.value_width));
    for ((row, gradient), sum) in rows.zip(for_sums.iter_mut()) {
        let gradient = &gradient[number * columns..][..columns];
        let inverse = sum.recip();
        let along: f32 = row.iter().zip(gradient).map(|(read, slope)| read * slope).sum();
        *sum = -along * inverse;
        row.iter_mut().zip(gradient).for_each(|(slope, gradient)| *slope = gradient * inverse);
    }
    (slopes, for_sums)
}
