//! The sizes of a linear layer, as kernels are compiled for them.

/// A linear layer: sizes, and where its weights begin in the block's, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Layer {
    pub input: usize,
    pub output: usize,
    pub matrix: usize,
    pub bias: usize,
}
