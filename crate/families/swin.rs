//! The Swin Transformer of Liu et al. (2021, "Swin transformer: hierarchical vision transformer using shifted windows").
//!
//! Tokens read from those of their window alone, and the windows of every second block lie half a window further, so that
//! what was read passes on. Learned numbers for each distance are added to the scores, in the place of positions. Between
//! stages squares of four tokens become one. Parameters are called as in timm's `swin_transformer.py`.

use patchwork_arch::{
    Architecture, Attention, Block, Convolution, Embedding, EmbeddingNorm, Grid, Head, Input, Pool,
    Reach, Scores, Stage,
};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::pyramids::{
    MLP_RATIO, MLP_RATIO_SETTING, STAGE_DEPTH, STAGE_DEPTH_SETTING, STAGES, STAGES_SETTING, padded,
};
use crate::families::vit::{HEADS, PATCH_SIZE, PATCH_SIZE_SETTING, WIDTH};
use crate::families::{Family, Preset, Setting, Settings, Task, check_parts, preset, vit};
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
    /// Tokens per side of a window, or fewer where the map of the last stage is smaller. Where a map is no larger, there is
    /// one window, which does not move.
    pub windows: usize,
    /// Width of a token of the first stage; doubles with each stage.
    pub width: usize,
    /// Attention heads of the first stage; double with each stage.
    pub heads: usize,
    /// The number of stages.
    pub stages: usize,
    /// Blocks of a stage. The windows of every second one are moved by half a window.
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
        let (grid, padding) = self.grid(task.image_size, windows);
        let stage = |index: usize| {
            let side = grid >> index;
            let block = |place: usize| Block {
                drop_path: task
                    .drop_path(index * self.stage_depth + place, self.stages * self.stage_depth),
                ..self.block(index, place, side, windows)
            };
            let embedding = self.embedding(index);
            Stage {
                embedding: match index {
                    0 => Embedding { padding, ..embedding },
                    _ => embedding,
                },
                grid: Grid { rows: side, columns: side },
                blocks: (0..self.stage_depth).map(block).collect(),
            }
        };
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages: (0..self.stages).map(stage).collect(),
            head: Head { pool: Pool::Mean, classes: task.classes },
            regularization: task.rates,
        }
    }

    fn validate(&self, task: &Task) -> Result<()> {
        PATCH_SIZE.check_count(self.patch_size)?;
        WINDOWS.check_count(self.windows)?;
        WIDTH.check_count(self.width)?;
        HEADS.check_count(self.heads)?;
        STAGES.check_count(self.stages)?;
        STAGE_DEPTH.check_count(self.stage_depth)?;
        MLP_RATIO.check_count(self.mlp_ratio)?;
        let help = "Choose patches of another size, fewer stages, or a width that the heads divide";
        check_parts(&self.architecture(task), "patch_size", help)
    }

    fn file_name(&self, name: &str) -> String {
        if let Some(rest) = name.strip_prefix("head.") {
            return format!("head.fc.{rest}");
        }
        // A model of one stage has no stages in its names.
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
    /// The preset for images of so many pixels per side: about 14×14 patches in the first stage.
    pub(crate) fn for_images(side: usize) -> Self {
        Self { patch_size: side.div_ceil(14), ..Self::default() }
    }

    /// Tokens per side of a window: where the image is small, no more than the last stage has.
    fn windows_of(&self, image_size: usize) -> usize {
        let halves: usize = 1 << (self.stages - 1);
        self.windows.min(image_size.div_ceil(self.patch_size).div_ceil(halves))
    }

    /// Tokens per side of the first stage, and the padding that the image takes so that each stage has whole windows.
    fn grid(&self, image_size: usize, windows: usize) -> (usize, [usize; 2]) {
        let halves: usize = 1 << (self.stages - 1);
        let (side, padding) = padded(image_size, self.patch_size * halves * windows);
        (side / self.patch_size, padding)
    }

    /// Patches of the image with a LayerNorm, or squares of four tokens of the stage before.
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
