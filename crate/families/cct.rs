//! The Compact Convolutional Transformer of Hassani et al. (2021, "Escaping the big data paradigm with compact
//! transformers").
//!
//! Convolutions, each followed by max pooling, make the tokens of a small encoder; the head pools all tokens with learned
//! weights instead of using a class token. Parameters have the names of the authors' `src/cct.py`.

use patchwork_arch::{
    Architecture, Attention, Behind, Block, Convolution, Embedding, Grid, Head, Input, Norms, Pool,
    Pooling, Projections, Stage,
};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::{Family, Preset, Setting, Settings, Task, check_parts, preset, vit};
use crate::limits::{self, Limit};

pub(super) const ABOUT: &str =
    "Compact Convolutional Transformer: convolutions make the tokens, and the head weighs them";

/// Convolutions of the tokenizer.
pub const CONVOLUTIONS: Limit = limits::model("convolutions", "convolutions", 1.0, 8.0);
/// Channels of all but the last of them.
pub const CHANNELS: Limit = limits::model("channels", "channels", 1.0, 1024.0);
/// Pixels per side of their windows.
pub const WINDOW: Limit = limits::model("window", "window", 2.0, 15.0);

pub(super) const SETTINGS: &[Setting] = &[
    Setting::number("Convolutions that make the tokens, a pooling behind each", CONVOLUTIONS),
    Setting::number("Channels of all these convolutions but the last", CHANNELS),
    Setting::number("Pixels per side of a window", WINDOW),
    vit::WIDTH_SETTING,
    vit::DEPTH_SETTING,
    vit::HEADS_SETTING,
    vit::MLP_SETTING,
];

pub(super) const PRESETS: &[Preset] = &[CCT];

/// Compact Convolutional Transformer: the authors' CCT-2/3×2. 280,651 parameters.
pub const CCT: Preset = Preset {
    name: "cct",
    about: "Convolutions make the tokens, and the head weighs them (the authors' CCT-2/3×2)",
    family: |side| Family::Cct(Cct::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a Compact Convolutional Transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Cct {
    /// Convolutions that make the tokens, each followed by ReLU and max pooling, which halves the map.
    pub convolutions: usize,
    /// Channels of these convolutions except the last, which has the width of a token.
    pub channels: usize,
    /// Pixels per side of their kernels. The stride follows from it as in the authors' code: 1 up to a kernel of 5, 2 for 7, …
    pub window: usize,
    /// Width of a token (the embedding dimension).
    pub width: usize,
    /// The number of encoder blocks.
    pub depth: usize,
    /// Attention heads of a block; divides the width.
    pub heads: usize,
    /// Width of the MLP's hidden layer.
    pub mlp: usize,
}

/// The authors' CCT-2/3×2.
impl Default for Cct {
    fn default() -> Self {
        Self { convolutions: 2, channels: 64, window: 3, width: 128, depth: 2, heads: 2, mlp: 128 }
    }
}

/// The pooling after each convolution.
const POOLING: Pooling = Pooling { window: 3, stride: 2, margin: 1 };

impl Settings for Cct {
    fn architecture(&self, task: &Task) -> Architecture {
        let attention = Attention {
            heads: self.heads,
            projections: Projections::JointWithoutBias,
            ..Attention::default()
        };
        let block = |index| Block {
            norms: Norms::PreAndBetween,
            drop_path: task.drop_path(index, self.depth),
            ..Block::of(attention, self.mlp)
        };
        let embedding = self.embedding();
        let along = |side, layer: &Convolution| POOLING.along(layer.along(side));
        let side = embedding.convolutions().fold(task.image_size, along);
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages: vec![Stage {
                embedding,
                grid: Grid { rows: side, columns: side },
                blocks: (0..self.depth).map(block).collect(),
            }],
            head: Head { pool: Pool::Sequence, classes: task.classes },
            regularization: task.rates,
        }
    }

    fn validate(&self, task: &Task) -> Result<()> {
        vit::check_heads(self.width, self.heads)?;
        let help = "Choose other convolutions: each makes the map half as large";
        check_parts(&self.architecture(task), "convolutions", help)
    }

    fn file_name(&self, name: &str) -> String {
        if let Some(rest) = name.strip_prefix("patch_embed.proj.") {
            return format!("tokenizer.conv_layers.{}.0.{rest}", self.convolutions - 1);
        }
        if let Some((index, rest)) =
            name.strip_prefix("stem.").and_then(|rest| rest.split_once('.'))
        {
            return format!("tokenizer.conv_layers.{index}.0.{rest}");
        }
        let renamed = match name.strip_prefix("head.") {
            Some(rest) => format!("fc.{rest}"),
            None => name
                .replace(".norm1.", ".pre_norm.")
                .replace(".norm2.", ".norm1.")
                .replace(".attn.", ".self_attn.")
                .replace(".mlp.fc", ".linear")
                .replace("pos_embed", "positional_emb"),
        };
        format!("classifier.{renamed}")
    }
}

impl Cct {
    /// The preset for images of `side` pixels per side: enough convolutions for a map of about 7×7 tokens.
    pub(crate) fn for_images(side: usize) -> Self {
        let halves = side.div_ceil(7).next_power_of_two().ilog2() as usize;
        Self { convolutions: halves.max(1), ..Self::default() }
    }

    /// The tokenizer, with learned positions.
    fn embedding(&self) -> Embedding {
        let layer = |index| Convolution {
            input: if index == 0 { 1 } else { self.channels },
            output: if index + 1 == self.convolutions { self.width } else { self.channels },
            window: self.window,
            stride: (self.window / 2).saturating_sub(1).max(1),
            margin: (self.window / 2).max(1),
            bias: false,
        };
        let last = self.convolutions - 1;
        Embedding {
            stem: (0..last).map(layer).collect(),
            behind: Behind::ReluAndPooling(POOLING),
            positions: true,
            ..Embedding::of(layer(last))
        }
    }
}
