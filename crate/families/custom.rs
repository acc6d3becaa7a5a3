//! A model given as a list of stages, for architectures that no other family has.

use patchwork_arch::{Architecture, Head, Input, Pool, Stage};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::families::{Preset, Setting, Settings, Task};
use crate::limits;

pub(super) const ABOUT: &str = "Stages given as data, for architectures of one's own";

pub(super) const SETTINGS: &[Setting] = &[];

pub(super) const PRESETS: &[Preset] = &[];

/// The stages of a model and the input of its classifier. Sizes may come from untrusted files: all are checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Custom {
    /// The stages, first to last. Their `drop_path` is replaced by the model's stochastic depth.
    #[cfg_attr(test, ts(type = "unknown[]"))]
    pub stages: Vec<Stage>,
    /// The input of the classifier.
    #[cfg_attr(test, ts(type = "string"))]
    pub pool: Pool,
}

impl From<Architecture> for Custom {
    fn from(architecture: Architecture) -> Self {
        Self { stages: architecture.stages, pool: architecture.head.pool }
    }
}

impl Settings for Custom {
    fn architecture(&self, task: &Task) -> Architecture {
        let mut stages = self.stages.clone();
        let depth = stages.iter().map(|stage| stage.blocks.len()).sum();
        let blocks = stages.iter_mut().flat_map(|stage| &mut stage.blocks).enumerate();
        blocks.for_each(|(index, block)| block.drop_path = task.drop_path(index, depth));
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages,
            head: Head { pool: self.pool, classes: task.classes },
            regularization: task.rates,
        }
    }

    fn validate(&self, task: &Task) -> Result<()> {
        self.architecture(task).check(limits::TOKENS).map_err(|problem| {
            Error::config(format!("the stages do not fit together: {problem}"))
                .setting("stages")
                .help("Correct the stage, or start from an architecture that a family makes")
        })
    }
}
