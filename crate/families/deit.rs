//! The Data-efficient image Transformer of Touvron et al. (2021, "Training data-efficient image transformers and distillation
//! through attention").
//!
//! A Vision Transformer with a second token, the distillation token, and a second classifier for it. In training with a
//! teacher ([`Distillation`](crate::config::Distillation)) the class token learns the labels and the distillation token the
//! teacher's output. The prediction is the mean of both classifiers, which is also what a run without a teacher trains.
//! Parameters have the names of timm's `deit.py`.

use patchwork_arch::{Architecture, Head, Pool};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::vit::{
    DEPTH_SETTING, HEADS_SETTING, MLP_SETTING, PATCH_SIZE_SETTING, Vit, WIDTH_SETTING,
};
use crate::families::{Family, Preset, Setting, Settings, Task, check_parts, preset, vit};

pub(super) const ABOUT: &str =
    "Data-efficient image Transformer: a second token learns from a teacher";

pub(super) const SETTINGS: &[Setting] =
    &[PATCH_SIZE_SETTING, WIDTH_SETTING, DEPTH_SETTING, HEADS_SETTING, MLP_SETTING];

pub(super) const PRESETS: &[Preset] = &[DEIT];

/// Data-efficient image Transformer: patch 4, width 64, depth 4, and a distillation token. 139,796 parameters.
pub const DEIT: Preset = Preset {
    name: "deit",
    about: "A Vision Transformer with a distillation token, which learns from a teacher",
    family: |side| {
        Family::Deit(Deit { patch_size: Deit::default().patch_size.min(side), ..Deit::default() })
    },
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Data-efficient image Transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Deit {
    /// Pixels per side of a patch. The image is padded if this does not divide it.
    pub patch_size: usize,
    /// Width of a token (the embedding dimension).
    pub width: usize,
    /// The number of encoder blocks.
    pub depth: usize,
    /// Attention heads of a block; divides the width.
    pub heads: usize,
    /// Width of the MLP's hidden layer.
    pub mlp: usize,
}

impl Default for Deit {
    fn default() -> Self {
        let Vit { patch_size, width, depth, heads, mlp, .. } = Vit::default();
        Self { patch_size, width, depth, heads, mlp }
    }
}

impl Settings for Deit {
    fn architecture(&self, task: &Task) -> Architecture {
        let mut architecture = self.as_vit().architecture(task);
        let embedding = &mut architecture.stages[0].embedding;
        (embedding.front, embedding.distillation) = (2, true);
        architecture.head = Head { pool: Pool::Distilled, classes: task.classes };
        architecture
    }

    fn validate(&self, task: &Task) -> Result<()> {
        self.as_vit().validate(task)?;
        check_parts(&self.architecture(task), "patch_size", "Choose a larger patch")
    }
}

impl Deit {
    /// The Vision Transformer without the distillation token.
    fn as_vit(&self) -> Vit {
        let &Self { patch_size, width, depth, heads, mlp } = self;
        Vit { patch_size, width, depth, heads, mlp, ..Vit::default() }
    }
}
