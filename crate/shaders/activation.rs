//! Activations other than GELU, number by number, forward and backward.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::buffer::{buffer, vector};
use crate::grid::cube_count;

/// Units of a cube.
const UNITS: u32 = 256;

/// A function of each number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// `elu(x) + 1` (Clevert et al. 2015): `x + 1` above 0, else e to the `x`.
    EluPlusOne,
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// `x · sigmoid(x)`.
    Silu,
}

/// A function of each number of an array, on a device.
pub struct Activation {
    /// The device.
    pub client: Client,
    /// The function.
    pub function: Function,
    /// The numbers of the array.
    pub count: usize,
    /// Their format.
    pub dtype: ElemType,
}

/// The sigmoid. Beyond ±80 it is as good as 0 or 1, and the exponential of larger numbers would overflow.
#[cube]
fn sigmoid<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let one = Vector::<f32, N>::new(1.0f32);
    let bound = Vector::<f32, N>::new(80.0f32);
    one / (one + (-max(min(x, bound), -bound)).exp())
}

/// The value of a function.
#[cube]
fn value<N: Size>(x: Vector<f32, N>, #[comptime] function: Function) -> Vector<f32, N> {
    let zero = Vector::<f32, N>::new(0.0f32);
    let mut out = sigmoid(x);
    if comptime!(function == Function::EluPlusOne) {
        out = max(x, zero) + min(x, zero).exp();
    }
    if comptime!(function == Function::Silu) {
        out *= x;
    }
    out
}

/// The derivative of a function.
#[cube]
fn slope<N: Size>(x: Vector<f32, N>, #[comptime] function: Function) -> Vector<f32, N> {
    let (zero, one) = (Vector::<f32, N>::new(0.0f32), Vector::<f32, N>::new(1.0f32));
    let sigmoid = sigmoid(x);
    let mut out = sigmoid * (one - sigmoid);
    if comptime!(function == Function::EluPlusOne) {
        // e to the 0 above 0.
        out = min(x, zero).exp();
    }
    if comptime!(function == Function::Silu) {
        out = out * x + sigmoid;
    }
    out
}

/// The function of each number.
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    values: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    vectors: u32,
    #[comptime] function: Function,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= vectors as usize {
        terminate!();
    }
    out[place] = Vector::cast_from(value(Vector::<f32, N>::cast_from(values[place]), function));
}

/// The gradient of each number from that of its function.
#[cube(launch_unchecked)]
fn backward<F: Float, N: Size>(
    values: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    vectors: u32,
    #[comptime] function: Function,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= vectors as usize {
        terminate!();
    }
    let slope = slope(Vector::<f32, N>::cast_from(values[place]), function);
    out[place] = Vector::cast_from(slope * Vector::cast_from(gradient[place]));
}

impl Activation {
    fn buffer(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.count)
    }

    /// Writes the function of `values` to `out`.
    pub fn forward(&self, values: &Handle, out: &Handle) {
        let vector = vector(&[self.count]);
        let vectors = self.count / vector;
        // SAFETY: units stay within the array.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                cube_count(vectors, UNITS),
                CubeDim::new_1d(UNITS),
                vector,
                self.buffer(values),
                self.buffer(out),
                vectors as u32,
                self.function,
                self.dtype,
            );
        }
    }

    /// Writes the gradient of `values` to `out`.
    pub fn backward(&self, values: &Handle, gradient: &Handle, out: &Handle) {
        let vector = vector(&[self.count]);
        let vectors = self.count / vector;
        // SAFETY: units stay within the array.
        unsafe {
            backward::launch_unchecked(
                &self.client,
                cube_count(vectors, UNITS),
                CubeDim::new_1d(UNITS),
                vector,
                self.buffer(values),
                self.buffer(gradient),
                self.buffer(out),
                vectors as u32,
                self.function,
                self.dtype,
            );
        }
    }
}
