//! A block.

use patchwork_arch::{
    Block, Bottleneck, BottleneckArrays, Convolutions, ConvolutionsArrays, Grid, Mixer,
    MixerArrays, Norms, Stage,
};

use super::attention::{Seen, attend};
use super::graph::{Graph, Value};
use super::layers::Windows;

/// From tokens before a block to those behind it, `[batch, tokens, width]`, with what its attention saw if that is wanted.
pub(super) fn block(
    graph: &mut Graph<'_>,
    block: &Block,
    stage: &Stage,
    tokens: &Value,
) -> (Value, Option<Seen>) {
    let arrays = block.declare(graph, stage.width(), stage.places());
    let normal = graph.norm(&arrays.norm1, tokens);
    let halves = block.halves > 0;
    let (mixed, seen) = match (&arrays.mixer, &block.mixer) {
        (MixerArrays::Attention(arrays), Mixer::Attention(attention)) => {
            let normal = if halves { halved(graph, stage.grid, &normal) } else { normal };
            attend(graph, attention, arrays, stage, &normal)
        }
        (MixerArrays::Convolutions(arrays), Mixer::Convolutions(sizes)) => {
            (convolutions(graph, arrays, *sizes, stage.grid, &normal), None)
        }
        (MixerArrays::Bottleneck(arrays), Mixer::Bottleneck(sizes)) => {
            let stride = if halves { 2 } else { 1 };
            (bottleneck(graph, arrays, *sizes, (stage.grid, stride), &normal), None)
        }
        _ => unreachable!("a mixer declares its own arrays"),
    };
    let passed = match &arrays.shortcut {
        Some(shortcut) => {
            let tokens = halved(graph, stage.grid, tokens);
            graph.linear(shortcut, &tokens)
        }
        None => tokens.clone(),
    };
    let tokens = graph.add(&passed, &mixed);
    let Some((norm, mlp)) = &arrays.mlp else { return (tokens, seen) };
    let normal = graph.norm(norm, &tokens);
    let hidden = graph.linear(&mlp.hidden, &normal);
    let hidden = graph.gelu(&hidden);
    let update = graph.linear(&mlp.output, &hidden);
    let passed = match block.norms {
        Norms::Pre => tokens,
        Norms::PreAndBetween => normal,
    };
    (graph.add(&passed, &update), seen)
}

/// The means of 2×2 tokens, to those of `grid`.
fn halved(graph: &mut Graph<'_>, grid: Grid, tokens: &Value) -> Value {
    let map = graph.map(tokens, times(grid, 2));
    let windows = Windows { side: 2, stride: 2, margin: 0 };
    let map = graph.pool("AveragePool", windows, &map);
    graph.tokens(&map)
}

/// A grid with more tokens per side.
fn times(grid: Grid, factor: usize) -> Grid {
    Grid { rows: factor * grid.rows, columns: factor * grid.columns }
}

fn convolutions(
    graph: &mut Graph<'_>,
    arrays: &ConvolutionsArrays<Value>,
    Convolutions { window }: Convolutions,
    grid: Grid,
    tokens: &Value,
) -> Value {
    let windows = Windows { side: window, stride: 1, margin: window / 2 };
    let map = graph.map(tokens, grid);
    let hidden = graph.convolve(&arrays.first, windows, &map);
    let hidden = graph.gelu(&hidden);
    let map = graph.convolve(&arrays.second, windows, &hidden);
    graph.tokens(&map)
}

/// From the tokens of a map that is `stride` times larger to those of the grid.
fn bottleneck(
    graph: &mut Graph<'_>,
    arrays: &BottleneckArrays<Value>,
    sizes: Bottleneck,
    (grid, stride): (Grid, usize),
    tokens: &Value,
) -> Value {
    let wide = graph.project(&arrays.expand, tokens);
    let wide = graph.norm(&arrays.norm1, &wide);
    let wide = graph.gelu(&wide);
    let side = Bottleneck::WINDOW;
    let windows = Windows { side, stride, margin: side / 2 };
    let map = (&wide, times(grid, stride), sizes.hidden);
    let wide = graph.convolve_each(&arrays.kernel, windows, map);
    let wide = graph.norm(&arrays.norm2, &wide);
    let wide = graph.gelu(&wide);
    let mean = graph.mean_token(&wide);
    let squeezed = graph.linear(&arrays.squeeze, &mean);
    let gate = graph.apply("Sigmoid", &squeezed);
    let squeezed = graph.multiply(&squeezed, &gate);
    let excited = graph.linear(&arrays.excite, &squeezed);
    let weights = graph.apply("Sigmoid", &excited);
    let wide = graph.multiply(&wide, &weights);
    graph.linear(&arrays.project, &wide)
}
