//! The Pyramid Vision Transformer of Wang et al. (2021, "Pyramid vision transformer: a versatile backbone for dense prediction
//! without convolutions"), version 1.
//!
//! Each stage halves the map and doubles the width. To keep attention over many tokens cheap, keys and values come from a
//! smaller map, made by a strided convolution. The class token joins in the last stage. Parameters have the names of the
//! authors' `classification/pvt.py`.

use patchwork_arch::{
    Architecture, Attention, Block, Convolution, Embedding, EmbeddingNorm, Pool, Projections, Reach,
};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::pyramids::{MLP_RATIO_SETTING, Pyramid, STAGE_DEPTH_SETTING, STAGES_SETTING};
use crate::families::vit::{HEADS, PATCH_SIZE_SETTING, WIDTH};
use crate::families::{self, Family, Preset, Setting, Settings, Task, check_parts, preset, vit};

pub(super) const ABOUT: &str =
    "Pyramid Vision Transformer: maps that shrink, and fewer keys than queries on the large ones";

pub(super) const SETTINGS: &[Setting] = &[
    PATCH_SIZE_SETTING,
    Setting::number("Width of a token of the first stage; doubles with each stage", WIDTH),
    Setting::number("Attention heads of the first stage; double with each stage", HEADS),
    STAGES_SETTING,
    STAGE_DEPTH_SETTING,
    MLP_RATIO_SETTING,
];

pub(super) const PRESETS: &[Preset] = &[PVT];

/// Pyramid Vision Transformer of three stages, patch 2, widths 24, 48 and 96. 201,730 parameters.
pub const PVT: Preset = Preset {
    name: "pvt",
    about: "Three stages whose maps shrink; fewer keys than queries",
    family: |side| Family::Pvt(Pvt::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Pyramid Vision Transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Pvt {
    /// Pixels per side of a patch of the first stage. The image is padded so that each stage has whole patches.
    pub patch_size: usize,
    /// Width of a token of the first stage; doubles with each stage.
    pub width: usize,
    /// Attention heads of the first stage; double with each stage.
    pub heads: usize,
    /// The number of stages. Keys are reduced in each stage to the size of the last stage's map.
    pub stages: usize,
    /// Blocks of a stage.
    pub stage_depth: usize,
    /// The width of an MLP's hidden layer, as a multiple of the tokens'.
    pub mlp_ratio: usize,
}

impl Default for Pvt {
    fn default() -> Self {
        Self { patch_size: 2, width: 24, heads: 1, stages: 3, stage_depth: 1, mlp_ratio: 4 }
    }
}

impl Settings for Pvt {
    fn architecture(&self, task: &Task) -> Architecture {
        let last = self.stages - 1;
        let padding = families::padding(task.image_size, self.patch_size << last);
        let embedding = |stage| Embedding {
            padding: if stage == 0 { padding } else { [0, 0] },
            front: usize::from(stage == last),
            ..self.embedding(stage)
        };
        let block = |stage, _, _| self.block(stage);
        let &Self { stages, stage_depth, .. } = self;
        Pyramid { stages, stage_depth, pool: Pool::First }.architecture(task, embedding, block)
    }

    fn validate(&self, task: &Task) -> Result<()> {
        let help = "Choose patches of another size, fewer stages, or a width that the heads divide";
        check_parts(&self.architecture(task), "patch_size", help)
    }

    fn file_name(&self, name: &str) -> String {
        // A model of one stage has no stage in its names.
        let in_stage = name.strip_prefix("stages.").and_then(|rest| rest.split_once('.'));
        let (stage, part) = match in_stage {
            Some((index, part)) => (index.parse().unwrap_or(0) + 1, part),
            None => (1, name),
        };
        match part.split_once('.') {
            Some(("patch_embed", rest)) => format!("patch_embed{stage}.{rest}"),
            Some(("blocks", rest)) => format!("block{stage}.{rest}"),
            _ if part == "pos_embed" => format!("pos_embed{stage}"),
            _ => part.into(),
        }
    }
}

impl Pvt {
    /// The preset for images of `side` pixels per side: about 14×14 patches in the first stage.
    pub(crate) fn for_images(side: usize) -> Self {
        Self { patch_size: preset::fine_patch(side), ..Self::default() }
    }

    /// Patches of the previous map, LayerNorm and positions.
    fn embedding(&self, stage: usize) -> Embedding {
        let width = self.width << stage;
        let projection = match stage {
            0 => Convolution::patches(1, width, self.patch_size),
            _ => Convolution::patches(width / 2, width, 2),
        };
        Embedding { norm: EmbeddingNorm::Tokens, positions: true, ..Embedding::of(projection) }
    }

    fn block(&self, stage: usize) -> Block {
        let stride = 1 << (self.stages - 1 - stage);
        let attention = Attention {
            heads: self.heads << stage,
            projections: Projections::QueriesApart,
            reach: if stride > 1 { Reach::Reduced { stride } } else { Reach::All },
            ..Attention::default()
        };
        Block::of(attention, self.mlp_ratio * (self.width << stage))
    }
}
