//! The sequence of kernels of a block.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_arch::{MlpArrays, PlainAttentionArrays, PlainBlockArrays};
use patchwork_kernels::{BlockShape, Branch, Linear, Norm, Regularization, Site};

use crate::attention::{self, Heads};
use crate::buffer::{buffer, vector};
use crate::dropout::{self, DropoutKernel, DropoutRuleLaunch, MaskKind};
use crate::forward;
use crate::grid::{cube_count, cube_rows, cubes};
use crate::layer::Layer;
use crate::qk_norm::{self, Places};
use crate::sums::{self, BlockHalf, Input};
use crate::{backward, norm};

/// The most units of a cube in attention.
const UNITS: usize = 256;

/// Launches a kernel over a grid of cubes and their units.
macro_rules! launch {
    ($block:ident, $module:ident::$kernel:ident, $grid:expr, $($argument:expr),+) => {{
        let (cubes, units) = $grid;
        // SAFETY: cubes and units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            $module::$kernel::launch_unchecked(
                &$block.client, cubes, units, $block.vector(), $($argument,)+ $block.dtype
            );
        }
    }};
}

/// A block on some images, on a device.
pub struct Block {
    /// The device.
    pub client: Client,
    /// The block's sizes.
    pub shape: BlockShape,
    /// Images.
    pub images: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
    /// The regularization in this step.
    pub regularization: Regularization,
}

/// The inputs of a forward pass, and the activations it saves for the backward pass.
pub struct Buffers<'a> {
    /// `[parameters]`, see [`BlockShape::parameters`].
    pub weights: &'a Handle,
    /// `[images, tokens, width]`
    pub tokens: &'a Handle,
    /// What a forward pass saved, or will save.
    pub saved: &'a Saved,
}

/// Activations for the backward pass, each in a buffer with one row per token.
#[derive(Debug, Clone)]
pub struct Saved {
    normal1: Handle,
    /// The input of attention.
    qkv: Handle,
    qk_norm: Option<QkNorm>,
    read: Handle,
    middle: Handle,
    normal2: Handle,
    /// The hidden layer before its GELU.
    hidden: Handle,
    log_sums: Handle,
    inverse1: Handle,
    inverse2: Handle,
}

/// Activations of QK-norm.
#[derive(Debug, Clone)]
struct QkNorm {
    places: Places,
    /// Queries and keys before scale and shift, `[rows, 2 · width]`.
    normal: Handle,
    /// The reciprocal deviation of each head's queries and keys.
    inverse: Handle,
}

/// Gradients of the backward pass.
struct Gradients {
    hidden: Handle,
    normal2: Handle,
    middle: Handle,
    read: Handle,
    /// Of the input of attention.
    qkv: Handle,
    /// Of the linear layer's output: differs from `qkv` only with QK-norm.
    raw: Handle,
    normal1: Handle,
}

impl Block {
    pub(crate) fn rows(&self) -> usize {
        self.images * self.shape.tokens
    }

    fn vector(&self) -> usize {
        vector(&[self.shape.width, self.shape.mlp, self.shape.head_width()])
    }

    /// Buffers for the activations of a forward pass.
    pub fn saved(&self) -> Saved {
        let BlockShape { width, heads, mlp, .. } = self.shape;
        let qk_norm = |norms: &[Norm; 2]| QkNorm {
            places: Places::of(norms),
            normal: self.rows_of(2 * width),
            inverse: self.sums_of(2 * heads),
        };
        Saved {
            normal1: self.rows_of(width),
            qkv: self.rows_of(3 * width),
            qk_norm: self.shape.parts().attention.qk_norms.as_ref().map(qk_norm),
            read: self.rows_of(width),
            middle: self.rows_of(width),
            normal2: self.rows_of(width),
            hidden: self.rows_of(mlp),
            log_sums: self.sums_of(heads),
            inverse1: self.sums_of(1),
            inverse2: self.sums_of(1),
        }
    }

    fn gradients(&self) -> Gradients {
        let BlockShape { width, mlp, qk_norm, .. } = self.shape;
        let qkv = self.rows_of(3 * width);
        Gradients {
            hidden: self.rows_of(mlp),
            normal2: self.rows_of(width),
            middle: self.rows_of(width),
            read: self.rows_of(width),
            raw: if qk_norm { self.rows_of(3 * width) } else { qkv.clone() },
            qkv,
            normal1: self.rows_of(width),
        }
    }

    /// A new buffer with `columns` numbers per token.
    pub(crate) fn rows_of(&self, columns: usize) -> Handle {
        self.client.empty(self.rows() * columns * self.dtype.size())
    }

    /// A new buffer for sums, which are 32-bit in any format.
    pub(crate) fn sums_of(&self, columns: usize) -> Handle {
        self.client.empty(self.rows() * columns * size_of::<f32>())
    }

    fn heads(&self) -> Heads {
        let BlockShape { tokens, heads, .. } = self.shape;
        let dropped = self.regularization.at(Site::Attention).is_some();
        Heads { tokens, heads, head_width: self.shape.head_width(), dropped }
    }

    pub(crate) fn layers(&self) -> [Layer; 4] {
        let BlockShape { width, mlp, .. } = self.shape;
        let PlainBlockArrays { attention, mlp: layers, .. } = self.shape.parts();
        let PlainAttentionArrays { qkv, projection, .. } = attention;
        let MlpArrays { hidden, output } = layers;
        let layer = |part: Linear, input, output| Layer {
            input,
            output,
            matrix: part.matrix.start,
            bias: part.bias.start,
        };
        [
            layer(qkv, width, 3 * width),
            layer(projection, width, width),
            layer(hidden, width, mlp),
            layer(output, mlp, width),
        ]
    }

    /// Cubes and units for rows times columns.
    fn grid(&self, columns: usize) -> (CubeCount, CubeDim) {
        let across = (columns / self.vector()).div_ceil(forward::ACROSS as usize);
        let down = self.rows().div_ceil(forward::DOWN as usize * forward::ROWS);
        (cube_rows(across, down), CubeDim::new_2d(forward::ACROSS, forward::DOWN))
    }

    /// Cubes and units for the heads of all images.
    fn head_grid(&self) -> (CubeCount, CubeDim) {
        let units = self.shape.tokens.next_multiple_of(32).min(UNITS);
        (cubes(self.images * self.shape.heads), CubeDim::new_1d(units as u32))
    }

    /// The forward pass of the block; `output` is `[images, tokens, width]`.
    pub fn forward(&self, buffers: &Buffers, output: &Handle) {
        let &Buffers { weights, tokens, saved, .. } = buffers;
        let [qkv, projection, hidden, last] = self.layers();
        let parts = self.shape.parts();
        let raw = saved.qk_norm.as_ref().map(|_| self.rows_of(qkv.output));
        let raw = raw.as_ref().unwrap_or(&saved.qkv);
        let first = [&saved.normal1, &saved.inverse1, raw];
        self.norm_linear(tokens, weights, first, qkv, &parts.norm1);
        if let Some(norm) = &saved.qk_norm {
            self.qk_norm(norm, weights, raw, &saved.qkv);
        }
        self.attention(saved);
        let onto = [&saved.read, tokens, &saved.middle];
        self.linear_onto(weights, onto, projection, Branch::Attention);
        let second = [&saved.normal2, &saved.inverse2, &saved.hidden];
        self.norm_linear(&saved.middle, weights, second, hidden, &parts.norm2);
        let onto = [&saved.hidden, &saved.middle, output];
        self.linear_onto(weights, onto, last, Branch::Mlp);
    }

    /// The attention weights of a forward pass, `[images, heads, tokens, tokens]`.
    pub fn attention_weights(&self, saved: &Saved, output: &Handle) {
        let BlockShape { width, heads, tokens, .. } = self.shape;
        launch!(
            self,
            attention::weights,
            self.head_grid(),
            self.buffer(&saved.qkv, 3 * width),
            self.buffer(&saved.log_sums, heads),
            self.buffer(output, heads * tokens),
            self.images as u32,
            self.heads()
        );
    }

    /// Backpropagates the gradient of the output: `for_tokens` is `[images, tokens, width]`,
    /// `for_weights` `[parameters]`.
    pub fn backward(
        &self,
        buffers: &Buffers,
        gradient: &Handle,
        for_tokens: &Handle,
        for_weights: &Handle,
    ) {
        let &Buffers { weights, saved, .. } = buffers;
        let flow = self.gradients();
        let [qkv, projection, hidden, last] = self.layers();
        let parts = self.shape.parts();
        let for_mlp = self.branch_gradient(gradient, Branch::Mlp);
        self.linear_gelu_back(&for_mlp, weights, &saved.hidden, &flow.hidden, last);
        self.linear_back(&flow.hidden, weights, &flow.normal2, hidden);
        let second = [&flow.normal2, &saved.normal2, &saved.inverse2, gradient];
        self.norm_back(second, weights, &flow.middle, &parts.norm2);
        let for_attention = self.branch_gradient(&flow.middle, Branch::Attention);
        self.linear_back(&for_attention, weights, &flow.read, projection);
        self.attention_back(saved, &flow);
        if let Some(norm) = &saved.qk_norm {
            self.qk_norm_back(norm, weights, &flow);
        }
        self.linear_back(&flow.raw, weights, &flow.normal1, qkv);
        let first = [&flow.normal1, &saved.normal1, &saved.inverse1, &flow.middle];
        self.norm_back(first, weights, for_tokens, &parts.norm1);
        self.sum_weights(buffers, &flow, [&for_attention, &for_mlp], for_weights);
    }

    /// A buffer with `columns` numbers per token.
    fn buffer(&self, handle: &Handle, columns: usize) -> BufferArg {
        buffer(handle.clone(), self.rows() * columns)
    }

    fn weights_buffer(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.shape.parameters())
    }

    pub(crate) fn norm_linear(
        &self,
        input: &Handle,
        weights: &Handle,
        [normal, inverse, output]: [&Handle; 3],
        layer: Layer,
        norm: &Norm,
    ) {
        launch!(
            self,
            forward::norm_linear,
            self.grid(layer.output),
            self.buffer(input, layer.input),
            self.weights_buffer(weights),
            self.buffer(normal, layer.input),
            self.buffer(inverse, 1),
            self.buffer(output, layer.output),
            self.rows() as u32,
            layer,
            norm.scale.start,
            norm.shift.start
        );
    }

    /// The arguments of dropout or stochastic depth for kernels.
    fn rule(&self, site: Site) -> DropoutRuleLaunch {
        dropout::rule_argument(self.regularization.at(site))
    }

    /// The operation on the input of a branch's second layer.
    pub(crate) fn read(&self, branch: Branch) -> Input {
        match branch {
            Branch::Attention => Input::Kept,
            Branch::Mlp => Input::Gelu { dropped: self.regularization.at(Site::Hidden).is_some() },
        }
    }

    /// The dropout of a kernel with this input; constant between steps if there is none.
    fn hidden_rule(&self, read: Input) -> DropoutRuleLaunch {
        dropout::rule_argument(self.regularization.at(Site::Hidden).filter(|_| read.dropped()))
    }

    /// The end of a branch: its second linear layer and the residual.
    pub(crate) fn linear_onto(
        &self,
        weights: &Handle,
        [input, residual, output]: [&Handle; 3],
        layer: Layer,
        branch: Branch,
    ) {
        let read = self.read(branch);
        launch!(
            self,
            forward::linear_onto,
            self.grid(layer.output),
            self.buffer(input, layer.input),
            self.weights_buffer(weights),
            self.buffer(residual, layer.output),
            self.buffer(output, layer.output),
            self.rows() as u32,
            self.hidden_rule(read),
            self.rule(branch.site()),
            self.rule(Site::Branches),
            layer,
            read,
            self.shape.tokens,
            MaskKind::of_branch(&self.regularization, branch)
        );
    }

    /// The gradient of a branch's output, from that of the residual sum.
    pub(crate) fn branch_gradient(&self, gradient: &Handle, branch: Branch) -> Handle {
        if self.regularization.is_identity_for(branch) {
            return gradient.clone();
        }
        let image = self.shape.tokens * self.shape.width;
        let out = self.rows_of(self.shape.width);
        let (client, values, count) = (&self.client, gradient, self.images * image);
        let gradient = DropoutKernel { client, values, count, dtype: self.dtype };
        gradient.branch(&self.regularization, branch, image, &out);
        out
    }

    fn attention(&self, saved: &Saved) {
        let BlockShape { width, heads, .. } = self.shape;
        launch!(
            self,
            attention::forward,
            self.head_grid(),
            self.buffer(&saved.qkv, 3 * width),
            self.buffer(&saved.read, width),
            self.buffer(&saved.log_sums, heads),
            self.images as u32,
            self.rule(Site::Attention),
            self.heads()
        );
    }

    /// Cubes and units for each head's queries, keys and values.
    fn qk_grid(&self) -> (CubeCount, CubeDim) {
        let units = self.rows() * 3 * self.shape.heads;
        (cube_count(units, qk_norm::UNITS), CubeDim::new_1d(qk_norm::UNITS))
    }

    /// Normalises queries and keys.
    fn qk_norm(&self, norm: &QkNorm, weights: &Handle, raw: &Handle, qkv: &Handle) {
        let BlockShape { width, heads, .. } = self.shape;
        launch!(
            self,
            qk_norm::forward,
            self.qk_grid(),
            self.buffer(raw, 3 * width),
            self.weights_buffer(weights),
            self.buffer(qkv, 3 * width),
            self.buffer(&norm.normal, 2 * width),
            self.buffer(&norm.inverse, 2 * heads),
            self.rows() as u32,
            self.heads(),
            norm.places
        );
    }

    fn qk_norm_back(&self, norm: &QkNorm, weights: &Handle, flow: &Gradients) {
        let BlockShape { width, heads, .. } = self.shape;
        launch!(
            self,
            qk_norm::backward,
            self.qk_grid(),
            self.buffer(&flow.qkv, 3 * width),
            self.weights_buffer(weights),
            self.buffer(&norm.normal, 2 * width),
            self.buffer(&norm.inverse, 2 * heads),
            self.buffer(&flow.raw, 3 * width),
            self.rows() as u32,
            self.heads(),
            norm.places
        );
    }

    pub(crate) fn linear_back(
        &self,
        gradient: &Handle,
        weights: &Handle,
        out: &Handle,
        layer: Layer,
    ) {
        launch!(
            self,
            backward::linear,
            self.grid(layer.input),
            self.buffer(gradient, layer.output),
            self.weights_buffer(weights),
            self.buffer(out, layer.input),
            self.rows() as u32,
            layer
        );
    }

    pub(crate) fn linear_gelu_back(
        &self,
        gradient: &Handle,
        weights: &Handle,
        before: &Handle,
        out: &Handle,
        layer: Layer,
    ) {
        launch!(
            self,
            backward::linear_gelu,
            self.grid(layer.input),
            self.buffer(gradient, layer.output),
            self.weights_buffer(weights),
            self.buffer(before, layer.input),
            self.buffer(out, layer.input),
            self.rows() as u32,
            self.rule(Site::Hidden),
            layer,
            self.read(Branch::Mlp).dropped()
        );
    }

    pub(crate) fn norm_back(
        &self,
        [gradient, normal, inverse, past]: [&Handle; 4],
        weights: &Handle,
        out: &Handle,
        norm: &Norm,
    ) {
        let (rows, width) = (self.rows() as u32, self.shape.width);
        let cubes = cubes(rows.div_ceil(norm::CUBE_ROWS) as usize);
        let units = CubeDim::new_2d(norm::SHARERS, norm::CUBE_ROWS);
        launch!(
            self,
            norm::backward,
            (cubes, units),
            self.buffer(gradient, width),
            self.buffer(normal, width),
            self.buffer(inverse, 1),
            self.buffer(past, width),
            self.weights_buffer(weights),
            self.buffer(out, width),
            rows,
            width,
            norm.scale.start
        );
    }

    fn attention_back(&self, saved: &Saved, flow: &Gradients) {
        let BlockShape { width, heads, .. } = self.shape;
        launch!(
            self,
            attention::backward,
            self.head_grid(),
            self.buffer(&saved.qkv, 3 * width),
            self.buffer(&saved.read, width),
            self.buffer(&saved.log_sums, heads),
            self.buffer(&flow.read, width),
            self.buffer(&flow.qkv, 3 * width),
            self.images as u32,
            self.rule(Site::Attention),
            self.heads()
        );
    }

    /// The gradient of all weights, from those of the layers' outputs.
    fn sum_weights(
        &self,
        &Buffers { weights, saved, .. }: &Buffers,
        flow: &Gradients,
        [for_attention, for_mlp]: [&Handle; 2],
        out: &Handle,
    ) {
        let PlainBlockArrays { norm1, norm2, .. } = self.shape.parts();
        let [qkv, projection, hidden, last] = self.layers();
        let parameters = self.shape.parameters();
        let parts = sums::Parts::new(self.rows());
        let partial = self.client.empty(parts.count * parameters * size_of::<f32>());
        let half = |norm: &Norm, first, second, second_input| BlockHalf {
            scale: norm.scale.start,
            shift: norm.shift.start,
            first,
            second,
            second_input,
            parameters,
        };
        let attention = half(&norm1, qkv, projection, self.read(Branch::Attention));
        let gradients = [&flow.normal1, &flow.raw, for_attention];
        self.sum_half(weights, [&saved.normal1, &saved.read], gradients, &partial, attention);
        let mlp = half(&norm2, hidden, last, self.read(Branch::Mlp));
        let gradients = [&flow.normal2, &flow.hidden, for_mlp];
        self.sum_half(weights, [&saved.normal2, &saved.hidden], gradients, &partial, mlp);
        if let Some(norm) = &saved.qk_norm {
            self.sum_qk_norm(norm, &flow.qkv, &partial);
        }
        sums::add_parts(&self.client, &partial, out, parts.count, parameters, self.dtype);
    }

    fn sum_qk_norm(&self, norm: &QkNorm, gradient: &Handle, partial: &Handle) {
        let width = self.shape.width;
        let parts = sums::Parts::new(self.rows());
        let cubes = CubeCount::Static(2, parts.count as u32, 1);
        let units = CubeDim::new_2d(qk_norm::ACROSS, qk_norm::DOWN);
        launch!(
            self,
            qk_norm::partial,
            (cubes, units),
            self.buffer(gradient, 3 * width),
            self.buffer(&norm.normal, 2 * width),
            buffer(partial.clone(), parts.count * self.shape.parameters()),
            self.rows() as u32,
            parts.rows as u32,
            self.heads(),
            norm.places,
            self.shape.parameters()
        );
    }

    pub(crate) fn sum_half(
        &self,
        weights: &Handle,
        [normal, read]: [&Handle; 2],
        [for_norm, for_first, for_second]: [&Handle; 3],
        partial: &Handle,
        half: BlockHalf,
    ) {
        let parts = sums::Parts::new(self.rows());
        let cubes = cubes(half.cubes(self.vector()) * parts.count);
        let units = CubeDim::new_2d(sums::ACROSS as u32, sums::DOWN as u32);
        launch!(
            self,
            sums::partial,
            (cubes, units),
            self.weights_buffer(weights),
            self.buffer(normal, half.first.input),
            self.buffer(read, half.second.input),
            self.buffer(for_norm, half.first.input),
            self.buffer(for_first, half.first.output),
            self.buffer(for_second, half.second.output),
            buffer(partial.clone(), parts.count * half.parameters),
            self.rows() as u32,
            parts.rows as u32,
            self.hidden_rule(half.second_input),
            half
        );
    }
}
