//! The sizes of a block, and where its weights lie.

use std::ops::Range;

use patchwork_arch::{
    self as arch, Attention, Block, Embedding, Grid, Head, HeadArrays, Places, PlainBlockArrays,
    Pool,
};

use crate::geometry::Geometry;

/// The sizes of an encoder block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockShape {
    /// Tokens of an image.
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
    /// Tokens of an image.
    pub tokens: usize,
    /// Width of a token.
    pub width: usize,
    /// Classes.
    pub classes: usize,
    /// Whether the mean of all tokens is read; else the first token, the class token.
    pub mean: bool,
}

impl HeadShape {
    /// The number of the head's weights.
    pub fn parameters(&self) -> usize {
        self.parts().classifier.bias.end
    }

    /// Tokens of an image that are read.
    pub fn read(&self) -> usize {
        if self.mean { self.tokens } else { 1 }
    }

    /// Where the norm and the linear layer lie in the head's slice.
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
    /// Tokens per side of the map that the embedding makes.
    pub grid: usize,
    /// The layers.
    pub embedding: Embedding,
}

/// Where the weights of the patch embedding lie in its slice of the flat array.
#[derive(Debug, Clone)]
pub struct EmbeddingParts {
    /// The stem's convolutions, each with a GELU behind it; and the last, from patches to tokens.
    pub convolutions: Vec<Convolution>,
    /// The tokens in front, `[front, width]`.
    pub front: Option<Range<usize>>,
    /// The positions, `[tokens, width]`.
    pub positions: Option<Range<usize>>,
}

/// A convolution: its sizes, and where its weights lie.
#[derive(Debug, Clone)]
pub struct Convolution {
    /// Pixels per side of the map that it reads.
    pub side: usize,
    /// Channels of that map.
    pub channels: usize,
    /// Pixels per side of a window on it.
    pub window: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// How far the first window begins before the map. What lies outside is 0.
    pub margin: usize,
    /// The kernel, `[output, channels, window, window]`, and its bias, `[output]`.
    pub layer: Linear,
}

impl Convolution {
    /// Where its windows lie.
    pub fn geometry(&self) -> Geometry {
        Geometry::square(self.side, self.window, self.stride, self.margin)
    }
}

impl EmbeddingShape {
    /// Width of a token.
    pub fn width(&self) -> usize {
        self.embedding.projection.output
    }

    /// Tokens of an image.
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
