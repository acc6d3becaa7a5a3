//! From an image, or the map of the previous stage, to tokens.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::layers::{ConvolutionArrays, Norm};
use crate::parameters::{Init, ParameterRole, Ranges, Source};

/// How a stage gets its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedding {
    /// What the tokens are made from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub beginning: Beginning,
    /// Padding around the image, in pixels before and after along both axes: zeros, or the value of an empty
    /// background.
    pub padding: [usize; 2],
    /// Convolutions before the patch projection; empty for plain patches.
    pub stem: Vec<Convolution>,
    /// The convolution that produces the tokens. For plain patches, window and stride equal the patch size.
    pub projection: Convolution,
    /// What follows each convolution.
    #[serde(default, skip_serializing_if = "is_default")]
    pub behind: Behind,
    /// The LayerNorm, if any.
    #[serde(default, skip_serializing_if = "is_default")]
    pub norm: EmbeddingNorm,
    /// Learned tokens before those of the grid, such as the class token.
    pub front: usize,
    /// Whether the last front token is a distillation token (Touvron et al. 2021), with a parameter of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub distillation: bool,
    /// Whether learned positions are added.
    pub positions: bool,
}

/// What the tokens of a stage are made from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beginning {
    /// Convolutions of the image or of the previous stage's map.
    #[default]
    Convolutions,
    /// The grid's tokens of the previous stage as they are. The projection, [`Convolution::nothing`], has no parameters.
    Tokens,
    /// The same, and the first block halves their map and changes their width. The projection, [`Convolution::halving`],
    /// has no parameters.
    Block,
}

/// A square convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convolution {
    /// Input channels.
    pub input: usize,
    /// Output channels.
    pub output: usize,
    /// Window size per side, in pixels.
    pub window: usize,
    /// Step between windows, in pixels.
    pub stride: usize,
    /// How many pixels the first window starts before the map, and how far the last may extend past it. Values outside
    /// are 0.
    pub margin: usize,
    /// Whether a bias is added.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub bias: bool,
}

/// What follows the convolutions of an embedding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behind {
    /// A GELU after each convolution of the stem (Xiao et al. 2021).
    #[default]
    Gelu,
    /// A LayerNorm of each pixel's channels and a GELU after each convolution of the stem.
    NormAndGelu,
    /// A ReLU and max pooling after each convolution, including the last one (Hassani et al. 2021).
    ReluAndPooling(Pooling),
}

/// The windows of a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pooling {
    /// Window size per side, in tokens.
    pub window: usize,
    /// Step between windows, in tokens.
    pub stride: usize,
    /// How many tokens the first window starts before the map, and how far the last may extend past it. Tokens outside
    /// are ignored.
    pub margin: usize,
}

/// The LayerNorm of an embedding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingNorm {
    /// None.
    #[default]
    Absent,
    /// Over each token that the last convolution produces.
    Tokens,
    /// Over all values of a 2×2 window, before a matrix without a bias turns them into a token: patch merging (Liu et
    /// al. 2021). The window is read column by column.
    Merged,
}

impl Pooling {
    /// The number of windows along a side of a map.
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
    /// A convolution with a bias and no margin, with non-overlapping, adjacent windows.
    pub fn patches(input: usize, output: usize, window: usize) -> Self {
        Self { input, output, window, stride: window, margin: 0, bias: true }
    }

    /// A convolution with a bias and an odd window, centred on every `stride`th pixel.
    pub fn around(input: usize, output: usize, window: usize, stride: usize) -> Self {
        Self { input, output, window, stride, margin: window / 2, bias: true }
    }

    /// The geometry of a map of `channels` that stays as it is, for [`Beginning::Tokens`].
    pub fn nothing(channels: usize) -> Self {
        Self { bias: false, ..Self::patches(channels, channels, 1) }
    }

    /// The geometry of a block that halves a map, for [`Beginning::Block`].
    pub fn halving(input: usize, output: usize) -> Self {
        Self { bias: false, ..Self::patches(input, output, 2) }
    }

    /// The number of windows along a side of a map.
    pub fn along(&self, side: usize) -> usize {
        (side + 2 * self.margin - self.window) / self.stride + 1
    }

    /// The number of weights in its kernel.
    pub fn kernel(&self) -> u64 {
        [self.input, self.output, self.window, self.window]
            .iter()
            .map(|&side| side as u64)
            .product()
    }
}

/// The parameters of an embedding, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingArrays<A> {
    /// The stem's convolutions in order, then the one that produces the tokens; none with [`Beginning::Tokens`].
    pub convolutions: Vec<ConvolutionArrays<A>>,
    /// The LayerNorms behind the stem's convolutions, if there are any.
    pub stem_norms: Vec<Norm<A>>,
    /// The LayerNorm, if there is one.
    pub norm: Option<Norm<A>>,
    /// The front tokens without the distillation token, `[front, width]`, if there are any.
    pub front: Option<A>,
    /// The distillation token, `[1, width]`, if there is one.
    pub distillation: Option<A>,
    /// The positions, `[tokens, width]`, if there are any.
    pub positions: Option<A>,
}

impl Embedding {
    /// Only a convolution: no padding, stem, norm, front tokens or positions.
    pub fn of(projection: Convolution) -> Self {
        Self {
            beginning: Beginning::Convolutions,
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

    /// The grid's tokens of the previous stage, `channels` wide, as they are.
    pub fn of_tokens(channels: usize) -> Self {
        Self { beginning: Beginning::Tokens, ..Self::of(Convolution::nothing(channels)) }
    }

    /// The grid's tokens of the previous stage, `input` wide, for a first block that halves their map and makes them
    /// `output` wide.
    pub fn of_block(input: usize, output: usize) -> Self {
        Self { beginning: Beginning::Block, ..Self::of(Convolution::halving(input, output)) }
    }

    /// All convolutions; the one that produces the tokens comes last.
    pub fn convolutions(&self) -> impl Iterator<Item = &Convolution> {
        self.stem.iter().chain([&self.projection])
    }

    /// The pooling after each convolution, if there is one.
    pub fn pooling(&self) -> Option<Pooling> {
        match self.behind {
            Behind::Gelu | Behind::NormAndGelu => None,
            Behind::ReluAndPooling(pooling) => Some(pooling),
        }
    }

    /// Whether it is a plain embedding: convolutions with biases and GELUs, no norm, no distillation token.
    pub fn is_plain(&self) -> bool {
        self.beginning == Beginning::Convolutions
            && self.behind == Behind::Gelu
            && self.norm == EmbeddingNorm::Absent
            && !self.distillation
            && self.convolutions().all(|convolution| convolution.bias)
    }

    /// The ranges of its weights, relative to its slice of the flat array, and their number.
    #[inline(never)]
    pub fn ranges(&self, places: usize) -> (EmbeddingArrays<Range<usize>>, usize) {
        let mut ranges = Ranges::default();
        let arrays = self.declare(&mut ranges, places);
        (arrays, usize::try_from(ranges.count()).unwrap_or(usize::MAX))
    }

    /// Declares the embedding of a stage whose grid has `places` tokens.
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
        let normed = self.behind == Behind::NormAndGelu;
        let stem_norms = (0..)
            .zip(self.stem.iter().filter(|_| normed))
            .map(|(index, layer)| {
                source.within_each("stem_norms", index, |s| Norm::declare(s, layer.output))
            })
            .collect();
        let mut norm = None;
        if self.beginning == Beginning::Convolutions {
            let projection;
            (projection, norm) = source.within("patch_embed", |s| self.declare_tokens(s));
            convolutions.push(projection);
        }
        let others = self.front - usize::from(self.distillation);
        EmbeddingArrays {
            convolutions,
            stem_norms,
            norm,
            front: (others > 0).then(|| token(source, "cls_token", others)),
            distillation: self.distillation.then(|| token(source, "dist_token", 1)),
            positions: self.positions.then(|| token(source, "pos_embed", self.front + places)),
        }
    }

    /// Declares the convolution that produces the tokens, and the norm.
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
