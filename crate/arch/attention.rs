//! Attention: the projections to queries, keys and values, which tokens attend to which, the bias of the scores, and
//! the kernel.

use serde::{Deserialize, Serialize};

use crate::geometry::{Grid, Places};
use crate::is_default;
use crate::layers::{ConvolutionArrays, Linear, Norm, Projection};
use crate::parameters::{Init, ParameterRole, Source};

/// Multi-head attention (Vaswani et al. 2017, section 3.2.2). By default every token attends to all tokens of its
/// image, with one joint matrix for queries, keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Heads; divides the width.
    pub heads: usize,
    /// LayerNorm on queries and keys (Dehghani et al. 2023).
    pub qk_norm: bool,
    /// How queries, keys and values are projected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub projections: Projections,
    /// Which tokens a token attends to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reach: Reach,
    /// What is added to the scores.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scores: Scores,
    /// How scores become weights of the values.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kernel: Kernel,
}

/// The projection matrices of queries, keys and values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projections {
    /// One matrix for all three, with a bias.
    #[default]
    Joint,
    /// One matrix for all three, without a bias.
    JointWithoutBias,
    /// One matrix for all three, with a bias: queries, keys and values of the first head, then those of the next.
    JointByHead,
    /// One matrix for queries and one for keys and values, each with a bias.
    QueriesApart,
    /// One matrix for each of the three, without biases.
    ApartWithoutBias,
    /// One matrix for queries and keys and one for values, without biases. Values start as the tokens themselves.
    ValuesApart,
    /// For each of the three a depthwise convolution of 3×3 tokens, a LayerNorm and a matrix with a bias; tokens in front
    /// skip the convolution (Wu et al. 2021, section 3.2). As in the authors' code, scores are divided by the root of the
    /// width of a token, not of a head.
    Convolutional {
        /// The step between the windows of keys and values; that of queries is 1.
        stride: usize,
    },
}

/// Which tokens a token attends to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// All tokens of its image.
    #[default]
    All,
    /// The tokens of its window of the grid (Liu et al. 2021).
    Windows {
        /// Tokens per side of a window.
        side: usize,
        /// Cyclic shift of the windows, down and to the right. Tokens that the shift brings together but that are not
        /// neighbours on the grid do not attend to each other.
        shift: usize,
    },
    /// Keys and values of a smaller map, reduced by a strided convolution and a LayerNorm (Wang et al. 2021).
    Reduced {
        /// Reduction factor per side.
        stride: usize,
    },
    /// A fixed number of keys and values, each a learned linear combination of those of all tokens (Wang et al. 2020,
    /// "Linformer: self-attention with linear complexity").
    LowRank {
        /// The number of keys.
        rank: usize,
    },
}

/// How scores become weights of the values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// The softmax of the scores.
    #[default]
    Softmax,
    /// Linear attention: the weight is the product of query features and key features, `elu(x) + 1` of each component,
    /// divided by the sum over all keys (Katharopoulos et al. 2020, equation 7). The `[queries, keys]` matrix is never
    /// formed.
    Elu,
    /// Linear attention whose features are an unbiased estimate of the softmax (FAVOR+, Choromanski et al. 2020, lemma 1):
    /// exponentials of the components along random orthogonal directions, which are drawn once and not trained.
    RandomFeatures {
        /// The number of directions of a head; all heads of a block have the same.
        features: usize,
    },
}

/// What is added to the scores of queries and keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scores {
    /// Nothing.
    #[default]
    Plain,
    /// A learned bias for each head and each relative row and column offset (Liu et al. 2021, equation 4).
    RelativePositions,
    /// Each head mixes two attentions: one of queries and keys, and one of the relative positions alone, whose share is
    /// the sigmoid of the head's gate (d'Ascoli et al. 2021, equation 7). The scores of the second are linear in the
    /// column and row offsets and the squared distance; they start as a convolution.
    Gated,
}

/// Tokens per side of the windows of [`Projections::Convolutional`].
pub const CONVOLUTION: usize = 3;

/// The parameters of an attention layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionArrays<A> {
    /// `[offsets, heads]`, with a relative position bias.
    pub positions: Option<A>,
    /// Projections to queries, keys and values.
    pub projections: ProjectionArrays<A>,
    /// Norms of each head's queries and keys, with QK-norm.
    pub qk_norms: Option<[Norm<A>; 2]>,
    /// Output projection.
    pub output: Linear<A>,
    /// Spatial reduction of the map of keys and values.
    pub reduction: Option<(ConvolutionArrays<A>, Norm<A>)>,
    /// Projections of keys and of values along the tokens, `[tokens, rank]` each, with [`Reach::LowRank`].
    pub sums: Option<[A; 2]>,
    /// The random directions, `[features, width of a head]`, with [`Kernel::RandomFeatures`].
    pub directions: Option<A>,
    /// The attention to relative positions, with [`Scores::Gated`].
    pub gated: Option<GatedArrays<A>>,
}

/// The parameters of attention to relative positions and of its gates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatedArrays<A> {
    /// The gate of each head before the sigmoid, `[heads]`.
    pub gates: A,
    /// What a column offset, a row offset and a squared distance count in each head's scores, `[heads, 3]`.
    pub factors: A,
    /// Added to each head's scores, `[heads]`; the softmax ignores it.
    pub bias: A,
}

/// The parameters of queries, keys and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectionArrays<A> {
    /// One matrix, `[width, 3 · width]`.
    Joint(Projection<A>),
    /// One matrix, `[input, 3 · width]`, head by head.
    JointByHead(Linear<A>),
    /// Queries `[width, width]`; keys and values `[width, 2 · width]`.
    QueriesApart {
        /// For queries.
        query: Linear<A>,
        /// For keys and values.
        key_value: Linear<A>,
    },
    /// Queries, keys and values, `[width, width]` each.
    Apart([Projection<A>; 3]),
    /// Queries and keys `[width, 2 · width]`; values `[width, width]`.
    ValuesApart {
        /// For queries and keys.
        query_key: Projection<A>,
        /// For values.
        value: Projection<A>,
    },
    /// Queries, keys and values.
    Convolutional([ConvolutionalArrays<A>; 3]),
}

/// The parameters of a depthwise convolution, its LayerNorm and the matrix behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvolutionalArrays<A> {
    /// `[width, 1, 3, 3]`.
    pub kernel: A,
    /// Over each token.
    pub norm: Norm<A>,
    /// `[width, width]`.
    pub linear: Linear<A>,
}

impl Default for Attention {
    fn default() -> Self {
        Self {
            heads: 1,
            qk_norm: false,
            projections: Projections::default(),
            reach: Reach::default(),
            scores: Scores::default(),
            kernel: Kernel::default(),
        }
    }
}

impl Attention {
    /// Whether it is plain attention: one matrix with a bias, over all tokens, with no bias of the scores.
    pub fn is_plain(&self) -> bool {
        let Self { heads, qk_norm, .. } = *self;
        *self == Self { heads, qk_norm, ..Self::default() }
    }

    /// Whether one operation on the CPU computes it together with the norm before it and the residual connection.
    pub(crate) fn joins_norm(&self) -> bool {
        let &Self { projections, reach, scores, kernel, qk_norm, .. } = self;
        let known = match (reach, scores, kernel) {
            (Reach::Windows { .. }, Scores::RelativePositions, Kernel::Softmax)
            | (Reach::All, Scores::RelativePositions | Scores::Plain, Kernel::Softmax)
            | (Reach::All, Scores::Plain, Kernel::Elu) => match projections {
                Projections::Joint
                | Projections::JointWithoutBias
                | Projections::JointByHead
                | Projections::ApartWithoutBias
                | Projections::ValuesApart => true,
                Projections::QueriesApart | Projections::Convolutional { .. } => false,
            },
            (Reach::LowRank { .. }, Scores::Plain, Kernel::Softmax) => {
                projections == Projections::ApartWithoutBias
            }
            _ => false,
        };
        known && !qk_norm
    }

    /// The features of a query or key with linear attention, all heads together; `None` with a softmax.
    pub fn features(&self, width: usize) -> Option<usize> {
        match self.kernel {
            Kernel::Softmax => None,
            Kernel::Elu => Some(width),
            Kernel::RandomFeatures { features } => Some(self.heads * features),
        }
    }

    /// The positions of all keys for tokens at these places.
    pub fn keys(&self, places: Places) -> Places {
        let Grid { rows, columns } = places.grid;
        if let Projections::Convolutional { stride } = self.projections {
            let grid = Grid { rows: rows.div_ceil(stride), columns: columns.div_ceil(stride) };
            return Places { grid, ..places };
        }
        match self.reach {
            Reach::Reduced { stride } => {
                Places { front: 0, grid: Grid { rows: rows / stride, columns: columns / stride } }
            }
            // They are combinations of tokens and have no position on the grid.
            Reach::LowRank { rank } => Places { front: rank, grid: Grid { rows: 0, columns: 0 } },
            Reach::All | Reach::Windows { .. } => places,
        }
    }

    /// The factor of the scores for tokens of this width: 1 / √width of a head, but see [`Projections::Convolutional`].
    pub fn scale(&self, width: usize) -> f32 {
        let width = match self.projections {
            Projections::Convolutional { .. } => width,
            _ => width / self.heads,
        };
        (width as f32).sqrt().recip()
    }

    /// How many keys each query at these places attends to.
    pub fn keys_of_query(&self, places: Places) -> usize {
        match self.reach {
            Reach::Windows { side, .. } => side * side,
            Reach::All | Reach::Reduced { .. } | Reach::LowRank { .. } => {
                self.keys(places).tokens()
            }
        }
    }

    /// Tokens per side of the square within which tokens attend to each other: a window, or the whole grid.
    pub fn window(&self, grid: Grid) -> usize {
        match self.reach {
            Reach::Windows { side, .. } => side,
            Reach::All | Reach::Reduced { .. } | Reach::LowRank { .. } => grid.rows,
        }
    }

    /// Declares the attention layer from tokens of the first width to tokens of the second at these places.
    pub(crate) fn declare<S: Source>(
        &self,
        source: &mut S,
        [input, width]: [usize; 2],
        places: Places,
    ) -> AttentionArrays<S::Array> {
        let grid = places.grid;
        let head = width / self.heads;
        let relative = self.scores == Scores::RelativePositions;
        let positions = relative.then(|| {
            let distances = (2 * self.window(grid) - 1).pow(2);
            let (role, init) = (ParameterRole::Token, Init::TruncatedNormal(0.02));
            source.array("relative_position_bias_table", &[distances, self.heads], role, init)
        });
        let projections = self.projections.declare(source, [input, width]);
        let qk_norms = self.qk_norm.then(|| {
            ["q_norm", "k_norm"].map(|name| source.within(name, |s| Norm::declare(s, head)))
        });
        let output = source.within("proj", |s| Linear::declare(s, width, width));
        let reduction = match self.reach {
            Reach::Reduced { stride } => Some((
                source
                    .within("sr", |s| ConvolutionArrays::declare(s, [width, width], stride, true)),
                source.within("norm", |s| Norm::declare(s, width)),
            )),
            Reach::All | Reach::Windows { .. } | Reach::LowRank { .. } => None,
        };
        let sums = match self.reach {
            Reach::LowRank { rank } => Some(["proj_k", "proj_v"].map(|name| {
                let tokens = places.tokens();
                let deviation = (tokens as f32).sqrt().recip();
                let init = Init::TruncatedNormal(deviation);
                source.array(name, &[tokens, rank], ParameterRole::Token, init)
            })),
            _ => None,
        };
        let directions = match self.kernel {
            Kernel::RandomFeatures { features } => {
                let (name, shape) = ("fast_attention.projection_matrix", [features, head]);
                Some(source.array(name, &shape, ParameterRole::Fixed, Init::Orthogonal))
            }
            Kernel::Softmax | Kernel::Elu => None,
        };
        let gated = (self.scores == Scores::Gated).then(|| GatedArrays {
            gates: source.array("gating_param", &[self.heads], ParameterRole::Scale, Init::Ones),
            factors: source.within("pos_proj", |s| {
                s.array("weight", &[self.heads, 3], ParameterRole::Token, Init::AroundQuery)
            }),
            bias: source.within("pos_proj", |s| {
                s.array("bias", &[self.heads], ParameterRole::Bias, Init::Zeros)
            }),
        });
        AttentionArrays {
            positions,
            projections,
            qk_norms,
            output,
            reduction,
            sums,
            directions,
            gated,
        }
    }
}

impl<A> ConvolutionalArrays<A> {
    fn declare<S: Source<Array = A>>(
        source: &mut S,
        (convolution, linear): (&'static str, &'static str),
        width: usize,
    ) -> Self {
        let (kernel, norm) = source.within(convolution, |s| {
            let kernel = s.within("conv", |s| {
                ConvolutionArrays::declare(s, [width, 1], CONVOLUTION, false).kernel
            });
            (kernel, s.within("bn", |s| Norm::declare(s, width)))
        });
        let linear = source.within(linear, |s| Linear::declare(s, width, width));
        Self { kernel, norm, linear }
    }
}

impl Projections {
    fn declare<S: Source>(
        self,
        source: &mut S,
        [input, width]: [usize; 2],
    ) -> ProjectionArrays<S::Array> {
        let mut joint = |bias| {
            let qkv = |s: &mut S| Projection::declare_parts(s, width, width, 3, bias);
            ProjectionArrays::Joint(source.within("qkv", qkv))
        };
        match self {
            Self::Joint => joint(true),
            Self::JointWithoutBias => joint(false),
            Self::JointByHead => ProjectionArrays::JointByHead(
                source.within("qkv", |s| Linear::declare(s, input, 3 * width)),
            ),
            Self::QueriesApart => ProjectionArrays::QueriesApart {
                query: source.within("q", |s| Linear::declare(s, width, width)),
                key_value: source.within("kv", |s| Linear::declare_parts(s, width, width, 2)),
            },
            Self::ApartWithoutBias => ProjectionArrays::Apart(["q", "k", "v"].map(|name| {
                let one = |s: &mut S| Projection::declare_parts(s, width, width, 1, false);
                source.within(name, one)
            })),
            Self::ValuesApart => ProjectionArrays::ValuesApart {
                query_key: source
                    .within("qk", |s| Projection::declare_parts(s, width, width, 2, false)),
                value: source.within("v", |s| Projection::declare_identity(s, width)),
            },
            Self::Convolutional { .. } => ProjectionArrays::Convolutional(
                [("conv_proj_q", "proj_q"), ("conv_proj_k", "proj_k"), ("conv_proj_v", "proj_v")]
                    .map(|names| ConvolutionalArrays::declare(source, names, width)),
            ),
        }
    }
}
