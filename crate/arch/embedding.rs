//! From an image, or the map of the stage before, to tokens.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::layers::{ConvolutionArrays, Norm};
use crate::parameters::{Init, ParameterRole, Ranges, Source};

/// How a stage gets its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedding {
    /// Zeros, or whatever stands for an empty background, around the image: pixels before and after, along both sides.
    pub padding: [usize; 2],
    /// Convolutions before the patches; none for plain patches.
    pub stem: Vec<Convolution>,
    /// The convolution that makes tokens: for plain patches its window and its stride are the patch size.
    pub projection: Convolution,
    /// What follows the convolutions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub behind: Behind,
    /// Whether there is a LayerNorm, and where.
    #[serde(default, skip_serializing_if = "is_default")]
    pub norm: EmbeddingNorm,
    /// Learned tokens in front of those of the map, such as the class token.
    pub front: usize,
    /// Whether the last of them is a distillation token (Touvron et al. 2021), a parameter of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub distillation: bool,
    /// Whether learned positions are added.
    pub positions: bool,
}

/// A square convolution.
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
    /// Whether a bias is added.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub bias: bool,
}

/// What follows the convolutions of an embedding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behind {
    /// A GELU behind each of the stem (Xiao et al. 2021).
    #[default]
    Gelu,
    /// A ReLU and a max pooling behind each of the stem, and behind the last one, too (Hassani et al. 2021).
    ReluAndPooling(Pooling),
}

/// How windows lie on a map that is pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pooling {
    /// Tokens per side of a window.
    pub window: usize,
    /// Tokens from one window to the next.
    pub stride: usize,
    /// How far the first window begins before the map, and the last may end behind it. What lies outside does not count.
    pub margin: usize,
}

/// The LayerNorm of an embedding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingNorm {
    /// None.
    #[default]
    Absent,
    /// Of each token that the last convolution makes.
    Tokens,
    /// Of all numbers of a window of 2×2, before the matrix without a bias that makes a token of them: the patch merging of
    /// Liu et al. (2021). The window is read column by column.
    Merged,
}

impl Pooling {
    /// Windows along a side of a map.
    pub fn along(&self, side: usize) -> usize {
        (side + 2 * self.margin - self.window) / self.stride + 1
    }
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

impl Convolution {
    /// A convolution with a bias, without a margin, whose windows lie side by side.
    pub fn patches(input: usize, output: usize, window: usize) -> Self {
        Self { input, output, window, stride: window, margin: 0, bias: true }
    }

    /// A convolution with a bias and an odd window, of which one lies around every `stride`th pixel.
    pub fn around(input: usize, output: usize, window: usize, stride: usize) -> Self {
        Self { input, output, window, stride, margin: window / 2, bias: true }
    }

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
    /// The LayerNorm, where there is one.
    pub norm: Option<Norm<A>>,
    /// The tokens in front but the distillation token, `[front, width]`, where there are any.
    pub front: Option<A>,
    /// The distillation token, `[1, width]`, where there is one.
    pub distillation: Option<A>,
    /// The positions, `[tokens, width]`, where there are any.
    pub positions: Option<A>,
}

impl Embedding {
    /// A convolution alone: no padding, no stem, no norm, no tokens in front, no positions.
    pub fn of(projection: Convolution) -> Self {
        Self {
            padding: [0, 0],
            stem: Vec::new(),
            projection,
            behind: Behind::Gelu,
            norm: EmbeddingNorm::Absent,
            front: 0,
            distillation: false,
            positions: false,
        }
    }

    /// All convolutions, the one that makes tokens last.
    pub fn convolutions(&self) -> impl Iterator<Item = &Convolution> {
        self.stem.iter().chain([&self.projection])
    }

    /// How a map is pooled behind each convolution.
    pub fn pooling(&self) -> Option<Pooling> {
        match self.behind {
            Behind::Gelu => None,
            Behind::ReluAndPooling(pooling) => Some(pooling),
        }
    }

    /// Whether it is the plain kind: convolutions with biases and GELUs, no norm, no distillation token.
    pub fn is_plain(&self) -> bool {
        self.behind == Behind::Gelu
            && self.norm == EmbeddingNorm::Absent
            && !self.distillation
            && self.convolutions().all(|convolution| convolution.bias)
    }

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
            .map(|(index, layer)| source.within_each("stem", index, |s| layer.declare(s)))
            .collect();
        let (projection, norm) = source.within("patch_embed", |s| self.declare_tokens(s));
        convolutions.push(projection);
        let others = self.front - usize::from(self.distillation);
        EmbeddingArrays {
            convolutions,
            norm,
            front: (others > 0).then(|| token(source, "cls_token", others)),
            distillation: self.distillation.then(|| token(source, "dist_token", 1)),
            positions: self.positions.then(|| token(source, "pos_embed", self.front + places)),
        }
    }

    /// The convolution that makes tokens, and the norm.
    fn declare_tokens<S: Source>(
        &self,
        source: &mut S,
    ) -> (ConvolutionArrays<S::Array>, Option<Norm<S::Array>>) {
        let Convolution { input, output, window, .. } = self.projection;
        match self.norm {
            EmbeddingNorm::Merged => {
                let numbers = input * window * window;
                let norm = source.within("norm", |s| Norm::declare(s, numbers));
                let role = ParameterRole::Matrix { parts: 1 };
                let kernel = source.within("reduction", |s| {
                    s.array("weight", &[output, numbers], role, Init::XavierUniform)
                });
                (ConvolutionArrays { kernel, bias: None }, Some(norm))
            }
            EmbeddingNorm::Absent => (source.within("proj", |s| self.projection.declare(s)), None),
            EmbeddingNorm::Tokens => {
                let projection = source.within("proj", |s| self.projection.declare(s));
                (projection, Some(source.within("norm", |s| Norm::declare(s, output))))
            }
        }
    }
}

impl Convolution {
    fn declare<S: Source>(&self, source: &mut S) -> ConvolutionArrays<S::Array> {
        ConvolutionArrays::declare(source, [self.output, self.input], self.window, self.bias)
    }
}
