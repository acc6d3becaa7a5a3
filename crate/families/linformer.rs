//! A Vision Transformer with the low-rank attention of Wang et al. (2020, "Linformer: self-attention with linear complexity").
//!
//! Keys and values are projected to a few learned sums over all tokens: the cost grows linearly with the number of tokens.
//! Parameters have the names of timm's `VisionTransformer`, those of the attention the names of lucidrains' `linformer`.

use patchwork_arch::{Architecture, Attention, Projections, Reach};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::vit::{
    DEPTH_SETTING, HEADS_SETTING, MLP_SETTING, PATCH_SIZE_SETTING, Vit, WIDTH_SETTING,
};
use crate::families::{Family, Preset, Setting, Settings, Task, check_parts, preset, vit};
use crate::limits::{self, Limit};

pub(super) const ABOUT: &str = "Linformer: all tokens read from few learned sums of tokens";

/// The number of projected keys and values.
pub const RANK: Limit = limits::model("rank", "rank", 1.0, 1024.0);

pub(super) const SETTINGS: &[Setting] = &[
    PATCH_SIZE_SETTING,
    WIDTH_SETTING,
    DEPTH_SETTING,
    HEADS_SETTING,
    MLP_SETTING,
    Setting::number("Sums of tokens that every token reads from", RANK),
];

pub(super) const PRESETS: &[Preset] = &[LINFORMER];

/// Linformer, patch 2, width 64, depth 4, 32 keys. 197,322 parameters.
pub const LINFORMER: Preset = Preset {
    name: "linformer",
    about: "32 keys and values, each a learned sum of all tokens",
    family: |side| Family::Linformer(Linformer::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Linformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Linformer {
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
    /// The number of projected keys and values.
    pub rank: usize,
}

/// Patches of 2×2: 197 tokens of images of 28×28 pixels, where the cost of attention shows.
impl Default for Linformer {
    fn default() -> Self {
        let Vit { width, depth, heads, mlp, .. } = Vit::default();
        Self { patch_size: 2, width, depth, heads, mlp, rank: 32 }
    }
}

impl Settings for Linformer {
    fn architecture(&self, task: &Task) -> Architecture {
        let attention = Attention {
            heads: self.heads,
            projections: Projections::ApartWithoutBias,
            reach: Reach::LowRank { rank: self.rank },
            ..Attention::default()
        };
        self.as_vit().with_attention(task, attention)
    }

    fn validate(&self, task: &Task) -> Result<()> {
        self.as_vit().validate(task)?;
        check_parts(&self.architecture(task), "patch_size", "Choose a larger patch")
    }

    fn file_name(&self, name: &str) -> String {
        name.replace(".attn.q.", ".attn.to_q.")
            .replace(".attn.k.", ".attn.to_k.")
            .replace(".attn.v.", ".attn.to_v.")
            .replace(".attn.proj.", ".attn.to_out.")
    }
}

impl Linformer {
    /// The preset for images of `side` pixels per side: about 14×14 patches.
    pub(crate) fn for_images(side: usize) -> Self {
        Self { patch_size: preset::fine_patch(side), ..Self::default() }
    }

    /// The Vision Transformer with plain attention.
    fn as_vit(&self) -> Vit {
        let &Self { patch_size, width, depth, heads, mlp, .. } = self;
        Vit { patch_size, width, depth, heads, mlp, ..Vit::default() }
    }
}
