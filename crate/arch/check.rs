//! Whether the parts of an architecture fit together. Architectures come from files as well: nothing is taken for granted.

use crate::architecture::{Architecture, Stage};
use crate::block::Block;
use crate::embedding::Convolution;
use crate::head::Pool;

/// The largest size of anything: channels, sides, widths. Products of four of them fit into 64 bits.
const LARGEST: usize = 1 << 15;
/// Blocks of all stages together, at most; and convolutions of an embedding.
const MOST_BLOCKS: usize = 256;

/// What does not fit, in words.
type Problem = String;

impl Architecture {
    /// Checks that every size is possible, that each part takes what the one before gives, and that no stage has more than
    /// `tokens` tokens.
    ///
    /// # Errors
    /// The first part that does not fit, in words.
    pub fn check(&self, tokens: u64) -> Result<(), Problem> {
        size("channels", self.input.channels)?;
        size("the image's side", self.input.side)?;
        size("classes", self.head.classes)?;
        if self.stages.is_empty() {
            return Err("there is no stage".into());
        }
        let blocks: usize = self.stages.iter().map(|stage| stage.blocks.len()).sum();
        if blocks > MOST_BLOCKS {
            return Err(format!("{blocks} blocks are more than {MOST_BLOCKS}"));
        }
        let (mut channels, mut side) = (self.input.channels, self.input.side);
        for (index, stage) in self.stages.iter().enumerate() {
            let named = |problem| format!("stage {}: {problem}", index + 1);
            stage.check(channels, side, tokens).map_err(named)?;
            (channels, side) = (stage.width(), stage.grid.rows);
        }
        if self.head.pool == Pool::First && self.last_stage().embedding.front == 0 {
            return Err(
                "the head reads the first token, and the last stage has none in front".into()
            );
        }
        let rates = self.regularization;
        rate("dropout", rates.dropout)?;
        rate("attention dropout", rates.attention_dropout)
    }
}

impl Stage {
    /// Checks a stage behind a map of `channels` and `side`.
    fn check(&self, channels: usize, side: usize, tokens: u64) -> Result<(), Problem> {
        let embedding = &self.embedding;
        if embedding.padding.iter().any(|&pixels| pixels > LARGEST) || embedding.front > LARGEST {
            return Err(format!("padding or tokens in front of more than {LARGEST}"));
        }
        if embedding.stem.len() > MOST_BLOCKS {
            return Err(format!("more than {MOST_BLOCKS} convolutions"));
        }
        let padded = side + embedding.padding[0] + embedding.padding[1];
        let (mut channels, mut side) = (channels, padded);
        for convolution in embedding.stem.iter().chain([&embedding.projection]) {
            side = convolution.check(channels, side)?;
            channels = convolution.output;
        }
        if [self.grid.rows, self.grid.columns] != [side; 2] {
            return Err(format!(
                "its convolutions make a grid of {side}×{side}, not {}×{}",
                self.grid.rows, self.grid.columns
            ));
        }
        let count = (embedding.front + side * side) as u64;
        if count > tokens {
            return Err(format!("{count} tokens are more than {tokens}"));
        }
        self.blocks.iter().try_for_each(|block| block.check(self.width()))
    }
}

impl Convolution {
    /// Checks a convolution of a map of `channels` and `side`; gives the side of what it makes.
    fn check(&self, channels: usize, side: usize) -> Result<usize, Problem> {
        for (what, value) in [
            ("channels", self.input),
            ("channels", self.output),
            ("a window of", self.window),
            ("a stride of", self.stride),
        ] {
            size(what, value)?;
        }
        if self.input != channels {
            return Err(format!("a convolution reads {} channels of {channels}", self.input));
        }
        if self.margin >= self.window || self.window > side + 2 * self.margin {
            return Err(format!(
                "a window of {} with a margin of {} does not fit a map of {side}×{side}",
                self.window, self.margin
            ));
        }
        Ok(self.along(side))
    }
}

impl Block {
    fn check(&self, width: usize) -> Result<(), Problem> {
        let heads = self.attention.heads;
        size("heads", heads)?;
        size("an MLP of", self.mlp)?;
        if !width.is_multiple_of(heads) {
            return Err(format!("{heads} heads cannot share a width of {width}"));
        }
        rate("the probability of a skipped branch", self.drop_path)
    }
}

/// Checks a size.
fn size(what: &str, value: usize) -> Result<(), Problem> {
    if (1..=LARGEST).contains(&value) {
        return Ok(());
    }
    Err(format!("{what} {value} is not between 1 and {LARGEST}"))
}

/// Checks the probability that something is dropped.
fn rate(what: &str, value: f64) -> Result<(), Problem> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(format!("{what} {value} is not from 0 to less than 1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attention, DropRates, Embedding, Grid, Head, Input};

    /// Two stages: 4×4 patches of 8×8 pixels with a token in front, then one token of their 2×2.
    fn two() -> Architecture {
        let stage = |input, window, output, side, front| Stage {
            embedding: Embedding {
                padding: [0, 0],
                stem: Vec::new(),
                projection: Convolution { input, output, window, stride: window, margin: 0 },
                front,
                positions: true,
            },
            grid: Grid { rows: side, columns: side },
            blocks: vec![Block {
                attention: Attention { heads: 2, qk_norm: false },
                mlp: 8,
                drop_path: 0.0,
            }],
        };
        Architecture {
            input: Input { channels: 1, side: 8 },
            stages: vec![stage(1, 4, 4, 2, 1), stage(4, 2, 6, 1, 1)],
            head: Head { pool: Pool::First, classes: 3 },
            regularization: DropRates::default(),
        }
    }

    #[test]
    fn what_fits_together_is_accepted() {
        two().check(5).unwrap();
    }

    #[test]
    fn what_does_not_fit_is_named() {
        type Change = fn(&mut Architecture);
        let cases: [(Change, &str); 14] = [
            (|a| a.stages.clear(), "no stage"),
            (|a| a.input.side = 0, "the image's side 0"),
            (|a| a.head.classes = usize::MAX, "classes"),
            (
                |a| a.stages[0].grid.rows = 3,
                "stage 1: its convolutions make a grid of 2×2, not 3×2",
            ),
            (
                |a| a.stages[1].embedding.projection.input = 5,
                "stage 2: a convolution reads 5 channels of 4",
            ),
            (|a| a.stages[0].embedding.projection.stride = 0, "a stride of 0"),
            (|a| a.stages[0].embedding.projection.window = 9, "a window of 9"),
            (|a| a.stages[0].embedding.projection.margin = 4, "a margin of 4"),
            (|a| a.stages[0].embedding.padding = [usize::MAX, 0], "padding"),
            (|a| a.stages[0].blocks[0].attention.heads = 3, "3 heads cannot share a width of 4"),
            (|a| a.stages[0].blocks[0].drop_path = 1.0, "skipped branch 1"),
            (|a| a.stages[1].embedding.front = 0, "the head reads the first token"),
            (|a| a.regularization.dropout = f64::NAN, "dropout NaN"),
            (|a| a.stages[0].embedding.front = 2, "stage 1: 6 tokens are more than 5"),
        ];
        for (change, due) in cases {
            let mut architecture = two();
            change(&mut architecture);
            let problem = architecture.check(5).expect_err(due);
            assert!(problem.contains(due), "{problem}");
        }
        let mut many = two();
        many.stages[0].blocks = vec![many.stages[0].blocks[0]; MOST_BLOCKS];
        assert!(many.check(5).unwrap_err().contains("257 blocks"));
    }
}
