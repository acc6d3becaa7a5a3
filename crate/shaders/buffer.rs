//! Buffers as arguments of kernels.
//!
//! WebGPU lets no kernel write to a buffer of which it also reads another part, so every array that a kernel
//! may write has a buffer of its own. In a browser CubeCL gives each allocation one; natively it may cut
//! several from one page, and declares all of them writable. A kernel has at most eight buffers, the one with
//! its numbers among them, because no adapter need offer more.

use cubecl::prelude::*;
use cubecl::server::Handle;

/// Numbers that are read and written at once, where arrays are cut at multiples of these sizes.
pub(crate) fn vector(sizes: &[usize]) -> usize {
    [4, 2].into_iter().find(|n| sizes.iter().all(|size| size.is_multiple_of(*n))).unwrap_or(1)
}

/// A whole buffer as a kernel's argument. The length is never looked at: kernels run without checks.
pub(crate) fn buffer(handle: Handle, length: usize) -> BufferArg {
    // SAFETY: nothing reads the length.
    unsafe { BufferArg::from_raw_parts(handle, length) }
}
