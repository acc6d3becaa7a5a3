//! CPU kernels over slices of `f32`: forward and backward passes of patch embedding, encoder block, head and loss,
//! smaller operations, dropout and the update of the weights.
//!
//! A separate package, so that it can be optimised for speed while the rest of the page's module is optimised for
//! size. It has no tensors, no platform-specific code and no threads: its callers split a batch into groups of
//! images and run them in parallel.

mod attention;
pub mod attention_core;
mod attention_sublayer;
mod backward;
pub mod convolution;
mod convolutions_sublayer;
mod depthwise;
mod dropout;
pub mod embedding;
mod forward;
pub mod gather;
pub mod gelu;
mod geometry;
pub mod head;
mod layer;
pub mod layer_norm;
pub mod linear;
pub mod linear_attention;
pub mod loss;
mod math;
mod matrix;
mod mixing;
mod mlp;
pub mod muon;
pub mod pooling;
mod qk_norm;
pub mod random_features;
mod saved;
mod scratch;
mod shape;
mod sublayer;
pub mod update;

pub use attention_sublayer::{AttentionSublayer, PreparedAttention};
pub use backward::backward;
pub use convolution::ConvolutionShape;
pub use convolutions_sublayer::{ConvolutionsSublayer, PreparedConvolutions};
pub use dropout::{Branch, Dropout, DropoutMasks, Regularization, Site, mixed};
pub use forward::{forward, kept_attention, saved_size};
pub use geometry::Geometry;
pub use math::{EPSILON, add, sum_of_squares};
pub use pooling::Pooling;
pub use scratch::Scratch;
pub use shape::{BlockShape, Convolution, EmbeddingParts, EmbeddingShape, HeadShape, Linear, Norm};
pub use sublayer::{MlpSublayer, PreparedSublayer, Sublayer};
