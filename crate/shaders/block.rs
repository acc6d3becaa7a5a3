//! A block's kernels, one after the other.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::{BlockShape, Linear, Norm, Parts};

use crate::attention::{self, Heads};
use crate::forward::{self, Layer};
use crate::slab::{Region, Regions, Slab, buffer, padded};
use crate::sums::{self, BlockSums, Input, LayerSums, NormSums};
use crate::{backward, norm};

/// Most parts that the weights' gradient is summed in.
const PARTS: usize = 32;
/// Fewest rows of such a part.
const PART_ROWS: usize = 64;
/// Most units of a cube in attention.
const UNITS: usize = 256;
/// Units of a cube that adds parts.
const TOTAL_UNITS: u32 = 64;

/// Launches a kernel over a grid of cubes and their units.
macro_rules! launch {
    ($block:ident, $module:ident::$kernel:ident, $grid:expr, $($argument:expr),+) => {{
        let (cubes, units) = $grid;
        // SAFETY: cubes and units go no further than the buffers, which are as large as the shapes say.
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
}

/// The buffers of a forward pass.
pub struct Buffers {
    /// `[parameters]`, see [`BlockShape::parameters`].
    pub weights: Handle,
    /// `[images, tokens, width]`
    pub tokens: Handle,
    /// What the backward pass wants to know again, `[saved]`, see [`saved`].
    pub saved: Handle,
}

/// What a forward pass keeps.
struct Kept {
    normal1: Region,
    qkv: Region,
    read: Region,
    middle: Region,
    normal2: Region,
    /// The hidden layer before its GELU.
    hidden: Region,
    log_sums: Region,
    inverse1: Region,
    inverse2: Region,
    columns: usize,
}

/// Gradients on the way back.
struct Gradients {
    hidden: Region,
    normal2: Region,
    middle: Region,
    read: Region,
    qkv: Region,
    normal1: Region,
    columns: usize,
}

/// Numbers that are read and written at once.
fn vector(shape: &BlockShape) -> usize {
    let sizes = [shape.width, shape.mlp, shape.head_width()];
    [4, 2].into_iter().find(|n| sizes.iter().all(|size| size % n == 0)).unwrap_or(1)
}

/// The numbers that a forward pass over some images keeps.
pub fn saved(shape: &BlockShape, images: usize) -> usize {
    padded(images * shape.tokens) * Kept::new(shape).columns
}

impl Kept {
    fn new(shape: &BlockShape) -> Self {
        let &BlockShape { width, heads, mlp, .. } = shape;
        let mut next = Regions::default();
        let vector = vector(shape);
        let mut kept = Self {
            normal1: next.next(width),
            qkv: next.next(3 * width),
            read: next.next(width),
            middle: next.next(width),
            normal2: next.next(width),
            hidden: next.next(mlp),
            log_sums: next.next(heads * vector),
            inverse1: next.next(vector),
            inverse2: next.next(vector),
            columns: 0,
        };
        kept.columns = next.columns();
        kept
    }
}

impl Gradients {
    fn new(&BlockShape { width, mlp, .. }: &BlockShape) -> Self {
        let mut next = Regions::default();
        let mut gradients = Self {
            hidden: next.next(mlp),
            normal2: next.next(width),
            middle: next.next(width),
            read: next.next(width),
            qkv: next.next(3 * width),
            normal1: next.next(width),
            columns: 0,
        };
        gradients.columns = next.columns();
        gradients
    }
}

impl Block {
    fn rows(&self) -> usize {
        self.images * self.shape.tokens
    }

    fn vector(&self) -> usize {
        vector(&self.shape)
    }

    /// The numbers that a forward pass keeps.
    pub fn saved(&self) -> usize {
        saved(&self.shape, self.images)
    }

    fn slab(&self, handle: Handle, columns: usize) -> Slab {
        Slab { handle, padded: padded(self.rows()), columns, size: self.dtype.size() }
    }

    fn new_slab(&self, columns: usize) -> Slab {
        let bytes = padded(self.rows()) * columns * self.dtype.size();
        self.slab(self.client.empty(bytes), columns)
    }

    fn heads(&self) -> Heads {
        let BlockShape { tokens, heads, .. } = self.shape;
        Heads { tokens, heads, head_width: self.shape.head_width() }
    }

    fn layers(&self) -> [Layer; 4] {
        let BlockShape { width, mlp, .. } = self.shape;
        let Parts { qkv, projection, hidden, output, .. } = self.shape.parts();
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

    /// Cubes and their units for rows times columns.
    fn grid(&self, columns: usize) -> (CubeCount, CubeDim) {
        let across = (columns / self.vector()).div_ceil(forward::ACROSS as usize);
        let down = self.rows().div_ceil(forward::DOWN as usize * forward::ROWS);
        (
            CubeCount::Static(across as u32, down as u32, 1),
            CubeDim::new_2d(forward::ACROSS, forward::DOWN),
        )
    }

    /// Cubes and their units for the heads of all images.
    fn head_grid(&self) -> (CubeCount, CubeDim) {
        let units = self.shape.tokens.next_multiple_of(32).min(UNITS);
        (
            CubeCount::Static(self.shape.heads as u32, self.images as u32, 1),
            CubeDim::new_1d(units as u32),
        )
    }

    /// Runs tokens through the block; `output` is `[images, tokens, width]`.
    pub fn forward(&self, buffers: &Buffers, output: Handle) {
        let kept = Kept::new(&self.shape);
        let saved = self.slab(buffers.saved.clone(), kept.columns);
        let [qkv, projection, hidden, last] = self.layers();
        let parts = self.shape.parts();
        let tokens = || self.rows_buffer(&buffers.tokens);
        let weights = &buffers.weights;
        self.norm_linear(
            tokens(),
            weights,
            [kept.normal1, kept.inverse1, kept.qkv].map(|region| saved.part(region)),
            qkv,
            &parts.norm1,
        );
        self.attention(&saved, &kept);
        self.linear_onto(
            saved.part(kept.read),
            weights,
            tokens(),
            saved.part(kept.middle),
            projection,
            false,
        );
        self.norm_linear(
            saved.part(kept.middle),
            weights,
            [kept.normal2, kept.inverse2, kept.hidden].map(|region| saved.part(region)),
            hidden,
            &parts.norm2,
        );
        self.linear_onto(
            saved.part(kept.hidden),
            weights,
            saved.part(kept.middle),
            self.rows_buffer(&output),
            last,
            true,
        );
    }

    /// The attention weights of a forward pass, `[images, heads, tokens, tokens]`.
    pub fn attention_weights(&self, buffers: &Buffers, output: Handle) {
        let kept = Kept::new(&self.shape);
        let saved = self.slab(buffers.saved.clone(), kept.columns);
        let [qkv, log_sums] = [kept.qkv, kept.log_sums].map(|region| saved.part(region));
        let output = buffer(output, self.rows() * self.shape.heads * self.shape.tokens);
        launch!(self, attention::weights, self.head_grid(), qkv, log_sums, output, self.heads());
    }

    /// Runs the gradient of the output back: `for_tokens` is `[images, tokens, width]`, `for_weights`
    /// `[parameters]`.
    pub fn backward(
        &self,
        buffers: &Buffers,
        gradient: &Handle,
        for_tokens: Handle,
        for_weights: Handle,
    ) {
        let kept = Kept::new(&self.shape);
        let saved = self.slab(buffers.saved.clone(), kept.columns);
        let regions = Gradients::new(&self.shape);
        let flow = self.new_slab(regions.columns);
        let [qkv, projection, hidden, last] = self.layers();
        let parts = self.shape.parts();
        let weights = &buffers.weights;
        let given = || self.rows_buffer(gradient);
        self.linear_gelu_back(
            given(),
            weights,
            saved.part(kept.hidden),
            flow.part(regions.hidden),
            last,
        );
        self.linear_back(flow.part(regions.hidden), weights, flow.part(regions.normal2), hidden);
        self.norm_back(
            [
                flow.part(regions.normal2),
                saved.part(kept.normal2),
                saved.part(kept.inverse2),
                given(),
            ],
            weights,
            flow.part(regions.middle),
            &parts.norm2,
        );
        self.linear_back(flow.part(regions.middle), weights, flow.part(regions.read), projection);
        self.attention_back(&saved, &kept, &flow, &regions);
        self.linear_back(flow.part(regions.qkv), weights, flow.part(regions.normal1), qkv);
        self.norm_back(
            [
                flow.part(regions.normal1),
                saved.part(kept.normal1),
                saved.part(kept.inverse1),
                flow.part(regions.middle),
            ],
            weights,
            self.rows_buffer(&for_tokens),
            &parts.norm1,
        );
        self.sum_weights(buffers, &saved, &flow, gradient, for_weights);
    }

    fn rows_buffer(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.rows() * self.shape.width)
    }

    fn weights_buffer(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.shape.parameters())
    }

    fn norm_linear(
        &self,
        input: BufferArg,
        weights: &Handle,
        [normal, inverse, output]: [BufferArg; 3],
        layer: Layer,
        norm: &Norm,
    ) {
        let (weights, rows) = (self.weights_buffer(weights), self.rows() as u32);
        let (scale, shift) = (norm.scale.start, norm.shift.start);
        launch!(
            self,
            forward::norm_linear,
            self.grid(layer.output),
            input,
            weights,
            normal,
            inverse,
            output,
            rows,
            layer,
            scale,
            shift
        );
    }

    fn linear_onto(
        &self,
        input: BufferArg,
        weights: &Handle,
        residual: BufferArg,
        output: BufferArg,
        layer: Layer,
        through_gelu: bool,
    ) {
        let (weights, rows) = (self.weights_buffer(weights), self.rows() as u32);
        launch!(
            self,
            forward::linear_onto,
            self.grid(layer.output),
            input,
            weights,
            residual,
            output,
            rows,
            layer,
            through_gelu
        );
    }

    fn attention(&self, saved: &Slab, kept: &Kept) {
        let [qkv, read, log_sums] =
            [kept.qkv, kept.read, kept.log_sums].map(|region| saved.part(region));
        launch!(self, attention::forward, self.head_grid(), qkv, read, log_sums, self.heads());
    }

    fn linear_back(&self, gradient: BufferArg, weights: &Handle, out: BufferArg, layer: Layer) {
        let (weights, rows) = (self.weights_buffer(weights), self.rows() as u32);
        launch!(
            self,
            backward::linear,
            self.grid(layer.input),
            gradient,
            weights,
            out,
            rows,
            layer
        );
    }

    fn linear_gelu_back(
        &self,
        gradient: BufferArg,
        weights: &Handle,
        before: BufferArg,
        out: BufferArg,
        layer: Layer,
    ) {
        let (weights, rows) = (self.weights_buffer(weights), self.rows() as u32);
        launch!(
            self,
            backward::linear_gelu,
            self.grid(layer.input),
            gradient,
            weights,
            before,
            out,
            rows,
            layer
        );
    }

    fn norm_back(
        &self,
        [gradient, normal, inverse, past]: [BufferArg; 4],
        weights: &Handle,
        out: BufferArg,
        norm: &Norm,
    ) {
        let (weights, rows) = (self.weights_buffer(weights), self.rows() as u32);
        let cubes = CubeCount::Static(1, rows.div_ceil(norm::CUBE_ROWS), 1);
        let units = CubeDim::new_2d(norm::SHARERS, norm::CUBE_ROWS);
        let (width, scale) = (self.shape.width, norm.scale.start);
        launch!(
            self,
            norm::backward,
            (cubes, units),
            gradient,
            normal,
            inverse,
            past,
            weights,
            out,
            rows,
            width,
            scale
        );
    }

    fn attention_back(&self, saved: &Slab, kept: &Kept, flow: &Slab, regions: &Gradients) {
        let [qkv, read, log_sums] =
            [kept.qkv, kept.read, kept.log_sums].map(|region| saved.part(region));
        let [gradient, out] = [regions.read, regions.qkv].map(|region| flow.part(region));
        launch!(
            self,
            attention::backward,
            self.head_grid(),
            qkv,
            read,
            log_sums,
            gradient,
            out,
            self.heads()
        );
    }

    /// Which cubes sum which weights.
    fn sums(&self) -> BlockSums {
        let (kept, regions) = (Kept::new(&self.shape), Gradients::new(&self.shape));
        let Parts { norm1, norm2, .. } = self.shape.parts();
        let known = [
            (Input::norm(&norm1), kept.normal1, Some(regions.qkv)),
            (Input::Kept, kept.read, Some(regions.middle)),
            (Input::norm(&norm2), kept.normal2, Some(regions.hidden)),
            (Input::Gelu, kept.hidden, None),
        ];
        let (layers, vector) = (self.layers(), self.vector());
        let mut first = 0;
        let layers = std::array::from_fn(|index| {
            let (input, kept, gradient) = known[index];
            let sums = LayerSums { first, layer: layers[index], input, kept, gradient };
            first = sums.end(vector);
            sums
        });
        let known =
            [(norm1, kept.normal1, regions.normal1), (norm2, kept.normal2, regions.normal2)];
        let norms = known.map(|(norm, kept, gradient)| {
            let (scale, shift) = (norm.scale.start, norm.shift.start);
            let sums = NormSums { first, scale, shift, kept, gradient };
            first = sums.end(vector);
            sums
        });
        BlockSums { layers, norms, parameters: self.shape.parameters() }
    }

    fn sum_weights(
        &self,
        buffers: &Buffers,
        saved: &Slab,
        flow: &Slab,
        gradient: &Handle,
        out: Handle,
    ) {
        let all = self.sums();
        let (rows, parameters) = (self.rows(), all.parameters);
        let part = rows.div_ceil(PARTS).max(PART_ROWS);
        let parts = rows.div_ceil(part);
        let partial = self.client.empty(parts * parameters * size_of::<f32>());
        let cubes = CubeCount::Static(all.cubes(self.vector()) as u32, parts as u32, 1);
        let units = CubeDim::new_2d(sums::ACROSS as u32, sums::DOWN as u32);
        let [weights, out] = [&buffers.weights, &out].map(|handle| self.weights_buffer(handle));
        launch!(
            self,
            sums::partial,
            (cubes, units),
            weights,
            saved.all(),
            flow.all(),
            self.rows_buffer(gradient),
            buffer(partial.clone(), parts * parameters),
            rows as u32,
            saved.padded as u32,
            part as u32,
            all
        );
        let cubes = (parameters / self.vector()).div_ceil(TOTAL_UNITS as usize);
        let grid = (CubeCount::Static(cubes as u32, 1, 1), CubeDim::new_1d(TOTAL_UNITS));
        launch!(
            self,
            sums::total,
            grid,
            buffer(partial, parts * parameters),
            out,
            parts as u32,
            parameters
        );
    }
}
