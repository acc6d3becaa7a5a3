//! Operations smaller than a block, one file each: what it computes, what the CPU does for it, what a graphics card does,
//! and its backward pass. A model without a plan of its own is computed with them.
//!
//! Tokens are `[batch, tokens, width]`. A map is tokens row by row with its channels last,
//! `[batch, height · width, channels]`, as the blocks have it. On the CPU all numbers are 32-bit floats; a graphics card
//! also takes 16-bit ones and sums in 32.
//!
//! Held to Burn's own tensor operations by `tests/engine/ops.rs` and `tests/engine/ops_maps.rs`.

mod attention;
pub mod convolution;
pub mod depthwise;
#[cfg(feature = "engine")]
pub mod drop_path;
pub mod gather;
mod gelu;
mod linear;
mod linear_attention;
mod norm;
pub mod pooling;

pub use attention::{attention, explained_attention};
pub use gelu::gelu;
pub use linear::linear;
pub use linear_attention::linear_attention;
pub use norm::layer_norm;
pub use patchwork_kernels::Geometry;
pub use patchwork_kernels::gather::{Index, merge_2x2, windows};
