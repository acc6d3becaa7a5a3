//! GPU kernels: assembling batches, the forward and backward passes of patch embedding, encoder block, head and
//! loss, smaller operations, and the update of the weights.
//!
//! A small Vision Transformer is limited by launches and memory traffic, so operations on the same numbers
//! are fused into one kernel: a norm and the following linear layer, attention from scores to output, a
//! linear layer with its residual, all gradients of weights. A separate package, like `patchwork-kernels`:
//! it has buffers, not tensors.
//!
//! Numbers are read and written as `F` (32- or 16-bit floats), several at once if the sizes allow, and
//! summed in 32 bits. In CubeCL's terms a *cube* is a workgroup, and its *units* are the invocations in
//! it.

#![allow(unsafe_code, reason = "kernels are launched without checks of their bounds")]

mod activation;
mod arrays;
mod attention;
mod attention_core;
mod backward;
mod block;
mod buffer;
mod columns;
mod convolution;
mod dropout;
mod embedding;
mod forward;
mod gather;
mod gelu;
mod grid;
mod head;
mod layer;
mod layer_norm;
mod linear;
mod linear_attention;
mod loss;
mod map_convolution;
mod map_pooling;
mod math;
mod mlp;
mod muon;
mod norm;
mod parameters;
mod qk_norm;
mod random_features;
mod sums;
mod token_gather;
mod update;
mod windows;

pub use cubecl::server::Handle;

pub use activation::{Activation, Function};
pub use arrays::Arrays;
pub use attention_core::{AttentionCore, Biased};
pub use block::{Block, Buffers, Saved};
pub use columns::Columns;
pub use dropout::DropoutKernel;
pub use embedding::Embedding;
pub use gather::{Gather, GatherShape};
pub use gelu::Gelu;
pub use head::Head;
pub use layer_norm::LayerNorm;
pub use linear::LinearLayer;
pub use linear_attention::LinearAttentionCore;
pub use loss::Loss;
pub use map_convolution::MapConvolution;
pub use map_pooling::MapPooling;
pub use mlp::{Mlp, SavedMlp};
pub use parameters::{JOINED, Join, Spread};
pub use random_features::FeatureMap;
pub use token_gather::TokenGather;
pub use update::Optimizer;
