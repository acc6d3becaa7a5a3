//! The CoAtNet of Dai et al. (2021, "CoAtNet: marrying convolution and attention for all data sizes").
//!
//! Two convolutions, stages of inverted bottlenecks with squeeze-and-excitation, then stages of attention with a bias for each
//! relative position. The first block of each stage halves the map and doubles the width. Parameters have the names and
//! shapes of timm's `maxxvit.py`, with its options for `layernorm2d` everywhere: the paper and most of timm's models have
//! a BatchNorm in the bottlenecks, whose weights do not carry over.

use patchwork_arch::{
    Architecture, Attention, Behind, Block, Bottleneck, Convolution, Embedding, Grid, Head, Input,
    Mixer, Norms, Parameter, ParameterRole, Pool, Projections, Scores, Stage,
};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::families::pyramids::{MLP_RATIO, STAGE_DEPTH_SETTING};
use crate::families::vit::{HEADS, WIDTH};
use crate::families::{self, Family, Preset, Setting, Settings, Task, check_parts, preset, vit};
use crate::limits::{self, Limit};

pub(super) const ABOUT: &str =
    "CoAtNet: convolutions on the large maps, attention with relative positions on the small ones";

/// Stages of convolutions.
pub const CONVOLUTION_STAGES: Limit =
    limits::model("convolution_stages", "stages of convolutions", 1.0, 5.0);
/// Stages of attention.
pub const ATTENTION_STAGES: Limit =
    limits::model("attention_stages", "stages of attention", 1.0, 3.0);

pub(super) const SETTINGS: &[Setting] = &[
    Setting::number("Channels of the first stage, an even number; double with each stage", WIDTH),
    Setting::number("Attention heads of the first stage that has any; double after it", HEADS),
    Setting::number("Stages of convolutions, each with a map half as large", CONVOLUTION_STAGES),
    Setting::number("Stages of attention behind them, the same", ATTENTION_STAGES),
    STAGE_DEPTH_SETTING,
    Setting::number("Width inside a block, as a multiple of a token's", MLP_RATIO),
];

pub(super) const PRESETS: &[Preset] = &[COATNET];

/// CoAtNet of a stage of convolutions, 48 wide, and a stage of attention, 96 wide, two blocks each, with LayerNorm in the
/// place of BatchNorm. 269,680 parameters.
pub const COATNET: Preset = Preset {
    name: "coatnet",
    about: "Convolutions first, then attention (LayerNorm instead of BatchNorm)",
    family: |side| Family::Coatnet(Coatnet::for_images(side)),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a CoAtNet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Coatnet {
    /// Channels of the first stage, an even number; double with each stage. The two convolutions before it have half as
    /// many.
    pub width: usize,
    /// Attention heads of the first stage of attention; double with each further one.
    pub heads: usize,
    /// Stages of convolutions. The image is padded so that each stage has a whole map.
    pub convolution_stages: usize,
    /// Stages of attention behind them.
    pub attention_stages: usize,
    /// Blocks of a stage. The first halves the map.
    pub stage_depth: usize,
    /// The width inside a block (of a bottleneck, or of an MLP's hidden layer), as a multiple of the tokens'.
    pub mlp_ratio: usize,
}

impl Default for Coatnet {
    fn default() -> Self {
        Self {
            width: 48,
            heads: 3,
            convolution_stages: 1,
            attention_stages: 1,
            stage_depth: 2,
            mlp_ratio: 4,
        }
    }
}

/// Pixels per side of the windows of the two convolutions that come first.
const WINDOW: usize = 3;

impl Settings for Coatnet {
    fn architecture(&self, task: &Task) -> Architecture {
        let padding = families::padding(task.image_size, 2 << self.stages());
        let side = (task.image_size + padding[0] + padding[1]) / 2;
        let stem = Stage {
            embedding: Embedding { padding, ..self.stem() },
            grid: Grid { rows: side, columns: side },
            blocks: Vec::new(),
        };
        let stage = |index: usize| {
            let side = side >> (index + 1);
            let width = self.width << index;
            Stage {
                embedding: Embedding::of_block(width / 2, width),
                grid: Grid { rows: side, columns: side },
                blocks: (0..self.stage_depth).map(|place| self.block(task, index, place)).collect(),
            }
        };
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages: [stem].into_iter().chain((0..self.stages()).map(stage)).collect(),
            head: Head { pool: Pool::Mean, classes: task.classes },
            regularization: task.rates,
        }
    }

    fn validate(&self, task: &Task) -> Result<()> {
        if !self.width.is_multiple_of(2) {
            return Err(Error::config(format!("a width of {} has no half", self.width))
                .setting("width")
                .help("Choose an even width"));
        }
        // The first convolutions leave a quarter of the image's pixels as tokens.
        let help = "Choose images of at most 128×128 pixels, and a width that the heads divide";
        check_parts(&self.architecture(task), "heads", help)
    }

    fn file_name(&self, name: &str) -> String {
        let in_stage = name.strip_prefix("stages.").and_then(|rest| rest.split_once('.'));
        let Some((stage, part)) = in_stage else { return name.replace("head.", "head.fc.") };
        let stage: usize = stage.parse().unwrap_or(0);
        let block = part.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'));
        let Some((place, rest)) = block.filter(|_| stage > 0) else {
            return part
                .replace("stem.0.", "stem.conv1.")
                .replace("stem_norms.0.", "stem.norm1.")
                .replace("patch_embed.proj.", "stem.conv2.");
        };
        let rest = match rest.split_once('.') {
            Some(("shortcut", array)) => format!("shortcut.expand.{array}"),
            Some(("bottleneck", inside)) => inside.into(),
            Some(("norm1", array)) if stage <= self.convolution_stages => {
                format!("pre_norm.{array}")
            }
            Some(("norm1", array)) if place == "0" => format!("norm1.norm.{array}"),
            Some(("attn", "relative_position_bias_table")) => {
                "attn.rel_pos.relative_position_bias_table".into()
            }
            _ => rest.into(),
        };
        format!("stages.{}.blocks.{place}.{rest}", stage - 1)
    }

    /// Matrices of tokens are convolutions of single pixels there.
    fn file_shape(&self, parameter: &Parameter) -> Vec<usize> {
        let pixel: &[usize] = match parameter.role {
            ParameterRole::Matrix { .. } => &[1, 1],
            _ => &[],
        };
        [&parameter.shape[..], pixel].concat()
    }
}

impl Coatnet {
    /// The preset for images of `side` pixels per side: as many stages of convolutions as leave about 4×4 tokens.
    pub(crate) fn for_images(side: usize) -> Self {
        let more = side.div_ceil(32).next_power_of_two().ilog2() as usize;
        let Self { width, convolution_stages, .. } = Self::default();
        Self {
            width: width >> more,
            convolution_stages: convolution_stages + more,
            ..Self::default()
        }
    }

    fn stages(&self) -> usize {
        self.convolution_stages + self.attention_stages
    }

    /// Two convolutions, of which the first halves the image.
    fn stem(&self) -> Embedding {
        let width = self.width / 2;
        let layer = |input, stride| Convolution {
            bias: false,
            ..Convolution::around(input, width, WINDOW, stride)
        };
        Embedding {
            stem: vec![layer(1, 2)],
            behind: Behind::NormAndGelu,
            ..Embedding::of(layer(width, 1))
        }
    }

    fn block(&self, task: &Task, stage: usize, place: usize) -> Block {
        let width = self.width << stage;
        let halves = if place == 0 { width / 2 } else { 0 };
        let index = stage * self.stage_depth + place;
        let drop_path = task.drop_path(index, self.stages() * self.stage_depth);
        let Some(after) = stage.checked_sub(self.convolution_stages) else {
            let hidden = rounded(self.mlp_ratio * width);
            let mixer = Mixer::Bottleneck(Bottleneck { hidden, squeezed: (width / 4).max(1) });
            return Block { mixer, halves, mlp: 0, norms: Norms::Pre, drop_path };
        };
        let attention = Attention {
            heads: self.heads << after,
            projections: Projections::JointByHead,
            scores: Scores::RelativePositions,
            ..Attention::default()
        };
        Block { halves, drop_path, ..Block::of(attention, self.mlp_ratio * width) }
    }
}

/// A width as timm rounds it: to the nearest multiple of 8, but not down by more than a tenth.
fn rounded(width: usize) -> usize {
    let near = ((width + 4) / 8 * 8).max(8);
    if 10 * near < 9 * width { near + 8 } else { near }
}
