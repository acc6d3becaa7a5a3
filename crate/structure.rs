//! The parts of a model as geometry: which area of the image each token of a stage covers, and what each block reads
//! from. Views of any family, on the page and in files, are drawn from this alone.

use patchwork_arch::{
    Architecture, Attention, Beginning, Block, Embedding, EmbeddingNorm, Kernel, Patch, Places,
    Pool, Reach, Scores,
};
use serde::Serialize;

use crate::explain::{AttentionMaps, Windows};

/// The stages of a model, and what its head reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Structure {
    /// The stages, first to last.
    pub stages: Vec<StageStructure>,
    /// What the answer is computed from.
    pub read: Read,
}

/// What the answer is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Read {
    /// The class token.
    Class,
    /// The class token and the distillation token; the answer is the mean of both.
    ClassAndDistillation,
    /// The mean of all tokens.
    Mean,
    /// The sum of all tokens, each with a weight of its own.
    Weighted,
}

/// Blocks on the same grid of tokens.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StageStructure {
    /// The convolutions that make the tokens, first to last; none where they come from the stage before.
    pub convolutions: Vec<ConvolutionStructure>,
    /// How they do it.
    pub tokens_from: TokensFrom,
    /// Whether learned positions are added to the tokens.
    pub positions: bool,
    /// Numbers of a token.
    pub width: usize,
    /// The tokens in the image.
    pub tokens: TokenGrid,
    /// The blocks, first to last.
    pub blocks: Vec<BlockStructure>,
}

/// A convolution that makes tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConvolutionStructure {
    /// Side of the window.
    pub window: usize,
    /// Step from window to window.
    pub stride: usize,
    /// Numbers for each window.
    pub channels: usize,
    /// Step of the pooling that follows; 1 for none.
    pub pooling: usize,
}

/// How a stage gets its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum TokensFrom {
    /// From squares side by side: pixels of the image, or tokens of the stage before.
    Patches,
    /// From four tokens each of the stage before.
    Merging,
    /// From windows of convolutions, which overlap.
    Convolutions,
    /// They are those of the stage before.
    Before,
    /// From four tokens each of the stage before, in the first block.
    FirstBlock,
}

/// Tokens as squares of pixels of the image, row by row, after those in front, which lie nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TokenGrid {
    /// Tokens in front, such as the class token.
    pub front: usize,
    /// Rows of squares.
    pub rows: usize,
    /// Columns of squares.
    pub columns: usize,
    /// Pixels per side of a square.
    pub side: usize,
    /// How many pixels before the image the first square starts, along both axes.
    pub before: usize,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BlockStructure {
    /// Attention heads; 0 for a block without attention.
    pub heads: usize,
    /// The windows that tokens read within, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub windows: Option<Windows>,
    /// What a token reads from, if it has a place in the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub keys: Option<TokenGrid>,
    /// Whether it also counts where a key lies, seen from the token.
    pub relative: bool,
    /// The share of each head's attention that depends on where keys lie alone, from 0 to 1, if heads have gates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<f32>>"))]
    pub gates: Vec<f32>,
    /// Whether the model itself never computes the weights that are shown.
    pub implied: bool,
    /// Why there is no map of what its tokens read, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub note: Option<&'static str>,
}

/// Why a block without attention has no map.
const NO_ATTENTION: &str = "This block has no attention: its convolutions read the neighbours of each place, whatever \
    they hold. So there is no map of where it looks; what its channels hold is shown instead.";
/// Why a block that reads sums of all tokens has no map.
const NO_PLACE: &str = "Tokens of this block read from learned mixtures of all tokens. A mixture lies nowhere in the \
    image, so there is nothing to colour: a picture would show places that the block does not read one by one.";
/// Why a block with more tokens than the implied weights are computed for has no map.
const TOO_MANY: &str = "This block never computes how much one token reads of another, which is why its attention is \
    cheap. With so many tokens, computing it just to show it would cost what the block saves.";

impl Structure {
    /// The structure of a model; `maps` are what it attended to in an image.
    pub fn new(architecture: &Architecture, maps: &AttentionMaps) -> Self {
        let mut first = 0;
        let stages =
            architecture.stages.iter().zip(architecture.patches()).map(|(stage, patch)| {
                let places = stage.places();
                let blocks = (first..).zip(&stage.blocks);
                let blocks = blocks.map(|(index, block)| block_structure(block, index, maps));
                let blocks: Vec<_> = blocks.collect();
                first += blocks.len();
                StageStructure {
                    convolutions: convolutions(&stage.embedding),
                    tokens_from: tokens_from(&stage.embedding),
                    positions: stage.embedding.positions,
                    width: stage.width(),
                    tokens: TokenGrid::new(places, patch),
                    blocks,
                }
            });
        let read = match architecture.head.pool {
            Pool::First => Read::Class,
            Pool::Distilled => Read::ClassAndDistillation,
            Pool::Mean => Read::Mean,
            Pool::Sequence => Read::Weighted,
        };
        Self { stages: stages.collect(), read }
    }

    /// All blocks in order, each with the tokens of its stage.
    pub fn blocks(&self) -> impl Iterator<Item = (&TokenGrid, &BlockStructure)> {
        let stages = self.stages.iter();
        stages.flat_map(|stage| stage.blocks.iter().map(move |block| (&stage.tokens, block)))
    }
}

impl TokenGrid {
    /// Tokens at these places, each as a square of the image.
    pub fn new(places: Places, patch: Patch) -> Self {
        let Places { front, grid } = places;
        let Patch { side, before } = patch;
        Self { front, rows: grid.rows, columns: grid.columns, side, before }
    }

    /// The token over a pixel of the image, counted row by row without those in front; `None` if no square covers it.
    pub fn at(&self, x: usize, y: usize) -> Option<usize> {
        let (row, column) = ((y + self.before) / self.side, (x + self.before) / self.side);
        (row < self.rows && column < self.columns).then_some(row * self.columns + column)
    }
}

fn block_structure(block: &Block, index: usize, maps: &AttentionMaps) -> BlockStructure {
    let map = maps.blocks.iter().find(|map| map.block == index);
    let keys = map.map(|map| TokenGrid::new(map.keys, map.patch));
    let attention = block.attention();
    BlockStructure {
        heads: map.map(|map| map.heads).or(attention.map(|one| one.heads)).unwrap_or(0),
        relative: attention.is_some_and(|one| one.scores != Scores::Plain),
        gates: map.map(|map| map.gates.clone()).unwrap_or_default(),
        windows: map.and_then(|map| map.windows),
        implied: map.is_some_and(|map| map.implied),
        note: if keys.is_some() { None } else { Some(why_no_map(attention)) },
        keys,
    }
}

fn why_no_map(attention: Option<&Attention>) -> &'static str {
    match attention {
        None => NO_ATTENTION,
        Some(Attention { reach: Reach::LowRank { .. }, .. }) => NO_PLACE,
        Some(attention) if attention.kernel != Kernel::Softmax => TOO_MANY,
        Some(_) => NO_PLACE,
    }
}

fn convolutions(embedding: &Embedding) -> Vec<ConvolutionStructure> {
    if embedding.beginning != Beginning::Convolutions {
        return Vec::new();
    }
    let pooling = embedding.pooling().map_or(1, |pooling| pooling.stride);
    let all = embedding.convolutions().map(|convolution| ConvolutionStructure {
        window: convolution.window,
        stride: convolution.stride,
        channels: convolution.output,
        pooling,
    });
    all.collect()
}

fn tokens_from(embedding: &Embedding) -> TokensFrom {
    match embedding.beginning {
        Beginning::Convolutions => {}
        Beginning::Tokens => return TokensFrom::Before,
        Beginning::Block => return TokensFrom::FirstBlock,
    }
    let projection = &embedding.projection;
    match embedding.norm {
        EmbeddingNorm::Merged => TokensFrom::Merging,
        _ if projection.window == projection.stride && embedding.pooling().is_none() => {
            TokensFrom::Patches
        }
        _ => TokensFrom::Convolutions,
    }
}
