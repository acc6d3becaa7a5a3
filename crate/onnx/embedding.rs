//! The embedding of a stage.

use patchwork_arch::{
    Beginning, Behind, Convolution, Embedding, EmbeddingArrays, EmbeddingNorm, Norm, Projection,
    Stage,
};
use patchwork_kernels::embedding::PAPER;
use patchwork_kernels::gather::merge_2x2;

use super::graph::{Graph, Value};
use super::layers::Windows;
use super::messages::Attribute;

impl From<Convolution> for Windows {
    fn from(Convolution { window, stride, margin, .. }: Convolution) -> Self {
        Self { side: window, stride, margin }
    }
}

/// From a map `[batch, channels, side, side]` to the stage's tokens, `[batch, tokens, width]`.
pub(super) fn embed(graph: &mut Graph<'_>, stage: &Stage, map: &Value) -> Value {
    let embedding = &stage.embedding;
    let arrays = embedding.declare(graph, stage.grid.places());
    let mut map = framed(graph, map, embedding.padding);
    let tokens = match embedding.beginning {
        Beginning::Tokens | Beginning::Block => graph.tokens(&map),
        Beginning::Convolutions => {
            for (index, (layer, of_layer)) in
                embedding.stem.iter().zip(&arrays.convolutions).enumerate()
            {
                map = graph.convolve(of_layer, (*layer).into(), &map);
                if let Some(norm) = arrays.stem_norms.get(index) {
                    map = norm_of_channels(graph, norm, &map);
                }
                map = behind(graph, embedding.behind, map);
            }
            project(graph, stage, &arrays, &map)
        }
    };
    with_front_and_positions(graph, embedding, &arrays, tokens)
}

/// A map with an empty background around it.
fn framed(graph: &mut Graph<'_>, map: &Value, [before, after]: [usize; 2]) -> Value {
    if before + after == 0 {
        return map.clone();
    }
    let [before, after] = [before as i64, after as i64];
    let pads = graph.whole(&[0, 0, before, before, 0, 0, after, after]);
    let paper = graph.number(PAPER);
    graph.node("Pad", &[map, &pads, &paper], Vec::new())
}

/// A LayerNorm of each pixel's channels.
fn norm_of_channels(graph: &mut Graph<'_>, norm: &Norm<Value>, map: &Value) -> Value {
    let last = graph.transpose(map, vec![0, 2, 3, 1]);
    let normal = graph.norm(norm, &last);
    graph.transpose(&normal, vec![0, 3, 1, 2])
}

/// What follows a convolution.
fn behind(graph: &mut Graph<'_>, behind: Behind, map: Value) -> Value {
    match behind {
        Behind::Gelu | Behind::NormAndGelu => graph.gelu(&map),
        Behind::ReluAndPooling(pooling) => {
            let map = graph.apply("Relu", &map);
            graph.pool("MaxPool", pooling.into(), &map)
        }
    }
}

/// The last layer, which makes the tokens, and the norm.
fn project(
    graph: &mut Graph<'_>,
    stage: &Stage,
    arrays: &EmbeddingArrays<Value>,
    map: &Value,
) -> Value {
    let embedding = &stage.embedding;
    let last = arrays.convolutions.last().expect("a projection");
    if let (EmbeddingNorm::Merged, Some(norm)) = (embedding.norm, &arrays.norm) {
        let tokens = graph.tokens(map);
        let squares = merge_2x2([2 * stage.grid.rows, 2 * stage.grid.columns]);
        let squares = graph.gather(&tokens, 1, squares.tokens());
        let numbers = 4 * embedding.projection.input as i64;
        let merged = graph.reshape(&squares, &[0, -1, numbers]);
        let normal = graph.norm(norm, &merged);
        let merging = Projection { matrix: last.kernel.clone(), bias: None };
        return graph.project(&merging, &normal);
    }
    let made = graph.convolve(last, embedding.projection.into(), map);
    let made = match embedding.behind {
        Behind::Gelu | Behind::NormAndGelu => made,
        Behind::ReluAndPooling(_) => behind(graph, embedding.behind, made),
    };
    let tokens = graph.tokens(&made);
    match &arrays.norm {
        Some(norm) => graph.norm(norm, &tokens),
        None => tokens,
    }
}

/// Puts the front tokens before those of the grid, and adds the positions.
fn with_front_and_positions(
    graph: &mut Graph<'_>,
    embedding: &Embedding,
    arrays: &EmbeddingArrays<Value>,
    tokens: Value,
) -> Value {
    let front: Vec<&Value> = [&arrays.front, &arrays.distillation].into_iter().flatten().collect();
    let tokens = match front[..] {
        [] => tokens,
        _ => {
            let front = graph.concatenate(&front, 1);
            let front = for_each_image(graph, &front, embedding, &tokens);
            graph.concatenate(&[&front, &tokens], 1)
        }
    };
    match &arrays.positions {
        Some(positions) => graph.add(&tokens, positions),
        None => tokens,
    }
}

/// The front tokens `[1, front, width]` for as many images as there are in `tokens`.
fn for_each_image(
    graph: &mut Graph<'_>,
    front: &Value,
    embedding: &Embedding,
    tokens: &Value,
) -> Value {
    let attributes = vec![Attribute::int("start", 0), Attribute::int("end", 1)];
    let batch = graph.node("Shape", &[tokens], attributes);
    let each = graph.whole(&[embedding.front as i64, embedding.projection.output as i64]);
    let shape = graph.concatenate(&[&batch, &each], 0);
    graph.node("Expand", &[front, &shape], Vec::new())
}
