//! Architectures of vision transformers as plain data.
//!
//! An [`Architecture`] says what a model computes: stages of blocks, and a head. Each layer declares its parameters
//! once, generically over where arrays come from ([`Source`]). Their names in files, their places in the flat array of
//! all weights, their first values, their number and the tensors of a device are all read off that one declaration.
//! Costs are read off the architecture, too.
//!
//! The package knows no tensors, no data and no settings: a family of models turns its settings into an architecture,
//! and kernels and networks compute what the architecture says.

mod architecture;
mod attention;
mod block;
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
    Attention, AttentionArrays, Kernel, ProjectionArrays, Projections, Reach, Scores,
};
pub use block::{
    Block, BlockArrays, Mixer, MixerArrays, MlpArrays, Norms, PlainAttentionArrays,
    PlainBlockArrays,
};
pub use convolutions::{Convolutions, ConvolutionsArrays};
pub use embedding::{Behind, Convolution, Embedding, EmbeddingArrays, EmbeddingNorm, Pooling};
pub use geometry::{Grid, Patch, Places};
pub use head::{Head, HeadArrays, Pool};
pub use layers::{ConvolutionArrays, Linear, Norm, Projection};
pub use parameters::{Init, Parameter, ParameterRole, Ranges, Source};

/// Whether a field has the value that it has where a file does not name it.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
