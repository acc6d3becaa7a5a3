//! The head.

use patchwork_arch::{Architecture, Pool};

use super::graph::{Graph, Value};

/// From tokens `[batch, tokens, width]` to logits, `[batch, classes]`; with sequence pooling also the weight of each token,
/// `[batch, tokens, 1]`.
pub(super) fn score(
    graph: &mut Graph<'_>,
    architecture: &Architecture,
    tokens: &Value,
) -> (Value, Option<Value>) {
    let head = &architecture.head;
    let arrays = head.declare(graph, architecture.last_stage().width());
    let (read, weights) = match head.pool {
        // The norm acts on each token alone.
        Pool::First | Pool::Distilled => {
            let count = if head.pool == Pool::First { 1 } else { 2 };
            let front = graph.narrow(tokens, 1, 0, count);
            (graph.norm(&arrays.norm, &front), None)
        }
        Pool::Mean => {
            let normal = graph.norm(&arrays.norm, tokens);
            (graph.mean_token(&normal), None)
        }
        Pool::Sequence => {
            let normal = graph.norm(&arrays.norm, tokens);
            let layer = arrays.pooling.as_ref().expect("a layer of pooling");
            let scores = graph.linear(layer, &normal);
            let weights = graph.softmax(&scores, 1);
            let across = graph.transpose(&weights, vec![0, 2, 1]);
            (graph.product(&across, &normal), Some(weights))
        }
    };
    let scores = match &arrays.distillation {
        None => graph.linear(&arrays.classifier, &read),
        Some(distillation) => {
            let [class, distilled] = [0, 1].map(|place| graph.narrow(&read, 1, place, 1));
            let class = graph.linear(&arrays.classifier, &class);
            let distilled = graph.linear(distillation, &distilled);
            let sum = graph.add(&class, &distilled);
            graph.scale(&sum, 0.5)
        }
    };
    (graph.reshape(&scores, &[0, -1]), weights)
}
