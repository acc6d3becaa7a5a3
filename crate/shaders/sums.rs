//! Gradients of weights: sums over all rows of a batch.
//!
//! There are few weights and many rows, so the rows are cut into parts that are summed side by side
//! (split-K), and the parts' sums are added by a second kernel.

use cubecl::prelude::*;

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
pub(crate) struct Outer {
    /// The first of its cubes.
    pub first: usize,
    pub layer: Layer,
    pub input: Input,
    /// What was kept of its input.
    pub kept: Region,
    /// The gradient of its output among those of the block; `None` for that of the block's output.
    pub gradient: Option<Region>,
}

impl Outer {
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
pub(crate) struct Along {
    pub first: usize,
    pub scale: usize,
    pub shift: usize,
    /// The normal form.
    pub kept: Region,
    /// The gradient of the norm's output.
    pub gradient: Region,
}

impl Along {
    /// One after its last cube.
    pub fn end(&self, vector: usize) -> usize {
        self.first + (self.kept.columns / vector).div_ceil(ACROSS * DOWN)
    }
}

/// All weights of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct All {
    pub outer: [Outer; 4],
    pub along: [Along; 2],
    pub parameters: usize,
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
    #[comptime] all: All,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let start = CUBE_POS_Y as usize * part as usize;
    let end = start + part as usize;
    let end = select(end < rows as usize, end, rows as usize);
    let padded = padded as usize;
    let to = CUBE_POS_Y as usize * comptime!(all.parameters / n);
    #[unroll]
    for index in 0..4usize {
        let outer = comptime!(all.outer[index]);
        if comptime!(outer.gradient.is_some()) {
            outer_sums(weights, kept, gradients, sums, start, end, padded, to, outer);
        } else {
            outer_sums(weights, kept, gradient, sums, start, end, padded, to, outer);
        }
    }
    #[unroll]
    for index in 0..2usize {
        let along = comptime!(all.along[index]);
        along_sums(kept, gradients, sums, start, end, padded, to, along);
    }
}

/// Of a linear layer.
#[cube]
fn outer_sums<F: Float, N: Size>(
    weights: &[Vector<F, N>],
    kept: &[Vector<F, N>],
    gradients: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    start: usize,
    end: usize,
    padded: usize,
    to: usize,
    #[comptime] outer: Outer,
) {
    let n = N::value();
    let cube = CUBE_POS_X as usize;
    if cube >= outer.first && cube < comptime!(outer.end(n)) {
        let across = comptime!(outer.cubes(n)[0]);
        let inputs = comptime!(outer.layer.input / n);
        let columns = comptime!(outer.layer.output / n);
        let column = (cube - outer.first) % across * ACROSS + UNIT_POS_X as usize;
        let input = ((cube - outer.first) / across * DOWN + UNIT_POS_Y as usize) * INPUTS;
        if column < columns && input < inputs {
            let kept_at = padded * comptime!(outer.kept.before / n);
            let before = comptime!(outer.gradient.map_or(0, |region| region.before) / n);
            let gradient_at = padded * before;
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
                if comptime!(matches!(outer.input, Input::Norm { .. })) {
                    let (scale, shift) = comptime!(affine(outer.input));
                    gains[i] = Vector::cast_from(weights[comptime!(scale / n) + places[i]]);
                    offsets[i] = Vector::cast_from(weights[comptime!(shift / n) + places[i]]);
                }
            }
            let mut total = Vector::<f32, N>::new(0.0f32);
            for row in start..end {
                let slope =
                    Vector::<f32, N>::cast_from(gradients[gradient_at + row * columns + column]);
                total += slope;
                #[unroll]
                for i in 0..INPUTS {
                    let mut value =
                        Vector::<f32, N>::cast_from(kept[kept_at + row * inputs + places[i]]);
                    if comptime!(matches!(outer.input, Input::Gelu)) {
                        value = gelu(value);
                    }
                    if comptime!(matches!(outer.input, Input::Norm { .. })) {
                        value = value * gains[i] + offsets[i];
                    }
                    #[unroll]
                    for lane in 0..N::value() {
                        let place = comptime!(i * n + lane);
                        products[place] += Vector::new(value.extract(lane)) * slope;
                    }
                }
            }
            let matrix = to + comptime!(outer.layer.matrix / n);
            #[unroll]
            for i in 0..INPUTS {
                #[unroll]
                for lane in 0..N::value() {
                    let place = (places[i] * N::value() + lane) * columns + column;
                    sums[matrix + place] = products[comptime!(i * n + lane)];
                }
            }
            if input == 0 {
                sums[to + comptime!(outer.layer.bias / n) + column] = total;
            }
        }
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
fn along_sums<F: Float, N: Size>(
    kept: &[Vector<F, N>],
    gradients: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    start: usize,
    end: usize,
    padded: usize,
    to: usize,
    #[comptime] along: Along,
) {
    let n = N::value();
    let cube = CUBE_POS_X as usize;
    if cube >= along.first && cube < comptime!(along.end(n)) {
        let columns = comptime!(along.kept.columns / n);
        let column = (cube - along.first) * comptime!(ACROSS * DOWN) + UNIT_POS as usize;
        if column < columns {
            let kept_at = padded * comptime!(along.kept.before / n);
            let gradient_at = padded * comptime!(along.gradient.before / n);
            let mut total = Vector::<f32, N>::new(0.0f32);
            let mut product = Vector::<f32, N>::new(0.0f32);
            for row in start..end {
                let place = row * columns + column;
                let slope = Vector::<f32, N>::cast_from(gradients[gradient_at + place]);
                total += slope;
                product += slope * Vector::cast_from(kept[kept_at + place]);
            }
            sums[to + comptime!(along.scale / n) + column] = product;
            sums[to + comptime!(along.shift / n) + column] = total;
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
