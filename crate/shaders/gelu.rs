//! GELU (Hendrycks and Gimpel 2016) of each number, forward and backward.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::buffer::{buffer, vector};
use crate::grid::cube_count;
use crate::math::{gelu, gelu_slope};

/// Units of a cube.
const UNITS: u32 = 256;

/// The GELU of an array, on a device.
pub struct Gelu {
    /// The device.
    pub client: Client,
    /// The numbers of the array.
    pub count: usize,
    /// Their format.
    pub dtype: ElemType,
}

/// The GELU of each number.
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    values: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    vectors: u32,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= vectors as usize {
        terminate!();
    }
    out[place] = Vector::cast_from(gelu(Vector::<f32, N>::cast_from(values[place])));
}

/// The gradient of each number from that of its GELU.
#[cube(launch_unchecked)]
fn backward<F: Float, N: Size>(
    values: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    vectors: u32,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= vectors as usize {
        terminate!();
    }
    let slope = gelu_slope(Vector::<f32, N>::cast_from(values[place]));
    out[place] = Vector::cast_from(slope * Vector::cast_from(gradient[place]));
}

impl Gelu {
    fn buffer(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.count)
    }

    /// Writes the GELU of `values` to `out`.
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
                self.dtype,
            );
        }
    }
}
