//! Blocks: a mixer, which moves information between tokens, and perhaps an MLP, which acts on each alone.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::attention::{Attention, AttentionArrays, ProjectionArrays};
use crate::convolutions::{Convolutions, ConvolutionsArrays};
use crate::geometry::Places;
use crate::is_default;
use crate::layers::{Linear, Norm};
use crate::parameters::{Ranges, Source};

/// A block: a mixer and perhaps an MLP, each a branch that is added to what came in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// How tokens read from each other.
    #[serde(flatten)]
    pub mixer: Mixer,
    /// Width of the MLP's hidden layer; 0 for no MLP.
    pub mlp: usize,
    /// Where the LayerNorms stand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub norms: Norms,
    /// The probability that a branch is left out for an image in training (stochastic depth, Huang et al. 2016).
    pub drop_path: f64,
}

/// How tokens read from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mixer {
    /// Softmax attention.
    Attention(Attention),
    /// Convolutions of the map.
    Convolutions(Convolutions),
}

/// Where the LayerNorms of a block stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norms {
    /// Before the mixer and before the MLP, whose branches are added to what came in as it is (Dosovitskiy et al. 2020,
    /// equations 2 and 3).
    #[default]
    Pre,
    /// Before the mixer; the second normalises what the mixer has made, and the MLP's branch is added to that (Hassani
    /// et al. 2021, as their code has it).
    PreAndBetween,
}

/// The parameters of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockArrays<A> {
    /// Before the mixer.
    pub norm1: Norm<A>,
    /// The mixer.
    pub mixer: MixerArrays<A>,
    /// Behind the mixer, and the MLP, where there is one.
    pub mlp: Option<(Norm<A>, MlpArrays<A>)>,
}

/// The parameters of a mixer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MixerArrays<A> {
    /// Of an attention.
    Attention(AttentionArrays<A>),
    /// Of convolutions.
    Convolutions(ConvolutionsArrays<A>),
}

/// The parameters of an MLP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MlpArrays<A> {
    /// Into the hidden layer.
    pub hidden: Linear<A>,
    /// Out of it.
    pub output: Linear<A>,
}

/// The parameters of a plain encoder block, which fused operations know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainBlockArrays<A> {
    /// Before the attention.
    pub norm1: Norm<A>,
    /// The attention.
    pub attention: PlainAttentionArrays<A>,
    /// Before the MLP.
    pub norm2: Norm<A>,
    /// The MLP.
    pub mlp: MlpArrays<A>,
}

/// The parameters of a plain attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainAttentionArrays<A> {
    /// To queries, keys and values.
    pub qkv: Linear<A>,
    /// Of each head's queries and of its keys, with QK-norm.
    pub qk_norms: Option<[Norm<A>; 2]>,
    /// From what the heads read.
    pub projection: Linear<A>,
}

impl Block {
    /// A plain encoder block of the Vision Transformer, of which nothing is left out.
    pub fn plain(heads: usize, mlp: usize) -> Self {
        Self::of(Attention { heads, ..Attention::default() }, mlp)
    }

    /// The same with another attention.
    pub fn of(attention: Attention, mlp: usize) -> Self {
        Self { mixer: Mixer::Attention(attention), mlp, norms: Norms::Pre, drop_path: 0.0 }
    }

    /// Its attention, where it has one.
    pub fn attention(&self) -> Option<&Attention> {
        match &self.mixer {
            Mixer::Attention(attention) => Some(attention),
            Mixer::Convolutions(_) => None,
        }
    }

    /// The attention of a plain encoder block; nothing where the block is of another kind.
    pub fn as_plain(&self) -> Option<&Attention> {
        let plain = self.mlp > 0 && self.norms == Norms::Pre;
        self.attention().filter(|attention| plain && attention.is_plain())
    }

    /// Declares a block of tokens of this width at these places.
    pub fn declare<S: Source>(
        &self,
        source: &mut S,
        width: usize,
        places: Places,
    ) -> BlockArrays<S::Array> {
        let norm1 = source.within("norm1", |s| Norm::declare(s, width));
        let mixer = match &self.mixer {
            Mixer::Attention(attention) => {
                let declare = |s: &mut S| attention.declare(s, width, places);
                MixerArrays::Attention(source.within("attn", declare))
            }
            Mixer::Convolutions(convolutions) => {
                let declare = |s: &mut S| convolutions.declare(s, width);
                MixerArrays::Convolutions(source.within("conv", declare))
            }
        };
        let mlp = (self.mlp > 0).then(|| {
            let norm2 = source.within("norm2", |s| Norm::declare(s, width));
            (norm2, source.within("mlp", |s| MlpArrays::declare(s, width, self.mlp)))
        });
        BlockArrays { norm1, mixer, mlp }
    }

    /// Where the weights of a block of tokens of this width lie in its slice of the flat array. Compiled here, once, since
    /// kernels are compiled for speed and this need not be.
    #[inline(never)]
    pub fn ranges(&self, width: usize, places: Places) -> BlockArrays<Range<usize>> {
        self.declare(&mut Ranges::default(), width, places)
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
    /// The parameters of a plain encoder block; nothing where the block is of another kind.
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
