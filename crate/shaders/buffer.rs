//! Buffers as arguments of kernels.
//!
//! WebGPU does not let a kernel write to a buffer of which it also reads another part, so every array that a
//! kernel may write needs a separate buffer. In a browser CubeCL gives each allocation one; natively it may
//! cut several from one page, and declares all of them writable. A kernel has at most eight buffers,
//! including the one for scalars, since that is all an adapter must offer.

use cubecl::prelude::*;
use cubecl::server::Handle;

/// The vector size for arrays that are divided at multiples of these sizes.
pub(crate) fn vector(sizes: &[usize]) -> usize {
    [4, 2].into_iter().find(|n| sizes.iter().all(|size| size.is_multiple_of(*n))).unwrap_or(1)
}

/// A whole buffer as a kernel argument. The length is never used: kernels run without bounds checks.
pub(crate) fn buffer(handle: Handle, length: usize) -> BufferArg {
    // SAFETY: nothing reads the length.
    unsafe { BufferArg::from_raw_parts(handle, length) }
}
