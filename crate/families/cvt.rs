//! The Convolutional vision Transformer of Wu et al. (2021, "CvT: introducing convolutions to vision transformers").
//!
//! Overlapping convolutions make the tokens of each stage, and depthwise convolutions queries, keys and values, with a stride
//! of 2 for keys and values. There are no positions; the class token joins in the last stage. Parameters have the names
//! of the authors' `lib/models/cls_cvt.py`.
//!
//! The authors have a BatchNorm behind each depthwise convolution. Here it is a LayerNorm of each token, with the same
//! parameters and names, so that an image's scores do not depend on the others of its batch, nor on how workers share it:
//! weights that were trained with BatchNorm do not carry over. GELU is the exact one, which the authors' classes have by
//! default; their published models have an approximation, x · σ(1.702 x).

use patchwork_arch::{
    Architecture, Attention, Block, Convolution, Embedding, EmbeddingNorm, Pool, Projections,
};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::families::pyramids::{MLP_RATIO_SETTING, Pyramid, STAGE_DEPTH_SETTING, STAGES_SETTING};
use crate::families::vit::{HEADS, PATCH_SIZE, WIDTH};
use crate::families::{self, Family, Preset, Setting, Settings, Task, check_parts, preset, vit};

pub(super) const ABOUT: &str =
    "Convolutional vision Transformer: convolutions make tokens, queries, keys and values";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::number(
        "Pixels from a token of the first stage to the next; windows overlap",
        PATCH_SIZE,
    ),
    Setting::number("Width of a token of the first stage; doubles with each stage", WIDTH),
    Setting::number("Attention heads of the first stage; double with each stage", HEADS),
    STAGES_SETTING,
    STAGE_DEPTH_SETTING,
    MLP_RATIO_SETTING,
];

pub(super) const PRESETS: &[Preset] = &[CVT];

/// Convolutional vision Transformer of three stages, widths 24, 48 and 96, with LayerNorm in the place of the authors'
/// BatchNorm. 206,698 parameters.
pub const CVT: Preset = Preset {
    name: "cvt",
    about: "Convolutions make tokens, queries, keys and values (LayerNorm instead of BatchNorm)",
    family: |side| Family::Cvt(Cvt::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Convolutional vision Transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Cvt {
    /// Pixels from a token of the first stage to the next. Its windows overlap: they are twice as large, less one. The
    /// image is padded if this does not divide it.
    pub patch_size: usize,
    /// Width of a token of the first stage; doubles with each stage.
    pub width: usize,
    /// Attention heads of the first stage; double with each stage.
    pub heads: usize,
    /// The number of stages. Each further one has a map half as large.
    pub stages: usize,
    /// Blocks of a stage.
    pub stage_depth: usize,
    /// The width of an MLP's hidden layer, as a multiple of the tokens'.
    pub mlp_ratio: usize,
}

impl Default for Cvt {
    fn default() -> Self {
        Self { patch_size: 2, width: 24, heads: 1, stages: 3, stage_depth: 1, mlp_ratio: 4 }
    }
}

impl Settings for Cvt {
    fn architecture(&self, task: &Task) -> Architecture {
        let last = self.stages - 1;
        // Else the last pixels of an image that the steps do not divide would not be read.
        let padding = families::padding(task.image_size, self.patch_size);
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
        if self.patch_size > task.image_size {
            let (step, side) = (self.patch_size, task.image_size);
            let problem = format!("steps of {step} pixels are larger than images of {side}×{side}");
            return Err(Error::config(problem)
                .setting("patch_size")
                .help(format!("Choose a patch size of at most {side}")));
        }
        let help = "Choose patches of another size, fewer stages, or a width that the heads divide";
        check_parts(&self.architecture(task), "patch_size", help)
    }

    fn file_name(&self, name: &str) -> String {
        match name.strip_prefix("stages.") {
            Some(rest) => format!("stage{rest}"),
            None if name.starts_with("norm.") || name.starts_with("head.") => name.into(),
            // A model of one stage has no stage in its names.
            None => format!("stage0.{name}"),
        }
    }
}

impl Cvt {
    /// The preset for images of `side` pixels per side: about 14×14 tokens in the first stage.
    pub(crate) fn for_images(side: usize) -> Self {
        Self { patch_size: preset::fine_patch(side), ..Self::default() }
    }

    /// A convolution of overlapping windows of the previous map, and LayerNorm.
    fn embedding(&self, stage: usize) -> Embedding {
        let width = self.width << stage;
        let (input, stride) = if stage == 0 { (1, self.patch_size) } else { (width / 2, 2) };
        // Of the authors' sizes: 7 for a stride of 4, 3 for a stride of 2.
        let (window, margin) = (2 * stride - 1, stride / 2);
        let projection = Convolution { input, output: width, window, stride, margin, bias: true };
        Embedding { norm: EmbeddingNorm::Tokens, ..Embedding::of(projection) }
    }

    fn block(&self, stage: usize) -> Block {
        let attention = Attention {
            heads: self.heads << stage,
            projections: Projections::Convolutional { stride: 2 },
            ..Attention::default()
        };
        Block::of(attention, self.mlp_ratio * (self.width << stage))
    }
}
