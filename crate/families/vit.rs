//! The Vision Transformer of Dosovitskiy et al. (2020), pre-norm, for small square images.

mod presets;

use patchwork_arch::{
    Architecture, Attention, Block, Convolution, Embedding, Grid, Head, Input, Stage,
};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::families::{Setting, SettingKind, Settings, Task, padding};
use crate::limits::{self, Limit};

pub(super) use presets::PRESETS;
pub use presets::{ARTICLE, BASE, SMALL, STARTER, TINY};

pub(super) const ABOUT: &str =
    "Vision Transformer: patches become tokens, and every token reads from every other";

/// Pixels per side of a patch; at most those of the image.
pub const PATCH_SIZE: Limit = limits::model("patch_size", "patch size", 1.0, 256.0);
/// Width of a token.
pub const WIDTH: Limit = limits::model("width", "width", 1.0, 4096.0);
/// The number of encoder blocks.
pub const DEPTH: Limit = limits::model("depth", "depth", 1.0, 64.0);
/// Attention heads of a block.
pub const HEADS: Limit = limits::model("heads", "heads", 1.0, 64.0);
/// Width of the MLP's hidden layer.
pub const MLP: Limit = limits::model("mlp", "MLP width", 1.0, 16_384.0);
/// Channels of the stem.
pub const STEM: Limit = limits::model("stem", "stem", 0.0, 256.0);
/// Convolutions of the stem.
pub const STEM_DEPTH: Limit = limits::model("stem_depth", "stem depth", 1.0, 16.0);

pub(super) const PATCH_SIZE_SETTING: Setting =
    Setting::number("Pixels per side of a patch", PATCH_SIZE);
pub(super) const WIDTH_SETTING: Setting = Setting::number("Width of a token", WIDTH);
pub(super) const DEPTH_SETTING: Setting = Setting::number("Encoder blocks", DEPTH);
pub(super) const HEADS_SETTING: Setting = Setting::number("Attention heads", HEADS);
pub(super) const MLP_SETTING: Setting = Setting::number("Width of the MLP's hidden layer", MLP);

pub(super) const SETTINGS: &[Setting] = &[
    PATCH_SIZE_SETTING,
    WIDTH_SETTING,
    DEPTH_SETTING,
    HEADS_SETTING,
    MLP_SETTING,
    Setting {
        name: "pool",
        label: "pooling",
        about: "What the head reads; with the mean there is no class token",
        kind: SettingKind::Choice(&["class-token", "mean"]),
    },
    Setting::number(
        "Channels of the first convolutions of the stem before the patches, 0 for no stem",
        STEM,
    ),
    Setting::number(
        "Number of these convolutions; the second half of them has twice as many channels",
        STEM_DEPTH,
    ),
    Setting {
        name: "qk_norm",
        label: "QK-norm",
        about: "LayerNorm on queries and keys: more stable at high learning rates",
        kind: SettingKind::Flag,
    },
];

/// What the head reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Pool {
    /// The class token, as in Dosovitskiy et al. (2020).
    #[default]
    ClassToken,
    /// The mean of all patch tokens; there is no class token then.
    Mean,
}

/// The shape of a Vision Transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Vit {
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
    /// What the head reads.
    pub pool: Pool,
    /// Channels of the first 3×3 convolutions before the patch embedding, 0 for none (after Xiao et al.
    /// 2021).
    pub stem: usize,
    /// The number of these convolutions: half of them, rounded down, have `stem` channels, the others twice as many.
    #[serde(default = "two")]
    pub stem_depth: usize,
    /// LayerNorm on queries and keys (Dehghani et al. 2023).
    pub qk_norm: bool,
}

/// The depth of models from before this setting.
fn two() -> usize {
    2
}

impl Default for Vit {
    fn default() -> Self {
        Self {
            patch_size: 4,
            width: 64,
            depth: 4,
            heads: 4,
            mlp: 128,
            pool: Pool::ClassToken,
            stem: 0,
            stem_depth: two(),
            qk_norm: false,
        }
    }
}

impl Settings for Vit {
    fn architecture(&self, task: &Task) -> Architecture {
        let side = self.grid(task);
        let attention =
            Attention { heads: self.heads, qk_norm: self.qk_norm, ..Attention::default() };
        let block = |index| Block {
            drop_path: task.drop_path(index, self.depth),
            ..Block::of(attention, self.mlp)
        };
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages: vec![Stage {
                embedding: self.embedding(task),
                grid: Grid { rows: side, columns: side },
                blocks: (0..self.depth).map(block).collect(),
            }],
            head: Head { pool: self.pool.into(), classes: task.classes },
            regularization: task.rates,
        }
    }

    fn validate(&self, task: &Task) -> Result<()> {
        self.check_shape(task)
    }
}

/// Checks that the heads divide the width.
pub(super) fn check_heads(width: usize, heads: usize) -> Result<()> {
    if width.is_multiple_of(heads) {
        return Ok(());
    }
    Err(Error::config(format!("{heads} heads cannot share a width of {width}"))
        .setting("heads")
        .help("Choose a width that is a multiple of the number of heads"))
}

impl Vit {
    /// The architecture with another attention in its blocks.
    #[cfg(feature = "operations")]
    pub(super) fn with_attention(&self, task: &Task, attention: Attention) -> Architecture {
        let mut architecture = self.architecture(task);
        for block in architecture.stages.iter_mut().flat_map(|stage| &mut stage.blocks) {
            *block = Block { drop_path: block.drop_path, ..Block::of(attention, self.mlp) };
        }
        architecture
    }

    /// Patches per side of the padded image.
    fn grid(&self, task: &Task) -> usize {
        task.image_size.div_ceil(self.patch_size)
    }

    fn class_tokens(&self) -> usize {
        usize::from(self.pool == Pool::ClassToken)
    }

    /// Checks combinations of possible values.
    fn check_shape(&self, task: &Task) -> Result<()> {
        let Self { patch_size, width, heads, .. } = self;
        let image_size = task.image_size;
        if *patch_size > image_size {
            return Err(Error::config(format!(
                "patches of {patch_size}×{patch_size} are larger than images of {image_size}×{image_size}"
            ))
            .setting("patch_size")
            .help(format!("Choose a patch size of at most {image_size}")));
        }
        check_heads(*width, *heads)?;
        let tokens = self.grid(task).pow(2) + self.class_tokens();
        if tokens as u64 > limits::TOKENS {
            return Err(Error::config(format!(
                "patches of {patch_size}×{patch_size} cut the image into {tokens} tokens, more than {}",
                limits::TOKENS
            ))
            .setting("patch_size")
            .help("Choose a larger patch"));
        }
        Ok(())
    }

    /// Patches of the image, or of the stem's output, as tokens with positions.
    fn embedding(&self, task: &Task) -> Embedding {
        let stem = self.stem_layers();
        let (input, shrunk) = match stem.last() {
            Some(last) => (last.output, self.stem_stride()),
            None => (1, 1),
        };
        let patch = self.patch_size / shrunk;
        Embedding {
            padding: padding(task.image_size, self.patch_size),
            stem,
            front: self.class_tokens(),
            positions: true,
            ..Embedding::of(Convolution::patches(input, self.width, patch))
        }
    }

    /// The stem's 3×3 convolutions, the first one first. Half of them, rounded down, make `stem` channels, the others twice
    /// as many; the first of these makes the map smaller.
    fn stem_layers(&self) -> Vec<Convolution> {
        let depth = if self.stem == 0 { 0 } else { self.stem_depth };
        let widening = depth / 2;
        let made = |index| if index < widening { self.stem } else { 2 * self.stem };
        let layer = |index| Convolution {
            input: if index == 0 { 1 } else { made(index - 1) },
            output: made(index),
            window: 3,
            stride: if index == widening { self.stem_stride() } else { 1 },
            margin: 1,
            bias: true,
        };
        (0..depth).map(layer).collect()
    }

    /// The stride of the stem: 2 if patches still have whole pixels then, else 1.
    fn stem_stride(&self) -> usize {
        if self.patch_size.is_multiple_of(2) { 2 } else { 1 }
    }
}

impl From<Pool> for patchwork_arch::Pool {
    fn from(pool: Pool) -> Self {
        match pool {
            Pool::ClassToken => Self::First,
            Pool::Mean => Self::Mean,
        }
    }
}
