//! What families of several stages share.

use patchwork_arch::{Architecture, Block, Embedding, Grid, Head, Input, Pool, Stage};

use crate::families::{Setting, Task};
use crate::limits::{self, Limit};

/// The number of stages; each has a map half as large as the one before.
pub const STAGES: Limit = limits::model("stages", "stages", 1.0, 6.0);
/// Blocks of a stage.
pub const STAGE_DEPTH: Limit = limits::model("stage_depth", "depth of a stage", 1.0, 32.0);
/// The width of an MLP's hidden layer, as a multiple of the tokens'.
pub const MLP_RATIO: Limit = limits::model("mlp_ratio", "MLP ratio", 1.0, 16.0);

pub(super) const STAGES_SETTING: Setting =
    Setting::number("Stages, each with a map half as large as the one before", STAGES);
pub(super) const STAGE_DEPTH_SETTING: Setting = Setting::number("Blocks of a stage", STAGE_DEPTH);
pub(super) const MLP_RATIO_SETTING: Setting =
    Setting::number("Width of the MLP's hidden layer, as a multiple of a token's", MLP_RATIO);

/// Stages of equal depth, one behind the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pyramid {
    /// The number of stages.
    pub stages: usize,
    /// Blocks of a stage.
    pub stage_depth: usize,
    /// The input of the classifier.
    pub pool: Pool,
}

impl Pyramid {
    /// The architecture, given the embedding of a stage, and a block by its stage, its place in the stage and the side of the
    /// stage's map. What a block says of stochastic depth is replaced by the task's.
    pub fn architecture(
        &self,
        task: &Task,
        embedding: impl Fn(usize) -> Embedding,
        block: impl Fn(usize, usize, usize) -> Block,
    ) -> Architecture {
        let &Self { stages, stage_depth, pool } = self;
        let mut side = task.image_size;
        let stage = |index| {
            let embedding = embedding(index);
            side = embedding.projection.along(side + embedding.padding.iter().sum::<usize>());
            let block = |place| Block {
                drop_path: task.drop_path(index * stage_depth + place, stages * stage_depth),
                ..block(index, place, side)
            };
            Stage {
                embedding,
                grid: Grid { rows: side, columns: side },
                blocks: (0..stage_depth).map(block).collect(),
            }
        };
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages: (0..stages).map(stage).collect(),
            head: Head { pool, classes: task.classes },
            regularization: task.rates,
        }
    }
}
