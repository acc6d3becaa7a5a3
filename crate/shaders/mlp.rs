//! The second half of a block alone: LayerNorm and MLP on their residual connection, with the kernels of a block.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::server::Handle;
use patchwork_kernels::{BlockShape, Branch, Norm, Regularization};

use crate::block::Block;
use crate::layer::Layer;
use crate::sums::{BlockHalf, Parts, add_parts};

/// LayerNorm and MLP of some images, on a device. The weights are those of a block from its second norm on.
pub struct Mlp(Block);

/// Activations for the backward pass.
#[derive(Debug, Clone)]
pub struct SavedMlp {
    normal: Handle,
    inverse: Handle,
    /// The hidden layer before its GELU.
    hidden: Handle,
}

impl Mlp {
    /// For tokens `[images, tokens, width]` and a hidden layer of `hidden` numbers.
    pub fn new(
        client: Client,
        [images, tokens, width]: [usize; 3],
        hidden: usize,
        regularization: Regularization,
        dtype: ElemType,
    ) -> Self {
        let shape = BlockShape { tokens, width, heads: 1, mlp: hidden, qk_norm: false };
        Self(Block { client, shape, images, dtype, regularization })
    }

    /// Where the weights start in those of a block.
    fn before(&self) -> usize {
        self.0.shape.parts().norm2.scale.start
    }

    fn parameters(&self) -> usize {
        self.0.shape.parameters() - self.before()
    }

    fn norm(&self) -> Norm {
        let norm = self.0.shape.parts().norm2;
        let moved =
            |range: std::ops::Range<usize>| range.start - self.before()..range.end - self.before();
        Norm { scale: moved(norm.scale), shift: moved(norm.shift) }
    }

    fn layers(&self) -> [Layer; 2] {
        let before = self.before();
        let [.., hidden, last] = self.0.layers();
        [hidden, last].map(|layer| Layer {
            matrix: layer.matrix - before,
            bias: layer.bias - before,
            ..layer
        })
    }

    /// Buffers for the activations of a forward pass.
    pub fn saved(&self) -> SavedMlp {
        let BlockShape { width, mlp, .. } = self.0.shape;
        SavedMlp {
            normal: self.0.rows_of(width),
            inverse: self.0.sums_of(1),
            hidden: self.0.rows_of(mlp),
        }
    }

    /// Tokens `[images, tokens, width]` with the MLP of their norm added, into `output` of the same shape.
    pub fn forward(&self, tokens: &Handle, weights: &Handle, saved: &SavedMlp, output: &Handle) {
        let [hidden, last] = self.layers();
        let kept = [&saved.normal, &saved.inverse, &saved.hidden];
        self.0.norm_linear(tokens, weights, kept, hidden, &self.norm());
        self.0.linear_onto(weights, [&saved.hidden, tokens, output], last, Branch::Mlp);
    }

    /// Backpropagates the gradient of the output: `for_tokens` is `[images, tokens, width]`, `for_weights`
    /// `[parameters]`.
    pub fn backward(
        &self,
        weights: &Handle,
        saved: &SavedMlp,
        gradient: &Handle,
        for_tokens: &Handle,
        for_weights: &Handle,
    ) {
        let BlockShape { width, mlp, .. } = self.0.shape;
        let ([hidden, last], norm) = (self.layers(), self.norm());
        let for_mlp = self.0.branch_gradient(gradient, Branch::Mlp);
        let [for_hidden, for_normal] = [mlp, width].map(|columns| self.0.rows_of(columns));
        self.0.linear_gelu_back(&for_mlp, weights, &saved.hidden, &for_hidden, last);
        self.0.linear_back(&for_hidden, weights, &for_normal, hidden);
        let flow = [&for_normal, &saved.normal, &saved.inverse, gradient];
        self.0.norm_back(flow, weights, for_tokens, &norm);
        let (parts, parameters) = (Parts::new(self.0.rows()), self.parameters());
        let partial = self.0.client.empty(parts.count * parameters * size_of::<f32>());
        let half = BlockHalf {
            scale: norm.scale.start,
            shift: norm.shift.start,
            first: hidden,
            second: last,
            second_input: self.0.read(Branch::Mlp),
            parameters,
        };
        let gradients = [&for_normal, &for_hidden, &for_mlp];
        self.0.sum_half(weights, [&saved.normal, &saved.hidden], gradients, &partial, half);
        add_parts(&self.0.client, &partial, for_weights, parts.count, parameters, self.0.dtype);
    }
}
