//! Attention with separate queries, keys and values, forward and backward. A unit handles a query, or a key, of one
//! head; the scores of a query stay in its unit (after Dao et al. 2022).
//!
//! Sums, and the log-sum-exp that the backward pass reads, are 32-bit floats in any format. A kernel may have eight
//! buffers including the one for scalars, so each gradient has a separate kernel.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::attention_core::Attention;

use crate::attention::{LOWEST, add, dot, read, write, zeros};
use crate::buffer::{buffer, vector};
use crate::columns::Columns;
use crate::dropout::{DropoutRule, factor, rule_argument};
use crate::grid::cube_count;
use crate::math::sum;

/// Units of a cube.
const UNITS: u32 = 64;

/// The compile-time sizes of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Sizes {
    heads: usize,
    queries: usize,
    keys: usize,
    head_width: usize,
    /// Width of values in one head.
    value_width: usize,
    /// Groups of the bias; 0 without a bias.
    groups: usize,
    /// Whether weights are dropped.
    dropped: bool,
    /// Where rows hold queries, keys and values.
    columns: [Columns; 3],
}

impl Sizes {
    /// Vectors of a query in one head.
    fn size(&self, n: usize) -> usize {
        self.head_width / n
    }

    /// Vectors of a value in one head.
    fn value_size(&self, n: usize) -> usize {
        self.value_width / n
    }

    /// Where rows hold queries, in vectors.
    fn query(&self, n: usize) -> Columns {
        self.columns[0].vectors(n)
    }

    /// Where rows hold keys, in vectors.
    fn key(&self, n: usize) -> Columns {
        self.columns[1].vectors(n)
    }

    /// Where rows hold values, in vectors.
    fn value(&self, n: usize) -> Columns {
        self.columns[2].vectors(n)
    }

    /// Where rows hold outputs, in vectors.
    fn output(&self, n: usize) -> Columns {
        Columns::alone(self.heads, self.value_width).vectors(n)
    }
}

/// The item of a unit: a query or a key, of one head of one image.
#[derive(CubeType, Clone, Copy)]
struct Own {
    image: usize,
    head: usize,
    token: usize,
}

/// Item `number` among `tokens` of each head of each image.
#[cube]
fn own(number: usize, #[comptime] tokens: usize, #[comptime] heads: usize) -> Own {
    let head = number / tokens;
    Own { image: head / heads, head: head % heads, token: number % tokens }
}

/// The offset of a head of a token in the batch, in vectors.
#[cube]
fn place_of(
    own: &Own,
    token: usize,
    #[comptime] tokens: usize,
    #[comptime] columns: Columns,
) -> usize {
    (own.image * tokens + token) * columns.row + own.head * columns.step + columns.start
}

/// The dropout factor of the weight between a query and a key.
#[cube]
fn kept(
    dropout: &DropoutRule,
    own: &Own,
    query: usize,
    key: usize,
    #[comptime] sizes: Sizes,
) -> f32 {
    let mut kept = 1.0f32;
    if comptime!(sizes.dropped) {
        let head = own.image * sizes.heads + own.head;
        kept = factor(dropout, ((head * sizes.queries + query) * sizes.keys + key) as u32);
    }
    kept
}

/// The bias of the score of a query and a key.
#[cube]
fn bias_of<F: Float>(
    bias: &[F],
    own: &Own,
    query: usize,
    key: usize,
    #[comptime] sizes: Sizes,
) -> f32 {
    let mut added = 0.0f32;
    if comptime!(sizes.groups > 0) {
        let head = own.image % sizes.groups * sizes.heads + own.head;
        added = f32::cast_from(bias[(head * sizes.queries + query) * sizes.keys + key]);
    }
    added
}

/// Attention for all queries, with a running maximum of their scores.
///
/// # Shapes
/// - query: `[images, queries, heads, head_width]`, key: `[images, keys, heads, head_width]`, value:
///   `[images, keys, heads, value_width]`; several may be one array, see [`Columns`]
/// - bias: `[groups, heads, queries, keys]`; unused without groups
/// - output: `[images, queries, heads, value_width]`, written
/// - log_sums (the logarithm of the sum of a query's exponential scores): `[images, heads, queries]`, written
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    value: &[Vector<F, N>],
    bias: &[F],
    output: &mut [Vector<F, N>],
    log_sums: &mut [f32],
    units: u32,
    scale: f32,
    dropout: DropoutRule,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.size(n));
    let value_size = comptime!(sizes.value_size(n));
    let own = own(ABSOLUTE_POS, sizes.queries, sizes.heads);
    let place = place_of(&own, own.token, sizes.queries, comptime!(sizes.query(n)));
    let own_query = read(query, place, scale, size);
    let mut values = zeros(value_size);
    let highest = RuntimeCell::<f32>::new(LOWEST);
    let total = RuntimeCell::<f32>::new(0.0f32);
    for other in 0..sizes.keys {
        let place = place_of(&own, other, sizes.keys, comptime!(sizes.key(n)));
        let score =
            dot(&own_query, key, place, size) + bias_of(bias, &own, own.token, other, sizes);
        let new = max(highest.read(), score);
        let shrink = (highest.read() - new).exp();
        let weight = (score - new).exp();
        #[unroll]
        for i in 0..value_size {
            values[i] *= Vector::new(shrink);
        }
        let shown = weight * kept(&dropout, &own, own.token, other, sizes);
        let place = place_of(&own, other, sizes.keys, comptime!(sizes.value(n)));
        add(&mut values, shown, value, place, value_size);
        total.store(total.read() * shrink + weight);
        highest.store(new);
    }
    #[unroll]
    for i in 0..value_size {
        values[i] /= Vector::new(total.read());
    }
    let place = place_of(&own, own.token, sizes.queries, comptime!(sizes.output(n)));
    write(output, place, &values, value_size);
    log_sums[ABSOLUTE_POS] = highest.read() + total.read().ln();
}

/// The attention weights, for display.
///
/// # Shapes
/// - query, key, bias, log_sums: as in [`forward()`]
/// - output: `[images, heads, queries, keys]`, written
#[cube(launch_unchecked)]
fn weights<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    bias: &[F],
    log_sums: &[f32],
    output: &mut [F],
    units: u32,
    scale: f32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.size(n));
    let own = own(ABSOLUTE_POS, sizes.queries, sizes.heads);
    let place = place_of(&own, own.token, sizes.queries, comptime!(sizes.query(n)));
    let own_query = read(query, place, scale, size);
    let log_sum = log_sums[ABSOLUTE_POS];
    for other in 0..sizes.keys {
        let place = place_of(&own, other, sizes.keys, comptime!(sizes.key(n)));
        let score =
            dot(&own_query, key, place, size) + bias_of(bias, &own, own.token, other, sizes);
        output[ABSOLUTE_POS * sizes.keys + other] = F::cast_from((score - log_sum).exp());
    }
}

/// Statistics of each query for the gradients: its log-sum-exp, and the dot product of its output with the output's
/// gradient.
///
/// # Shapes
/// - output, gradient: `[images, queries, heads, value_width]`
/// - log_sums: `[images, heads, queries]`
/// - known: `[images, heads, queries, 2]`, written
#[cube(launch_unchecked)]
fn known<F: Float, N: Size>(
    output: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    log_sums: &[f32],
    known: &mut [f32],
    units: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let value_size = comptime!(sizes.value_size(n));
    let own = own(ABSOLUTE_POS, sizes.queries, sizes.heads);
    let place = place_of(&own, own.token, sizes.queries, comptime!(sizes.output(n)));
    known[2 * ABSOLUTE_POS] = log_sums[ABSOLUTE_POS];
    known[2 * ABSOLUTE_POS + 1] = dot_rows(output, place, gradient, place, value_size);
}

/// The dot product of two rows in memory.
#[cube]
fn dot_rows<F: Float, N: Size>(
    left: &[Vector<F, N>],
    left_place: usize,
    right: &[Vector<F, N>],
    right_place: usize,
    #[comptime] size: usize,
) -> f32 {
    let mut products = Vector::<f32, N>::new(0.0f32);
    for i in 0..size {
        products += Vector::<f32, N>::cast_from(left[left_place + i])
            * Vector::cast_from(right[right_place + i]);
    }
    sum(products)
}

/// The gradient of a query, see [`query_backward()`].
#[cube]
fn for_query<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    value: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    scale: f32,
    dropout: &DropoutRule,
    own: &Own,
    #[comptime] sizes: Sizes,
) -> Array<Vector<f32, N>> {
    let n = N::value();
    let size = comptime!(sizes.size(n));
    let value_size = comptime!(sizes.value_size(n));
    let place = place_of(own, own.token, sizes.queries, comptime!(sizes.query(n)));
    let own_query = read(query, place, scale, size);
    let place = place_of(own, own.token, sizes.queries, comptime!(sizes.output(n)));
    let own_gradient = read(gradient, place, 1.0f32, value_size);
    let number = (own.image * sizes.heads + own.head) * sizes.queries + own.token;
    let log_sum = known[2 * number];
    let expected = known[2 * number + 1];
    let mut sums = zeros(size);
    for other in 0..sizes.keys {
        let place = place_of(own, other, sizes.keys, comptime!(sizes.key(n)));
        let score = dot(&own_query, key, place, size) + bias_of(bias, own, own.token, other, sizes);
        let value_place = place_of(own, other, sizes.keys, comptime!(sizes.value(n)));
        let slope = dot(&own_gradient, value, value_place, value_size)
            * kept(dropout, own, own.token, other, sizes);
        let for_score = (score - log_sum).exp() * (slope - expected);
        add(&mut sums, for_score * scale, key, place, size);
    }
    sums
}

/// The gradient of a key, see [`key_backward()`].
#[cube]
fn for_key<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    value: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    scale: f32,
    dropout: &DropoutRule,
    own: &Own,
    #[comptime] sizes: Sizes,
) -> Array<Vector<f32, N>> {
    let n = N::value();
    let size = comptime!(sizes.size(n));
    let value_size = comptime!(sizes.value_size(n));
    let place = place_of(own, own.token, sizes.keys, comptime!(sizes.key(n)));
    let own_key = read(key, place, scale, size);
    let place = place_of(own, own.token, sizes.keys, comptime!(sizes.value(n)));
    let own_value = read(value, place, 1.0f32, value_size);
    let first = (own.image * sizes.heads + own.head) * sizes.queries;
    let mut sums = zeros(size);
    for other in 0..sizes.queries {
        let place = place_of(own, other, sizes.queries, comptime!(sizes.query(n)));
        let score = dot(&own_key, query, place, size) + bias_of(bias, own, other, own.token, sizes);
        let weight = (score - known[2 * (first + other)]).exp();
        let value_place = place_of(own, other, sizes.queries, comptime!(sizes.output(n)));
        let slope = dot(&own_value, gradient, value_place, value_size)
            * kept(dropout, own, other, own.token, sizes);
        let for_score = weight * (slope - known[2 * (first + other) + 1]);
        add(&mut sums, for_score * scale, query, place, size);
    }
    sums
}

/// The gradient of a value, see [`value_backward()`].
#[cube]
fn for_value<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    scale: f32,
    dropout: &DropoutRule,
    own: &Own,
    #[comptime] sizes: Sizes,
) -> Array<Vector<f32, N>> {
    let n = N::value();
    let size = comptime!(sizes.size(n));
    let value_size = comptime!(sizes.value_size(n));
    let place = place_of(own, own.token, sizes.keys, comptime!(sizes.key(n)));
    let own_key = read(key, place, scale, size);
    let first = (own.image * sizes.heads + own.head) * sizes.queries;
    let mut sums = zeros(value_size);
    for other in 0..sizes.queries {
        let place = place_of(own, other, sizes.queries, comptime!(sizes.query(n)));
        let score = dot(&own_key, query, place, size) + bias_of(bias, own, other, own.token, sizes);
        let weight = (score - known[2 * (first + other)]).exp();
        let shown = weight * kept(dropout, own, other, own.token, sizes);
        let value_place = place_of(own, other, sizes.queries, comptime!(sizes.output(n)));
        add(&mut sums, shown, gradient, value_place, value_size);
    }
    sums
}

/// The gradient of the queries. Scores are recomputed.
///
/// # Shapes
/// - query, key, value, bias: as in [`forward()`]
/// - gradient: `[images, queries, heads, value_width]`
/// - known: as [`known()`] wrote it
/// - out: as `query`, written
#[cube(launch_unchecked)]
fn query_backward<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    value: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    out: &mut [Vector<F, N>],
    units: u32,
    scale: f32,
    dropout: DropoutRule,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let own = own(ABSOLUTE_POS, sizes.queries, sizes.heads);
    let sums = for_query(query, key, value, bias, gradient, known, scale, &dropout, &own, sizes);
    let place = place_of(&own, own.token, sizes.queries, comptime!(sizes.query(n)));
    write(out, place, &sums, comptime!(sizes.size(n)));
}

/// The gradient of the keys, like [`query_backward()`].
#[cube(launch_unchecked)]
fn key_backward<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    value: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    out: &mut [Vector<F, N>],
    units: u32,
    scale: f32,
    dropout: DropoutRule,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let own = own(ABSOLUTE_POS, sizes.keys, sizes.heads);
    let sums = for_key(query, key, value, bias, gradient, known, scale, &dropout, &own, sizes);
    let place = place_of(&own, own.token, sizes.keys, comptime!(sizes.key(n)));
    write(out, place, &sums, comptime!(sizes.size(n)));
}

/// The gradient of the values, like [`query_backward()`].
#[cube(launch_unchecked)]
fn value_backward<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    out: &mut [Vector<F, N>],
    units: u32,
    scale: f32,
    dropout: DropoutRule,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let own = own(ABSOLUTE_POS, sizes.keys, sizes.heads);
    let sums = for_value(query, key, bias, gradient, known, scale, &dropout, &own, sizes);
    let place = place_of(&own, own.token, sizes.keys, comptime!(sizes.value(n)));
    write(out, place, &sums, comptime!(sizes.value_size(n)));
}

/// The gradients of queries, keys and values in one array, like [`query_backward()`]; a unit handles a token as all three.
#[cube(launch_unchecked)]
fn joint_backward<F: Float, N: Size>(
    given: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    out: &mut [Vector<F, N>],
    units: u32,
    scale: f32,
    dropout: DropoutRule,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= units as usize {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.size(n));
    let own = own(ABSOLUTE_POS, sizes.queries, sizes.heads);
    let sums = for_query(given, given, given, bias, gradient, known, scale, &dropout, &own, sizes);
    let place = place_of(&own, own.token, sizes.queries, comptime!(sizes.query(n)));
    write(out, place, &sums, size);
    let sums = for_key(given, given, given, bias, gradient, known, scale, &dropout, &own, sizes);
    let place = place_of(&own, own.token, sizes.keys, comptime!(sizes.key(n)));
    write(out, place, &sums, size);
    let sums = for_value(given, given, bias, gradient, known, scale, &dropout, &own, sizes);
    let place = place_of(&own, own.token, sizes.keys, comptime!(sizes.value(n)));
    write(out, place, &sums, size);
}

/// The gradient of the bias, like [`query_backward()`]; a unit handles one number and sums over the images of
/// its group.
#[cube(launch_unchecked)]
fn bias_backward<F: Float, N: Size>(
    query: &[Vector<F, N>],
    key: &[Vector<F, N>],
    value: &[Vector<F, N>],
    bias: &[F],
    gradient: &[Vector<F, N>],
    known: &[f32],
    out: &mut [F],
    images: u32,
    scale: f32,
    dropout: DropoutRule,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    let pairs = comptime!(sizes.queries * sizes.keys);
    if ABSOLUTE_POS >= comptime!(sizes.groups * sizes.heads * pairs) {
        terminate!();
    }
    let n = N::value();
    let size = comptime!(sizes.size(n));
    let value_size = comptime!(sizes.value_size(n));
    let head = ABSOLUTE_POS / pairs;
    let (token, other) = (ABSOLUTE_POS % pairs / sizes.keys, ABSOLUTE_POS % sizes.keys);
    let mut total = 0.0f32;
    for image in range_stepped(head / sizes.heads, images as usize, sizes.groups) {
        let own = Own { image, head: head % sizes.heads, token };
        let place = place_of(&own, token, sizes.queries, comptime!(sizes.query(n)));
        let key_place = place_of(&own, other, sizes.keys, comptime!(sizes.key(n)));
        let score = dot_rows(query, place, key, key_place, size) * scale
            + bias_of(bias, &own, token, other, sizes);
        let number = (image * sizes.heads + own.head) * sizes.queries + token;
        let weight = (score - known[2 * number]).exp();
        let place = place_of(&own, token, sizes.queries, comptime!(sizes.output(n)));
        let value_place = place_of(&own, other, sizes.keys, comptime!(sizes.value(n)));
        let slope = dot_rows(gradient, place, value, value_place, value_size)
            * kept(&dropout, &own, token, other, sizes);
        total += weight * (slope - known[2 * number + 1]);
    }
    out[ABSOLUTE_POS] = F::cast_from(total);
}

/// Attention on some images, on a device.
pub struct AttentionCore {
    /// The device.
    pub client: Client,
    /// Sizes, scale and dropout.
    pub of: Attention,
    /// Images.
    pub images: usize,
    /// The number format of all buffers except the log-sum-exps.
    pub dtype: ElemType,
    /// Groups of the bias; 0 without a bias.
    pub groups: usize,
    /// Where rows hold queries, keys and values. Those that share an array share its gradient.
    pub columns: [Columns; 3],
}

/// Queries, keys and values, and the bias if there is one.
pub struct Biased<'a> {
    /// `[images, queries, width]`
    pub query: &'a Handle,
    /// `[images, keys, width]`
    pub key: &'a Handle,
    /// `[images, keys, value_width]`
    pub value: &'a Handle,
    /// `[groups, heads, queries, keys]`
    pub bias: Option<&'a Handle>,
}

/// Launches a kernel with the given number of units.
macro_rules! launch {
    ($of:ident, $kernel:ident, $units:expr, $($argument:expr),+) => {
        // SAFETY: units access only rows of existing heads, and there are no more units than items.
        unsafe {
            $kernel::launch_unchecked(
                &$of.client,
                cube_count($units, UNITS),
                CubeDim::new_1d(UNITS),
                $of.vector(),
                $($argument,)+
                $of.dtype,
            )
        }
    };
}

impl AttentionCore {
    fn vector(&self) -> usize {
        vector(&[self.of.head_width(), self.of.value_head_width()])
    }

    fn sizes(&self) -> Sizes {
        let Attention { heads, queries, keys, dropout, .. } = self.of;
        Sizes {
            heads,
            queries,
            keys,
            head_width: self.of.head_width(),
            value_width: self.of.value_head_width(),
            groups: self.groups,
            dropped: dropout.is_some(),
            columns: self.columns,
        }
    }

    /// Queries of all heads of all images.
    fn queries(&self) -> usize {
        self.images * self.of.heads * self.of.queries
    }

    /// Keys of all heads of all images.
    fn keys(&self) -> usize {
        self.images * self.of.heads * self.of.keys
    }

    fn query(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.of.queries * self.columns[0].row)
    }

    fn key(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.of.keys * self.columns[1].row)
    }

    fn value(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.of.keys * self.columns[2].row)
    }

    /// The buffer of the output or its gradient.
    fn output(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.queries() * self.of.value_head_width())
    }

    /// The bias; without one, a buffer that the kernel ignores.
    fn bias(&self, given: &Biased) -> BufferArg {
        let size = self.groups * self.of.weights();
        buffer(given.bias.unwrap_or(given.query).clone(), size)
    }

    /// A buffer of `each` 32-bit floats per query.
    fn of_queries(&self, handle: &Handle, each: usize) -> BufferArg {
        buffer(handle.clone(), each * self.queries())
    }

    /// The number of log-sum-exps of a forward pass, which are 32-bit floats: `[images, heads,
    /// queries]`.
    pub fn log_sums(&self) -> usize {
        self.queries()
    }

    /// Writes the output to `output`, `[images, queries, value_width]`, and the log-sum-exp of each query's scores to
    /// `log_sums`, `[images, heads, queries]`.
    pub fn forward(&self, given: &Biased, output: &Handle, log_sums: &Handle) {
        launch!(
            self,
            forward,
            self.queries(),
            self.query(given.query),
            self.key(given.key),
            self.value(given.value),
            self.bias(given),
            self.output(output),
            self.of_queries(log_sums, 1),
            self.queries() as u32,
            self.of.scale,
            rule_argument(self.of.dropout),
            self.sizes()
        );
    }

    /// Writes the attention weights of a forward pass to `output`, `[images, heads, queries, keys]`.
    pub fn weights(&self, given: &Biased, log_sums: &Handle, output: &Handle) {
        launch!(
            self,
            weights,
            self.queries(),
            self.query(given.query),
            self.key(given.key),
            self.bias(given),
            self.of_queries(log_sums, 1),
            buffer(output.clone(), self.images * self.of.weights()),
            self.queries() as u32,
            self.of.scale,
            self.sizes()
        );
    }

    /// Writes the gradients of queries, keys, values and bias, where requested. `output` and `log_sums` come from the
    /// forward pass.
    pub fn backward(
        &self,
        given: &Biased,
        [output, log_sums]: [&Handle; 2],
        gradient: &Handle,
        [for_query, for_key, for_value, for_bias]: [Option<&Handle>; 4],
    ) {
        let known = self.known(output, log_sums, gradient);
        if let Some(out) = for_bias {
            self.bias_backward(given, gradient, &known, out);
        }
        if self.joint() {
            if let Some(out) = for_query {
                self.joint_backward(given, gradient, &known, out);
            }
            return;
        }
        if let Some(out) = for_query {
            self.query_backward(given, gradient, &known, out);
        }
        if let Some(out) = for_key {
            self.key_backward(given, gradient, &known, out);
        }
        if let Some(out) = for_value {
            self.value_backward(given, gradient, &known, out);
        }
    }

    /// Whether queries, keys and values are one array.
    fn joint(&self) -> bool {
        let all = 2 * self.of.width + self.of.value_width;
        self.columns.iter().all(|columns| columns.row == all)
    }

    /// Statistics of each query for the gradients.
    fn known(&self, output: &Handle, log_sums: &Handle, gradient: &Handle) -> Handle {
        let out = self.client.empty(2 * self.queries() * size_of::<f32>());
        launch!(
            self,
            known,
            self.queries(),
            self.output(output),
            self.output(gradient),
            self.of_queries(log_sums, 1),
            self.of_queries(&out, 2),
            self.queries() as u32,
            self.sizes()
        );
        out
    }

    fn joint_backward(&self, given: &Biased, gradient: &Handle, known: &Handle, out: &Handle) {
        launch!(
            self,
            joint_backward,
            self.queries(),
            self.query(given.query),
            self.bias(given),
            self.output(gradient),
            self.of_queries(known, 2),
            self.query(out),
            self.queries() as u32,
            self.of.scale,
            rule_argument(self.of.dropout),
            self.sizes()
        );
    }

    fn query_backward(&self, given: &Biased, gradient: &Handle, known: &Handle, out: &Handle) {
        launch!(
            self,
            query_backward,
            self.queries(),
            self.query(given.query),
            self.key(given.key),
            self.value(given.value),
            self.bias(given),
            self.output(gradient),
            self.of_queries(known, 2),
            self.query(out),
            self.queries() as u32,
            self.of.scale,
            rule_argument(self.of.dropout),
            self.sizes()
        );
    }

    fn key_backward(&self, given: &Biased, gradient: &Handle, known: &Handle, out: &Handle) {
        launch!(
            self,
            key_backward,
            self.keys(),
            self.query(given.query),
            self.key(given.key),
            self.value(given.value),
            self.bias(given),
            self.output(gradient),
            self.of_queries(known, 2),
            self.key(out),
            self.keys() as u32,
            self.of.scale,
            rule_argument(self.of.dropout),
            self.sizes()
        );
    }

    fn value_backward(&self, given: &Biased, gradient: &Handle, known: &Handle, out: &Handle) {
        launch!(
            self,
            value_backward,
            self.keys(),
            self.query(given.query),
            self.key(given.key),
            self.bias(given),
            self.output(gradient),
            self.of_queries(known, 2),
            self.value(out),
            self.keys() as u32,
            self.of.scale,
            rule_argument(self.of.dropout),
            self.sizes()
        );
    }

    fn bias_backward(&self, given: &Biased, gradient: &Handle, known: &Handle, out: &Handle) {
        launch!(
            self,
            bias_backward,
            self.groups * self.of.weights(),
            self.query(given.query),
            self.key(given.key),
            self.value(given.value),
            self.bias(given),
            self.output(gradient),
            self.of_queries(known, 2),
            buffer(out.clone(), self.groups * self.of.weights()),
            self.images as u32,
            self.of.scale,
            rule_argument(self.of.dropout),
            self.sizes()
        );
    }
}
