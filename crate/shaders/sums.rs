//! Gradients of weights: sums over all rows of a batch.
//!
//! There are few weights and many rows, so the rows are cut into parts that are summed side by side
//! (split-K), and the parts' sums are added by a second kernel.

use cubecl::prelude::*;
use patchwork_kernels::Norm;

use crate::forward::Layer;
use crate::math::gelu;
use crate::slab::Region;

/// Units side by side in a cube; each holds a vector of columns.
pub(crate) const ACROSS: usize = 8;
/// Units below each other in a cube; each holds [`INPUTS`] vectors of inputs.
pub(crate) const DOWN: usize = 8;
/// Vectors of inputs of a unit.
const INPUTS: usize = 2;

/// What a linear layer read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// What was kept.
    Kept,
    /// The GELU of what was kept.
    Gelu,
    /// The scale and shift that begin here, of the normal form that was kept.
    Norm { scale: usize, shift: usize },
}

/// The gradient of a linear layer's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LayerSums {
    /// The first of its cubes.
    pub first: usize,
    pub layer: Layer,
    pub input: Input,
    /// What was kept of its input.
    pub kept: Region,
    /// The gradient of its output among those of the block; `None` for that of the block's output.
    pub gradient: Option<Region>,
}

impl LayerSums {
    /// Cubes across and down.
    fn cubes(&self, vector: usize) -> [usize; 2] {
        [
            (self.layer.output / vector).div_ceil(ACROSS),
            (self.layer.input / vector).div_ceil(DOWN * INPUTS),
        ]
    }

    /// One after its last cube.
    pub fn end(&self, vector: usize) -> usize {
        self.first + self.cubes(vector).into_iter().product::<usize>()
    }
}

/// The gradient of a norm's scale and shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NormSums {
    pub first: usize,
    pub scale: usize,
    pub shift: usize,
    /// The normal form.
    pub kept: Region,
    /// The gradient of the norm's output.
    pub gradient: Region,
}

impl NormSums {
    /// One after its last cube.
    pub fn end(&self, vector: usize) -> usize {
        self.first + (self.kept.columns / vector).div_ceil(ACROSS * DOWN)
    }
}

/// The gradient of all weights of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlockSums {
    pub layers: [LayerSums; 4],
    pub norms: [NormSums; 2],
    pub parameters: usize,
}

impl BlockSums {
    /// Cubes for a part of the rows.
    pub fn cubes(&self, vector: usize) -> usize {
        self.norms[1].end(vector)
    }
}

/// The rows that a cube sums over, and where its sums go.
#[derive(CubeType, Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    /// Rows of the buffers, as regions count them.
    padded: usize,
    /// Where the part's weights begin, in vectors.
    to: usize,
}

/// The sums of the gradient over some rows: those of part `CUBE_POS_Y`.
///
/// # Shapes
/// - weights: `[parameters]`
/// - kept, gradients: the regions that `all` names
/// - gradient (of the block's output): `[rows, width]`
/// - sums: `[parts, parameters]`, written
#[cube(launch_unchecked)]
pub(crate) fn partial<F: Float, N: Size>(
    weights: &[Vector<F, N>],
    kept: &[Vector<F, N>],
    gradients: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    rows: u32,
    padded: u32,
    part: u32,
    #[comptime] all: BlockSums,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let start = CUBE_POS_Y as usize * part as usize;
    let end = start + part as usize;
    let part = Part {
        start,
        end: select(end < rows as usize, end, rows as usize),
        padded: padded as usize,
        to: CUBE_POS_Y as usize * comptime!(all.parameters / n),
    };
    #[unroll]
    for index in 0..4usize {
        let layer = comptime!(all.layers[index]);
        if comptime!(layer.gradient.is_some()) {
            layer_sums(weights, kept, gradients, sums, &part, layer);
        } else {
            layer_sums(weights, kept, gradient, sums, &part, layer);
        }
    }
    #[unroll]
    for index in 0..2usize {
        norm_sums(kept, gradients, sums, &part, comptime!(all.norms[index]));
    }
}

/// Of a linear layer.
#[cube]
fn layer_sums<F: Float, N: Size>(
    weights: &[Vector<F, N>],
    kept: &[Vector<F, N>],
    gradients: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    part: &Part,
    #[comptime] own: LayerSums,
) {
    let n = N::value();
    let cube = CUBE_POS_X as usize;
    if cube >= own.first && cube < comptime!(own.end(n)) {
        let across = comptime!(own.cubes(n)[0]);
        let inputs = comptime!(own.layer.input / n);
        let columns = comptime!(own.layer.output / n);
        let column = (cube - own.first) % across * ACROSS + UNIT_POS_X as usize;
        let input = ((cube - own.first) / across * DOWN + UNIT_POS_Y as usize) * INPUTS;
        if column < columns && input < inputs {
            let kept_at = part.padded * comptime!(own.kept.before / n);
            let before = comptime!(own.gradient.map_or(0, |region| region.before) / n);
            let gradient_at = part.padded * before;
            let mut products = Array::<Vector<f32, N>>::new(comptime!(INPUTS * n));
            #[unroll]
            for i in 0..comptime!(INPUTS * n) {
                products[i] = Vector::new(0.0f32);
            }
            let mut places = Array::<usize>::new(INPUTS);
            let mut gains = Array::<Vector<f32, N>>::new(INPUTS);
            let mut offsets = Array::<Vector<f32, N>>::new(INPUTS);
            #[unroll]
            for i in 0..INPUTS {
                places[i] = select(input + i < inputs, input + i, input);
                if comptime!(matches!(own.input, Input::Norm { .. })) {
                    let (scale, shift) = comptime!(affine(own.input));
                    gains[i] = Vector::cast_from(weights[comptime!(scale / n) + places[i]]);
                    offsets[i] = Vector::cast_from(weights[comptime!(shift / n) + places[i]]);
                }
            }
            let mut total = Vector::<f32, N>::new(0.0f32);
            for row in part.start..part.end {
                let slope =
                    Vector::<f32, N>::cast_from(gradients[gradient_at + row * columns + column]);
                total += slope;
                #[unroll]
                for i in 0..INPUTS {
                    let mut value =
                        Vector::<f32, N>::cast_from(kept[kept_at + row * inputs + places[i]]);
                    if comptime!(matches!(own.input, Input::Gelu)) {
                        value = gelu(value);
                    }
                    if comptime!(matches!(own.input, Input::Norm { .. })) {
                        value = value * gains[i] + offsets[i];
                    }
                    #[unroll]
                    for lane in 0..N::value() {
                        let place = comptime!(i * n + lane);
                        products[place] += Vector::new(value.extract(lane)) * slope;
                    }
                }
            }
            let matrix = part.to + comptime!(own.layer.matrix / n);
            #[unroll]
            for i in 0..INPUTS {
                #[unroll]
                for lane in 0..N::value() {
                    let place = (places[i] * N::value() + lane) * columns + column;
                    sums[matrix + place] = products[comptime!(i * n + lane)];
                }
            }
            if input == 0 {
                sums[part.to + comptime!(own.layer.bias / n) + column] = total;
            }
        }
    }
}

impl Input {
    /// What a norm gave.
    pub fn norm(norm: &Norm) -> Self {
        Self::Norm { scale: norm.scale.start, shift: norm.shift.start }
    }
}

/// Scale and shift of an input that has them.
fn affine(input: Input) -> (usize, usize) {
    match input {
        Input::Norm { scale, shift } => (scale, shift),
        Input::Kept | Input::Gelu => (0, 0),
    }
}

/// Of a norm.
#[cube]
fn norm_sums<F: Float, N: Size>(
    kept: &[Vector<F, N>],
    gradients: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    part: &Part,
    #[comptime] own: NormSums,
) {
    let n = N::value();
    let cube = CUBE_POS_X as usize;
    if cube >= own.first && cube < comptime!(own.end(n)) {
        let columns = comptime!(own.kept.columns / n);
        let column = (cube - own.first) * comptime!(ACROSS * DOWN) + UNIT_POS as usize;
        if column < columns {
            let kept_at = part.padded * comptime!(own.kept.before / n);
            let gradient_at = part.padded * comptime!(own.gradient.before / n);
            let mut total = Vector::<f32, N>::new(0.0f32);
            let mut product = Vector::<f32, N>::new(0.0f32);
            for row in part.start..part.end {
                let place = row * columns + column;
                let slope = Vector::<f32, N>::cast_from(gradients[gradient_at + place]);
                total += slope;
                product += slope * Vector::cast_from(kept[kept_at + place]);
            }
            sums[part.to + comptime!(own.scale / n) + column] = product;
            sums[part.to + comptime!(own.shift / n) + column] = total;
        }
    }
}

/// Adds the parts.
///
/// # Shapes
/// - sums: `[parts, parameters]`
/// - out: `[parameters]`, written
#[cube(launch_unchecked)]
pub(crate) fn total<F: Float, N: Size>(
    sums: &[Vector<f32, N>],
    out: &mut [Vector<F, N>],
    parts: u32,
    #[comptime] parameters: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(parameters / n);
    let place = ABSOLUTE_POS;
    if place >= size {
        terminate!();
    }
    let mut total = Vector::<f32, N>::new(0.0f32);
    for part in 0..parts as usize {
        total += sums[part * size + place];
    }
    out[place] = Vector::cast_from(total);
}
