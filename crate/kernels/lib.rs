//! The patch embedding's, an encoder block's, the head's and the loss's forward and backward pass, dropout and the
//! update of the weights on the CPU, over plain slices of `f32`.
//!
//! A package of its own, so that the page's module can be small where it may be and fast here. It knows no
//! tensor and no target and starts no thread: its caller cuts a batch into groups of images and runs them side by
//! side.

mod attention;
pub mod attention_core;
mod backward;
pub mod convolution;
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
pub mod muon;
pub mod pooling;
mod qk_norm;
mod scratch;
mod shape;
pub mod update;

pub use backward::backward;
pub use convolution::ConvolutionShape;
pub use dropout::{Branch, Dropout, DropoutMasks, Regularization, Site, mixed};
pub use forward::{forward, kept_attention, saved_size};
pub use geometry::Geometry;
pub use math::{EPSILON, add, sum_of_squares};
pub use pooling::Pooling;
pub use scratch::Scratch;
pub use shape::{BlockShape, Convolution, EmbeddingParts, EmbeddingShape, HeadShape, Linear, Norm};
