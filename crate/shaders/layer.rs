//! The compile-time sizes of a linear layer.

/// A linear layer: its sizes and the offsets of its weights in the block's, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Layer {
    pub input: usize,
    pub output: usize,
    pub matrix: usize,
    pub bias: usize,
}
