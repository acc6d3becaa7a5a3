//! A Vision Transformer with linear attention (Katharopoulos et al. 2020, "Transformers are RNNs").
//!
//! The product of keys and values is computed first, then multiplied by the queries: the cost grows linearly with the number
//! of tokens. Weights are products of positive features instead of a softmax. This saves nothing at 50 tokens, but does at a
//! few hundred. Parameters have the names of timm's `VisionTransformer`. Attention weights are never computed, so they have
//! no dropout.

use patchwork_arch::{Architecture, Attention, Kernel};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::vit::{
    DEPTH_SETTING, HEADS_SETTING, MLP_SETTING, PATCH_SIZE_SETTING, Vit, WIDTH_SETTING,
};
use crate::families::{Family, Preset, Setting, Settings, Task, check_parts, preset, vit};

pub(super) const ABOUT: &str =
    "Linear attention: work grows with the number of tokens, not with its square";

pub(super) const SETTINGS: &[Setting] =
    &[PATCH_SIZE_SETTING, WIDTH_SETTING, DEPTH_SETTING, HEADS_SETTING, MLP_SETTING];

pub(super) const PRESETS: &[Preset] = &[LINEAR];

/// Vision Transformer with linear attention, patch 2, width 64, depth 4. 147,658 parameters.
pub const LINEAR: Preset = Preset {
    name: "linear",
    about: "Attention whose cost grows with the number of tokens instead of its square",
    family: |side| Family::Linear(Linear::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Vision Transformer with linear attention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Linear {
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

/// Patches of 2×2: 197 tokens of images of 28×28 pixels, where the cost of attention shows.
impl Default for Linear {
    fn default() -> Self {
        let Vit { width, depth, heads, mlp, .. } = Vit::default();
        Self { patch_size: 2, width, depth, heads, mlp }
    }
}

impl Settings for Linear {
    fn architecture(&self, task: &Task) -> Architecture {
        let attention =
            Attention { heads: self.heads, kernel: Kernel::Elu, ..Attention::default() };
        self.as_vit().with_attention(task, attention)
    }

    fn validate(&self, task: &Task) -> Result<()> {
        self.as_vit().validate(task)?;
        check_parts(&self.architecture(task), "patch_size", "Choose a larger patch")
    }
}

impl Linear {
    /// The preset for images of `side` pixels per side: about 14×14 patches.
    pub(crate) fn for_images(side: usize) -> Self {
        Self { patch_size: preset::fine_patch(side), ..Self::default() }
    }

    /// The Vision Transformer with plain attention.
    fn as_vit(&self) -> Vit {
        let &Self { patch_size, width, depth, heads, mlp } = self;
        Vit { patch_size, width, depth, heads, mlp, ..Vit::default() }
    }
}
