//! A graph that is built node by node, and the parameters that it takes from the weights.

use patchwork_arch::{Init, ParameterRole, Source};

use super::messages::{
    self, Attribute, DataType, Dimension, Node, Shape, Size, Tensor, TensorType, Type, ValueInfo,
};

/// The name of a tensor that a node computes, or of a constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value(String);

/// A graph in the making. As a [`Source`] it hands out the weights in the order of their declaration: each becomes a
/// constant under its name and in the shape that the flat array has it in, so matrices are `[input, output]`. Nodes are
/// named after the part of the model that was entered last.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    /// Those not yet declared.
    weights: &'a [f32],
    /// The parts entered, such as `blocks.3.`, and where each one starts in the path.
    path: String,
    parts: Vec<usize>,
    graph: messages::Graph,
    attention: bool,
}

impl<'a> Graph<'a> {
    /// An empty graph over all weights of a model. With `attention` it also has outputs that show the attention.
    pub(super) fn new(weights: &'a [f32], attention: bool) -> Self {
        let graph = messages::Graph::default();
        Self { weights, path: String::new(), parts: Vec::new(), graph, attention }
    }

    /// Whether outputs that show the attention are wanted.
    pub(super) fn shows_attention(&self) -> bool {
        self.attention
    }

    /// The finished graph.
    ///
    /// # Panics
    /// If some weights were not declared.
    pub(super) fn finish(mut self, name: &str, about: &str) -> messages::Graph {
        assert!(self.weights.is_empty(), "{} weights are in no layer", self.weights.len());
        (self.graph.name, self.graph.doc_string) = (name.into(), about.into());
        self.graph
    }

    /// Declares an input of the graph, `[batch, ...]`.
    pub(super) fn input(&mut self, name: &str, dims: &[usize], about: &str) -> Value {
        self.graph.input.push(described(name, dims, about));
        Value(name.into())
    }

    /// Makes a value an output of the graph, `[batch, ...]`, under this name.
    pub(super) fn output(&mut self, value: &Value, name: &str, dims: &[usize], about: &str) {
        let nodes = self.graph.node.iter_mut();
        for place in nodes.flat_map(|node| node.input.iter_mut().chain(&mut node.output)) {
            if *place == value.0 {
                name.clone_into(place);
            }
        }
        self.graph.output.push(described(name, dims, about));
    }

    /// The number of outputs so far.
    pub(super) fn outputs(&self) -> usize {
        self.graph.output.len()
    }

    /// Adds an operation with one output.
    pub(super) fn node(
        &mut self,
        operation: &str,
        inputs: &[&Value],
        attributes: Vec<Attribute>,
    ) -> Value {
        let name = format!("{}{operation}_{}", self.path, self.graph.node.len());
        self.graph.node.push(Node {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operation.into(),
            attribute: attributes,
        });
        Value(name)
    }

    /// Constants.
    pub(super) fn numbers(&mut self, dims: &[usize], values: &[f32]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let name = format!("{}constant_{}", self.path, self.graph.initializer.len());
        self.constant(name, dims, DataType::Float, bytes)
    }

    /// A constant.
    pub(super) fn number(&mut self, value: f32) -> Value {
        self.numbers(&[], &[value])
    }

    /// Whole numbers in a row, such as a shape or an index.
    pub(super) fn whole(&mut self, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let name = format!("{}constant_{}", self.path, self.graph.initializer.len());
        self.constant(name, &[values.len()], DataType::Int64, bytes)
    }

    fn constant(&mut self, name: String, dims: &[usize], kind: DataType, raw: Vec<u8>) -> Value {
        let dims = dims.iter().map(|&size| size as i64).collect();
        let data_type = kind.into();
        self.graph.initializer.push(Tensor { dims, data_type, name: name.clone(), raw_data: raw });
        Value(name)
    }
}

impl Source for Graph<'_> {
    type Array = Value;

    fn array(
        &mut self,
        name: &'static str,
        shape: &[usize],
        role: ParameterRole,
        _init: Init,
    ) -> Value {
        let (values, others) = self.weights.split_at(shape.iter().product());
        self.weights = others;
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let transposed = matches!(role, ParameterRole::Matrix { .. } | ParameterRole::Classifier);
        let mut dims = shape.to_vec();
        if transposed && dims.len() == 2 {
            dims.reverse();
        }
        self.constant(format!("{}{name}", self.path), &dims, DataType::Float, bytes)
    }

    fn enter(&mut self, part: &'static str, index: Option<usize>) {
        self.parts.push(self.path.len());
        let part = index.map_or(part.into(), |index| format!("{part}.{index}"));
        self.path.extend([&part, "."]);
    }

    fn leave(&mut self) {
        self.path.truncate(self.parts.pop().unwrap_or(0));
    }
}

/// A tensor of numbers, `[batch, dims...]`.
fn described(name: &str, dims: &[usize], about: &str) -> ValueInfo {
    let batch = Size::Name("batch".into());
    let sizes = dims.iter().map(|&size| Size::Number(size as i64));
    let dim = [batch].into_iter().chain(sizes).map(|size| Dimension { size: Some(size) });
    let tensor =
        TensorType { element: DataType::Float.into(), shape: Shape { dim: dim.collect() } };
    ValueInfo { name: name.into(), kind: Type { tensor }, doc_string: about.into() }
}
