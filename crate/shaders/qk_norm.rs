//! QK-norm: a LayerNorm of each head's queries, and one of its keys. A unit handles one head's queries, keys or
//! values of a token.

use cubecl::prelude::*;
use patchwork_kernels::{EPSILON, Norm};

use crate::attention::{Heads, read, write};
use crate::math::sum;

/// Units of a cube that normalises.
pub(crate) const UNITS: u32 = 64;
/// Units along a row of a cube that sums gradients; each holds a vector of columns.
pub(crate) const ACROSS: u32 = 8;
/// Units along a column of such a cube, which share the rows.
pub(crate) const DOWN: u32 = 8;

/// The offsets of scale and shift of queries and of keys in the block's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Places {
    scales: [usize; 2],
    shifts: [usize; 2],
}

impl Places {
    pub fn of(norms: &[Norm; 2]) -> Self {
        let places = |range: fn(&Norm) -> usize| [range(&norms[0]), range(&norms[1])];
        Self { scales: places(|norm| norm.scale.start), shifts: places(|norm| norm.shift.start) }
    }
}

/// The head and token of a unit, and whether it handles queries, keys or values.
#[derive(CubeType, Clone, Copy)]
struct Unit {
    /// The offset of its numbers in all queries, keys and values, in vectors.
    place: usize,
    /// 0 for queries, 1 for keys, 2 for values.
    part: usize,
    /// Its index among the normalised ones, `[rows, 2, heads]`; for queries and keys only.
    number: usize,
}

#[cube]
fn own(#[comptime] sizes: Heads, #[comptime] size: usize) -> Unit {
    let of_row = comptime!(3 * sizes.heads);
    let in_row = ABSOLUTE_POS % of_row;
    Unit {
        place: ABSOLUTE_POS * size,
        part: in_row / sizes.heads,
        number: ABSOLUTE_POS / of_row * comptime!(2 * sizes.heads) + in_row,
    }
}

/// The offset for queries (`part` 0) or for keys, in vectors.
#[cube]
fn of_part(part: usize, #[comptime] places: [usize; 2], #[comptime] vector: usize) -> usize {
    let [of_queries, of_keys] = comptime!(places.map(|place| place / vector));
    select(part == 0, of_queries.runtime(), of_keys.runtime())
}

/// Normalises queries and keys, and copies values.
///
/// # Shapes
/// - raw: `[rows, 3, heads, head_width]`
/// - qkv: as `raw`, written
/// - normal (queries and keys before scale and shift): `[rows, 2, heads, head_width]`, written
/// - inverse (their reciprocal deviations): `[rows, 2, heads]`, written
#[cube(launch_unchecked)]
pub(crate) fn forward<F: Float, N: Size>(
    raw: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    qkv: &mut [Vector<F, N>],
    normal: &mut [Vector<F, N>],
    inverse: &mut [f32],
    rows: u32,
    #[comptime] sizes: Heads,
    #[comptime] places: Places,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.head_width / n);
    if ABSOLUTE_POS >= rows as usize * comptime!(3 * sizes.heads) {
        terminate!();
    }
    let unit = own(sizes, size);
    let mut values = read(raw, unit.place, 1.0f32, size);
    if unit.part < 2 {
        let mut total = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for i in 0..size {
            total += values[i];
        }
        let mean = Vector::<f32, N>::new(sum(total) / comptime!(sizes.head_width as f32));
        let mut squares = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for i in 0..size {
            let off = values[i] - mean;
            squares += off * off;
        }
        let variance = sum(squares) / comptime!(sizes.head_width as f32);
        let known = 1.0f32 / (variance + EPSILON).sqrt();
        inverse[unit.number] = known;
        let known = Vector::<f32, N>::new(known);
        let scale = of_part(unit.part, comptime!(places.scales), n);
        let shift = of_part(unit.part, comptime!(places.shifts), n);
        #[unroll]
        for i in 0..size {
            let value = (values[i] - mean) * known;
            normal[unit.number * size + i] = Vector::cast_from(value);
            values[i] = value * Vector::cast_from(weights[scale + i])
                + Vector::cast_from(weights[shift + i]);
        }
    }
    write(qkv, unit.place, &values, size);
}

/// The gradient of queries, keys and values before the norms from that after them.
///
/// # Shapes
/// - gradient: `[rows, 3, heads, head_width]`
/// - normal, inverse: as [`forward()`] wrote them
/// - out: as `gradient`, written
#[cube(launch_unchecked)]
pub(crate) fn backward<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    normal: &[Vector<F, N>],
    inverse: &[f32],
    out: &mut [Vector<F, N>],
    rows: u32,
    #[comptime] sizes: Heads,
    #[comptime] places: Places,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.head_width / n);
    if ABSOLUTE_POS >= rows as usize * comptime!(3 * sizes.heads) {
        terminate!();
    }
    let unit = own(sizes, size);
    let mut slopes = read(gradient, unit.place, 1.0f32, size);
    if unit.part < 2 {
        let scale = of_part(unit.part, comptime!(places.scales), n);
        let own = read(normal, unit.number * size, 1.0f32, size);
        let mut total = Vector::<f32, N>::new(0.0f32);
        let mut along = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for i in 0..size {
            slopes[i] *= Vector::cast_from(weights[scale + i]);
            total += slopes[i];
            along += slopes[i] * own[i];
        }
        let mean = Vector::<f32, N>::new(sum(total) / comptime!(sizes.head_width as f32));
        let mean_along = Vector::<f32, N>::new(sum(along) / comptime!(sizes.head_width as f32));
        let inverse = Vector::<f32, N>::new(inverse[unit.number]);
        #[unroll]
        for i in 0..size {
            slopes[i] = (slopes[i] - mean - own[i] * mean_along) * inverse;
        }
    }
    write(out, unit.place, &slopes, size);
}

/// The gradients of scale and shift, summed over some rows: those of queries (`CUBE_POS_X` 0) or keys (1), in part
/// `CUBE_POS_Y`.
///
/// # Shapes
/// - gradient, normal: as in [`backward()`]
/// - sums: `[parts, parameters]`, those of the norms written
#[cube(launch_unchecked)]
pub(crate) fn partial<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    normal: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    rows: u32,
    part: u32,
    #[comptime] sizes: Heads,
    #[comptime] places: Places,
    #[comptime] parameters: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.head_width / n);
    let kind = CUBE_POS_X as usize;
    let start = CUBE_POS_Y as usize * part as usize;
    let end = start + part as usize;
    let end = select(end < rows as usize, end, rows as usize);
    let to = CUBE_POS_Y as usize * comptime!(parameters / n);
    let scale = to + of_part(kind, comptime!(places.scales), n);
    let shift = to + of_part(kind, comptime!(places.shifts), n);
    let mut products = Shared::<[f32]>::new_slice(comptime!((ACROSS * DOWN) as usize * n));
    let mut totals = Shared::<[f32]>::new_slice(comptime!((ACROSS * DOWN) as usize * n));
    for step in 0..comptime!(size.div_ceil(ACROSS as usize)) {
        let column = step * ACROSS as usize + UNIT_POS_X as usize;
        // Clamped to the last column.
        let read = select(column < size, column, size - 1);
        let mut product = Vector::<f32, N>::new(0.0f32);
        let mut total = Vector::<f32, N>::new(0.0f32);
        for row in range_stepped(start + UNIT_POS_Y as usize, end, DOWN as usize) {
            for head in 0..sizes.heads {
                let from = ((row * 3 + kind) * sizes.heads + head) * size + read;
                let slope = Vector::<f32, N>::cast_from(gradient[from]);
                let place = ((row * 2 + kind) * sizes.heads + head) * size + read;
                total += slope;
                product += slope * Vector::cast_from(normal[place]);
            }
        }
        #[unroll]
        for lane in 0..N::value() {
            products[UNIT_POS as usize * N::value() + lane] = product.extract(lane);
            totals[UNIT_POS as usize * N::value() + lane] = total.extract(lane);
        }
        sync_cube();
        if UNIT_POS_Y == 0 && column < size {
            #[unroll]
            for lane in 0..N::value() {
                let mut product_sum = 0.0f32;
                let mut total_sum = 0.0f32;
                for down in 0..DOWN as usize {
                    let place = (down * ACROSS as usize + UNIT_POS_X as usize) * N::value() + lane;
                    product_sum += products[place];
                    total_sum += totals[place];
                }
                product.insert(lane, product_sum);
                total.insert(lane, total_sum);
            }
            sums[scale + column] = product;
            sums[shift + column] = total;
        }
        sync_cube();
    }
}
