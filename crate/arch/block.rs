//! Encoder blocks: a mixer, which moves information between tokens, and an MLP, which acts on each alone.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::layers::{Linear, Norm};
use crate::parameters::{Ranges, Source};

/// A pre-norm encoder block: attention and MLP, each behind a LayerNorm and added to what came in (Dosovitskiy et al. 2020,
/// equations 2 and 3).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// How tokens read from each other.
    pub attention: Attention,
    /// Width of the MLP's hidden layer.
    pub mlp: usize,
    /// The probability that a branch is left out for an image in training (stochastic depth, Huang et al. 2016).
    pub drop_path: f64,
}

/// Multi-head self-attention (Vaswani et al. 2017, section 3.2.2) with one matrix for queries, keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Heads; divides the width.
    pub heads: usize,
    /// LayerNorm on queries and keys (Dehghani et al. 2023).
    pub qk_norm: bool,
}

/// The parameters of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockArrays<A> {
    /// Before the attention.
    pub norm1: Norm<A>,
    /// The attention.
    pub attention: AttentionArrays<A>,
    /// Before the MLP.
    pub norm2: Norm<A>,
    /// The MLP.
    pub mlp: MlpArrays<A>,
}

/// The parameters of an attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionArrays<A> {
    /// To queries, keys and values.
    pub qkv: Linear<A>,
    /// Of each head's queries and of its keys, with QK-norm.
    pub qk_norms: Option<[Norm<A>; 2]>,
    /// From what the heads read.
    pub projection: Linear<A>,
}

/// The parameters of an MLP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MlpArrays<A> {
    /// Into the hidden layer.
    pub hidden: Linear<A>,
    /// Out of it.
    pub output: Linear<A>,
}

impl Block {
    /// Declares a block of tokens of this width.
    pub fn declare<S: Source>(&self, source: &mut S, width: usize) -> BlockArrays<S::Array> {
        BlockArrays {
            norm1: source.within("norm1", |s| Norm::declare(s, width)),
            attention: source.within("attn", |s| self.attention.declare(s, width)),
            norm2: source.within("norm2", |s| Norm::declare(s, width)),
            mlp: source.within("mlp", |s| MlpArrays {
                hidden: s.within("fc1", |s| Linear::declare(s, width, self.mlp)),
                output: s.within("fc2", |s| Linear::declare(s, self.mlp, width)),
            }),
        }
    }
}

impl Block {
    /// Where the weights of a block of tokens of this width lie in its slice of the flat array. Compiled here, once, since
    /// kernels are compiled for speed and this need not be.
    #[inline(never)]
    pub fn ranges(&self, width: usize) -> BlockArrays<Range<usize>> {
        self.declare(&mut Ranges::default(), width)
    }
}

impl Attention {
    fn declare<S: Source>(&self, source: &mut S, width: usize) -> AttentionArrays<S::Array> {
        let head = width / self.heads;
        let qkv = source.within("qkv", |s| Linear::declare_parts(s, width, width, 3));
        let qk_norms = self.qk_norm.then(|| {
            ["q_norm", "k_norm"].map(|name| source.within(name, |s| Norm::declare(s, head)))
        });
        let projection = source.within("proj", |s| Linear::declare(s, width, width));
        AttentionArrays { qkv, qk_norms, projection }
    }
}
