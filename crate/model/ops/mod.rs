//! Operations smaller than a block, one file each: what it computes, what the CPU does for it, what a graphics card does,
//! and its backward pass.
//!
//! Tokens are `[batch, tokens, width]`. A map is tokens row by row with its channels last,
//! `[batch, height · width, channels]`, as the blocks have it. On the CPU all numbers are 32-bit floats; a graphics card
//! also takes 16-bit ones and sums in 32.
//!
//! Held to Burn's own tensor operations by `tests/engine/ops_maps.rs`.

pub mod convolution;
pub mod depthwise;
#[cfg(feature = "engine")]
pub mod drop_path;
pub mod gather;
pub mod pooling;

pub use patchwork_kernels::Geometry;
pub use patchwork_kernels::gather::{Index, merge_2x2, windows};
