//! The Swin Transformer of Liu et al. (2021, "Swin transformer: hierarchical vision transformer using shifted windows").
//!
//! Tokens attend only within their window. Every second block shifts the windows by half a window, which connects them. A
//! learned bias for each relative position is added to the scores, instead of positions to the tokens. Between stages each
//! square of four tokens is merged into one. Parameters have the names of timm's `swin_transformer.py`.

use patchwork_arch::{
    Architecture, Attention, Block, Convolution, Embedding, EmbeddingNorm, Pool, Reach, Scores,
};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::pyramids::{MLP_RATIO_SETTING, Pyramid, STAGE_DEPTH_SETTING, STAGES_SETTING};
use crate::families::vit::{HEADS, PATCH_SIZE_SETTING, WIDTH};
use crate::families::{self, Family, Preset, Setting, Settings, Task, check_parts, preset, vit};
use crate::limits::{self, Limit};

pub(super) const ABOUT: &str =
    "Swin Transformer: tokens read within windows, which move by half of one from block to block";

/// Tokens per side of a window of attention.
pub const WINDOWS: Limit = limits::model("windows", "windows", 1.0, 64.0);

pub(super) const SETTINGS: &[Setting] = &[
    PATCH_SIZE_SETTING,
    Setting::number(
        "Tokens per side of a window; tokens of different windows do not read each other",
        WINDOWS,
    ),
    Setting::number("Width of a token of the first stage; doubles with each stage", WIDTH),
    Setting::number("Attention heads of the first stage; double with each stage", HEADS),
    STAGES_SETTING,
    STAGE_DEPTH_SETTING,
    MLP_RATIO_SETTING,
];

pub(super) const PRESETS: &[Preset] = &[SWIN];

/// Swin Transformer of two stages, patch 2, windows of 7×7 tokens, widths 32 and 64. 136,854 parameters.
pub const SWIN: Preset = Preset {
    name: "swin",
    about: "Two stages; attention within windows that shift",
    family: |side| Family::Swin(Swin::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Swin Transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Swin {
    /// Pixels per side of a patch of the first stage. The image is padded so that each stage has whole windows.
    pub patch_size: usize,
    /// Tokens per side of a window, or fewer if the map of the last stage is smaller. A map of one window has no shift.
    pub windows: usize,
    /// Width of a token of the first stage; doubles with each stage.
    pub width: usize,
    /// Attention heads of the first stage; double with each stage.
    pub heads: usize,
    /// The number of stages.
    pub stages: usize,
    /// Blocks of a stage. Every second block shifts its windows by half a window.
    pub stage_depth: usize,
    /// The width of an MLP's hidden layer, as a multiple of the tokens'.
    pub mlp_ratio: usize,
}

impl Default for Swin {
    fn default() -> Self {
        Self {
            patch_size: 2,
            windows: 7,
            width: 32,
            heads: 2,
            stages: 2,
            stage_depth: 2,
            mlp_ratio: 4,
        }
    }
}

impl Settings for Swin {
    fn architecture(&self, task: &Task) -> Architecture {
        let windows = self.windows_of(task.image_size);
        let padding = self.padding(task.image_size, windows);
        let embedding = |stage| Embedding {
            padding: if stage == 0 { padding } else { [0, 0] },
            ..self.embedding(stage)
        };
        let block = |stage, place, side| self.block(stage, place, side, windows);
        let &Self { stages, stage_depth, .. } = self;
        Pyramid { stages, stage_depth, pool: Pool::Mean }.architecture(task, embedding, block)
    }

    fn validate(&self, task: &Task) -> Result<()> {
        let help = "Choose patches of another size, fewer stages, or a width that the heads divide";
        check_parts(&self.architecture(task), "patch_size", help)
    }

    fn file_name(&self, name: &str) -> String {
        if let Some(rest) = name.strip_prefix("head.") {
            return format!("head.fc.{rest}");
        }
        // A model of one stage has no stage in its names.
        let in_stage = name.strip_prefix("stages.").and_then(|rest| rest.split_once('.'));
        let (stage, part) = in_stage.unwrap_or(("0", name));
        match part.split_once('.') {
            Some(("patch_embed", rest)) if stage == "0" => format!("patch_embed.{rest}"),
            Some(("patch_embed", rest)) => format!("layers.{stage}.downsample.{rest}"),
            Some(("blocks", rest)) => format!("layers.{stage}.blocks.{rest}"),
            _ => part.into(),
        }
    }
}

impl Swin {
    /// The preset for images of `side` pixels per side: about 14×14 patches in the first stage.
    pub(crate) fn for_images(side: usize) -> Self {
        Self { patch_size: preset::fine_patch(side), ..Self::default() }
    }

    /// Tokens per side of a window: at most those of the last stage.
    fn windows_of(&self, image_size: usize) -> usize {
        let halves: usize = 1 << (self.stages - 1);
        self.windows.min(image_size.div_ceil(self.patch_size).div_ceil(halves))
    }

    /// The padding after which each stage has whole windows.
    fn padding(&self, image_size: usize, windows: usize) -> [usize; 2] {
        let halves: usize = 1 << (self.stages - 1);
        families::padding(image_size, self.patch_size * halves * windows)
    }

    /// Patches of the image with LayerNorm, or merged squares of four tokens of the previous stage.
    fn embedding(&self, stage: usize) -> Embedding {
        let width = self.width << stage;
        match stage {
            0 => Embedding {
                norm: EmbeddingNorm::Tokens,
                ..Embedding::of(Convolution::patches(1, width, self.patch_size))
            },
            _ => Embedding {
                norm: EmbeddingNorm::Merged,
                ..Embedding::of(Convolution {
                    bias: false,
                    ..Convolution::patches(width / 2, width, 2)
                })
            },
        }
    }

    fn block(&self, stage: usize, place: usize, side: usize, windows: usize) -> Block {
        let moved = place % 2 == 1 && windows < side;
        let attention = Attention {
            heads: self.heads << stage,
            reach: Reach::Windows { side: windows, shift: if moved { windows / 2 } else { 0 } },
            scores: Scores::RelativePositions,
            ..Attention::default()
        };
        Block::of(attention, self.mlp_ratio * (self.width << stage))
    }
}
