//! A toy pyramid: a stage of fine patches, then one with a quarter as many tokens of twice the width.

use patchwork::arch::{
    Architecture, Block, Convolution, Embedding, Grid, Head, Input, Pool, Stage,
};
use patchwork::error::{Error, Result};
use patchwork::families::{Setting, Settings, Task};
use patchwork::limits::{self, Limit};

pub const ABOUT: &str = "Toy pyramid: fine patches first, then a quarter as many tokens";

const PATCH_SIZE: Limit = limits::model("patch_size", "patch size", 1.0, 128.0);
const WIDTH: Limit = limits::model("width", "width", 1.0, 2048.0);

pub const SETTINGS: &[Setting] = &[
    Setting::number("Pixels per side of a patch of the first stage", PATCH_SIZE),
    Setting::number("Width of a token of the first stage", WIDTH),
];

/// The settings of a toy pyramid.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    /// Pixels per side of a patch of the first stage.
    pub patch_size: usize,
    /// Width of a token of the first stage.
    pub width: usize,
}

impl Settings for Pyramid {
    fn architecture(&self, task: &Task) -> Architecture {
        let side = task.image_size / self.patch_size;
        Architecture {
            input: Input { channels: 1, side: task.image_size },
            stages: vec![
                stage(1, self.patch_size, self.width, side, task.drop_path(0, 2)),
                stage(self.width, 2, 2 * self.width, side / 2, task.drop_path(1, 2)),
            ],
            head: Head { pool: Pool::Mean, classes: task.classes },
            regularization: task.rates,
        }
    }

    fn validate(&self, task: &Task) -> Result<()> {
        PATCH_SIZE.check_count(self.patch_size)?;
        WIDTH.check_count(self.width)?;
        if !task.image_size.is_multiple_of(2 * self.patch_size) {
            let side = task.image_size;
            return Err(Error::config(format!(
                "two stages do not cut {side} pixels into whole patches"
            ))
            .setting("patch_size")
            .help("Choose a patch size whose double divides the image size"));
        }
        self.architecture(task).check(limits::TOKENS).map_err(Error::config)
    }
}

/// A stage of one block whose tokens cover `window` by `window` tokens of the previous map.
fn stage(input: usize, window: usize, output: usize, side: usize, drop_path: f64) -> Stage {
    Stage {
        embedding: Embedding {
            positions: true,
            ..Embedding::of(Convolution::patches(input, output, window))
        },
        grid: Grid { rows: side, columns: side },
        blocks: vec![Block { drop_path, ..Block::plain(1, 2 * output) }],
    }
}
