//! Blocks: a mixer, which moves information between tokens, and an optional MLP, which acts on each token alone.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::attention::{Attention, AttentionArrays, ProjectionArrays};
use crate::bottleneck::{Bottleneck, BottleneckArrays};
use crate::convolutions::{Convolutions, ConvolutionsArrays};
use crate::geometry::Places;
use crate::is_default;
use crate::layers::{Linear, Norm};
use crate::parameters::{Ranges, Source};

/// A block: a mixer and an optional MLP, each on a residual branch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// How information moves between tokens.
    #[serde(flatten)]
    pub mixer: Mixer,
    /// In a stage that begins with [`Beginning::Block`](crate::Beginning::Block), its first block: the width of the tokens
    /// before it. The block halves the map, and its residual connection is a mean over 2×2 tokens and a matrix. Else 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub halves: usize,
    /// Width of the MLP's hidden layer; 0 for no MLP.
    pub mlp: usize,
    /// The position of the LayerNorms.
    #[serde(default, skip_serializing_if = "is_default")]
    pub norms: Norms,
    /// The probability of dropping a residual branch of an image during training (stochastic depth, Huang et al. 2016).
    pub drop_path: f64,
}

/// How information moves between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mixer {
    /// Multi-head attention.
    Attention(Attention),
    /// Convolutions over the grid of tokens.
    Convolutions(Convolutions),
    /// An inverted bottleneck with a depthwise convolution and squeeze-and-excitation.
    Bottleneck(Bottleneck),
}

/// The position of the LayerNorms in a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norms {
    /// Pre-norm: before the mixer and before the MLP, each added to its unnormalised input (Dosovitskiy et al. 2020,
    /// equations 2 and 3).
    #[default]
    Pre,
    /// Before the mixer, and again after its residual sum. The MLP branch is added to the second norm's output, as in
    /// the code of Hassani et al. (2021).
    PreAndBetween,
}

/// The parameters of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockArrays<A> {
    /// The matrix on the residual connection of a block that halves the map.
    pub shortcut: Option<Linear<A>>,
    /// Norm before the mixer.
    pub norm1: Norm<A>,
    /// The mixer.
    pub mixer: MixerArrays<A>,
    /// The second norm and the MLP, if the block has one.
    pub mlp: Option<(Norm<A>, MlpArrays<A>)>,
}

/// The parameters of a mixer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MixerArrays<A> {
    /// Attention.
    Attention(AttentionArrays<A>),
    /// Convolutions.
    Convolutions(ConvolutionsArrays<A>),
    /// An inverted bottleneck.
    Bottleneck(BottleneckArrays<A>),
}

/// The parameters of a block's second half.
pub type NormAndMlp<A> = (Norm<A>, MlpArrays<A>);

/// The parameters of an MLP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MlpArrays<A> {
    /// Linear layer into the hidden layer.
    pub hidden: Linear<A>,
    /// Linear layer out of it.
    pub output: Linear<A>,
}

/// The parameters of a plain encoder block, which the fused operations support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainBlockArrays<A> {
    /// Norm before the attention.
    pub norm1: Norm<A>,
    /// Attention.
    pub attention: PlainAttentionArrays<A>,
    /// Norm before the MLP.
    pub norm2: Norm<A>,
    /// The MLP.
    pub mlp: MlpArrays<A>,
}

/// The parameters of plain attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainAttentionArrays<A> {
    /// Projection to queries, keys and values.
    pub qkv: Linear<A>,
    /// Norms of each head's queries and keys, with QK-norm.
    pub qk_norms: Option<[Norm<A>; 2]>,
    /// Output projection.
    pub projection: Linear<A>,
}

impl Block {
    /// A plain encoder block of the Vision Transformer, without drop path.
    pub fn plain(heads: usize, mlp: usize) -> Self {
        Self::of(Attention { heads, ..Attention::default() }, mlp)
    }

    /// The same with the given attention.
    pub fn of(attention: Attention, mlp: usize) -> Self {
        let mixer = Mixer::Attention(attention);
        Self { mixer, halves: 0, mlp, norms: Norms::Pre, drop_path: 0.0 }
    }

    /// Its attention; `None` if the mixer is of another kind.
    pub fn attention(&self) -> Option<&Attention> {
        match &self.mixer {
            Mixer::Attention(attention) => Some(attention),
            Mixer::Convolutions(_) | Mixer::Bottleneck(_) => None,
        }
    }

    /// The attention of a plain encoder block; `None` for other blocks.
    pub fn as_plain(&self) -> Option<&Attention> {
        let plain = self.mlp > 0 && self.halves == 0 && self.norms == Norms::Pre;
        self.attention().filter(|attention| plain && attention.is_plain())
    }

    /// The width of the tokens before the block, given that of the tokens behind it.
    pub fn input(&self, width: usize) -> usize {
        if self.halves > 0 { self.halves } else { width }
    }

    /// Declares a block for tokens of this width at these places.
    pub fn declare<S: Source>(
        &self,
        source: &mut S,
        width: usize,
        places: Places,
    ) -> BlockArrays<S::Array> {
        let input = self.input(width);
        let shortcut = (self.halves > 0)
            .then(|| source.within("shortcut", |s| Linear::declare(s, input, width)));
        let norm1 = source.within("norm1", |s| Norm::declare(s, input));
        let mixer = match &self.mixer {
            Mixer::Attention(attention) => {
                let declare = |s: &mut S| attention.declare(s, [input, width], places);
                MixerArrays::Attention(source.within("attn", declare))
            }
            Mixer::Convolutions(convolutions) => {
                let declare = |s: &mut S| convolutions.declare(s, width);
                MixerArrays::Convolutions(source.within("conv", declare))
            }
            Mixer::Bottleneck(bottleneck) => {
                let declare = |s: &mut S| bottleneck.declare(s, [input, width]);
                MixerArrays::Bottleneck(source.within("bottleneck", declare))
            }
        };
        BlockArrays { shortcut, norm1, mixer, mlp: self.declare_mlp(source, width) }
    }

    /// Whether the first half of the block, norm and mixer on a residual connection, is one operation on the CPU, which
    /// computes the norm again for the backward pass.
    pub fn joins_mixer(&self) -> bool {
        let joins = match &self.mixer {
            Mixer::Attention(attention) => attention.joins_norm(),
            Mixer::Convolutions(_) => true,
            Mixer::Bottleneck(_) => false,
        };
        joins && self.halves == 0
    }

    /// Declares the second norm and the MLP, if the block has one: the last of its parameters.
    pub fn declare_mlp<S: Source>(
        &self,
        source: &mut S,
        width: usize,
    ) -> Option<NormAndMlp<S::Array>> {
        (self.mlp > 0).then(|| {
            let norm2 = source.within("norm2", |s| Norm::declare(s, width));
            (norm2, source.within("mlp", |s| MlpArrays::declare(s, width, self.mlp)))
        })
    }

    /// The ranges of a block's weights, relative to its slice of the flat array. Not inlined: callers are kernels
    /// compiled for speed, and this code need not be.
    #[inline(never)]
    pub fn ranges(&self, width: usize, places: Places) -> BlockArrays<Range<usize>> {
        self.declare(&mut Ranges::default(), width, places)
    }

    /// The ranges of the second norm and the MLP, relative to their slice of the flat array; `None` without an MLP.
    #[inline(never)]
    pub fn mlp_ranges(&self, width: usize) -> Option<NormAndMlp<Range<usize>>> {
        self.declare_mlp(&mut Ranges::default(), width)
    }
}

impl<A> MlpArrays<A> {
    fn declare<S: Source<Array = A>>(source: &mut S, width: usize, hidden: usize) -> Self {
        Self {
            hidden: source.within("fc1", |s| Linear::declare(s, width, hidden)),
            output: source.within("fc2", |s| Linear::declare(s, hidden, width)),
        }
    }
}

impl<A> BlockArrays<A> {
    /// The parameters as those of a plain encoder block; `None` for other blocks.
    pub fn into_plain(self) -> Option<PlainBlockArrays<A>> {
        let MixerArrays::Attention(attention) = self.mixer else { return None };
        let ProjectionArrays::Joint(qkv) = attention.projections else { return None };
        let (norm2, mlp) = self.mlp?;
        let attention = PlainAttentionArrays {
            qkv: qkv.into_linear()?,
            qk_norms: attention.qk_norms,
            projection: attention.output,
        };
        Some(PlainBlockArrays { norm1: self.norm1, attention, norm2, mlp })
    }
}
