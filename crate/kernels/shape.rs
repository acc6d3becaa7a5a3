//! The sizes of a block, and where its weights lie.

use std::ops::Range;

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

/// Where the weights of a block lie in their slice of the flat array, one layer after the
/// other. Matrices are `[input, output]`.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Before the attention.
    pub norm1: Norm,
    /// To queries, keys and values.
    pub qkv: Linear,
    /// Of each head's queries and of its keys, with QK-norm.
    pub qk_norms: Option<[Norm; 2]>,
    /// From what the heads read.
    pub projection: Linear,
    /// Before the MLP.
    pub norm2: Norm,
    /// Into the MLP's hidden layer.
    pub hidden: Linear,
    /// Out of it.
    pub output: Linear,
}

/// Scale and shift of a LayerNorm, both as wide as what is normalised.
#[derive(Debug, Clone)]
pub struct Norm {
    /// The scale.
    pub scale: Range<usize>,
    /// The shift.
    pub shift: Range<usize>,
}

/// A matrix `[input, output]` and its bias `[output]`.
#[derive(Debug, Clone)]
pub struct Linear {
    /// The matrix.
    pub matrix: Range<usize>,
    /// The bias.
    pub bias: Range<usize>,
}

impl Linear {
    /// Numbers that go into the layer.
    pub fn inputs(&self) -> usize {
        self.matrix.len() / self.bias.len()
    }
}

impl BlockShape {
    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// The number of a block's weights.
    pub fn parameters(&self) -> usize {
        self.parts().output.bias.end
    }

    /// Where the block's layers lie in its slice.
    pub fn parts(&self) -> Parts {
        let (width, mlp) = (self.width, self.mlp);
        let mut next = Cursor(0);
        Parts {
            norm1: next.norm(width),
            qkv: next.linear(width, 3 * width),
            qk_norms: self.qk_norm.then(|| [(); 2].map(|()| next.norm(self.head_width()))),
            projection: next.linear(width, width),
            norm2: next.norm(width),
            hidden: next.linear(width, mlp),
            output: next.linear(mlp, width),
        }
    }
}

/// Where the next weights begin.
struct Cursor(usize);

impl Cursor {
    fn take(&mut self, count: usize) -> Range<usize> {
        self.0 += count;
        self.0 - count..self.0
    }

    fn norm(&mut self, width: usize) -> Norm {
        Norm { scale: self.take(width), shift: self.take(width) }
    }

    fn linear(&mut self, input: usize, output: usize) -> Linear {
        Linear { matrix: self.take(input * output), bias: self.take(output) }
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
        self.parts().1.bias.end
    }

    /// Tokens of an image that are read.
    pub fn read(&self) -> usize {
        if self.mean { self.tokens } else { 1 }
    }

    /// Where the norm and the linear layer lie in the head's slice.
    pub fn parts(&self) -> (Norm, Linear) {
        let mut next = Cursor(0);
        (next.norm(self.width), next.linear(self.width, self.classes))
    }
}

/// The sizes of the patch embedding: images to tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EmbeddingShape {
    /// Pixels per side of an image.
    pub image: usize,
    /// Pixels of paper before the image, left and above.
    pub before: usize,
    /// Patches per side of the padded image.
    pub grid: usize,
    /// Pixels per side of a patch.
    pub patch: usize,
    /// Channels of the stem's first convolutions, 0 for no stem; see [`stem`].
    pub stem: usize,
    /// The number of the stem's convolutions.
    pub stem_depth: usize,
    /// How many times smaller per side the stem makes a map; divides the patch size.
    pub stride: usize,
    /// Width of a token.
    pub width: usize,
    /// Whether a class token goes before the patches.
    pub class_token: bool,
}

/// Where the weights of the patch embedding lie in its slice of the flat array.
#[derive(Debug, Clone)]
pub struct EmbeddingParts {
    /// The stem's convolutions, each with a GELU behind it; and the last, from patches to tokens.
    pub convolutions: Vec<Convolution>,
    /// The class token, `[width]`.
    pub class_token: Option<Range<usize>>,
    /// The positions, `[tokens, width]`.
    pub positions: Range<usize>,
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

/// A 3×3 convolution of a stem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StemLayer {
    /// Channels that it reads.
    pub input: usize,
    /// Channels that it makes.
    pub output: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
}

/// The convolutions of a stem. Half of them, rounded down, make so many `channels`, the others twice as many; the
/// first of these makes the map `stride` times smaller.
pub fn stem(channels: usize, depth: usize, stride: usize) -> impl Iterator<Item = StemLayer> {
    let depth = if channels == 0 { 0 } else { depth };
    let widening = depth / 2;
    let made = move |index| if index < widening { channels } else { 2 * channels };
    (0..depth).map(move |index| StemLayer {
        input: if index == 0 { 1 } else { made(index - 1) },
        output: made(index),
        stride: if index == widening { stride } else { 1 },
    })
}

impl EmbeddingShape {
    /// Tokens of an image.
    pub fn tokens(&self) -> usize {
        self.grid.pow(2) + usize::from(self.class_token)
    }

    /// Pixels per side of the padded image.
    pub fn side(&self) -> usize {
        self.grid * self.patch
    }

    /// The number of the embedding's weights.
    pub fn parameters(&self) -> usize {
        self.parts().positions.end
    }

    /// Where the layers lie in the embedding's slice.
    pub fn parts(&self) -> EmbeddingParts {
        let width = self.width;
        let mut next = Cursor(0);
        let (mut side, mut channels) = (self.side(), 1);
        let mut convolutions = Vec::new();
        for StemLayer { input, output, stride } in stem(self.stem, self.stem_depth, self.stride) {
            let layer = next.linear(9 * input, output);
            convolutions.push(Convolution { side, channels, window: 3, stride, margin: 1, layer });
            (side, channels) = (side / stride, output);
        }
        let window = side / self.grid;
        let layer = next.linear(channels * window * window, width);
        convolutions.push(Convolution { side, channels, window, stride: window, margin: 0, layer });
        EmbeddingParts {
            convolutions,
            class_token: self.class_token.then(|| next.take(width)),
            positions: next.take(self.tokens() * width),
        }
    }
}
