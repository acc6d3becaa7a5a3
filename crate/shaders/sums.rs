//! Gradients of weights: sums over all rows of a batch.
//!
//! There are few weights and many rows, so the rows are cut into parts that are summed in parallel
//! (split-K), and a second kernel adds the parts' sums.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::buffer::{buffer, vector};
use crate::dropout::{DropoutRule, factors};
use crate::grid::cube_count;
use crate::layer::Layer;
use crate::math::gelu;

/// Units along a row of a cube; each holds a vector of columns.
pub(crate) const ACROSS: usize = 8;
/// Units along a column of a cube; each holds [`INPUTS`] vectors of inputs.
pub(crate) const DOWN: usize = 8;
/// Vectors of inputs of a unit.
const INPUTS: usize = 2;
/// Units of a cube that adds parts.
const TOTAL_UNITS: u32 = 64;

/// How rows are cut into parts.
pub(crate) struct Parts {
    pub count: usize,
    /// Rows of a part.
    pub rows: usize,
}

impl Parts {
    /// The most parts, unless each would have too many rows.
    const MOST: usize = 32;
    /// The most sums of all parts together, 64 MB.
    const MOST_SUMS: usize = 1 << 24;
    /// The fewest rows of a part.
    const FEWEST_ROWS: usize = 64;
    /// The most rows of a part. A software adapter ends a kernel's loops after 65,535 iterations, and a long sum loses
    /// precision.
    const MOST_ROWS: usize = 1 << 15;

    pub fn new(rows: usize) -> Self {
        Self::at_most(Self::MOST, rows)
    }

    /// Fewer parts if each sums many numbers, so that they fit into memory.
    pub fn of_sums(rows: usize, size: usize) -> Self {
        Self::at_most((Self::MOST_SUMS / size).clamp(1, Self::MOST), rows)
    }

    fn at_most(most: usize, rows: usize) -> Self {
        let part = rows.div_ceil(most).clamp(Self::FEWEST_ROWS, Self::MOST_ROWS);
        Self { count: rows.div_ceil(part), rows: part }
    }
}

/// Half of a block: a norm, the following linear layer, and the second linear layer of the branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlockHalf {
    /// The offsets of the norm's scale and shift.
    pub scale: usize,
    pub shift: usize,
    pub first: Layer,
    pub second: Layer,
    /// The operation on the saved activation that gives the second layer's input.
    pub second_input: Input,
    /// The parameters of the whole block.
    pub parameters: usize,
}

impl BlockHalf {
    /// Cubes for a part of the rows.
    pub fn cubes(&self, vector: usize) -> usize {
        self.first_norm(vector) + (self.first.input / vector).div_ceil(ACROSS * DOWN)
    }

    /// The index of the second layer's first cube.
    fn first_second(&self, vector: usize) -> usize {
        cubes(self.first, vector).into_iter().product()
    }

    /// The index of the norm's first cube.
    fn first_norm(&self, vector: usize) -> usize {
        self.first_second(vector) + cubes(self.second, vector).into_iter().product::<usize>()
    }
}

/// Cubes of a layer, across and down.
fn cubes(layer: Layer, vector: usize) -> [usize; 2] {
    [(layer.output / vector).div_ceil(ACROSS), (layer.input / vector).div_ceil(DOWN * INPUTS)]
}

/// The operation on the input of a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    Kept,
    Gelu {
        /// Whether dropout follows.
        dropped: bool,
    },
    /// The scale and shift at these offsets.
    Norm {
        scale: usize,
        shift: usize,
    },
}

impl Input {
    pub fn through_gelu(self) -> bool {
        matches!(self, Self::Gelu { .. })
    }

    pub fn dropped(self) -> bool {
        self == Self::Gelu { dropped: true }
    }
}

/// The rows that a cube sums over, and the offset of its sums.
#[derive(CubeType, Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    /// The offset of the part's weights, in vectors.
    to: usize,
}

/// The gradients of half a block, summed over parts of the rows; several cubes per part.
///
/// # Shapes
/// - weights: `[parameters]`
/// - normal, for_norm: the normalised rows and the gradient of the norm's output, `[rows, width]`
/// - read: the saved input of the second layer, `[rows, half.second.input]`
/// - for_first, for_second: the gradients of the layers' outputs
/// - sums: `[parts, parameters]`, those of the half written
#[cube(launch_unchecked)]
pub(crate) fn partial<F: Float, N: Size>(
    weights: &[Vector<F, N>],
    normal: &[Vector<F, N>],
    read: &[Vector<F, N>],
    for_norm: &[Vector<F, N>],
    for_first: &[Vector<F, N>],
    for_second: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    rows: u32,
    part: u32,
    hidden: DropoutRule,
    #[comptime] half: BlockHalf,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let cubes = comptime!(half.cubes(n));
    let number = CUBE_POS / cubes;
    let start = number * part as usize;
    if start >= rows as usize {
        terminate!();
    }
    let end = start + part as usize;
    let part = Part {
        start,
        end: select(end < rows as usize, end, rows as usize),
        to: number * comptime!(half.parameters / n),
    };
    let cube = CUBE_POS % cubes;
    let first_second = comptime!(half.first_second(n));
    let first_norm = comptime!(half.first_norm(n));
    if cube < first_second {
        let input = comptime!(Input::Norm { scale: half.scale, shift: half.shift });
        layer_sums(weights, normal, for_first, sums, &part, &hidden, cube, half.first, input);
    } else if cube < first_norm {
        let (cube, input) = (cube - first_second, half.second_input);
        layer_sums(weights, read, for_second, sums, &part, &hidden, cube, half.second, input);
    } else {
        norm_sums(normal, for_norm, sums, &part, cube - first_norm, half);
    }
}

/// The sums of a linear layer, by the cube with this index in the layer.
#[cube]
fn layer_sums<F: Float, N: Size>(
    weights: &[Vector<F, N>],
    kept: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    part: &Part,
    hidden: &DropoutRule,
    cube: usize,
    #[comptime] layer: Layer,
    #[comptime] read: Input,
) {
    let n = N::value();
    let across = comptime!(cubes(layer, n)[0]);
    let inputs = comptime!(layer.input / n);
    let columns = comptime!(layer.output / n);
    let column = cube % across * ACROSS + UNIT_POS_X as usize;
    let input = (cube / across * DOWN + UNIT_POS_Y as usize) * INPUTS;
    if column < columns && input < inputs {
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
            if comptime!(matches!(read, Input::Norm { .. })) {
                let (scale, shift) = comptime!(affine(read));
                gains[i] = Vector::cast_from(weights[comptime!(scale / n) + places[i]]);
                offsets[i] = Vector::cast_from(weights[comptime!(shift / n) + places[i]]);
            }
        }
        let mut total = Vector::<f32, N>::new(0.0f32);
        for row in part.start..part.end {
            let slope = Vector::<f32, N>::cast_from(gradient[row * columns + column]);
            total += slope;
            #[unroll]
            for i in 0..INPUTS {
                let read_from = row * inputs + places[i];
                let mut value = Vector::<f32, N>::cast_from(kept[read_from]);
                if comptime!(read.through_gelu()) {
                    value = gelu(value);
                }
                if comptime!(read.dropped()) {
                    value *= factors(hidden, read_from);
                }
                if comptime!(matches!(read, Input::Norm { .. })) {
                    value = value * gains[i] + offsets[i];
                }
                #[unroll]
                for lane in 0..N::value() {
                    let place = comptime!(i * n + lane);
                    products[place] += Vector::new(value.extract(lane)) * slope;
                }
            }
        }
        let matrix = part.to + comptime!(layer.matrix / n);
        #[unroll]
        for i in 0..INPUTS {
            #[unroll]
            for lane in 0..N::value() {
                let place = (places[i] * N::value() + lane) * columns + column;
                sums[matrix + place] = products[comptime!(i * n + lane)];
            }
        }
        if input == 0 {
            sums[part.to + comptime!(layer.bias / n) + column] = total;
        }
    }
}

/// The scale and shift of an input, if any.
fn affine(input: Input) -> (usize, usize) {
    match input {
        Input::Norm { scale, shift } => (scale, shift),
        Input::Kept | Input::Gelu { .. } => (0, 0),
    }
}

/// The sums of a norm, by the cube with this index in the norm.
#[cube]
fn norm_sums<F: Float, N: Size>(
    normal: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    part: &Part,
    cube: usize,
    #[comptime] half: BlockHalf,
) {
    let n = N::value();
    let columns = comptime!(half.first.input / n);
    let column = cube * comptime!(ACROSS * DOWN) + UNIT_POS as usize;
    if column < columns {
        let mut total = Vector::<f32, N>::new(0.0f32);
        let mut product = Vector::<f32, N>::new(0.0f32);
        for row in part.start..part.end {
            let place = row * columns + column;
            let slope = Vector::<f32, N>::cast_from(gradient[place]);
            total += slope;
            product += slope * Vector::cast_from(normal[place]);
        }
        sums[part.to + comptime!(half.scale / n) + column] = product;
        sums[part.to + comptime!(half.shift / n) + column] = total;
    }
}

/// Adds the parts of a range of the sums.
///
/// # Shapes
/// - sums: `[parts, slice.all]`
/// - out: `[slice.count]`, written
#[cube(launch_unchecked)]
fn total<F: Float, N: Size>(
    sums: &[Vector<f32, N>],
    out: &mut [Vector<F, N>],
    parts: u32,
    #[comptime] slice: SumsSlice,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let place = ABSOLUTE_POS;
    if place >= comptime!(slice.count / n) {
        terminate!();
    }
    let mut total = Vector::<f32, N>::new(0.0f32);
    for part in 0..parts as usize {
        total += sums[part * comptime!(slice.all / n) + comptime!(slice.first / n) + place];
    }
    out[place] = Vector::cast_from(total);
}

/// Adds the parts of sums whose first numbers belong to one array and whose others to another.
///
/// # Shapes
/// - sums: `[parts, counts[0] + counts[1]]`
/// - one: `[counts[0]]`, written
/// - other: `[counts[1]]`, written
#[cube(launch_unchecked)]
fn total_of_two<F: Float, N: Size>(
    sums: &[Vector<f32, N>],
    one: &mut [Vector<F, N>],
    other: &mut [Vector<F, N>],
    parts: u32,
    #[comptime] counts: [usize; 2],
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let (first, all) = comptime!((counts[0] / n, (counts[0] + counts[1]) / n));
    let place = ABSOLUTE_POS;
    if place >= all {
        terminate!();
    }
    let mut total = Vector::<f32, N>::new(0.0f32);
    for part in 0..parts as usize {
        total += sums[part * all + place];
    }
    if place < first {
        one[place] = Vector::cast_from(total);
    } else {
        other[place - first] = Vector::cast_from(total);
    }
}

/// A range of the numbers that each part sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SumsSlice {
    /// All numbers of a part.
    pub all: usize,
    pub first: usize,
    pub count: usize,
}

/// Adds the parts of `sums` `[parts, parameters]` and writes them to `out` `[parameters]`.
pub(crate) fn add_parts(
    client: &Client,
    sums: &Handle,
    out: &Handle,
    parts: usize,
    parameters: usize,
    dtype: ElemType,
) {
    let all = SumsSlice { all: parameters, first: 0, count: parameters };
    add_slice(client, sums, out, parts, all, dtype);
}

/// Adds the parts of a range of `sums` `[parts, slice.all]` and writes them to `out` `[slice.count]`.
pub(crate) fn add_slice(
    client: &Client,
    sums: &Handle,
    out: &Handle,
    parts: usize,
    slice: SumsSlice,
    dtype: ElemType,
) {
    let vector = vector(&[slice.all, slice.first, slice.count]);
    // SAFETY: units stay within the range.
    unsafe {
        total::launch_unchecked(
            client,
            cube_count(slice.count / vector, TOTAL_UNITS),
            CubeDim::new_1d(TOTAL_UNITS),
            vector,
            buffer(sums.clone(), parts * slice.all),
            buffer(out.clone(), slice.count),
            parts as u32,
            slice,
            dtype,
        );
    }
}

/// Adds the parts of `sums` `[parts, all]`: the first numbers to one array, those behind them to another. An array that is
/// not wanted is left out.
pub(crate) fn add_both(
    client: &Client,
    sums: &Handle,
    out: [Option<&Handle>; 2],
    parts: usize,
    counts: [usize; 2],
    dtype: ElemType,
) {
    let all = counts[0] + counts[1];
    let slice = |first, count| SumsSlice { all, first, count };
    match out {
        [None, None] => {}
        [Some(one), None] => add_slice(client, sums, one, parts, slice(0, counts[0]), dtype),
        [None, Some(other)] => {
            add_slice(client, sums, other, parts, slice(counts[0], counts[1]), dtype);
        }
        [Some(one), Some(other)] => {
            let vector = vector(&counts);
            // SAFETY: units stay within the arrays.
            unsafe {
                total_of_two::launch_unchecked(
                    client,
                    cube_count(all / vector, TOTAL_UNITS),
                    CubeDim::new_1d(TOTAL_UNITS),
                    vector,
                    buffer(sums.clone(), parts * all),
                    buffer(one.clone(), counts[0]),
                    buffer(other.clone(), counts[1]),
                    parts as u32,
                    counts,
                    dtype,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_all_rows_and_none_too_many() {
        for rows in [1, 64, 65, 2048, 2049, 1 << 20, (1 << 20) + 1, 4_300_000] {
            for parts in
                [Parts::new(rows), Parts::of_sums(rows, 100), Parts::of_sums(rows, 1 << 24)]
            {
                assert!(parts.rows <= 1 << 15);
                assert!((parts.count - 1) * parts.rows < rows && rows <= parts.count * parts.rows);
            }
        }
        let counts = [100, 1 << 19, 1 << 24].map(|size| Parts::of_sums(1 << 15, size).count);
        assert_eq!(counts, [32, 32, 1]);
    }
}
