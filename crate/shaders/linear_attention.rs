//! Linear attention (Katharopoulos et al. 2020) on features of queries and keys, and values, forward and backward. The
//! keys of a head are summed first; then every query uses these sums.

use cubecl::client::Client;
use cubecl::ir::{ElemType, FloatKind};
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::linear_attention::{EPSILON_OF_SUM, LinearAttention};

use crate::attention::{read, write, zeros};
use crate::buffer::{buffer, vector};
use crate::columns::Columns;
use crate::grid::cube_count;
use crate::math::{elu_plus_one, elu_slope, sum};

/// Units of a cube.
const UNITS: u32 = 64;

/// The compile-time sizes of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Sizes {
    heads: usize,
    /// The number of tokens of a kernel: queries or keys.
    tokens: usize,
    /// Features in one head.
    features: usize,
    /// Width of values in one head.
    columns: usize,
    /// Where rows hold the features.
    of_features: Columns,
    /// Where rows hold the values.
    of_values: Columns,
    /// Whether features are `elu(x) + 1` of the numbers given.
    elu: bool,
}

/// The offset of a head of a token, counted in heads.
#[cube]
fn place_of(head: usize, token: usize, #[comptime] sizes: Sizes) -> usize {
    (head / sizes.heads * sizes.tokens + token) * sizes.heads + head % sizes.heads
}

/// The offset of a head of a token in an array.
#[cube]
fn offset(
    head: usize,
    token: usize,
    #[comptime] sizes: Sizes,
    #[comptime] columns: Columns,
) -> usize {
    let row = head / sizes.heads * sizes.tokens + token;
    row * columns.row + head % sizes.heads * columns.step + columns.start
}

/// A feature, from the number given.
#[cube]
fn feature_of(given: f32, #[comptime] elu: bool) -> f32 {
    let mut feature = given;
    if comptime!(elu) {
        feature = elu_plus_one(feature);
    }
    feature
}

/// The gradient of the number given, from that of its feature.
#[cube]
fn before(gradient: f32, given: f32, #[comptime] elu: bool) -> f32 {
    let mut slope = gradient;
    if comptime!(elu) {
        slope *= elu_slope(given);
    }
    slope
}

/// Sums over the tokens of each head: the products of their features and values, and the features, each times the
/// token's factor if there are factors. Features, and values too, may be part of an array, see [`Columns`].
///
/// # Shapes
/// - features: `[images, tokens, heads, features]`
/// - values: `[images, tokens, heads, columns]`
/// - factors: `[images, tokens, heads]`; unused unless `weighed`
/// - products: `[images, heads, features, columns]`, written
/// - sums: `[images, heads, features]`, written
#[cube(launch_unchecked)]
fn context<F: Float, V: Float, N: Size>(
    features: &[F],
    values: &[Vector<V, N>],
    factors: &[f32],
    products: &mut [Vector<f32, N>],
    sums: &mut [f32],
    units: u32,
    #[comptime] sizes: Sizes,
    #[comptime] weighed: bool,
    #[define(F)] _dtype: ElemType,
    #[define(V)] _value_dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.columns / n);
    let row = ABSOLUTE_POS / size;
    let column = ABSOLUTE_POS % size;
    let (head, feature) = (row / sizes.features, row % sizes.features);
    let mut product = Vector::<f32, N>::new(0.0f32);
    let mut total = 0.0f32;
    for token in 0..sizes.tokens {
        let number = offset(head, token, sizes, comptime!(sizes.of_features)) + feature;
        let own = feature_of(f32::cast_from(features[number]), sizes.elu);
        let place = offset(head, token, sizes, comptime!(sizes.of_values.vectors(n)));
        product += Vector::new(own) * Vector::cast_from(values[place + column]);
        if comptime!(weighed) {
            total += own * factors[place_of(head, token, sizes)];
        } else {
            total += own;
        }
    }
    products[ABSOLUTE_POS] = product;
    if column == 0 {
        sums[row] = total;
    }
}

/// The output of a query before division by the sum of its weights, in `read`; returns that sum.
#[cube]
fn read_with<F: Float, N: Size>(
    query: &[F],
    products: &[Vector<f32, N>],
    sums: &[f32],
    values: &mut Array<Vector<f32, N>>,
    own_features: usize,
    head: usize,
    #[comptime] sizes: Sizes,
) -> f32 {
    let n = N::value();
    let size = comptime!(sizes.columns / n);
    let mut total = 0.0f32;
    for feature in 0..sizes.features {
        let own = feature_of(f32::cast_from(query[own_features + feature]), sizes.elu);
        let row = head * sizes.features + feature;
        total += own * sums[row];
        #[unroll]
        for i in 0..size {
            values[i] += Vector::new(own) * products[row * size + i];
        }
    }
    total + EPSILON_OF_SUM
}

/// The outputs of the queries. A unit handles a query of a head.
///
/// # Shapes
/// - query: `[images, queries, heads, features]`
/// - products, sums: as [`context()`] wrote them for keys and values
/// - output: `[images, queries, heads, columns]`, written
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    query: &[F],
    products: &[Vector<f32, N>],
    sums: &[f32],
    output: &mut [Vector<F, N>],
    units: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.columns / n);
    let (head, token) = (ABSOLUTE_POS / sizes.tokens, ABSOLUTE_POS % sizes.tokens);
    let place = place_of(head, token, sizes);
    let own_features = offset(head, token, sizes, comptime!(sizes.of_features));
    let mut values = zeros(size);
    let total = read_with(query, products, sums, &mut values, own_features, head, sizes);
    #[unroll]
    for i in 0..size {
        values[i] /= Vector::new(total);
    }
    write(output, place * size, &values, size);
}

/// The gradients of each query's features, of its output before the division, and of the sum of its weights.
///
/// # Shapes
/// - query, products, sums: as in [`forward()`]
/// - gradient: `[images, queries, heads, columns]`
/// - out: as `query`, written
/// - slopes: as `gradient`, written
/// - for_sums: `[images, queries, heads]`, written
#[cube(launch_unchecked)]
fn query_backward<F: Float, N: Size>(
    query: &[F],
    products: &[Vector<f32, N>],
    sums: &[f32],
    gradient: &[Vector<F, N>],
    out: &mut [F],
    slopes: &mut [Vector<f32, N>],
    for_sums: &mut [f32],
    units: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.columns / n);
    let (head, token) = (ABSOLUTE_POS / sizes.tokens, ABSOLUTE_POS % sizes.tokens);
    let place = place_of(head, token, sizes);
    let own_features = offset(head, token, sizes, comptime!(sizes.of_features));
    let mut values = zeros(size);
    let total = read_with(query, products, sums, &mut values, own_features, head, sizes);
    let own = read(gradient, place * size, 1.0f32 / total, size);
    let mut along = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for i in 0..size {
        along += own[i] * values[i];
        slopes[place * size + i] = own[i];
    }
    let for_sum = -sum(along) / total;
    for_sums[place] = for_sum;
    for feature in 0..sizes.features {
        let row = head * sizes.features + feature;
        let mut slope = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for i in 0..size {
            slope += own[i] * products[row * size + i];
        }
        let for_feature = sum(slope) + for_sum * sums[row];
        let number = own_features + feature;
        out[number] = F::cast_from(before(for_feature, f32::cast_from(query[number]), sizes.elu));
    }
}

/// The gradients of each key's features and value. A unit handles a key of a head.
///
/// # Shapes
/// - key, for_key (written): `[images, keys, heads, features]`
/// - value, for_value (written): `[images, keys, heads, columns]`
/// - for_products, for_sums: the gradients of the sums that [`context()`] wrote for keys and values
///
/// `together`, keys and values share an array, and `for_key` gets both gradients: a browser lets no kernel write to a buffer
/// under two names.
#[cube(launch_unchecked)]
fn key_backward<F: Float, N: Size>(
    key: &[F],
    value: &[Vector<F, N>],
    for_products: &[Vector<f32, N>],
    for_sums: &[f32],
    for_key: &mut [F],
    for_value: &mut [Vector<F, N>],
    units: u32,
    #[comptime] sizes: Sizes,
    #[comptime] together: bool,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.columns / n);
    let (head, token) = (ABSOLUTE_POS / sizes.tokens, ABSOLUTE_POS % sizes.tokens);
    let own_features = offset(head, token, sizes, comptime!(sizes.of_features));
    let place = offset(head, token, sizes, comptime!(sizes.of_values.vectors(n)));
    let own = read(value, place, 1.0f32, size);
    let mut values = zeros(size);
    for feature in 0..sizes.features {
        let number = own_features + feature;
        let row = head * sizes.features + feature;
        let factor = Vector::<f32, N>::new(feature_of(f32::cast_from(key[number]), sizes.elu));
        let mut slope = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for i in 0..size {
            let product = for_products[row * size + i];
            slope += own[i] * product;
            values[i] += factor * product;
        }
        let for_feature = sum(slope) + for_sums[row];
        for_key[number] = F::cast_from(before(for_feature, f32::cast_from(key[number]), sizes.elu));
    }
    if comptime!(together) {
        let first = offset(head, token, sizes, comptime!(sizes.of_values));
        #[unroll]
        for i in 0..size {
            #[unroll]
            for lane in 0..N::value() {
                for_key[first + i * N::value() + lane] = F::cast_from(values[i].extract(lane));
            }
        }
    } else {
        write(for_value, place, &values, size);
    }
}

/// Linear attention on some images, on a device.
pub struct LinearAttentionCore {
    /// The device.
    pub client: Client,
    /// The sizes.
    pub shape: LinearAttention,
    /// Images.
    pub images: usize,
    /// The number format of features and values.
    pub dtype: ElemType,
    /// Where rows hold the features of queries, those of keys, and values. Those that share an array share its gradient.
    pub columns: [Columns; 3],
    /// Whether features are `elu(x) + 1` of the numbers given.
    pub elu: bool,
}

/// The sums over the tokens of each head.
struct Context {
    /// `[images, heads, features, columns]`
    products: Handle,
    /// `[images, heads, features]`
    sums: Handle,
}

impl LinearAttentionCore {
    fn vector(&self) -> usize {
        vector(&[self.shape.value_head_width()])
    }

    fn heads(&self) -> usize {
        self.images * self.shape.heads
    }

    /// The sizes of a kernel over queries, with their outputs or gradients of these as values.
    fn queries(&self) -> Sizes {
        let outputs = Columns::alone(self.shape.heads, self.shape.value_head_width());
        self.sizes(self.shape.queries, [self.columns[0], outputs])
    }

    /// The sizes of a kernel over keys and values.
    fn keys(&self) -> Sizes {
        self.sizes(self.shape.keys, [self.columns[1], self.columns[2]])
    }

    fn sizes(&self, tokens: usize, [of_features, of_values]: [Columns; 2]) -> Sizes {
        Sizes {
            heads: self.shape.heads,
            tokens,
            features: self.shape.head_features(),
            columns: self.shape.value_head_width(),
            of_features,
            of_values,
            elu: self.elu,
        }
    }

    /// A buffer with a row for each of `tokens` tokens of each image.
    fn rows(&self, handle: &Handle, tokens: usize, columns: Columns) -> BufferArg {
        buffer(handle.clone(), self.images * tokens * columns.row)
    }

    /// A buffer of `each` numbers for each of `tokens` tokens of each head.
    fn of(&self, handle: &Handle, tokens: usize, each: usize) -> BufferArg {
        buffer(handle.clone(), self.heads() * tokens * each)
    }

    /// A new buffer of `each` 32-bit floats per head.
    fn floats(&self, each: usize) -> Handle {
        self.client.empty(self.heads() * each * size_of::<f32>())
    }

    /// The sums over the tokens of each head; `values` have a separate format.
    fn context(
        &self,
        sizes: Sizes,
        features: &Handle,
        (values, format): (&Handle, ElemType),
        factors: Option<&Handle>,
    ) -> Context {
        let tokens = sizes.tokens;
        let numbers = sizes.features * sizes.columns;
        let out = Context { products: self.floats(numbers), sums: self.floats(sizes.features) };
        let units = self.heads() * numbers / self.vector();
        // SAFETY: units stay within the products.
        unsafe {
            context::launch_unchecked(
                &self.client,
                cube_count(units, UNITS),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.rows(features, tokens, sizes.of_features),
                self.rows(values, tokens, sizes.of_values),
                // Without factors the kernel ignores this buffer.
                self.of(factors.unwrap_or(features), tokens, 1),
                self.of(&out.products, sizes.features, sizes.columns),
                self.of(&out.sums, sizes.features, 1),
                units as u32,
                sizes,
                factors.is_some(),
                self.dtype,
                format,
            );
        }
        out
    }

    /// Writes the output of the queries to `out`, `[images, queries, value_width]`.
    pub fn forward(&self, [query, key, value]: [&Handle; 3], out: &Handle) {
        let (sizes, queries) = (self.queries(), self.shape.queries);
        let context = self.context(self.keys(), key, (value, self.dtype), None);
        // SAFETY: units stay within the queries.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                cube_count(self.heads() * queries, UNITS),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.rows(query, queries, sizes.of_features),
                self.of(&context.products, sizes.features, sizes.columns),
                self.of(&context.sums, sizes.features, 1),
                self.of(out, queries, sizes.columns),
                (self.heads() * queries) as u32,
                sizes,
                self.dtype,
            );
        }
    }

    /// Writes the gradients of the queries' features, the keys' and the values to `out`.
    pub fn backward(&self, given: [&Handle; 3], gradient: &Handle, out: [&Handle; 3]) {
        let [query, key, value] = given;
        let [for_query, for_key, for_value] = out;
        let columns = self.shape.value_head_width();
        let slopes = self.floats(self.shape.queries * columns);
        let for_sums = self.floats(self.shape.queries);
        let context = self.context(self.keys(), key, (value, self.dtype), None);
        self.query_backward(query, &context, gradient, [for_query, &slopes, &for_sums]);
        let slopes = (&slopes, ElemType::Float(FloatKind::F32));
        let for_context = self.context(self.queries(), query, slopes, Some(&for_sums));
        self.key_backward([key, value], &for_context, [for_key, for_value]);
    }

    fn query_backward(
        &self,
        query: &Handle,
        context: &Context,
        gradient: &Handle,
        [out, slopes, for_sums]: [&Handle; 3],
    ) {
        let (sizes, queries) = (self.queries(), self.shape.queries);
        // SAFETY: units stay within the queries.
        unsafe {
            query_backward::launch_unchecked(
                &self.client,
                cube_count(self.heads() * queries, UNITS),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.rows(query, queries, sizes.of_features),
                self.of(&context.products, sizes.features, sizes.columns),
                self.of(&context.sums, sizes.features, 1),
                self.of(gradient, queries, sizes.columns),
                self.rows(out, queries, sizes.of_features),
                self.of(slopes, queries, sizes.columns),
                self.of(for_sums, queries, 1),
                (self.heads() * queries) as u32,
                sizes,
                self.dtype,
            );
        }
    }

    /// Whether keys and values share an array.
    fn together(&self) -> bool {
        let [_, key, value] = self.columns;
        key.row == value.row && key.row > self.shape.features
    }

    fn key_backward(&self, given: [&Handle; 2], for_context: &Context, out: [&Handle; 2]) {
        let (sizes, keys) = (self.keys(), self.shape.keys);
        let ([key, value], [for_key, for_value]) = (given, out);
        let together = self.together();
        // A kernel that writes both to one array ignores the other buffer.
        let for_value = if together { value } else { for_value };
        // SAFETY: units stay within the keys.
        unsafe {
            key_backward::launch_unchecked(
                &self.client,
                cube_count(self.heads() * keys, UNITS),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.rows(key, keys, sizes.of_features),
                self.rows(value, keys, sizes.of_values),
                self.of(&for_context.products, sizes.features, sizes.columns),
                self.of(&for_context.sums, sizes.features, 1),
                self.rows(for_key, keys, sizes.of_features),
                self.rows(for_value, keys, sizes.of_values),
                (self.heads() * keys) as u32,
                sizes,
                together,
                self.dtype,
            );
        }
    }
}
