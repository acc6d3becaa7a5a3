//! Attention.

use patchwork_arch::{
    Attention, AttentionArrays, CONVOLUTION, ConvolutionalArrays, GatedArrays, Kernel,
    ProjectionArrays, Projections, Reach, Stage,
};
use patchwork_kernels::gather::{distances, mask, windows};
use patchwork_kernels::linear_attention::EPSILON_OF_SUM;
use patchwork_kernels::random_features::EPSILON_OF_FEATURE;

use super::graph::{Graph, Value};
use super::layers::Windows;
use super::messages::Attribute;

/// What attention saw: how much each query reads from each key.
#[derive(Debug)]
pub(super) struct Seen {
    /// `[batch, dims...]`.
    pub weights: Value,
    /// Heads, queries and keys; windows before them, if tokens read within their window.
    pub dims: Vec<usize>,
}

/// Attention over the normalised tokens of a stage, `[batch, tokens, width]`, without changing the shape.
pub(super) fn attend(
    graph: &mut Graph<'_>,
    attention: &Attention,
    arrays: &AttentionArrays<Value>,
    stage: &Stage,
    tokens: &Value,
) -> (Value, Option<Seen>) {
    let windows = OfWindows::of(attention, stage);
    let layer = Layer { attention, arrays, stage, windows };
    let tokens = match &layer.windows {
        Some(windows) => windows.cut(graph, tokens, stage.width()),
        None => tokens.clone(),
    };
    let parts = layer.project(graph, &tokens);
    let parts = parts.map(|rows| layer.heads(graph, &rows));
    let (read, weights) = layer.read(graph, parts);
    let read = layer.together(graph, &read);
    let read = graph.linear(&arrays.output, &read);
    let read = match &layer.windows {
        Some(windows) => windows.join(graph, &read, stage.width()),
        None => read,
    };
    (read, weights.map(|weights| layer.seen(weights)))
}

/// An attention layer of a stage.
struct Layer<'a> {
    attention: &'a Attention,
    arrays: &'a AttentionArrays<Value>,
    stage: &'a Stage,
    windows: Option<OfWindows>,
}

/// The windows of a grid: with them there is an axis of windows before that of tokens.
struct OfWindows {
    /// The order of the tokens, window by window.
    order: Vec<u32>,
    /// The order that undoes it.
    back: Vec<u32>,
    /// Tokens of a window.
    tokens: usize,
    /// Added to the scores, `[windows, tokens, tokens]`; empty if windows are not shifted.
    mask: Vec<f32>,
}

impl OfWindows {
    fn of(attention: &Attention, stage: &Stage) -> Option<Self> {
        let Reach::Windows { side, shift } = attention.reach else { return None };
        let map = [stage.grid.rows, stage.grid.columns];
        let order = windows(map, side, shift);
        let back = order.inverse().expect("each token is in one window");
        Some(Self {
            order: order.tokens().to_vec(),
            back: back.tokens().to_vec(),
            tokens: side * side,
            mask: mask(map, side, shift),
        })
    }

    fn count(&self) -> usize {
        self.order.len() / self.tokens
    }

    /// `[batch, tokens, width]` to `[batch, windows, tokens of a window, width]`.
    fn cut(&self, graph: &mut Graph<'_>, tokens: &Value, width: usize) -> Value {
        let ordered = graph.gather(tokens, 1, &self.order);
        graph.reshape(&ordered, &[0, self.count() as i64, self.tokens as i64, width as i64])
    }

    /// The way back.
    fn join(&self, graph: &mut Graph<'_>, tokens: &Value, width: usize) -> Value {
        let joined = graph.reshape(tokens, &[0, -1, width as i64]);
        graph.gather(&joined, 1, &self.back)
    }
}

/// In a layer, rows are `[batch, tokens, width]`, and rows by head `[batch, heads, tokens, width of a head]`. With windows
/// both have an axis more, behind that of the batch.
impl Layer<'_> {
    /// The number of axes before that of tokens.
    fn outer(&self) -> usize {
        1 + usize::from(self.windows.is_some())
    }

    /// Reshapes to the axes up to that of tokens as they are and `last`.
    fn ending(&self, graph: &mut Graph<'_>, rows: &Value, last: &[i64]) -> Value {
        let kept = vec![0; self.outer() + 1];
        graph.reshape(rows, &[&kept, last].concat())
    }

    /// Swaps two axes, counted from that of tokens.
    fn swapped(&self, graph: &mut Graph<'_>, value: &Value, [one, other]: [usize; 2]) -> Value {
        let outer = self.outer();
        let mut axes: Vec<i64> = (0..outer as i64 + 3).collect();
        axes.swap(outer + one, outer + other);
        graph.transpose(value, axes)
    }

    /// The last two axes of rows by head in the other order.
    fn transposed(&self, graph: &mut Graph<'_>, rows: &Value) -> Value {
        self.swapped(graph, rows, [1, 2])
    }

    /// Rows by head.
    fn heads(&self, graph: &mut Graph<'_>, rows: &Value) -> Value {
        let apart = self.ending(graph, rows, &[self.attention.heads as i64, -1]);
        self.swapped(graph, &apart, [0, 1])
    }

    /// Rows of all heads together.
    fn together(&self, graph: &mut Graph<'_>, rows: &Value) -> Value {
        let apart = self.swapped(graph, rows, [0, 1]);
        self.ending(graph, &apart, &[-1])
    }

    /// Queries, keys and values as rows.
    fn project(&self, graph: &mut Graph<'_>, tokens: &Value) -> [Value; 3] {
        let width = self.stage.width();
        let part = |graph: &mut Graph<'_>, all: &Value, part: usize| {
            graph.narrow(all, -1, part * width, width)
        };
        let [query, key, value] = match &self.arrays.projections {
            ProjectionArrays::Joint(qkv) => {
                let qkv = graph.project(qkv, tokens);
                [0, 1, 2].map(|index| part(graph, &qkv, index))
            }
            ProjectionArrays::JointByHead(qkv) => {
                let (qkv, heads) = (graph.linear(qkv, tokens), self.attention.heads);
                let (by_head, head) =
                    (self.ending(graph, &qkv, &[heads as i64, -1]), width / heads);
                [0, 1, 2].map(|index| {
                    let apart = graph.narrow(&by_head, -1, index * head, head);
                    self.ending(graph, &apart, &[-1])
                })
            }
            ProjectionArrays::QueriesApart { query, key_value } => {
                let read = self.reduced(graph, tokens);
                let key_value = graph.linear(key_value, &read);
                let query = graph.linear(query, tokens);
                [query, part(graph, &key_value, 0), part(graph, &key_value, 1)]
            }
            ProjectionArrays::Apart(apart) => {
                apart.each_ref().map(|arrays| graph.project(arrays, tokens))
            }
            ProjectionArrays::ValuesApart { query_key, value } => {
                let query_key = graph.project(query_key, tokens);
                let value = graph.project(value, tokens);
                [part(graph, &query_key, 0), part(graph, &query_key, 1), value]
            }
            ProjectionArrays::Convolutional([query, key, value]) => {
                let stride = self.stride();
                [(query, 1), (key, stride), (value, stride)]
                    .map(|(arrays, stride)| self.convolved(graph, arrays, tokens, stride))
            }
        };
        match &self.arrays.sums {
            Some([of_keys, of_values]) => {
                [query, summed(graph, &key, of_keys), summed(graph, &value, of_values)]
            }
            None => [query, key, value],
        }
    }

    /// How many tokens along a side lie between keys of convolutional projections.
    fn stride(&self) -> usize {
        match self.attention.projections {
            Projections::Convolutional { stride } => stride,
            _ => 1,
        }
    }

    /// Tokens through a depthwise convolution of their grid, a LayerNorm and a matrix; those in front through the matrix
    /// alone.
    fn convolved(
        &self,
        graph: &mut Graph<'_>,
        arrays: &ConvolutionalArrays<Value>,
        tokens: &Value,
        stride: usize,
    ) -> Value {
        let (places, width) = (self.stage.places(), self.stage.width());
        let on_grid = graph.narrow(tokens, 1, places.front, places.grid.places());
        let windows = Windows { side: CONVOLUTION, stride, margin: CONVOLUTION / 2 };
        let map = graph.convolve_each(&arrays.kernel, windows, (&on_grid, places.grid, width));
        let map = graph.norm(&arrays.norm, &map);
        let all = match places.front {
            0 => map,
            front => {
                let front = graph.narrow(tokens, 1, 0, front);
                graph.concatenate(&[&front, &map], 1)
            }
        };
        graph.linear(&arrays.linear, &all)
    }

    /// The input of the projections to keys and values.
    fn reduced(&self, graph: &mut Graph<'_>, tokens: &Value) -> Value {
        let (Reach::Reduced { stride }, Some((convolution, norm))) =
            (self.attention.reach, &self.arrays.reduction)
        else {
            return tokens.clone();
        };
        let map = graph.map(tokens, self.stage.grid);
        let windows = Windows { side: stride, stride, margin: 0 };
        let map = graph.convolve(convolution, windows, &map);
        let fewer = graph.tokens(&map);
        graph.norm(norm, &fewer)
    }

    /// What each query reads, as rows by head, and the weights with which it does, `[.., heads, queries, keys]`. Linear
    /// attention never forms these: they are computed beside it, if they are wanted.
    fn read(&self, graph: &mut Graph<'_>, rows: [Value; 3]) -> (Value, Option<Value>) {
        let [query, key, value] = self.normed(graph, rows);
        if self.attention.kernel != Kernel::Softmax {
            return self.read_linearly(graph, [query, key, value]);
        }
        let scale = self.attention.scale(self.stage.width());
        let (query, key) = (graph.scale(&query, scale), self.transposed(graph, &key));
        let mut scores = graph.product(&query, &key);
        if let Some(table) = &self.arrays.positions {
            let bias = self.of_pairs(graph, table);
            scores = graph.add(&scores, &bias);
        }
        if let Some(windows) = self.windows.as_ref().filter(|windows| !windows.mask.is_empty()) {
            let dims = [windows.count(), 1, windows.tokens, windows.tokens];
            let mask = graph.numbers(&dims, &windows.mask);
            scores = graph.add(&scores, &mask);
        }
        let mut weights = graph.softmax(&scores, -1);
        if let Some(gated) = &self.arrays.gated {
            weights = self.gated(graph, gated, &weights);
        }
        (graph.product(&weights, &value), Some(weights))
    }

    /// Queries and keys behind their norms, if there are any.
    fn normed(&self, graph: &mut Graph<'_>, [query, key, value]: [Value; 3]) -> [Value; 3] {
        let Some([of_queries, of_keys]) = &self.arrays.qk_norms else {
            return [query, key, value];
        };
        [graph.norm(of_queries, &query), graph.norm(of_keys, &key), value]
    }

    /// The weights of attention to content mixed with those of attention to relative positions, by the gate of each head.
    fn gated(&self, graph: &mut Graph<'_>, arrays: &GatedArrays<Value>, content: &Value) -> Value {
        let side = self.attention.window(self.stage.grid);
        let offsets = graph.numbers(&[(2 * side - 1).pow(2), 3], &offsets(side));
        let factors = graph.transpose(&arrays.factors, vec![1, 0]);
        let table = graph.product(&offsets, &factors);
        let table = graph.add(&table, &arrays.bias);
        let scores = self.of_pairs(graph, &table);
        let places = graph.softmax(&scores, -1);
        let gates = graph.apply("Sigmoid", &arrays.gates);
        let gates = graph.reshape(&gates, &[1, -1, 1, 1]);
        let difference = graph.subtract(&places, content);
        let share = graph.multiply(&difference, &gates);
        graph.add(content, &share)
    }

    /// From a table of relative positions, `[offsets, heads]`, to all pairs of tokens of a window or of the grid,
    /// `[1, heads, queries, keys]`.
    fn of_pairs(&self, graph: &mut Graph<'_>, table: &Value) -> Value {
        let side = self.attention.window(self.stage.grid);
        let pairs = graph.gather(table, 0, distances(side).tokens());
        let by_head = graph.transpose(&pairs, vec![1, 0]);
        let (heads, tokens) = (self.attention.heads as i64, (side * side) as i64);
        graph.reshape(&by_head, &[1, heads, tokens, tokens])
    }

    /// Linear attention: features of queries times the sums of products of features of keys and values, divided by the sum
    /// of the weights.
    fn read_linearly(
        &self,
        graph: &mut Graph<'_>,
        [query, key, value]: [Value; 3],
    ) -> (Value, Option<Value>) {
        let query = self.features(graph, &query, &[-1]);
        let key = self.features(graph, &key, &[-2, -1]);
        let key = self.transposed(graph, &key);
        let products = graph.product(&key, &value);
        let sums = graph.sum(&key, -1);
        let read = graph.product(&query, &products);
        let sums = graph.product(&query, &sums);
        let epsilon = graph.number(EPSILON_OF_SUM);
        let sums = graph.add(&sums, &epsilon);
        let weights = graph.shows_attention().then(|| {
            let products = graph.product(&query, &key);
            graph.divide(&products, &sums)
        });
        (graph.divide(&read, &sums), weights)
    }

    /// The features of rows by head. The maximum over `axes` keeps random features finite.
    fn features(&self, graph: &mut Graph<'_>, rows: &Value, axes: &[i64]) -> Value {
        let Some(directions) = &self.arrays.directions else {
            let elu = graph.node("Elu", &[rows], vec![Attribute::float("alpha", 1.0)]);
            let one = graph.number(1.0);
            return graph.add(&elu, &one);
        };
        let head = (self.stage.width() / self.attention.heads) as f32;
        let rows = graph.scale(rows, head.powf(-0.25));
        let directions = graph.transpose(directions, vec![1, 0]);
        let along = graph.product(&rows, &directions);
        let squares = graph.multiply(&rows, &rows);
        let squares = graph.sum(&squares, -1);
        let halves = graph.scale(&squares, 0.5);
        let most = graph.largest(&along, axes.to_vec());
        let below = graph.add(&halves, &most);
        let below = graph.subtract(&along, &below);
        let features = graph.apply("Exp", &below);
        let epsilon = graph.number(EPSILON_OF_FEATURE);
        graph.add(&features, &epsilon)
    }

    /// What was seen, with its shape.
    fn seen(&self, weights: Value) -> Seen {
        let (places, heads) = (self.stage.places(), self.attention.heads);
        let dims = match &self.windows {
            Some(windows) => vec![windows.count(), heads, windows.tokens, windows.tokens],
            None => vec![heads, places.tokens(), self.attention.keys(places).tokens()],
        };
        Seen { weights, dims }
    }
}

/// Combinations of rows `[batch, tokens, width]` with weights `[tokens, rank]`: `[batch, rank, width]`.
fn summed(graph: &mut Graph<'_>, rows: &Value, weights: &Value) -> Value {
    let weights = graph.transpose(weights, vec![1, 0]);
    graph.product(&weights, rows)
}

/// The column offset, the row offset and the squared distance from query to key for each row of the relative position
/// table of a square of `side`, `[offsets, 3]`.
fn offsets(side: usize) -> Vec<f32> {
    let apart = || (0..2 * side - 1).map(move |row| (side - 1) as f32 - row as f32);
    let pairs = apart().flat_map(|down| apart().map(move |right| (down, right)));
    pairs.flat_map(|(down, right)| [right, down, right * right + down * down]).collect()
}
