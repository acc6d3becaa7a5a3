//! The sizes of layers, and the offsets of their weights.

use std::ops::Range;

use patchwork_arch::{
    self as arch, Attention, Block, Embedding, Grid, Head, HeadArrays, Places, PlainBlockArrays,
    Pool,
};

use crate::geometry::Geometry;

/// The sizes of an encoder block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockShape {
    /// Tokens per image.
    pub tokens: usize,
    /// Width of a token.
    pub width: usize,
    /// Attention heads; divides the width.
    pub heads: usize,
    /// Width of the MLP's hidden layer.
    pub mlp: usize,
    /// Whether queries and keys are normalised.
    pub qk_norm: bool,
}

/// Scale and shift of a LayerNorm in an array of weights.
pub type Norm = patchwork_arch::Norm<Range<usize>>;

/// A matrix `[input, output]` and its bias `[output]` in an array of weights.
pub type Linear = patchwork_arch::Linear<Range<usize>>;

impl BlockShape {
    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// The number of a block's weights.
    pub fn parameters(&self) -> usize {
        self.parts().mlp.output.bias.end
    }

    /// Where the block's layers lie in its slice of the flat array, one after the other.
    ///
    /// # Panics
    /// Where there is no MLP, which a plain block has.
    pub fn parts(&self) -> PlainBlockArrays<Range<usize>> {
        let &Self { tokens, width, heads, mlp, qk_norm } = self;
        let block = Block::of(Attention { heads, qk_norm, ..Attention::default() }, mlp);
        let arrays =
            block.ranges(width, Places { front: tokens, grid: Grid { rows: 0, columns: 0 } });
        arrays.into_plain().expect("a plain block")
    }
}

/// The sizes of the head: final norm, pooling and the linear layer to the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeadShape {
    /// Tokens per image.
    pub tokens: usize,
    /// Width of a token.
    pub width: usize,
    /// Classes.
    pub classes: usize,
    /// Whether the mean of all tokens is the input; else the first token, the class token.
    pub mean: bool,
}

impl HeadShape {
    /// The number of the head's weights.
    pub fn parameters(&self) -> usize {
        self.parts().classifier.bias.end
    }

    /// Input tokens per image.
    pub fn read(&self) -> usize {
        if self.mean { self.tokens } else { 1 }
    }

    /// The ranges of the norm and the linear layer in the head's slice.
    pub fn parts(&self) -> HeadArrays<Range<usize>> {
        let pool = if self.mean { Pool::Mean } else { Pool::First };
        Head { pool, classes: self.classes }.ranges(self.width)
    }
}

/// The sizes of the patch embedding: images to tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingShape {
    /// Pixels per side of an image.
    pub image: usize,
    /// Tokens per side of the resulting map.
    pub grid: usize,
    /// The layers.
    pub embedding: Embedding,
}

/// The ranges of the patch embedding's weights in its slice of the flat array.
#[derive(Debug, Clone)]
pub struct EmbeddingParts {
    /// The stem's convolutions, each followed by a GELU; and the last, from patches to tokens.
    pub convolutions: Vec<Convolution>,
    /// Extra tokens at the front, `[front, width]`.
    pub front: Option<Range<usize>>,
    /// The positions, `[tokens, width]`.
    pub positions: Option<Range<usize>>,
}

/// A convolution: its sizes and the ranges of its weights.
#[derive(Debug, Clone)]
pub struct Convolution {
    /// Pixels per side of the input map.
    pub side: usize,
    /// Channels of that map.
    pub channels: usize,
    /// Pixels per side of a window.
    pub window: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Pixels by which the first window starts outside the map. Outside is 0.
    pub margin: usize,
    /// The kernel, `[output, channels, window, window]`, and its bias, `[output]`.
    pub layer: Linear,
}

impl Convolution {
    /// The positions of its windows.
    pub fn geometry(&self) -> Geometry {
        Geometry::square(self.side, self.window, self.stride, self.margin)
    }
}

impl EmbeddingShape {
    /// Width of a token.
    pub fn width(&self) -> usize {
        self.embedding.projection.output
    }

    /// Tokens per image.
    pub fn tokens(&self) -> usize {
        self.embedding.front + self.grid.pow(2)
    }

    /// Pixels before the image, left and above.
    pub fn before(&self) -> usize {
        self.embedding.padding[0]
    }

    /// Pixels per side of the padded image.
    pub fn side(&self) -> usize {
        self.image + self.embedding.padding.iter().sum::<usize>()
    }

    /// The number of the embedding's weights.
    pub fn parameters(&self) -> usize {
        self.embedding.ranges(self.grid.pow(2)).1
    }

    /// Where the layers lie in the embedding's slice.
    ///
    /// # Panics
    /// Where the embedding is none of the plain kind.
    pub fn parts(&self) -> EmbeddingParts {
        let (arrays, _) = self.embedding.ranges(self.grid.pow(2));
        let layers = self.embedding.convolutions();
        let mut side = self.side();
        let convolutions = layers.zip(arrays.convolutions).map(|(layer, arrays)| {
            let &arch::Convolution { input: channels, window, stride, margin, .. } = layer;
            let bias = arrays.bias.expect("a plain embedding has biases");
            let weights = Linear { matrix: arrays.kernel, bias };
            let convolution =
                Convolution { side, channels, window, stride, margin, layer: weights };
            side = layer.along(side);
            convolution
        });
        EmbeddingParts {
            convolutions: convolutions.collect(),
            front: arrays.front,
            positions: arrays.positions,
        }
    }
}
