//! A small convolutional network: the baseline, and a teacher for DeiT.
//!
//! Residual blocks of two convolutions, as in He et al. (2016, "Identity mappings in deep residual networks"), with a
//! LayerNorm of each pixel's channels (Liu et al. 2022, "A ConvNet for the 2020s") in the place of batch normalisation, so
//! that an image's scores do not depend on the batch. There is no public implementation of exactly this network: it is tested
//! against PyTorch layers in `tests/golden/families.py`.

use patchwork_arch::{
    Architecture, Block, Convolution, Convolutions, Embedding, Mixer, Norms, Pool,
};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::families::pyramids::{Pyramid, STAGE_DEPTH_SETTING, STAGES_SETTING};
use crate::families::vit::WIDTH;
use crate::families::{Family, Preset, Setting, Settings, Task, check_parts, preset, vit};

pub(super) const ABOUT: &str =
    "Convolutional network: every pixel reads from its neighbours alone, on maps that shrink";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::number("Channels of the first stage; each further stage has twice as many", WIDTH),
    STAGES_SETTING,
    STAGE_DEPTH_SETTING,
];

pub(super) const PRESETS: &[Preset] = &[CNN];

/// Convolutional network of two stages, 36 and 72 channels. 141,706 parameters.
pub const CNN: Preset = Preset {
    name: "cnn",
    about: "No attention at all: the network that a transformer has to beat",
    family: |_| Family::Cnn(Cnn::default()),
    training: preset::comparison,
    ..vit::TINY
};

/// The shape of a convolutional network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Cnn {
    /// Channels of the first stage; each further stage has twice as many.
    pub width: usize,
    /// The number of stages. A convolution with a stride of 2 begins each, so that its map is half as large.
    pub stages: usize,
    /// Residual blocks of a stage.
    pub stage_depth: usize,
}

impl Default for Cnn {
    fn default() -> Self {
        Self { width: 36, stages: 2, stage_depth: 1 }
    }
}

/// Advice if the parts do not fit together.
const HELP: &str = "Choose fewer stages, and images of at most 128×128 pixels";

/// Pixels per side of a kernel.
const WINDOW: usize = 3;

impl Settings for Cnn {
    fn architecture(&self, task: &Task) -> Architecture {
        let embedding = |stage| {
            let width = self.width << stage;
            let input = if stage == 0 { 1 } else { width / 2 };
            Embedding::of(Convolution::around(input, width, WINDOW, 2))
        };
        let block = |_, _, _| Block {
            mixer: Mixer::Convolutions(Convolutions { window: WINDOW }),
            halves: 0,
            mlp: 0,
            norms: Norms::Pre,
            drop_path: 0.0,
        };
        let &Self { stages, stage_depth, .. } = self;
        Pyramid { stages, stage_depth, pool: Pool::Mean }.architecture(task, embedding, block)
    }

    fn validate(&self, task: &Task) -> Result<()> {
        check_parts(&self.architecture(task), "stages", HELP)
    }
}
