//! Operations smaller than a block, one file each, with its implementations for CPU and graphics card and its backward
//! pass. Models without a fused plan are computed with them.
//!
//! Tokens are `[batch, tokens, width]`. A map is its tokens row by row, channels last:
//! `[batch, height · width, channels]`, as in the blocks. On the CPU all values are 32-bit floats; a graphics card also
//! takes 16-bit floats and accumulates in 32 bits.
//!
//! Compared with Burn's own tensor operations in `tests/engine/ops.rs` and `tests/engine/ops_maps.rs`.

#[cfg(feature = "operations")]
mod activation;
mod attention;
pub mod convolution;
pub mod depthwise;
#[cfg(feature = "engine")]
pub mod drop_path;
pub mod gather;
mod gelu;
mod linear;
mod linear_attention;
#[cfg(all(feature = "cube", feature = "operations"))]
mod mlp;
mod norm;
pub mod pooling;
mod random_features;
#[cfg(feature = "operations")]
mod shared;
mod sublayer;

#[cfg(feature = "operations")]
pub use activation::{elu_plus_one, sigmoid, silu};
pub use attention::{attention, explained_attention};
pub use gelu::gelu;
pub use linear::linear;
pub use linear_attention::linear_attention;
#[cfg(all(feature = "cube", feature = "operations"))]
pub(crate) use mlp::card_mlp;
pub use norm::layer_norm;
pub use patchwork_kernels::Geometry;
pub use patchwork_kernels::gather::{Index, distances, mask, merge_2x2, windows};
pub use patchwork_kernels::random_features::Stabiliser;
pub use random_features::random_features;
#[cfg(feature = "operations")]
pub(crate) use shared::{Shared, Sharing};
#[cfg(all(feature = "cube", feature = "operations"))]
pub(crate) use shared::{has_shared_attention, shared_attention, shared_linear_attention};
pub use sublayer::sublayer;
