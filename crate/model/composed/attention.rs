//! Attention, operation by operation.

use burn::tensor::{Tensor, TensorData};
use patchwork_arch::{
    Attention, AttentionArrays, Grid, Kernel, Norm, ProjectionArrays, Reach, Scores, Stage,
};

use crate::model::composed::{convolve, linear, norm, project};
use crate::model::direct;
use crate::model::fused::Dropout;
use crate::model::ops::gather::{TokenIndex, gather};
use crate::model::ops::{self, Geometry, windows};
use crate::model::trace::BlockTrace;

/// Added to the scores of pairs of tokens that do not attend to each other; every 16-bit format can represent it.
const MASKED: f32 = -100.0;

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
    dropout: Option<Dropout>,
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
            Scores::RelativePositions => Some(distances(attention.window(grid))),
        };
        Self { arrays, attention, grid, windows, distances, dropout }
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
        let [query, key, value] = self.project(tokens);
        let (bias, heads) = (self.bias(), self.attention.heads);
        let scale = ((width / heads) as f32).sqrt().recip();
        let (read, seen) = if self.attention.kernel == Kernel::Elu {
            let (query, key) = (features(query), features(key));
            let seen = (trace && key.dims()[1] <= IMPLIED_TOKENS).then(|| BlockTrace {
                implied: true,
                ..BlockTrace::plain(stage.places(), implied(&query, &key, heads))
            });
            (ops::linear_attention(query, key, value, heads), seen)
        } else if trace {
            let (read, weights) = ops::explained_attention(query, key, value, bias, heads, scale);
            (read, self.seen(weights, stage))
        } else {
            (ops::attention(query, key, value, bias, heads, scale, self.dropout), None)
        };
        let read = linear(&self.arrays.output, read);
        let read = match &self.windows {
            Some(windows) => gather(read.reshape([batch, count, width]), &windows.back),
            None => read,
        };
        (read, seen)
    }

    /// Queries, keys and values of tokens `[batch, tokens, width]`.
    fn project(&self, tokens: Tensor<3>) -> [Tensor<3>; 3] {
        let width = tokens.dims()[2];
        let part = |all: &Tensor<3>, part| direct::narrow(all.clone(), 2, part * width, width);
        let [query, key, value] = match &self.arrays.projections {
            ProjectionArrays::Joint(qkv) => {
                let qkv = project(qkv, tokens);
                [0, 1, 2].map(|index| part(&qkv, index))
            }
            ProjectionArrays::QueriesApart { query, key_value } => {
                let read = self.reduced(tokens.clone());
                let key_value = linear(key_value, read);
                [linear(query, tokens), part(&key_value, 0), part(&key_value, 1)]
            }
            ProjectionArrays::Apart(apart) => {
                apart.each_ref().map(|arrays| project(arrays, tokens.clone()))
            }
        };
        let [key, value] = match &self.arrays.sums {
            Some([of_keys, of_values]) => [summed(key, of_keys), summed(value, of_values)],
            None => [key, value],
        };
        let Some([query_norm, key_norm]) = &self.arrays.qk_norms else {
            return [query, key, value];
        };
        [self.head_norm(query_norm, query), self.head_norm(key_norm, key), value]
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

    /// The bias of the scores, `[groups, heads, queries, keys]`.
    fn bias(&self) -> Option<Tensor<4>> {
        let (heads, side) = (self.attention.heads, self.attention.window(self.grid));
        let positions = self.arrays.positions.as_ref().zip(self.distances.as_ref());
        let positions = positions.map(|(table, distances)| {
            let rows = distances.lists().count();
            let pairs = gather(table.clone().reshape([1, rows, heads]), distances);
            direct::swap(pairs, 1, 2).reshape([1, heads, side * side, side * side])
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

    /// The attention for the trace; `None` if keys are combinations of tokens.
    fn seen(&self, weights: Tensor<4>, stage: &Stage) -> Option<BlockTrace> {
        let stride = match self.attention.reach {
            Reach::Reduced { stride } => stride,
            Reach::All | Reach::Windows { .. } => 1,
            Reach::LowRank { .. } => return None,
        };
        Some(BlockTrace {
            keys: self.attention.keys(stage.places()),
            stride,
            windows: self.windows.as_ref().map(|windows| windows.order.clone()),
            implied: false,
            weights,
        })
    }
}

/// `elu(x) + 1` of each component.
fn features(rows: Tensor<3>) -> Tensor<3> {
    let above = direct::relu(rows.clone());
    let below = direct::relu(direct::multiply(rows, -1.0));
    direct::add(above, direct::exp(direct::multiply(below, -1.0)))
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
            mask: (shift > 0).then(|| mask(grid, side, shift, like)),
        }
    }
}

/// The mask of shifted windows, `[windows, 1, tokens, tokens]`: 0 for pairs of tokens from the same region of the grid,
/// else [`MASKED`].
fn mask(grid: Grid, side: usize, shift: usize, like: &Tensor<1>) -> Tensor<4> {
    // The region along one axis of the shifted grid: 0 before the last window; in the last window 1 for the grid's end
    // and 2 for its beginning, which the shift wrapped around.
    let band = |place: usize, length: usize| {
        usize::from(place + side >= length) + usize::from(place + shift >= length)
    };
    let order = windows([grid.rows, grid.columns], side, 0);
    let regions: Vec<usize> = order
        .tokens()
        .iter()
        .map(|&token| {
            let (row, column) = (token as usize / grid.columns, token as usize % grid.columns);
            3 * band(row, grid.rows) + band(column, grid.columns)
        })
        .collect();
    let tokens = side * side;
    let added = |window: &[usize]| -> Vec<f32> {
        let pairs = window.iter().flat_map(|query| window.iter().map(move |key| query == key));
        pairs.map(|same| if same { 0.0 } else { MASKED }).collect()
    };
    let values: Vec<f32> = regions.chunks_exact(tokens).flat_map(added).collect();
    let device = like.device().without_autodiff();
    let flat = Tensor::<1>::from_data(values.as_slice(), &device).cast(like.dtype());
    let flat = if like.is_autodiff() { flat.autodiff() } else { flat };
    flat.reshape([regions.len() / tokens, 1, tokens, tokens])
}

/// For each pair of positions in a square of `side`, the row of the relative position table, which has one row per row
/// and column offset. Queries come first, as in the scores.
fn distances(side: usize) -> TokenIndex {
    let places = || (0..side).flat_map(move |row| (0..side).map(move |column| (row, column)));
    let row = |(query, key): ((usize, usize), (usize, usize))| {
        let down = query.0 + side - 1 - key.0;
        let right = query.1 + side - 1 - key.1;
        (down * (2 * side - 1) + right) as u32
    };
    let pairs = places().flat_map(|query| places().map(move |key| (query, key)));
    ops::Index::new(pairs.map(row).collect(), (2 * side - 1).pow(2)).into()
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
