//! Attention, operation by operation.

use burn::tensor::{Tensor, TensorData};
use patchwork_arch::{
    Attention, AttentionArrays, CONVOLUTION, ConvolutionalArrays, GatedArrays, Grid, Kernel, Norm,
    ProjectionArrays, Projections, Reach, Scores, Stage,
};

use crate::model::composed::{convolve, linear, norm, project};
use crate::model::direct;
use crate::model::fused::Dropout;
use crate::model::ops::depthwise::depthwise_convolution;
use crate::model::ops::gather::{TokenIndex, gather};
use crate::model::ops::{self, Geometry, Shared, Sharing, Stabiliser, distances, mask, windows};
use crate::model::trace::BlockTrace;

/// The weights that linear attention implies are computed for at most so many tokens: they grow with the square, which
/// is what linear attention avoids.
pub(crate) const IMPLIED_TOKENS: usize = 256;

/// Attention, computed operation by operation.
#[derive(Debug, Clone)]
pub(super) struct ComposedAttention {
    arrays: AttentionArrays<Tensor<1>>,
    attention: Attention,
    grid: Grid,
    windows: Option<Windows>,
    /// For each pair of tokens in a window, the row of the relative position table.
    distances: Option<TokenIndex>,
    /// The offsets of each row of that table, for attention with gates.
    offsets: Option<Tensor<3>>,
    dropout: Option<Dropout>,
}

/// Queries, keys and values, `[batch, tokens, width]` each.
enum Projected {
    /// In arrays of their own.
    Apart(Box<[Tensor<3>; 3]>),
    /// Several in one array, for nothing to change before attention.
    Shared(Box<Shared>),
}

/// The windows of a grid.
#[derive(Debug, Clone)]
struct Windows {
    /// From row-major order to windows.
    order: TokenIndex,
    /// From windows back to row-major order.
    back: TokenIndex,
    /// Tokens per window.
    tokens: usize,
    /// Added to the scores, `[windows, 1, tokens, tokens]`, if windows are shifted.
    mask: Option<Tensor<4>>,
}

impl ComposedAttention {
    pub(super) fn new(
        arrays: AttentionArrays<Tensor<1>>,
        attention: Attention,
        stage: &Stage,
        dropout: Option<Dropout>,
    ) -> Self {
        let grid = stage.grid;
        let windows = match attention.reach {
            Reach::Windows { side, shift } => {
                Some(Windows::new(grid, side, shift, &arrays.output.bias))
            }
            Reach::All | Reach::Reduced { .. } | Reach::LowRank { .. } => None,
        };
        let distances = match attention.scores {
            Scores::Plain => None,
            Scores::RelativePositions | Scores::Gated => {
                Some(distances(attention.window(grid)).into())
            }
        };
        let gated = attention.scores == Scores::Gated;
        let offsets = gated.then(|| offsets(attention.window(grid), &arrays.output.bias));
        Self { arrays, attention, grid, windows, distances, offsets, dropout }
    }

    /// Applies attention to tokens `[batch, tokens, width]`, without changing the shape; also returns the attention if
    /// `trace` asks for it.
    pub(super) fn forward(
        &self,
        tokens: Tensor<3>,
        stage: &Stage,
        trace: bool,
    ) -> (Tensor<3>, Option<BlockTrace>) {
        let [batch, count, width] = tokens.dims();
        let tokens = match &self.windows {
            Some(windows) => {
                let parts = batch * count / windows.tokens;
                gather(tokens, &windows.order).reshape([parts, windows.tokens, width])
            }
            None => tokens,
        };
        let projected = self.project(tokens);
        let (read, seen) = match projected {
            #[cfg(feature = "cube")]
            Projected::Shared(shared) if !trace && self.reads_where_they_are(&shared) => {
                (self.read_where_they_are(*shared), None)
            }
            Projected::Shared(shared) => self.read(shared.apart(), stage, trace),
            Projected::Apart(parts) => self.read(*parts, stage, trace),
        };
        let read = linear(&self.arrays.output, read);
        let read = match &self.windows {
            Some(windows) => gather(read.reshape([batch, count, width]), &windows.back),
            None => read,
        };
        (read, seen)
    }

    /// What queries read from values, `[batch, queries, width]`; also returns the attention if `trace` asks for it.
    fn read(
        &self,
        [query, key, value]: [Tensor<3>; 3],
        stage: &Stage,
        trace: bool,
    ) -> (Tensor<3>, Option<BlockTrace>) {
        let (bias, heads) = (self.bias(), self.attention.heads);
        let scale = self.attention.scale(value.dims()[2]);
        if self.attention.kernel != Kernel::Softmax {
            let [query, key] = self.features(query, key);
            let seen = (trace && key.dims()[1] <= IMPLIED_TOKENS).then(|| BlockTrace {
                implied: true,
                ..BlockTrace::plain(stage.places(), implied(&query, &key, heads))
            });
            (ops::linear_attention(query, key, value, heads), seen)
        } else if let Some(arrays) = &self.arrays.gated {
            self.gated(arrays, [query, key, value], scale, trace.then_some(stage))
        } else if trace {
            let (read, weights) = ops::explained_attention(query, key, value, bias, heads, scale);
            (read, self.seen(weights, None, stage))
        } else {
            (ops::attention(query, key, value, bias, heads, scale, self.dropout), None)
        }
    }

    /// Whether the device reads queries, keys and values from arrays that they share.
    #[cfg(feature = "cube")]
    fn reads_where_they_are(&self, shared: &Shared) -> bool {
        let known = match self.attention.kernel {
            Kernel::Softmax | Kernel::Elu => true,
            Kernel::RandomFeatures { .. } => false,
        };
        known && ops::has_shared_attention(shared)
    }

    /// What queries read from values, in arrays that they share.
    #[cfg(feature = "cube")]
    fn read_where_they_are(&self, shared: Shared) -> Tensor<3> {
        if self.attention.kernel != Kernel::Softmax {
            return ops::shared_linear_attention(shared);
        }
        let scale = self.attention.scale(shared.width());
        let Some(arrays) = &self.arrays.gated else {
            return ops::shared_attention(shared, self.bias(), scale, self.dropout);
        };
        let value = shared.part(2);
        let content = ops::shared_attention(shared, None, scale, self.dropout);
        self.with_places(arrays, content, value)
    }

    /// Attention to content and to relative positions, mixed in each head by its gate; also returns both mixed if
    /// `trace` has the stage. Dropout drops the same weights of both, as if it acted on the mixed ones.
    fn gated(
        &self,
        arrays: &GatedArrays<Tensor<1>>,
        [query, key, value]: [Tensor<3>; 3],
        scale: f32,
        trace: Option<&Stage>,
    ) -> (Tensor<3>, Option<BlockTrace>) {
        let heads = self.attention.heads;
        let Some(stage) = trace else {
            let content =
                ops::attention(query, key, value.clone(), None, heads, scale, self.dropout);
            return (self.with_places(arrays, content, value), None);
        };
        let (nothing, scores) = (self.no_content(&value), self.scores_of_places(arrays));
        let content = ops::explained_attention(query, key, value.clone(), None, heads, scale);
        let places =
            ops::explained_attention(nothing.clone(), nothing, value, Some(scores), heads, 0.0);
        let gates = ops::sigmoid(arrays.gates.clone());
        let of_weights = gates.clone().reshape([1, heads, 1, 1]);
        let weights = mixed(content.1, places.1, of_weights);
        let read = mixed(content.0, places.0, self.of_values(&gates));
        (read, self.seen(weights, Some(gates), stage))
    }

    /// What attention to content read, mixed with what attention to relative positions reads from `value`.
    fn with_places(
        &self,
        arrays: &GatedArrays<Tensor<1>>,
        content: Tensor<3>,
        value: Tensor<3>,
    ) -> Tensor<3> {
        let (nothing, heads) = (self.no_content(&value), self.attention.heads);
        let scores = Some(self.scores_of_places(arrays));
        let places =
            ops::attention(nothing.clone(), nothing, value, scores, heads, 0.0, self.dropout);
        mixed(content, places, self.of_values(&ops::sigmoid(arrays.gates.clone())))
    }

    /// Queries and keys without content: the positions' scores alone count.
    fn no_content(&self, value: &Tensor<3>) -> Tensor<3> {
        let [batch, tokens, _] = value.dims();
        zeros([batch, tokens, self.attention.heads], value)
    }

    /// The gates of heads `[heads]` as those of the numbers of a row, `[1, 1, width]`.
    fn of_values(&self, gates: &Tensor<1>) -> Tensor<3> {
        let (heads, [width]) = (self.attention.heads, self.arrays.output.bias.dims());
        let gates = gates.clone().reshape([1, heads, 1]).expand([1, heads, width / heads]);
        gates.reshape([1, 1, width])
    }

    /// Queries, keys and values of tokens `[batch, tokens, width]`.
    fn project(&self, tokens: Tensor<3>) -> Projected {
        let heads = self.attention.heads;
        let projected = match &self.arrays.projections {
            ProjectionArrays::Joint(qkv) => {
                let shared = Shared::joint(project(qkv, tokens), Sharing::All, heads);
                Projected::Shared(Box::new(shared))
            }
            ProjectionArrays::JointByHead(qkv) => {
                let shared = Shared::joint(linear(qkv, tokens), Sharing::AllByHead, heads);
                Projected::Shared(Box::new(shared))
            }
            ProjectionArrays::QueriesApart { query, key_value } => {
                let read = self.reduced(tokens.clone());
                let arrays = [linear(query, tokens), linear(key_value, read)];
                Projected::Shared(Box::new(Shared::two(arrays, Sharing::KeysAndValues, heads)))
            }
            ProjectionArrays::ValuesApart { query_key, value } => {
                let arrays = [project(query_key, tokens.clone()), project(value, tokens)];
                Projected::Shared(Box::new(Shared::two(arrays, Sharing::QueriesAndKeys, heads)))
            }
            ProjectionArrays::Apart(apart) => {
                let parts = apart.each_ref().map(|arrays| project(arrays, tokens.clone()));
                Projected::Apart(Box::new(parts))
            }
            ProjectionArrays::Convolutional([query, key, value]) => {
                let stride = self.stride();
                let parts = [(query, 1), (key, stride), (value, stride)]
                    .map(|(arrays, stride)| self.convolved(arrays, tokens.clone(), stride));
                Projected::Apart(Box::new(parts))
            }
        };
        if self.arrays.sums.is_none() && self.arrays.qk_norms.is_none() {
            return projected;
        }
        let parts = match projected {
            Projected::Apart(parts) => *parts,
            Projected::Shared(shared) => shared.apart(),
        };
        Projected::Apart(Box::new(self.prepared(parts)))
    }

    /// Queries, keys and values with sums of keys and values in place of these, and norms of queries and keys, where the
    /// model has them.
    fn prepared(&self, [query, key, value]: [Tensor<3>; 3]) -> [Tensor<3>; 3] {
        let [key, value] = match &self.arrays.sums {
            Some([of_keys, of_values]) => [summed(key, of_keys), summed(value, of_values)],
            None => [key, value],
        };
        let Some([query_norm, key_norm]) = &self.arrays.qk_norms else {
            return [query, key, value];
        };
        [self.head_norm(query_norm, query), self.head_norm(key_norm, key), value]
    }

    /// Tokens through a depthwise convolution of their grid, a LayerNorm and a matrix; those in front through the matrix
    /// alone.
    fn convolved(
        &self,
        arrays: &ConvolutionalArrays<Tensor<1>>,
        tokens: Tensor<3>,
        stride: usize,
    ) -> Tensor<3> {
        let ([_, count, width], places) = (tokens.dims(), self.grid.places());
        let front = count - places;
        let kernel = arrays.kernel.clone().reshape([width, 1, CONVOLUTION, CONVOLUTION]);
        let geometry = Geometry::square(self.grid.rows, CONVOLUTION, stride, CONVOLUTION / 2);
        let map = direct::narrow(tokens.clone(), 1, front, places);
        let map = norm(&arrays.norm, depthwise_convolution(map, kernel, None, geometry));
        let map = match front {
            0 => map,
            _ => direct::cat(vec![direct::narrow(tokens, 1, 0, front), map], 1),
        };
        linear(&arrays.linear, map)
    }

    /// How many tokens along a side a key stands for.
    fn stride(&self) -> usize {
        match (self.attention.projections, self.attention.reach) {
            (Projections::Convolutional { stride }, _) | (_, Reach::Reduced { stride }) => stride,
            _ => 1,
        }
    }

    /// The input of the projections to keys and values.
    fn reduced(&self, tokens: Tensor<3>) -> Tensor<3> {
        let (Reach::Reduced { stride }, Some((convolution, arrays))) =
            (self.attention.reach, &self.arrays.reduction)
        else {
            return tokens;
        };
        let geometry = Geometry::square(self.grid.rows, stride, stride, 0);
        norm(arrays, convolve(convolution, tokens, geometry))
    }

    /// A LayerNorm over each head.
    fn head_norm(&self, arrays: &Norm<Tensor<1>>, rows: Tensor<3>) -> Tensor<3> {
        let ([batch, tokens, width], heads) = (rows.dims(), self.attention.heads);
        let rows = rows.reshape([batch, tokens * heads, width / heads]);
        norm(arrays, rows).reshape([batch, tokens, width])
    }

    /// The features of queries and keys, for linear attention.
    fn features(&self, query: Tensor<3>, key: Tensor<3>) -> [Tensor<3>; 2] {
        let Some(directions) = &self.arrays.directions else {
            return [query, key].map(ops::elu_plus_one);
        };
        let (heads, head) = (self.attention.heads, query.dims()[2] / self.attention.heads);
        let directions = directions.clone().reshape([directions.dims()[0] / head, head]);
        [
            ops::random_features(query, directions.clone(), heads, Stabiliser::Token),
            ops::random_features(key, directions, heads, Stabiliser::Image),
        ]
    }

    /// The bias of the scores, `[groups, heads, queries, keys]`.
    fn bias(&self) -> Option<Tensor<4>> {
        let heads = self.attention.heads;
        let positions = self.arrays.positions.as_ref().map(|table| {
            let rows = table.dims()[0] / heads;
            self.of_pairs(table.clone().reshape([1, rows, heads]))
        });
        let mask = self.windows.as_ref().and_then(|windows| windows.mask.clone());
        match (positions, mask) {
            (Some(positions), Some(mask)) => Some(direct::add(mask, positions)),
            (Some(positions), None) => Some(positions),
            (None, Some(mask)) => {
                let [windows, _, queries, keys] = mask.dims();
                Some(mask.expand([windows, heads, queries, keys]))
            }
            (None, None) => None,
        }
    }

    /// The scores of the attention to relative positions, `[1, heads, queries, keys]`.
    fn scores_of_places(&self, arrays: &GatedArrays<Tensor<1>>) -> Tensor<4> {
        let offsets = self.offsets.clone().expect("offsets of attention with gates");
        let factors = direct::swap(arrays.factors.clone().reshape([self.attention.heads, 3]), 0, 1);
        self.of_pairs(ops::linear(offsets, factors, Some(arrays.bias.clone())))
    }

    /// From a table of relative positions, `[1, offsets, heads]`, to all pairs of tokens of a window or of the grid,
    /// `[1, heads, queries, keys]`.
    fn of_pairs(&self, table: Tensor<3>) -> Tensor<4> {
        let (heads, side) = (self.attention.heads, self.attention.window(self.grid));
        let distances = self.distances.as_ref().expect("an index of relative positions");
        let pairs = gather(table, distances);
        direct::swap(pairs, 1, 2).reshape([1, heads, side * side, side * side])
    }

    /// The attention for the trace; `None` if keys are combinations of tokens.
    fn seen(
        &self,
        weights: Tensor<4>,
        gates: Option<Tensor<1>>,
        stage: &Stage,
    ) -> Option<BlockTrace> {
        if matches!(self.attention.reach, Reach::LowRank { .. }) {
            return None;
        }
        let stride = self.stride();
        let convolved = matches!(self.attention.projections, Projections::Convolutional { .. });
        Some(BlockTrace {
            halves_before: if convolved { stride - 1 } else { 0 },
            keys: self.attention.keys(stage.places()),
            stride,
            windows: self.windows.as_ref().map(|windows| windows.order.clone()),
            implied: false,
            weights,
            gates,
        })
    }
}

/// `content + gates · (places - content)`, with broadcasting.
fn mixed<const D: usize>(content: Tensor<D>, places: Tensor<D>, gates: Tensor<D>) -> Tensor<D> {
    let difference = direct::subtract(places, content.clone());
    direct::add(content, direct::product(difference, gates))
}

/// Zeros on the device and in the number format of `like`.
fn zeros(dims: [usize; 3], like: &Tensor<3>) -> Tensor<3> {
    let zeros = Tensor::zeros(dims, (&like.device().without_autodiff(), like.dtype()));
    if like.is_autodiff() { zeros.autodiff() } else { zeros }
}

/// The weights `[batch, heads, queries, keys]` that linear attention implies and never forms. With one-hot values the
/// output of a query is its weights: as many keys at a time as a head has components.
fn implied(query: &Tensor<3>, key: &Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, queries, width] = query.dims();
    let (keys, each) = (key.dims()[1], width / heads);
    let device = query.device();
    let columns = (0..keys).step_by(each).map(|first| {
        let mut values = vec![0.0; batch * keys * width];
        for (row, values) in values.chunks_exact_mut(width).enumerate() {
            let place = (row % keys).checked_sub(first).filter(|&place| place < each);
            let Some(place) = place else { continue };
            (0..heads).for_each(|head| values[head * each + place] = 1.0);
        }
        let one_hot = Tensor::from_data(TensorData::new(values, [batch, keys, width]), &device);
        let read = ops::linear_attention(query.clone(), key.clone(), one_hot, heads);
        direct::swap(read.reshape([batch, queries, heads, each]), 1, 2)
    });
    direct::narrow(direct::cat(columns.collect(), 3), 3, 0, keys)
}

/// Combinations of rows `[batch, tokens, width]` with weights `[tokens, rank]`: `[batch, rank, width]`.
fn summed(rows: Tensor<3>, weights: &Tensor<1>) -> Tensor<3> {
    let tokens = rows.dims()[1];
    let matrix = weights.clone().reshape([tokens, weights.dims()[0] / tokens]);
    direct::swap(ops::linear(direct::swap(rows, 1, 2), matrix, None), 1, 2)
}

impl Windows {
    /// Windows of `side`, shifted by `shift`, on the device and in the number format of `like`.
    fn new(grid: Grid, side: usize, shift: usize, like: &Tensor<1>) -> Self {
        let order = windows([grid.rows, grid.columns], side, shift);
        let back = order.inverse().expect("each token is in one window");
        Self {
            order: order.into(),
            back: back.into(),
            tokens: side * side,
            mask: (shift > 0).then(|| {
                let values = mask([grid.rows, grid.columns], side, shift);
                let tokens = side * side;
                on_device_of(like, &values).reshape([grid.places() / tokens, 1, tokens, tokens])
            }),
        }
    }
}

/// The column offset, the row offset and the squared distance from query to key for each row of the relative position
/// table of a square of `side`, `[1, offsets, 3]`, on the device and in the number format of `like`.
fn offsets(side: usize, like: &Tensor<1>) -> Tensor<3> {
    let apart = || (0..2 * side - 1).map(move |row| (side - 1) as f32 - row as f32);
    let pairs = apart().flat_map(|down| apart().map(move |right| (down, right)));
    let values: Vec<f32> =
        pairs.flat_map(|(down, right)| [right, down, right * right + down * down]).collect();
    let rows = values.len() / 3;
    on_device_of(like, &values).reshape([1, rows, 3])
}

/// Constants on the device and in the number format of `like`.
fn on_device_of(like: &Tensor<1>, values: &[f32]) -> Tensor<1> {
    let device = like.device().without_autodiff();
    let flat = Tensor::<1>::from_data(values, &device).cast(like.dtype());
    if like.is_autodiff() { flat.autodiff() } else { flat }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    /// Positive numbers, `[1, rows, width]`.
    fn positive(rows: usize, width: usize, seed: usize) -> (Vec<f32>, Tensor<3>) {
        let values: Vec<f32> =
            (0..rows * width).map(|i| 0.1 + ((i * 37 + seed * 11) % 17) as f32 / 9.0).collect();
        let data = TensorData::new(values.clone(), [1, rows, width]);
        (values, Tensor::from_data(data, &Device::flex()))
    }

    #[test]
    fn implied_weights_are_products_of_features_divided_by_their_sum() {
        // Seven keys with heads of three components: the last group of one-hot values is not full.
        let (queries, keys, heads, each) = (5, 7, 2, 3);
        let (query, query_features) = positive(queries, heads * each, 1);
        let (key, key_features) = positive(keys, heads * each, 2);
        let found = implied(&query_features, &key_features, heads);
        assert_eq!(found.dims(), [1, heads, queries, keys]);
        let found = found.into_data().try_to_vec::<f32>().expect("numbers");
        for (row, found) in found.chunks_exact(keys).enumerate() {
            let (head, from) = (row / queries, row % queries);
            let of = |rows: &[f32], at: usize, i: usize| rows[at * heads * each + head * each + i];
            let products: Vec<f32> = (0..keys)
                .map(|to| (0..each).map(|i| of(&query, from, i) * of(&key, to, i)).sum())
                .collect();
            let sum: f32 = products.iter().sum();
            for (found, product) in found.iter().zip(products) {
                assert!((found - product / sum).abs() < 1e-5, "{found} for {}", product / sum);
            }
        }
    }
}
