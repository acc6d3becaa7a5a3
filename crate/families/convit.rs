//! The ConViT of d'Ascoli et al. (2021, "ConViT: improving vision transformers with soft convolutional inductive biases").
//!
//! The heads of the first blocks mix two attentions: one to content, and one to relative positions, which starts as a
//! convolution. A gate of each head, the sigmoid of a learned number that starts at 1, says how much the second counts,
//! so that each head can leave the convolution as it trains. The class token joins after these blocks. Parameters have the
//! names of timm's `convit.py`.

use patchwork_arch::{
    Architecture, Attention, Block, Convolution, Embedding, Grid, Head, Input, Pool, Projections,
    Scores, Stage,
};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::families::vit::{
    DEPTH_SETTING, HEADS, MLP_SETTING, PATCH_SIZE_SETTING, Vit, WIDTH_SETTING,
};
use crate::families::{self, Family, Preset, Setting, Settings, Task, check_parts, preset, vit};
use crate::limits::{self, Limit};

pub(super) const ABOUT: &str =
    "ConViT: heads start as a convolution, and a gate of each lets it leave that as it trains";

/// Blocks with gates, the first ones.
pub const LOCAL_DEPTH: Limit =
    limits::model("local_depth", "depth of the blocks with gates", 1.0, 63.0);

pub(super) const SETTINGS: &[Setting] = &[
    PATCH_SIZE_SETTING,
    WIDTH_SETTING,
    DEPTH_SETTING,
    Setting::number("Blocks whose heads start as a convolution; fewer than all", LOCAL_DEPTH),
    Setting::number("Attention heads, a square number: 1, 4, 9, …", HEADS),
    MLP_SETTING,
];

pub(super) const PRESETS: &[Preset] = &[CONVIT];

/// ConViT: patch 4, width 64, depth 4, of which three blocks have gates, 4 heads. 138,246 parameters.
pub const CONVIT: Preset = Preset {
    name: "convit",
    about: "Heads that start as a convolution, and gates by which they leave it",
    family: |side| Family::Convit(Convit::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a ConViT.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Convit {
    /// Pixels per side of a patch. The image is padded if this does not divide it.
    pub patch_size: usize,
    /// Width of a token (the embedding dimension).
    pub width: usize,
    /// The number of encoder blocks.
    pub depth: usize,
    /// How many of them, the first ones, have heads with gates; the class token joins after them.
    pub local_depth: usize,
    /// Attention heads of a block: a square number that divides the width.
    pub heads: usize,
    /// Width of the MLP's hidden layer.
    pub mlp: usize,
}

impl Default for Convit {
    fn default() -> Self {
        let Vit { patch_size, width, depth, heads, mlp, .. } = Vit::default();
        Self { patch_size, width, depth, local_depth: 3, heads, mlp }
    }
}

impl Settings for Convit {
    fn architecture(&self, task: &Task) -> Architecture {
        let side = task.image_size.div_ceil(self.patch_size);
        let first = Embedding {
            padding: families::padding(task.image_size, self.patch_size),
            positions: true,
            ..Embedding::of(Convolution::patches(1, self.width, self.patch_size))
        };
        let second = Embedding { front: 1, ..Embedding::of_tokens(self.width) };
        let local = self.local_depth.min(self.depth);
        let stage = |embedding, blocks: std::ops::Range<usize>| Stage {
            embedding,
            grid: Grid { rows: side, columns: side },
            blocks: blocks.map(|index| self.block(task, index)).collect(),
        };
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages: vec![stage(first, 0..local), stage(second, local..self.depth)],
            head: Head { pool: Pool::First, classes: task.classes },
            regularization: task.rates,
        }
    }

    fn validate(&self, task: &Task) -> Result<()> {
        vit::check_heads(self.width, self.heads)?;
        if self.local_depth >= self.depth {
            let problem = format!(
                "{} of {} blocks with gates leave none for the class token, which joins after them",
                self.local_depth, self.depth
            );
            return Err(Error::config(problem)
                .setting("local_depth")
                .help("Choose fewer blocks with gates than blocks"));
        }
        if self.heads.isqrt().pow(2) != self.heads {
            let problem = format!("{} heads do not make a square around a token", self.heads);
            return Err(Error::config(problem).setting("heads").help("Choose 1, 4, 9 or 16 heads"));
        }
        check_parts(&self.architecture(task), "patch_size", "Choose a larger patch")
    }

    fn file_name(&self, name: &str) -> String {
        let in_stage = name.strip_prefix("stages.").and_then(|rest| rest.split_once('.'));
        let Some((stage, part)) = in_stage else { return name.into() };
        let block = part.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'));
        let block = block.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest)));
        match block {
            Some((index, rest)) if stage == "1" => {
                format!("blocks.{}.{rest}", self.local_depth + index)
            }
            _ => part.into(),
        }
    }
}

impl Convit {
    /// The preset for images of `side` pixels per side: about 7×7 patches.
    pub(crate) fn for_images(side: usize) -> Self {
        Self { patch_size: side.div_ceil(7), ..Self::default() }
    }

    fn block(&self, task: &Task, index: usize) -> Block {
        let attention = match index < self.local_depth {
            true => Attention {
                heads: self.heads,
                projections: Projections::ValuesApart,
                scores: Scores::Gated,
                ..Attention::default()
            },
            false => Attention {
                heads: self.heads,
                projections: Projections::JointWithoutBias,
                ..Attention::default()
            },
        };
        let drop_path = task.drop_path(index, self.depth);
        Block { drop_path, ..Block::of(attention, self.mlp) }
    }
}
