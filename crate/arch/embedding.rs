//! From an image to tokens.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::layers::ConvolutionArrays;
use crate::parameters::{Init, ParameterRole, Ranges, Source};

/// How a stage gets its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedding {
    /// Zeros, or whatever stands for an empty background, around the image: pixels before and after, along both sides.
    pub padding: [usize; 2],
    /// Convolutions before the patches, a GELU behind each (Xiao et al. 2021); none for plain patches.
    pub stem: Vec<Convolution>,
    /// The convolution that makes tokens: for plain patches its window and its stride are the patch size.
    pub projection: Convolution,
    /// Learned tokens in front of those of the map, such as the class token.
    pub front: usize,
    /// Whether learned positions are added.
    pub positions: bool,
}

/// A square convolution with a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convolution {
    /// Channels that it reads.
    pub input: usize,
    /// Channels that it makes.
    pub output: usize,
    /// Pixels per side of its window.
    pub window: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// How far the first window begins before the map, and the last may end behind it. What lies outside is 0.
    pub margin: usize,
}

impl Convolution {
    /// Windows along a side of a map.
    pub fn along(&self, side: usize) -> usize {
        (side + 2 * self.margin - self.window) / self.stride + 1
    }

    /// The number of weights of its kernel.
    pub fn kernel(&self) -> u64 {
        [self.input, self.output, self.window, self.window]
            .iter()
            .map(|&side| side as u64)
            .product()
    }
}

/// The parameters of an embedding, first to last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingArrays<A> {
    /// The stem's convolutions, the first one first; and the last, which makes tokens.
    pub convolutions: Vec<ConvolutionArrays<A>>,
    /// The tokens in front, `[front, width]`, where there are any.
    pub front: Option<A>,
    /// The positions, `[tokens, width]`, where there are any.
    pub positions: Option<A>,
}

impl Embedding {
    /// Where its weights lie in its slice of the flat array, and how many they are.
    #[inline(never)]
    pub fn ranges(&self, places: usize) -> (EmbeddingArrays<Range<usize>>, usize) {
        let mut ranges = Ranges::default();
        let arrays = self.declare(&mut ranges, places);
        (arrays, usize::try_from(ranges.count()).unwrap_or(usize::MAX))
    }

    /// Declares the embedding of a stage whose map makes so many tokens.
    pub fn declare<S: Source>(&self, source: &mut S, places: usize) -> EmbeddingArrays<S::Array> {
        let width = self.projection.output;
        let convolution =
            |source: &mut S, Convolution { input, output, window, .. }: Convolution| {
                ConvolutionArrays::declare(source, [output, input], window)
            };
        let token = |source: &mut S, name, count| {
            source.array(
                name,
                &[1, count, width],
                ParameterRole::Token,
                Init::TruncatedNormal(0.02),
            )
        };
        let mut convolutions: Vec<_> = (0..)
            .zip(&self.stem)
            .map(|(index, &layer)| source.within_each("stem", index, |s| convolution(s, layer)))
            .collect();
        let projection = |s: &mut S| s.within("proj", |s| convolution(s, self.projection));
        convolutions.push(source.within("patch_embed", projection));
        EmbeddingArrays {
            convolutions,
            front: (self.front > 0).then(|| token(source, "cls_token", self.front)),
            positions: self.positions.then(|| token(source, "pos_embed", self.front + places)),
        }
    }
}
