//! Architectures of vision transformers as plain data.
//!
//! An [`Architecture`] describes what a model computes: stages of blocks, and a head. Each layer declares its
//! parameters once, generically over the source of the arrays ([`Source`]). Parameter names in files, ranges in the
//! flat array of all weights, initial values, counts and device tensors all come from that one declaration. Costs are
//! computed from the architecture, too.
//!
//! This package knows nothing of tensors, data or settings: a model family turns its settings into an architecture, and
//! kernels and networks compute it.

mod architecture;
mod attention;
mod block;
mod bottleneck;
mod check;
mod convolutions;
mod cost;
mod embedding;
mod geometry;
mod head;
mod layers;
mod parameters;

pub use architecture::{Architecture, DropRates, Input, Stage};
pub use attention::{
    Attention, AttentionArrays, CONVOLUTION, ConvolutionalArrays, GatedArrays, Kernel,
    ProjectionArrays, Projections, Reach, Scores,
};
pub use block::{
    Block, BlockArrays, Mixer, MixerArrays, MlpArrays, NormAndMlp, Norms, PlainAttentionArrays,
    PlainBlockArrays,
};
pub use bottleneck::{Bottleneck, BottleneckArrays};
pub use convolutions::{Convolutions, ConvolutionsArrays};
pub use embedding::{
    Beginning, Behind, Convolution, Embedding, EmbeddingArrays, EmbeddingNorm, Pooling,
};
pub use geometry::{Grid, Patch, Places};
pub use head::{Head, HeadArrays, Pool};
pub use layers::{ConvolutionArrays, Linear, Norm, Projection};
pub use parameters::{Init, Parameter, ParameterRole, Ranges, Source};

/// Whether a field has its default value, which files leave out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
