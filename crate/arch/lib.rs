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
mod block;
mod cost;
mod embedding;
mod head;
mod layers;
mod parameters;

pub use architecture::{Architecture, DropRates, Grid, Input, Stage};
pub use block::{Attention, AttentionArrays, Block, BlockArrays, MlpArrays};
pub use embedding::{Convolution, Embedding, EmbeddingArrays};
pub use head::{Head, HeadArrays, Pool};
pub use layers::{ConvolutionArrays, Linear, Norm};
pub use parameters::{Init, Parameter, ParameterRole, Ranges, Source};
