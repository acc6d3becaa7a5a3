//! Several arrays in one buffer.

use cubecl::prelude::*;
use cubecl::server::Handle;

/// Rows are rounded up to a multiple of this. Every array in a slab then begins at a multiple of 256
/// bytes (128 for 16-bit floats), as WebGPU asks for.
const ROUND: usize = 128;

/// Rows of a slab for `rows` rows of tokens.
pub(crate) fn padded(rows: usize) -> usize {
    rows.next_multiple_of(ROUND)
}

/// Where an array lies in a slab: it begins after `before` numbers for each padded row, and has `columns`
/// numbers a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Region {
    pub before: usize,
    pub columns: usize,
}

/// Hands out regions, one after the other.
#[derive(Default)]
pub(crate) struct Regions(usize);

impl Regions {
    pub fn next(&mut self, columns: usize) -> Region {
        self.0 += columns;
        Region { before: self.0 - columns, columns }
    }

    /// Numbers a padded row, in all.
    pub fn columns(&self) -> usize {
        self.0
    }
}

/// A buffer that holds regions.
#[derive(Clone)]
pub(crate) struct Slab {
    pub handle: Handle,
    pub padded: usize,
    pub columns: usize,
    /// Bytes of a number.
    pub size: usize,
}

impl Slab {
    pub fn all(&self) -> BufferArg {
        buffer(self.handle.clone(), self.padded * self.columns)
    }

    pub fn part(&self, Region { before, columns }: Region) -> BufferArg {
        let bytes = |columns: usize| (columns * self.padded * self.size) as u64;
        let after = self.columns - before - columns;
        let handle = self.handle.clone().offset_start(bytes(before)).offset_end(bytes(after));
        buffer(handle, self.padded * columns)
    }
}

/// A whole buffer as a kernel's argument. The length is never looked at: kernels run without checks.
pub(crate) fn buffer(handle: Handle, length: usize) -> BufferArg {
    // SAFETY: nothing reads the length.
    unsafe { BufferArg::from_raw_parts(handle, length) }
}
