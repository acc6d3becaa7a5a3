//! Attention: how queries, keys and values are made, over which tokens, what is added to the scores, and what becomes of them.

use serde::{Deserialize, Serialize};

use crate::geometry::{Grid, Places};
use crate::is_default;
use crate::layers::{ConvolutionArrays, Linear, Norm, Projection};
use crate::parameters::{Init, ParameterRole, Source};

/// Multi-head attention (Vaswani et al. 2017, section 3.2.2). By default every token reads from all of its image, with
/// one matrix for queries, keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Heads; divides the width.
    pub heads: usize,
    /// LayerNorm on queries and keys (Dehghani et al. 2023).
    pub qk_norm: bool,
    /// How queries, keys and values are made.
    #[serde(default, skip_serializing_if = "is_default")]
    pub projections: Projections,
    /// From which tokens a token reads.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reach: Reach,
    /// What is added to the scores.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scores: Scores,
    /// How much a query reads of each value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kernel: Kernel,
}

/// The matrices of queries, keys and values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projections {
    /// One for all three, with a bias.
    #[default]
    Joint,
    /// One for all three, without a bias.
    JointWithoutBias,
    /// One for queries, and one for keys and values, each with a bias.
    QueriesApart,
    /// One for each of the three, without biases.
    ApartWithoutBias,
}

/// From which tokens a token reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// All of its image.
    #[default]
    All,
    /// Those of its window on the map (Liu et al. 2021).
    Windows {
        /// Tokens per side of a window.
        side: usize,
        /// How far windows are moved down and to the right, around the map; tokens that are no neighbours do not read
        /// from each other.
        shift: usize,
    },
    /// Keys and values of a map that a strided convolution and a LayerNorm have made smaller (Wang et al. 2021).
    Reduced {
        /// How many times smaller per side.
        stride: usize,
    },
    /// So many keys and values, each a learned sum of those of all tokens (Wang et al. 2020, "Linformer: self-attention with
    /// linear complexity").
    LowRank {
        /// Keys.
        rank: usize,
    },
}

/// How much a query reads of each value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// The softmax of its scores.
    #[default]
    Softmax,
    /// The product of its features with those of the key, `elu(x) + 1` of each number, divided by their sum over all keys
    /// (Katharopoulos et al. 2020, equation 7). No matrix of queries and keys is made.
    Elu,
}

/// What is added to the scores of queries and keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scores {
    /// Nothing.
    #[default]
    Plain,
    /// A learned number for each head and each distance in rows and columns (Liu et al. 2021, equation 4).
    RelativePositions,
}

/// The parameters of an attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionArrays<A> {
    /// `[distances, heads]`, where relative positions are added to the scores.
    pub positions: Option<A>,
    /// To queries, keys and values.
    pub projections: ProjectionArrays<A>,
    /// Of each head's queries and of its keys, with QK-norm.
    pub qk_norms: Option<[Norm<A>; 2]>,
    /// From what the heads read.
    pub output: Linear<A>,
    /// What makes the map of keys and values smaller.
    pub reduction: Option<(ConvolutionArrays<A>, Norm<A>)>,
    /// What keys and what values are summed with, `[tokens, rank]` each, where there are fewer.
    pub sums: Option<[A; 2]>,
}

/// The parameters of queries, keys and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectionArrays<A> {
    /// One matrix, `[width, 3 · width]`.
    Joint(Projection<A>),
    /// Queries `[width, width]`; keys and values `[width, 2 · width]`.
    QueriesApart {
        /// Of queries.
        query: Linear<A>,
        /// Of keys and values.
        key_value: Linear<A>,
    },
    /// Queries, keys and values, `[width, width]` each.
    Apart([Projection<A>; 3]),
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
    /// Whether it is the plain kind: one matrix with a bias, all tokens, and nothing added to the scores.
    pub fn is_plain(&self) -> bool {
        let Self { heads, qk_norm, .. } = *self;
        *self == Self { heads, qk_norm, ..Self::default() }
    }

    /// Where the keys lie that tokens at these places may read, all of them together.
    pub fn keys(&self, places: Places) -> Places {
        let Grid { rows, columns } = places.grid;
        match self.reach {
            Reach::Reduced { stride } => {
                Places { front: 0, grid: Grid { rows: rows / stride, columns: columns / stride } }
            }
            // They are sums of tokens, and lie nowhere.
            Reach::LowRank { rank } => Places { front: rank, grid: Grid { rows: 0, columns: 0 } },
            Reach::All | Reach::Windows { .. } => places,
        }
    }

    /// How many keys one of the queries at these places reads.
    pub fn keys_of_query(&self, places: Places) -> usize {
        match self.reach {
            Reach::Windows { side, .. } => side * side,
            Reach::All | Reach::Reduced { .. } | Reach::LowRank { .. } => {
                self.keys(places).tokens()
            }
        }
    }

    /// The square of tokens that read from each other, per side: that of a window, or of the whole map.
    pub fn window(&self, grid: Grid) -> usize {
        match self.reach {
            Reach::Windows { side, .. } => side,
            Reach::All | Reach::Reduced { .. } | Reach::LowRank { .. } => grid.rows,
        }
    }

    /// Declares the attention of tokens of this width at these places.
    pub(crate) fn declare<S: Source>(
        &self,
        source: &mut S,
        width: usize,
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
        let projections = self.projections.declare(source, width);
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
        AttentionArrays { positions, projections, qk_norms, output, reduction, sums }
    }
}

impl Projections {
    fn declare<S: Source>(self, source: &mut S, width: usize) -> ProjectionArrays<S::Array> {
        let mut joint = |bias| {
            let qkv = |s: &mut S| Projection::declare_parts(s, width, width, 3, bias);
            ProjectionArrays::Joint(source.within("qkv", qkv))
        };
        match self {
            Self::Joint => joint(true),
            Self::JointWithoutBias => joint(false),
            Self::QueriesApart => ProjectionArrays::QueriesApart {
                query: source.within("q", |s| Linear::declare(s, width, width)),
                key_value: source.within("kv", |s| Linear::declare_parts(s, width, width, 2)),
            },
            Self::ApartWithoutBias => ProjectionArrays::Apart(["q", "k", "v"].map(|name| {
                let one = |s: &mut S| Projection::declare_parts(s, width, width, 1, false);
                source.within(name, one)
            })),
        }
    }
}
