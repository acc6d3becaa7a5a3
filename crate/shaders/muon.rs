//! Muon's step (Jordan 2024) for all matrices of a model in parallel, in sixteen launches: the momentum, and five
//! iterations of a square, a polynomial of it and its product with the matrix, of which the last updates the
//! weights.
//!
//! The matrices are listed in [`patchwork_kernels::muon::table`]. A polynomial multiplies its matrix from the side
//! that has fewer rows or columns, called "lines" here.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::muon::{EPSILON, MuonParams, POLYNOMIAL, ROUNDS, SIZE, TABLE_COLUMNS};
use patchwork_kernels::update::Update;

use crate::arrays::Arrays;
use crate::buffer::buffer;
use crate::grid::rows_of_cubes;
use crate::math::cube_sum;

/// Units of a cube.
const UNITS: u32 = 256;

/// A step of Muon, on a device.
pub(crate) struct Muon<'a> {
    pub(crate) client: &'a Client,
    pub(crate) parameters: usize,
    pub(crate) muon_params: &'a MuonParams,
    /// The table of the matrices.
    pub(crate) table: &'a Handle,
    pub(crate) update: &'a Update,
}

/// A matrix as listed in the table.
#[derive(CubeType, Clone, Copy)]
struct Matrix {
    /// Its first weight.
    start: usize,
    /// Distance of rows in the weights.
    step: usize,
    rows: usize,
    columns: usize,
    /// Its offset in the concatenated matrices.
    first: usize,
    /// The offset of its square in the squares.
    square: usize,
}

#[cube]
impl Matrix {
    fn of(table: &[u32], matrix: u32) -> Matrix {
        let entry = matrix as usize * TABLE_COLUMNS;
        Matrix {
            start: table[entry] as usize,
            step: table[entry + 1] as usize,
            rows: table[entry + 2] as usize,
            columns: table[entry + 3] as usize,
            first: table[entry + 4] as usize,
            square: table[entry + 5] as usize,
        }
    }

    fn size(&self) -> usize {
        self.rows * self.columns
    }

    /// Lines: rows, or columns if there are fewer.
    fn lines(&self) -> usize {
        min(self.rows, self.columns)
    }

    /// Numbers of a line.
    fn length(&self) -> usize {
        max(self.rows, self.columns)
    }

    /// Distance of lines.
    fn down(&self) -> usize {
        select(self.rows <= self.columns, self.columns, 1usize)
    }

    /// Distance of elements in a line.
    fn along(&self) -> usize {
        select(self.rows <= self.columns, 1usize, self.columns)
    }

    /// The weight at an index of the matrix, `[rows, columns]`.
    fn weight(&self, number: usize) -> usize {
        self.start + number / self.columns * self.step + number % self.columns
    }
}

/// Updates the momentum, and writes it, one step ahead (Nesterov) and normalised to norm 1, to the matrices;
/// one cube per matrix.
/// # Shapes
/// - first, gradient: `[parameters]`
/// - known: the factor of the gradient, and whether it is finite, `[2]`
/// - matrices: `[sizes of all matrices]`, written
#[cube(launch_unchecked)]
fn begin(
    first: &mut [f32],
    gradient: &[f32],
    known: &[f32],
    table: &[u32],
    matrices: &mut [f32],
    old: f32,
    new: f32,
    #[comptime] guarded: bool,
) {
    let matrix = Matrix::of(table, CUBE_POS_X);
    let factor = known[0];
    let mut squares = 0.0f32;
    for number in range_stepped(UNIT_POS as usize, matrix.size(), UNITS as usize) {
        let weight = matrix.weight(number);
        let slope = gradient[weight] * factor;
        let before = first[weight];
        let momentum = before * old + slope * new;
        let ahead = momentum * old + slope * new;
        if comptime!(guarded) {
            let finite = known[1];
            first[weight] = select(finite == 0.0f32, before, momentum);
        } else {
            first[weight] = momentum;
        }
        matrices[matrix.first + number] = ahead;
        squares += ahead * ahead;
    }
    let norm = max(cube_sum(squares, UNITS).sqrt(), EPSILON);
    for number in range_stepped(UNIT_POS as usize, matrix.size(), UNITS as usize) {
        matrices[matrix.first + number] /= norm;
    }
}

/// The products of the lines of each matrix with each other; or, from these squares, the polynomial without its
/// linear term: `b` times the square and `c` times the square of that. One unit per number.
/// # Shapes
/// - values: `[sizes of all matrices]`, or their squares
/// - out: `[lines² of all matrices]`, written
#[cube(launch_unchecked)]
fn square(values: &[f32], table: &[u32], out: &mut [f32], #[comptime] polynomial: bool) {
    let matrix = Matrix::of(table, CUBE_POS_Y);
    let number = number();
    let lines = matrix.lines();
    if number >= lines * lines {
        terminate!();
    }
    let (left, right) = (number / lines, number % lines);
    if comptime!(polynomial) {
        // Squares are symmetric: their columns equal their lines.
        let sum = product(values, matrix.square + left, matrix.square + right, lines, lines);
        let number = matrix.square + number;
        out[number] = POLYNOMIAL[1] * values[number] + POLYNOMIAL[2] * sum;
    } else {
        let left = matrix.first + left * matrix.down();
        let right = matrix.first + right * matrix.down();
        out[matrix.square + number] = product(values, left, right, matrix.along(), matrix.length());
    }
}

/// The element of its matrix that a unit computes; see [`Muon::cubes`].
#[cube]
fn number() -> usize {
    ((CUBE_POS_Z * CUBE_COUNT_X + CUBE_POS_X) * UNITS + UNIT_POS) as usize
}

/// The dot product of two lines that start at `left` and `right`, with an element every `step`.
#[cube]
fn product(values: &[f32], left: usize, right: usize, step: usize, count: usize) -> f32 {
    let mut sum = 0.0f32;
    for place in 0..count {
        sum += values[left + place * step] * values[right + place * step];
    }
    sum
}

/// An element of a matrix after an iteration.
#[cube]
fn multiplied(matrices: &[f32], polynomials: &[f32], matrix: &Matrix, number: usize) -> f32 {
    let (row, column) = (number / matrix.columns, number % matrix.columns);
    let wide = matrix.rows <= matrix.columns;
    let (line, place) = (select(wide, row, column), select(wide, column, row));
    let (lines, first) = (matrix.lines(), matrix.first + place * matrix.along());
    let mut sum = matrices[matrix.first + number] * POLYNOMIAL[0];
    for other in 0..lines {
        // Polynomials are symmetric.
        sum += polynomials[matrix.square + other * lines + line]
            * matrices[first + other * matrix.down()];
    }
    sum
}

/// The matrices after an iteration; one unit per element.
///
/// # Shapes
/// - matrices, out (written): `[sizes of all matrices]`
/// - polynomials: `[lines² of all matrices]`
#[cube(launch_unchecked)]
fn multiply(matrices: &[f32], polynomials: &[f32], table: &[u32], out: &mut [f32]) {
    let matrix = Matrix::of(table, CUBE_POS_Y);
    let number = number();
    if number >= matrix.size() {
        terminate!();
    }
    out[matrix.first + number] = multiplied(matrices, polynomials, &matrix, number);
}

/// The last iteration, which updates weights and average instead of writing the matrices.
///
/// # Shapes
/// - as for [`multiply()`] and [`begin()`]
/// - weights, average: `[parameters]`
#[cube(launch_unchecked)]
fn finish(
    matrices: &[f32],
    polynomials: &[f32],
    table: &[u32],
    weights: &mut [f32],
    average: &mut [f32],
    known: &[f32],
    rate: f32,
    decay: f32,
    average_old: f32,
    average_new: f32,
    #[comptime] averaged: bool,
    #[comptime] guarded: bool,
) {
    let matrix = Matrix::of(table, CUBE_POS_Y);
    let number = number();
    if number >= matrix.size() {
        terminate!();
    }
    if comptime!(guarded) {
        let finite = known[1];
        if finite == 0.0f32 {
            terminate!();
        }
    }
    let scale = SIZE * f32::cast_from(matrix.length() as u32).sqrt();
    let direction = multiplied(matrices, polynomials, &matrix, number) * scale;
    let weight = matrix.weight(number);
    let before = weights[weight];
    let after = before - (before * decay + direction) * rate;
    weights[weight] = after;
    if comptime!(averaged) {
        average[weight] = average[weight] * average_old + after * average_new;
    }
}

impl Muon<'_> {
    /// Cubes for `most` elements of each matrix: matrices in the y direction, rows of cubes in the z direction.
    fn cubes(&self, most: usize) -> CubeCount {
        let [across, deep] = rows_of_cubes(most, UNITS);
        CubeCount::Static(across, self.count() as u32, deep)
    }

    fn count(&self) -> usize {
        self.muon_params.matrices.iter().map(|matrices| matrices.parts).sum()
    }

    fn table(&self) -> BufferArg {
        buffer(self.table.clone(), TABLE_COLUMNS * self.count())
    }

    /// Updates Muon's parameters. `known` comes from [`Optimizer`](crate::Optimizer)'s gradient clipping.
    pub(crate) fn step(&self, arrays: &Arrays, known: &Handle) {
        let all = &self.muon_params.matrices;
        let size: usize = all.iter().map(|matrices| matrices.size()).sum();
        let squares: usize = all.iter().map(|of| of.square() * of.parts).sum();
        let most = all.iter().map(|of| of.rows * of.columns).max().unwrap_or_default();
        let most_square = all.iter().map(|matrices| matrices.square()).max().unwrap_or_default();
        let floats = |count: usize| self.client.empty(count * size_of::<f32>());
        let [mut now, mut next] = [size; 2].map(floats);
        let [squared, factors] = [squares; 2].map(floats);
        let parameters = |handle: &Handle| buffer(handle.clone(), self.parameters);
        let rates = self.update.rates();
        let dim = CubeDim::new_1d(UNITS);
        // SAFETY: units stay within the matrices, and these within the weights.
        unsafe {
            begin::launch_unchecked(
                self.client,
                CubeCount::Static(self.count() as u32, 1, 1),
                dim,
                parameters(arrays.first),
                parameters(arrays.gradient),
                buffer(known.clone(), 2),
                self.table(),
                buffer(now.clone(), size),
                rates.first[0],
                rates.first[1],
                self.update.guarded,
            );
            for round in 0..ROUNDS {
                square::launch_unchecked(
                    self.client,
                    self.cubes(most_square),
                    dim,
                    buffer(now.clone(), size),
                    self.table(),
                    buffer(squared.clone(), squares),
                    false,
                );
                square::launch_unchecked(
                    self.client,
                    self.cubes(most_square),
                    dim,
                    buffer(squared.clone(), squares),
                    self.table(),
                    buffer(factors.clone(), squares),
                    true,
                );
                if round + 1 == ROUNDS {
                    break;
                }
                multiply::launch_unchecked(
                    self.client,
                    self.cubes(most),
                    dim,
                    buffer(now.clone(), size),
                    buffer(factors.clone(), squares),
                    self.table(),
                    buffer(next.clone(), size),
                );
                std::mem::swap(&mut now, &mut next);
            }
            finish::launch_unchecked(
                self.client,
                self.cubes(most),
                dim,
                buffer(now, size),
                buffer(factors, squares),
                self.table(),
                parameters(arrays.weights),
                parameters(arrays.average),
                buffer(known.clone(), 2),
                rates.rate,
                self.muon_params.decay as f32,
                rates.average[0],
                rates.average[1],
                self.update.average.is_some(),
                self.update.guarded,
            );
        }
    }
}
