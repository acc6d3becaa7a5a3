//! A block's kernels, one after the other.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::{BlockShape, Parts};

use crate::attention::{self, Heads};
use crate::forward::{self, Layer};
use crate::slab::{Region, Regions, Slab, buffer, padded};
use crate::sums::{self, All, Along, Input, Outer};
use crate::{backward, norm};

/// Most parts that the weights' gradient is summed in.
const PARTS: usize = 32;
/// Fewest rows of such a part.
const PART_ROWS: usize = 64;
/// Most units of a cube in attention.
const UNITS: usize = 256;

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
        let layer = |part: patchwork_kernels::Linear, input, output| Layer {
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
        let [_, projection, _, last] = self.layers();
        let parts = self.shape.parts();
        let tokens = || self.rows_buffer(&buffers.tokens);
        let [qkv, _, hidden, _] = self.layers();
        let weights = &buffers.weights;
        self.norm_linear(
            tokens(),
            weights,
            [kept.normal1, kept.inverse1, kept.qkv].map(|region| saved.part(region)),
            qkv,
            [parts.norm1.scale.start, parts.norm1.shift.start],
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
            [parts.norm2.scale.start, parts.norm2.shift.start],
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
        let (count, units) = self.head_grid();
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            attention::weights::launch_unchecked(
                &self.client,
                count,
                units,
                self.vector(),
                saved.part(kept.qkv),
                saved.part(kept.log_sums),
                buffer(output, self.rows() * self.shape.heads * self.shape.tokens),
                self.heads(),
                self.dtype,
            );
        }
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
            parts.norm2.scale.start,
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
            parts.norm1.scale.start,
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
        [scale, shift]: [usize; 2],
    ) {
        let (count, units) = self.grid(layer.output);
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            forward::norm_linear::launch_unchecked(
                &self.client,
                count,
                units,
                self.vector(),
                input,
                self.weights_buffer(weights),
                normal,
                inverse,
                output,
                self.rows() as u32,
                layer,
                scale,
                shift,
                self.dtype,
            );
        }
    }

    fn linear_onto(
        &self,
        input: BufferArg,
        weights: &Handle,
        residual: BufferArg,
        output: BufferArg,
        layer: Layer,
        bent: bool,
    ) {
        let (count, units) = self.grid(layer.output);
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            forward::linear_onto::launch_unchecked(
                &self.client,
                count,
                units,
                self.vector(),
                input,
                self.weights_buffer(weights),
                residual,
                output,
                self.rows() as u32,
                layer,
                bent,
                self.dtype,
            );
        }
    }

    fn attention(&self, saved: &Slab, kept: &Kept) {
        let (count, units) = self.head_grid();
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            attention::forward::launch_unchecked(
                &self.client,
                count,
                units,
                self.vector(),
                saved.part(kept.qkv),
                saved.part(kept.read),
                saved.part(kept.log_sums),
                self.heads(),
                self.dtype,
            );
        }
    }

    fn linear_back(&self, gradient: BufferArg, weights: &Handle, out: BufferArg, layer: Layer) {
        let (count, units) = self.grid(layer.input);
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            backward::linear::launch_unchecked(
                &self.client,
                count,
                units,
                self.vector(),
                gradient,
                self.weights_buffer(weights),
                out,
                self.rows() as u32,
                layer,
                self.dtype,
            );
        }
    }

    fn linear_gelu_back(
        &self,
        gradient: BufferArg,
        weights: &Handle,
        before: BufferArg,
        out: BufferArg,
        layer: Layer,
    ) {
        let (count, units) = self.grid(layer.input);
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            backward::linear_gelu::launch_unchecked(
                &self.client,
                count,
                units,
                self.vector(),
                gradient,
                self.weights_buffer(weights),
                before,
                out,
                self.rows() as u32,
                layer,
                self.dtype,
            );
        }
    }

    fn norm_back(
        &self,
        [gradient, normal, inverse, past]: [BufferArg; 4],
        weights: &Handle,
        out: BufferArg,
        scale: usize,
    ) {
        let cubes = self.rows().div_ceil(norm::CUBE_ROWS as usize);
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            norm::backward::launch_unchecked(
                &self.client,
                CubeCount::Static(1, cubes as u32, 1),
                CubeDim::new_2d(norm::SHARERS, norm::CUBE_ROWS),
                self.vector(),
                gradient,
                normal,
                inverse,
                past,
                self.weights_buffer(weights),
                out,
                self.rows() as u32,
                self.shape.width,
                scale,
                self.dtype,
            );
        }
    }

    fn attention_back(&self, saved: &Slab, kept: &Kept, flow: &Slab, regions: &Gradients) {
        let (count, units) = self.head_grid();
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            attention::backward::launch_unchecked(
                &self.client,
                count,
                units,
                self.vector(),
                saved.part(kept.qkv),
                saved.part(kept.read),
                saved.part(kept.log_sums),
                flow.part(regions.read),
                flow.part(regions.qkv),
                self.heads(),
                self.dtype,
            );
        }
    }

    /// Which cubes sum which weights.
    fn all(&self) -> All {
        let (kept, regions, vector) =
            (Kept::new(&self.shape), Gradients::new(&self.shape), self.vector());
        let parts = self.shape.parts();
        let norm = |norm: patchwork_kernels::Norm| Input::Norm {
            scale: norm.scale.start,
            shift: norm.shift.start,
        };
        let (norm1, norm2) = (parts.norm1.clone(), parts.norm2.clone());
        let known = [
            (norm(norm1.clone()), kept.normal1, Some(regions.qkv)),
            (Input::Kept, kept.read, Some(regions.middle)),
            (norm(norm2.clone()), kept.normal2, Some(regions.hidden)),
            (Input::Gelu, kept.hidden, None),
        ];
        let mut first = 0;
        let layers = self.layers();
        let outer = std::array::from_fn(|index| {
            let (input, kept, gradient) = known[index];
            let outer = Outer { first, layer: layers[index], input, kept, gradient };
            first = outer.end(vector);
            outer
        });
        let mut along = |norm: patchwork_kernels::Norm, kept, gradient| {
            let (scale, shift) = (norm.scale.start, norm.shift.start);
            let along = Along { first, scale, shift, kept, gradient };
            first = along.end(vector);
            along
        };
        let along = [
            along(norm1, kept.normal1, regions.normal1),
            along(norm2, kept.normal2, regions.normal2),
        ];
        All { outer, along, parameters: self.shape.parameters() }
    }

    fn sum_weights(
        &self,
        buffers: &Buffers,
        saved: &Slab,
        flow: &Slab,
        gradient: &Handle,
        out: Handle,
    ) {
        let all = self.all();
        let (rows, parameters, vector) = (self.rows(), all.parameters, self.vector());
        let part = rows.div_ceil(PARTS).max(PART_ROWS);
        let parts = rows.div_ceil(part);
        let sums = self.client.empty(parts * parameters * size_of::<f32>());
        let cubes = all.along[1].end(vector) as u32;
        // SAFETY: cubes and units are those of the buffers' sizes.
        unsafe {
            sums::partial::launch_unchecked(
                &self.client,
                CubeCount::Static(cubes, parts as u32, 1),
                CubeDim::new_2d(sums::ACROSS as u32, sums::DOWN as u32),
                vector,
                self.weights_buffer(&buffers.weights),
                saved.all(),
                flow.all(),
                self.rows_buffer(gradient),
                buffer(sums.clone(), parts * parameters),
                rows as u32,
                saved.padded as u32,
                part as u32,
                all,
                self.dtype,
            );
            sums::total::launch_unchecked(
                &self.client,
                CubeCount::Static((parameters / vector).div_ceil(64) as u32, 1, 1),
                CubeDim::new_1d(64),
                vector,
                buffer(sums, parts * parameters),
                self.weights_buffer(&out),
                parts as u32,
                parameters,
                self.dtype,
            );
        }
    }
}
