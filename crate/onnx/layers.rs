//! The layers that all parts of a model are made of.

use patchwork_arch::{ConvolutionArrays, Grid, Linear, Norm, Pooling, Projection};
use patchwork_kernels::EPSILON;

use super::graph::{Graph, Value};
use super::messages::Attribute;

/// The geometry of a square window that moves over a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    /// Size per side.
    pub side: usize,
    /// The step from one to the next.
    pub stride: usize,
    /// How far the first and last may extend past the map.
    pub margin: usize,
}

impl From<Pooling> for Windows {
    fn from(Pooling { window, stride, margin }: Pooling) -> Self {
        Self { side: window, stride, margin }
    }
}

impl Windows {
    fn attributes(self) -> Vec<Attribute> {
        let same = |name, size: usize, count| Attribute::ints(name, vec![size as i64; count]);
        vec![
            same("kernel_shape", self.side, 2),
            same("strides", self.stride, 2),
            same("pads", self.margin, 4),
        ]
    }
}

impl Graph<'_> {
    /// An operation on one value that has no settings.
    pub(super) fn apply(&mut self, operation: &str, value: &Value) -> Value {
        self.node(operation, &[value], Vec::new())
    }

    /// The sum, with broadcasting.
    pub(super) fn add(&mut self, one: &Value, other: &Value) -> Value {
        self.node("Add", &[one, other], Vec::new())
    }

    /// The difference, with broadcasting.
    pub(super) fn subtract(&mut self, one: &Value, other: &Value) -> Value {
        self.node("Sub", &[one, other], Vec::new())
    }

    /// The product number by number, with broadcasting.
    pub(super) fn multiply(&mut self, one: &Value, other: &Value) -> Value {
        self.node("Mul", &[one, other], Vec::new())
    }

    /// The quotient, with broadcasting.
    pub(super) fn divide(&mut self, one: &Value, other: &Value) -> Value {
        self.node("Div", &[one, other], Vec::new())
    }

    /// The product with a number.
    pub(super) fn scale(&mut self, value: &Value, factor: f32) -> Value {
        let factor = self.number(factor);
        self.multiply(value, &factor)
    }

    /// The matrix product over the last two axes, with broadcasting.
    pub(super) fn product(&mut self, one: &Value, other: &Value) -> Value {
        self.node("MatMul", &[one, other], Vec::new())
    }

    /// Another shape: 0 keeps the size of an axis, and -1 is the size that is left.
    pub(super) fn reshape(&mut self, value: &Value, shape: &[i64]) -> Value {
        let shape = self.whole(shape);
        self.node("Reshape", &[value, &shape], Vec::new())
    }

    /// Another order of the axes.
    pub(super) fn transpose(&mut self, value: &Value, axes: Vec<i64>) -> Value {
        self.node("Transpose", &[value], vec![Attribute::ints("perm", axes)])
    }

    /// `count` numbers along an axis, from `first` on.
    pub(super) fn narrow(&mut self, value: &Value, axis: i64, first: usize, count: usize) -> Value {
        let [first, end] = [first, first + count].map(|place| self.whole(&[place as i64]));
        let axis = self.whole(&[axis]);
        self.node("Slice", &[value, &first, &end, &axis], Vec::new())
    }

    /// Values one after the other along an axis.
    pub(super) fn concatenate(&mut self, values: &[&Value], axis: i64) -> Value {
        self.node("Concat", values, vec![Attribute::int("axis", axis)])
    }

    /// Reads places along an axis in the order of a list.
    pub(super) fn gather(&mut self, value: &Value, axis: i64, places: &[u32]) -> Value {
        let places: Vec<i64> = places.iter().map(|&place| place.into()).collect();
        let places = self.whole(&places);
        self.node("Gather", &[value, &places], vec![Attribute::int("axis", axis)])
    }

    /// The sum over an axis, which stays with a size of 1.
    pub(super) fn sum(&mut self, value: &Value, axis: i64) -> Value {
        let axis = self.whole(&[axis]);
        self.node("ReduceSum", &[value, &axis], vec![Attribute::int("keepdims", 1)])
    }

    /// The largest value over axes, which stay with a size of 1.
    pub(super) fn largest(&mut self, value: &Value, axes: Vec<i64>) -> Value {
        let attributes = vec![Attribute::ints("axes", axes), Attribute::int("keepdims", 1)];
        self.node("ReduceMax", &[value], attributes)
    }

    /// The mean of tokens `[batch, tokens, width]` as one token, `[batch, 1, width]`.
    pub(super) fn mean_token(&mut self, tokens: &Value) -> Value {
        let attributes = vec![Attribute::ints("axes", vec![1]), Attribute::int("keepdims", 1)];
        self.node("ReduceMean", &[tokens], attributes)
    }

    /// The softmax along an axis.
    pub(super) fn softmax(&mut self, scores: &Value, axis: i64) -> Value {
        self.node("Softmax", &[scores], vec![Attribute::int("axis", axis)])
    }

    /// GELU with the error function, `x / 2 · (1 + erf(x / √2))`.
    pub(super) fn gelu(&mut self, value: &Value) -> Value {
        let erf = self.scale(value, std::f32::consts::FRAC_1_SQRT_2);
        let erf = self.apply("Erf", &erf);
        let one = self.number(1.0);
        let factor = self.add(&erf, &one);
        let half = self.scale(value, 0.5);
        self.multiply(&half, &factor)
    }

    /// A linear layer over the last axis.
    pub(super) fn linear(&mut self, arrays: &Linear<Value>, rows: &Value) -> Value {
        let product = self.product(rows, &arrays.matrix);
        self.add(&product, &arrays.bias)
    }

    /// A linear layer with an optional bias over the last axis.
    pub(super) fn project(&mut self, arrays: &Projection<Value>, rows: &Value) -> Value {
        let product = self.product(rows, &arrays.matrix);
        match &arrays.bias {
            Some(bias) => self.add(&product, bias),
            None => product,
        }
    }

    /// A LayerNorm over the last axis.
    pub(super) fn norm(&mut self, arrays: &Norm<Value>, rows: &Value) -> Value {
        let attributes = vec![Attribute::int("axis", -1), Attribute::float("epsilon", EPSILON)];
        self.node("LayerNormalization", &[rows, &arrays.scale, &arrays.shift], attributes)
    }

    /// A convolution of maps `[batch, channels, rows, columns]`.
    pub(super) fn convolve(
        &mut self,
        arrays: &ConvolutionArrays<Value>,
        windows: Windows,
        map: &Value,
    ) -> Value {
        let inputs: Vec<&Value> =
            [Some(map), Some(&arrays.kernel), arrays.bias.as_ref()].into_iter().flatten().collect();
        self.node("Conv", &inputs, windows.attributes())
    }

    /// A depthwise convolution of tokens `[batch, tokens, channels]` on a grid, to those of a grid that is `stride` times
    /// smaller. The kernel is `[channels, 1, side, side]`.
    pub(super) fn convolve_each(
        &mut self,
        kernel: &Value,
        windows: Windows,
        (tokens, grid, channels): (&Value, Grid, usize),
    ) -> Value {
        let map = self.map(tokens, grid);
        let mut attributes = windows.attributes();
        attributes.push(Attribute::int("group", channels as i64));
        let map = self.node("Conv", &[&map, kernel], attributes);
        self.tokens(&map)
    }

    /// Max pooling, or the mean over windows that lie on the map, of maps `[batch, channels, rows, columns]`.
    pub(super) fn pool(&mut self, operation: &str, windows: Windows, map: &Value) -> Value {
        self.node(operation, &[map], windows.attributes())
    }

    /// A map `[batch, channels, rows, columns]` as tokens, `[batch, tokens, channels]`.
    pub(super) fn tokens(&mut self, map: &Value) -> Value {
        let flat = self.reshape(map, &[0, 0, -1]);
        self.transpose(&flat, vec![0, 2, 1])
    }

    /// Tokens `[batch, tokens, channels]` as a map, `[batch, channels, rows, columns]`.
    pub(super) fn map(&mut self, tokens: &Value, grid: Grid) -> Value {
        let flat = self.transpose(tokens, vec![0, 2, 1]);
        self.reshape(&flat, &[0, 0, grid.rows as i64, grid.columns as i64])
    }
}
