//! Tokens by index, and their gradient. A unit handles a vector of a token.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::buffer::{buffer, vector};
use crate::grid::cube_count;

/// Units of a cube.
const UNITS: u32 = 256;

/// Gathers tokens of some images by index, on a device.
pub struct TokenGather {
    /// The device.
    pub client: Client,
    /// The index, as [`Index::table`](patchwork_kernels::gather::Index::table) lists it, 32-bit words.
    pub table: Handle,
    /// Number of tokens that the index reads per image.
    pub places: usize,
    /// Tokens per image.
    pub tokens: usize,
    /// Images.
    pub images: usize,
    /// Width of a token.
    pub width: usize,
    /// The number format of the tokens.
    pub dtype: ElemType,
}

/// The compile-time sizes of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Sizes {
    places: usize,
    tokens: usize,
    width: usize,
}

/// Gathers tokens.
///
/// # Shapes
/// - tokens: `[images, tokens, width]`
/// - table: the tokens to read, `[places]`, and more
/// - out: `[images, places, width]`, written
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    tokens: &[Vector<F, N>],
    table: &[u32],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.width / n);
    let place = ABSOLUTE_POS;
    if place >= images as usize * comptime!(sizes.places * size) {
        terminate!();
    }
    let (row, vector) = (place / size, place % size);
    let (image, token) = (row / sizes.places, table[row % sizes.places] as usize);
    out[place] = tokens[(image * sizes.tokens + token) * size + vector];
}

/// Sums for each token the gradients of the places that read it, in order.
///
/// # Shapes
/// - gradient: `[images, places, width]`
/// - table: `[places]`, the start of each token's readers and the end of the last, `[tokens + 1]`, and the readers,
/// `[places]`
/// - out: `[images, tokens, width]`, written
#[cube(launch_unchecked)]
fn backward<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    table: &[u32],
    out: &mut [Vector<F, N>],
    images: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.width / n);
    let place = ABSOLUTE_POS;
    if place >= images as usize * comptime!(sizes.tokens * size) {
        terminate!();
    }
    let (row, vector) = (place / size, place % size);
    let (image, token) = (row / sizes.tokens, row % sizes.tokens);
    let start = table[sizes.places + token] as usize;
    let end = table[sizes.places + token + 1] as usize;
    let first = comptime!(sizes.places + sizes.tokens + 1);
    let mut sum = Vector::<f32, N>::new(0.0f32);
    for i in start..end {
        let reader = image * sizes.places + table[first + i] as usize;
        sum += Vector::cast_from(gradient[reader * size + vector]);
    }
    out[place] = Vector::cast_from(sum);
}

impl TokenGather {
    fn sizes(&self) -> Sizes {
        Sizes { places: self.places, tokens: self.tokens, width: self.width }
    }

    fn vector(&self) -> usize {
        vector(&[self.width])
    }

    fn cubes(&self, rows: usize) -> CubeCount {
        cube_count(self.images * rows * self.width / self.vector(), UNITS)
    }

    fn rows(&self, handle: &Handle, rows: usize) -> BufferArg {
        buffer(handle.clone(), self.images * rows * self.width)
    }

    fn table(&self) -> BufferArg {
        buffer(self.table.clone(), 2 * self.places + self.tokens + 1)
    }

    /// Gathers `tokens` `[images, tokens, width]` into `out` `[images, places, width]`.
    pub fn forward(&self, tokens: &Handle, out: &Handle) {
        // SAFETY: units stay within the buffers, and an index contains no token beyond the last.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                self.cubes(self.places),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.rows(tokens, self.tokens),
                self.table(),
                self.rows(out, self.places),
                self.images as u32,
                self.sizes(),
                self.dtype,
            );
        }
    }

    /// Backpropagates `gradient` `[images, places, width]` to the tokens; `out` is `[images, tokens,
    /// width]`.
    pub fn backward(&self, gradient: &Handle, out: &Handle) {
        // SAFETY: units stay within the buffers, and an index contains no place beyond the last.
        unsafe {
            backward::launch_unchecked(
                &self.client,
                self.cubes(self.tokens),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.rows(gradient, self.places),
                self.table(),
                self.rows(out, self.tokens),
                self.images as u32,
                self.sizes(),
                self.dtype,
            );
        }
    }
}
