//! Operations smaller than a block: what a model without a plan of its own is computed with.
//!
//! One file is one operation: what it computes, what a device does for it and for its gradient, and the CPU's and
//! graphics cards' part. The CPU computes with 32-bit floats.

mod attention;
mod gelu;
#[cfg(feature = "engine")]
mod graph;
mod linear;
mod linear_attention;
mod norm;

pub use attention::{attention, explained_attention};
pub use gelu::gelu;
pub use linear::linear;
pub use linear_attention::linear_attention;
pub use norm::layer_norm;
