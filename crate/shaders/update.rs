//! A step of AdamW over all weights, in three kernels: partial sums of the squared gradient, clipping, and
//! the update. Muon may update the matrices instead. Nothing is read back.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::muon::MuonParams;
use patchwork_kernels::update::Update;

use crate::arrays::Arrays;
use crate::buffer::{buffer, vector};
use crate::grid::cube_count;
use crate::math::{cube_sum, sum};
use crate::muon::Muon;

/// Units of a cube.
const UNITS: u32 = 256;
/// Cubes that sum squares.
const CUBES: u32 = 64;

/// An optimizer on a device.
pub struct Optimizer {
    /// The device.
    pub client: Client,
    /// Weights.
    pub parameters: usize,
    /// The settings of the step.
    pub update: Update,
    /// The parameters that Muon updates.
    pub muon_params: MuonParams,
}

/// The sums of the gradient's squares, one part per cube.
///
/// # Shapes
/// - gradient: `[vectors]`
/// - sums: `[CUBES]`, written
#[cube(launch_unchecked)]
fn squares<N: Size>(gradient: &[Vector<f32, N>], sums: &mut [f32], vectors: u32) {
    let mut total = Vector::<f32, N>::new(0.0f32);
    for place in range_stepped(ABSOLUTE_POS, vectors as usize, comptime!((UNITS * CUBES) as usize))
    {
        let value = gradient[place];
        total += value * value;
    }
    let total = cube_sum(sum(total), UNITS);
    if UNIT_POS == 0 {
        sums[CUBE_POS_X as usize] = total;
    }
}

/// The clipping factor of the gradient, as in [`Update::factor`], and whether it is finite.
///
/// # Shapes
/// - sums: `[CUBES]`
/// - known: both, `[2]`, written
/// - out: the second alone, `[1]`, written
#[cube(launch_unchecked)]
fn clip(sums: &[f32], known: &mut [f32], out: &mut [f32], limit: f32, #[comptime] clipped: bool) {
    let mut squares = 0.0f32;
    for part in range_stepped(0, CUBES as usize, 1) {
        squares += sums[part];
    }
    // Infinity and NaN have all bits of the exponent set.
    let finite = (u32::reinterpret(squares) & 0x7f80_0000u32) != 0x7f80_0000u32;
    known[0] = 1.0f32;
    if comptime!(clipped) {
        known[0] = min(limit / (squares.sqrt() + 1e-6f32), 1.0f32);
    }
    let finite = select(finite, 1.0f32, 0.0f32);
    known[1] = finite;
    out[0] = finite;
}

/// The coefficients shared by all weights, as in [`patchwork_kernels::update::Rates`].
#[derive(CubeType, CubeLaunch, Clone, Copy)]
struct Rates {
    first_old: f32,
    first_new: f32,
    second_old: f32,
    second_new: f32,
    average_old: f32,
    average_new: f32,
    correction: f32,
    epsilon: f32,
    rate: f32,
    step: f32,
}

/// The update, one unit per vector of weights.
///
/// # Shapes
/// - known: as [`clip()`] wrote it
/// - all others: `[vectors]`
#[cube(launch_unchecked)]
fn update<N: Size>(
    weights: &mut [Vector<f32, N>],
    first: &mut [Vector<f32, N>],
    second: &mut [Vector<f32, N>],
    average: &mut [Vector<f32, N>],
    gradient: &[Vector<f32, N>],
    decay: &[Vector<f32, N>],
    known: &[f32],
    vectors: u32,
    rates: Rates,
    #[comptime] averaged: bool,
    #[comptime] guarded: bool,
    #[comptime] shared: bool,
) {
    let place = ABSOLUTE_POS;
    if place >= vectors as usize {
        terminate!();
    }
    if comptime!(shared) {
        // Matrices start and end at multiples of a vector.
        let decay = decay[place].extract(0usize);
        if decay < 0.0f32 {
            terminate!();
        }
    }
    if comptime!(guarded) {
        let finite = known[1];
        if finite == 0.0f32 {
            terminate!();
        }
    }
    let slope = gradient[place] * Vector::new(known[0]);
    let mean = first[place] * Vector::new(rates.first_old) + slope * Vector::new(rates.first_new);
    let square = second[place] * Vector::new(rates.second_old)
        + slope * slope * Vector::new(rates.second_new);
    let scale = (square * Vector::new(rates.correction)).sqrt() + Vector::new(rates.epsilon);
    let old = weights[place];
    let new = old
        - (old * decay[place] * Vector::new(rates.rate) + mean / scale * Vector::new(rates.step));
    first[place] = mean;
    second[place] = square;
    weights[place] = new;
    if comptime!(averaged) {
        average[place] =
            average[place] * Vector::new(rates.average_old) + new * Vector::new(rates.average_new);
    }
}

impl Optimizer {
    fn vector(&self) -> usize {
        let cuts = self.muon_params.matrices.iter().flat_map(|of| [of.start, of.size()]);
        vector(&cuts.chain([self.parameters]).collect::<Vec<_>>())
    }

    fn array(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.parameters)
    }

    /// Updates the arrays, and writes 1 to `finite` `[1]` if the gradient was finite, else 0.
    pub fn step(&self, arrays: &Arrays, finite: &Handle) {
        let vectors = self.parameters / self.vector();
        let floats = |count: usize| self.client.empty(count * size_of::<f32>());
        let (sums, known) = (floats(CUBES as usize), floats(2));
        let limit = self.update.limit;
        let rates = self.update.rates();
        let rates = RatesLaunch::new(
            rates.first[0],
            rates.first[1],
            rates.second[0],
            rates.second[1],
            rates.average[0],
            rates.average[1],
            rates.correction,
            rates.epsilon,
            rates.rate,
            rates.step,
        );
        // SAFETY: units stay within the weights.
        unsafe {
            squares::launch_unchecked(
                &self.client,
                CubeCount::Static(CUBES, 1, 1),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.array(arrays.gradient),
                buffer(sums.clone(), CUBES as usize),
                vectors as u32,
            );
            clip::launch_unchecked(
                &self.client,
                CubeCount::Static(1, 1, 1),
                CubeDim::new_1d(1),
                buffer(sums, CUBES as usize),
                buffer(known.clone(), 2),
                buffer(finite.clone(), 1),
                limit as f32,
                limit.is_finite(),
            );
            update::launch_unchecked(
                &self.client,
                cube_count(vectors, UNITS),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.array(arrays.weights),
                self.array(arrays.first),
                self.array(arrays.second),
                self.array(arrays.average),
                self.array(arrays.gradient),
                self.array(arrays.decay),
                buffer(known.clone(), 2),
                vectors as u32,
                rates,
                self.update.average.is_some(),
                self.update.guarded,
                !self.muon_params.matrices.is_empty(),
            );
        }
        if !self.muon_params.matrices.is_empty() {
            self.muon(arrays.table).step(arrays, &known);
        }
    }

    fn muon<'a>(&'a self, table: &'a Handle) -> Muon<'a> {
        let Self { client, parameters, update, muon_params } = self;
        Muon { client, parameters: *parameters, muon_params, table, update }
    }
}
