//! A model as an ONNX graph, which runs wherever there is a runtime for ONNX: onnxruntime in any language, onnxruntime-web
//! in a browser.
//!
//! The graph is read off the [`Architecture`] just as `model/composed` computes it, so every family has one. Its input `image`
//! is `[batch, channels, side, side]` with 0 for the background and 1 for ink; the graph itself scales it to what the
//! layers were trained on. Its output `logits` is `[batch, classes]`, before the softmax.

mod attention;
mod block;
mod embedding;
mod graph;
mod head;
mod layers;
mod messages;

use patchwork_arch::{Architecture, Reach, Source, Stage};
use prost::Message;

use crate::error::{Error, ErrorKind, Result};
use crate::onnx::attention::Seen;
use crate::onnx::graph::{Graph, Value};
use crate::onnx::messages::{Entry, Model, OperatorSet};
use crate::weights::{self, ModelCard, Weights};

/// The set of operators: the first one with LayerNormalization.
const OPERATORS: i64 = 17;
/// The version of the file format that came with it.
const FORMAT: i64 = 8;

/// What a graph computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outputs {
    /// The logits.
    #[default]
    Logits,
    /// Also the attention of each block that has attention between tokens, as `attention.N`, counted from 0 over all
    /// stages: `[batch, heads, queries, keys]`, or `[batch, windows, heads, queries, keys]`. With sequence pooling also the
    /// weight of each token, `pooling`, `[batch, tokens, 1]`.
    LogitsAndAttention,
}

/// The bytes of an ONNX file.
///
/// # Errors
/// If the weights do not belong to their model, or attention is wanted of a model without any.
pub fn export(weights: &Weights, card: &ModelCard, outputs: Outputs) -> Result<Vec<u8>> {
    weights.check()?;
    let architecture = weights.config.architecture();
    let attention = outputs == Outputs::LogitsAndAttention;
    let mut graph = Graph::new(&weights.flat, attention);
    compute(&mut graph, &architecture);
    if attention && graph.outputs() == 1 {
        return Err(Error::new(ErrorKind::Config, "no block of this model has attention to show")
            .help("Export its logits alone"));
    }
    let about = about(&architecture);
    let model = Model {
        ir_version: FORMAT,
        producer_name: "patchwork".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: graph.finish(weights.config.family.name(), &about),
        doc_string: about,
        opset_import: vec![OperatorSet { domain: String::new(), version: OPERATORS }],
        metadata_props: metadata(weights, card)?,
    };
    Ok(model.encode_to_vec())
}

/// What the graph reads and says, in two sentences.
fn about(architecture: &Architecture) -> String {
    let (input, classes) = (architecture.input, architecture.head.classes);
    let (channels, side) = (input.channels, input.side);
    format!(
        "Input image: float32 [batch, {channels}, {side}, {side}], 0 for the background and 1 for ink (bytes / 255; light \
         ink on a dark ground). Output logits: float32 [batch, {classes}], before the softmax."
    )
}

/// What a program needs to know of the model besides the graph.
fn metadata(weights: &Weights, card: &ModelCard) -> Result<Vec<Entry>> {
    let names = match &card.class_names[..] {
        [] => (0..weights.config.classes).map(|class| class.to_string()).collect(),
        names => names.to_vec(),
    };
    let entries = [
        ("labels", weights::json(&names)?),
        ("pixels", "0 is background, 1 is ink".into()),
        ("model", weights::json(&weights.config)?),
        ("recipe", card.recipe.clone()),
    ];
    Ok(entries.into_iter().map(|(key, value)| Entry { key: key.into(), value }).collect())
}

/// Adds everything from the image to the logits.
fn compute(graph: &mut Graph<'_>, architecture: &Architecture) {
    let input = architecture.input;
    let image = graph.input("image", &[input.channels, input.side, input.side], "from 0 to 1");
    let twice = graph.scale(&image, 2.0);
    let one = graph.number(1.0);
    let mut map = graph.subtract(&twice, &one); // from -1 to 1, as in training
    let (stages, mut shown) = (&architecture.stages, Vec::new());
    for (index, stage) in stages.iter().enumerate() {
        let tokens = match stages.len() {
            1 => run(graph, stage, &map, &mut shown),
            _ => graph.within_each("stages", index, |g| run(g, stage, &map, &mut shown)),
        };
        map = match index + 1 == stages.len() {
            true => tokens,
            false => to_map(graph, stage, &tokens),
        };
    }
    let (logits, pooling) = head::score(graph, architecture, &map);
    graph.output(&logits, "logits", &[architecture.head.classes], "before the softmax");
    if graph.shows_attention() {
        show(graph, architecture, &shown, pooling);
    }
}

/// Adds a stage: from a map `[batch, channels, side, side]` to its tokens, `[batch, tokens, width]`. What each block saw
/// joins what was seen before.
fn run(graph: &mut Graph<'_>, stage: &Stage, map: &Value, shown: &mut Vec<Option<Seen>>) -> Value {
    let mut tokens = embedding::embed(graph, stage, map);
    for (index, block) in stage.blocks.iter().enumerate() {
        let (next, seen) =
            graph.within_each("blocks", index, |g| block::block(g, block, stage, &tokens));
        // Keys that are combinations of tokens lie nowhere.
        let placed = !matches!(block.attention().map(|a| a.reach), Some(Reach::LowRank { .. }));
        shown.push(seen.filter(|_| placed));
        tokens = next;
    }
    tokens
}

/// The tokens of a stage's grid as the map for the next stage, `[batch, width, rows, columns]`.
fn to_map(graph: &mut Graph<'_>, stage: &Stage, tokens: &Value) -> Value {
    let places = stage.places();
    let on_grid = match places.front {
        0 => tokens.clone(),
        front => graph.narrow(tokens, 1, front, places.grid.places()),
    };
    graph.map(&on_grid, places.grid)
}

/// Adds the outputs that show the attention.
fn show(
    graph: &mut Graph<'_>,
    architecture: &Architecture,
    shown: &[Option<Seen>],
    pooling: Option<Value>,
) {
    for (block, seen) in shown.iter().enumerate() {
        let Some(Seen { weights, dims }) = seen else { continue };
        let about = "how much each query reads from each key";
        graph.output(weights, &format!("attention.{block}"), dims, about);
    }
    if let Some(weights) = pooling {
        let dims = [architecture.last_stage().tokens(), 1];
        graph.output(&weights, "pooling", &dims, "the weight of each token");
    }
}
