//! A Vision Transformer with the attention of Choromanski et al. (2020, "Rethinking attention with Performers"), FAVOR+.
//!
//! Random features of queries and keys estimate the softmax of their products without bias, so the product of keys and
//! values can be computed first: the cost grows linearly with the number of tokens. The random directions are drawn from
//! the run's seed with the other initial weights and are not trained. Files and checkpoints hold them as arrays of the
//! model, `fast_attention.projection_matrix` of each block, as the reference's buffers do. The reference can draw new
//! directions every so many steps (`feature_redraw_interval`); here they stay, as after its `fix_projections_`.
//!
//! Parameters have the names of timm's `VisionTransformer`, those of the attention the names of lucidrains'
//! `performer-pytorch`. Attention weights are never computed, so they have no dropout.

use patchwork_arch::{Architecture, Attention, Kernel, Projections};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::vit::{
    DEPTH_SETTING, HEADS_SETTING, MLP_SETTING, PATCH_SIZE_SETTING, Vit, WIDTH_SETTING,
};
use crate::families::{Family, Preset, Setting, Settings, Task, check_parts, preset, vit};
use crate::limits::{self, Limit};

pub(super) const ABOUT: &str =
    "Performer: random features of queries and keys estimate the softmax, at linear cost";

/// Random features of a head.
pub const FEATURES: Limit = limits::model("features", "random features", 1.0, 1024.0);

pub(super) const SETTINGS: &[Setting] = &[
    PATCH_SIZE_SETTING,
    WIDTH_SETTING,
    DEPTH_SETTING,
    HEADS_SETTING,
    MLP_SETTING,
    Setting::number(
        "Random features of a query or key in each head; more estimate better",
        FEATURES,
    ),
];

pub(super) const PRESETS: &[Preset] = &[PERFORMER];

/// Performer, patch 2, width 64, depth 4, 44 random features a head. 149,706 parameters, 2,816 of them random directions
/// that are not trained.
pub const PERFORMER: Preset = Preset {
    name: "performer",
    about: "Linear attention that estimates the softmax with 44 random features a head",
    family: |side| Family::Performer(Performer::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Performer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Performer {
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
    /// Random features of a query or key in each head.
    pub features: usize,
}

/// Patches of 2×2: 197 tokens of images of 28×28 pixels, where the cost of attention shows. The reference's number of
/// features for heads of width `d`, `d · ln d` rounded down.
impl Default for Performer {
    fn default() -> Self {
        let Vit { width, depth, heads, mlp, .. } = Vit::default();
        Self { patch_size: 2, width, depth, heads, mlp, features: 44 }
    }
}

impl Settings for Performer {
    fn architecture(&self, task: &Task) -> Architecture {
        let attention = Attention {
            heads: self.heads,
            projections: Projections::ApartWithoutBias,
            kernel: Kernel::RandomFeatures { features: self.features },
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

impl Performer {
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
