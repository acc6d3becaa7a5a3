//! Checks that the parts of an architecture fit together. An architecture may come from a file, so nothing is assumed.

use crate::architecture::{Architecture, Stage};
use crate::attention::{Attention, Kernel, Projections, Reach, Scores};
use crate::block::{Block, Mixer};
use crate::bottleneck::Bottleneck;
use crate::convolutions::Convolutions;
use crate::embedding::{Beginning, Convolution, Embedding, EmbeddingNorm, Pooling};
use crate::head::Pool;

/// The largest value of any size: channels, sides, widths. The product of four of them fits into 64 bits.
const LARGEST: usize = 1 << 15;
/// The most blocks in all stages together, and the most convolutions in an embedding.
const MOST_BLOCKS: usize = 256;

/// What does not fit, as text.
type Problem = String;

impl Architecture {
    /// Checks that every size is in range, that each part accepts the output of the one before, and that no stage has
    /// more than `tokens` tokens.
    ///
    /// # Errors
    /// The first part that does not fit, as text.
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
        let read = match self.head.pool {
            Pool::First => 1,
            Pool::Distilled => 2,
            Pool::Mean | Pool::Sequence => 0,
        };
        if self.last_stage().embedding.front < read {
            let tokens = if read == 1 { "the first token" } else { "the first two tokens" };
            return Err(format!("the head reads {tokens}, and the last stage has none in front"));
        }
        let rates = self.regularization;
        rate("dropout", rates.dropout)?;
        rate("attention dropout", rates.attention_dropout)
    }
}

impl Stage {
    /// Checks a stage whose input is a map of `channels` and `side`.
    fn check(&self, channels: usize, side: usize, tokens: u64) -> Result<(), Problem> {
        let embedding = &self.embedding;
        if embedding.padding.iter().any(|&pixels| pixels > LARGEST) || embedding.front > LARGEST {
            return Err(format!("padding or tokens in front of more than {LARGEST}"));
        }
        if embedding.stem.len() > MOST_BLOCKS {
            return Err(format!("more than {MOST_BLOCKS} convolutions"));
        }
        if embedding.distillation && embedding.front == 0 {
            return Err("a distillation token is one of those in front, and there is none".into());
        }
        if embedding.beginning == Beginning::Block {
            let width = embedding.projection.output;
            if *embedding != Embedding::of_block(channels, width) || !side.is_multiple_of(2) {
                return Err("a block halves an even map of the stage before it, alone".into());
            }
        }
        let halves = |index: usize| match (index, embedding.beginning) {
            (0, Beginning::Block) => channels,
            _ => 0,
        };
        let mut blocks = self.blocks.iter().enumerate();
        let wrong = blocks.any(|(index, block)| block.halves != halves(index));
        if wrong || (embedding.beginning == Beginning::Block && self.blocks.is_empty()) {
            return Err("the first block halves the map where a stage begins with one".into());
        }
        if embedding.beginning == Beginning::Tokens {
            let Embedding { front, positions, .. } = *embedding;
            let tokens = Embedding { front, positions, ..Embedding::of_tokens(channels) };
            if *embedding != tokens {
                return Err("a stage of the tokens before it has no convolutions of its own".into());
            }
        }
        let padded = side + embedding.padding[0] + embedding.padding[1];
        let (mut channels, mut side) = (channels, padded);
        let pooling = embedding.pooling();
        for convolution in embedding.convolutions() {
            side = convolution.check(channels, side)?;
            side = pooling.map_or(Ok(side), |pooling| pooling.check(side))?;
            channels = convolution.output;
        }
        let merged = Convolution { bias: false, ..Convolution::patches(channels, 0, 2) };
        let projection = Convolution { input: channels, output: 0, ..embedding.projection };
        if embedding.norm == EmbeddingNorm::Merged
            && (projection != merged
                || !embedding.stem.is_empty()
                || pooling.is_some()
                || padded != 2 * side)
        {
            return Err(
                "merged tokens are squares of four on an even map, without a bias and alone".into(),
            );
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
        self.blocks.iter().try_for_each(|block| block.check(self))
    }
}

impl Pooling {
    /// Checks the pooling of a map and returns the output side.
    fn check(&self, side: usize) -> Result<usize, Problem> {
        size("a window of", self.window)?;
        size("a stride of", self.stride)?;
        fits(self.window, self.margin, side)?;
        Ok(self.along(side))
    }
}

impl Convolution {
    /// Checks a convolution of a map of `channels` and `side` and returns the output side.
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
        fits(self.window, self.margin, side)?;
        Ok(self.along(side))
    }
}

/// Checks that a window fits on a map.
fn fits(window: usize, margin: usize, side: usize) -> Result<(), Problem> {
    if margin < window && window <= side + 2 * margin {
        return Ok(());
    }
    Err(format!(
        "a window of {window} with a margin of {margin} does not fit a map of {side}×{side}"
    ))
}

impl Block {
    fn check(&self, stage: &Stage) -> Result<(), Problem> {
        if self.mlp > LARGEST {
            return Err(format!("an MLP of {} is not between 0 and {LARGEST}", self.mlp));
        }
        rate("the probability of a skipped branch", self.drop_path)?;
        match &self.mixer {
            Mixer::Attention(attention) => {
                if self.halves > 0 && attention.projections != Projections::JointByHead {
                    return Err("a block that halves the map projects head by head".into());
                }
                attention.check(stage)
            }
            Mixer::Convolutions(_) if self.halves > 0 => {
                Err("these convolutions keep the size of the map".into())
            }
            Mixer::Convolutions(convolutions) => convolutions.check(stage),
            Mixer::Bottleneck(Bottleneck { hidden, squeezed }) => {
                size("a width of", *hidden)?;
                size("a width of", *squeezed)?;
                alone("convolutions are", stage)
            }
        }
    }
}

impl Attention {
    fn check(&self, stage: &Stage) -> Result<(), Problem> {
        let (width, side, heads) = (stage.width(), stage.grid.rows, self.heads);
        size("heads", heads)?;
        if !width.is_multiple_of(heads) {
            return Err(format!("{heads} heads cannot share a width of {width}"));
        }
        let plain = self.scores == Scores::Plain;
        if self.scores == Scores::Gated {
            if heads.isqrt().pow(2) != heads {
                return Err(format!("{heads} heads with gates are not a square number"));
            }
            if self.reach != Reach::All || self.qk_norm {
                return Err("attention with gates is of all tokens, without a norm".into());
            }
        }
        if self.kernel != Kernel::Softmax && !(plain && self.reach == Reach::All) {
            return Err("linear attention is of all tokens, and adds nothing to scores".into());
        }
        if let Kernel::RandomFeatures { features } = self.kernel {
            size("random features", features)?;
        }
        if let Projections::Convolutional { stride } = self.projections {
            size("a stride of", stride)?;
            if !plain || self.reach != Reach::All || self.kernel != Kernel::Softmax || self.qk_norm
            {
                return Err("convolutions make queries, keys and values of plain attention".into());
            }
        }
        let of_map = match self.reach {
            Reach::All if plain => return Ok(()),
            Reach::LowRank { rank } if plain => return size("keys", rank),
            Reach::LowRank { .. } => return Err("sums of tokens have no relative positions".into()),
            Reach::All => "relative positions are",
            Reach::Windows { side: window, shift } => {
                size("a window of", window)?;
                if !side.is_multiple_of(window) || shift >= window {
                    return Err(format!(
                        "windows of {window} moved by {shift} do not share a map of {side}×{side}"
                    ));
                }
                "windows are"
            }
            Reach::Reduced { stride } => {
                size("a stride of", stride)?;
                if stride > side {
                    return Err(format!("a map of {side}×{side} cannot be {stride} times smaller"));
                }
                if !plain {
                    return Err(
                        "keys of a smaller map have no positions relative to queries".into()
                    );
                }
                "a smaller map is"
            }
        };
        alone(of_map, stage)
    }
}

impl Convolutions {
    fn check(&self, stage: &Stage) -> Result<(), Problem> {
        size("a window of", self.window)?;
        if self.window.is_multiple_of(2) {
            return Err(format!("a window of {} has no middle", self.window));
        }
        alone("convolutions are", stage)
    }
}

/// Checks that a stage has no front tokens, which have no position on the grid.
fn alone(what: &str, stage: &Stage) -> Result<(), Problem> {
    if stage.embedding.front == 0 {
        return Ok(());
    }
    Err(format!("{what} of a map, and the stage has tokens in front, which lie nowhere on it"))
}

/// Checks that a size is in range.
fn size(what: &str, value: usize) -> Result<(), Problem> {
    if (1..=LARGEST).contains(&value) {
        return Ok(());
    }
    Err(format!("{what} {value} is not between 1 and {LARGEST}"))
}

/// Checks a drop probability.
fn rate(what: &str, value: f64) -> Result<(), Problem> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(format!("{what} {value} is not from 0 to less than 1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DropRates, Embedding, Grid, Head, Input};

    /// Two stages: 4×4 patches of an 8×8 image with a front token, then one token from the 2×2 grid.
    fn two() -> Architecture {
        let stage = |input, window, output, side, front| Stage {
            embedding: Embedding {
                front,
                positions: true,
                ..Embedding::of(Convolution::patches(input, output, window))
            },
            grid: Grid { rows: side, columns: side },
            blocks: vec![Block::plain(2, 8)],
        };
        Architecture {
            input: Input { channels: 1, side: 8 },
            stages: vec![stage(1, 4, 4, 2, 1), stage(4, 2, 6, 1, 1)],
            head: Head { pool: Pool::First, classes: 3 },
            regularization: DropRates::default(),
        }
    }

    #[test]
    fn valid_architectures_are_accepted() {
        two().check(5).unwrap();
    }

    /// The second stage goes on with the tokens of the first, or begins with a block that halves their map.
    #[test]
    fn stages_can_begin_with_tokens() {
        let mut tokens = two();
        tokens.stages[1] = Stage {
            embedding: Embedding { front: 1, ..Embedding::of_tokens(4) },
            grid: Grid { rows: 2, columns: 2 },
            blocks: vec![Block::plain(2, 8)],
        };
        tokens.check(5).unwrap();
        assert_eq!(tokens.patches()[1].side, 4);
        tokens.stages[1].embedding.projection.bias = true;
        assert!(tokens.check(5).unwrap_err().contains("no convolutions of its own"));

        let mut block = two();
        let attention = Attention { projections: Projections::JointByHead, ..Attention::default() };
        block.stages[1].embedding = Embedding::of_block(4, 6);
        block.stages[1].blocks[0] = Block { halves: 4, ..Block::of(attention, 8) };
        block.head.pool = Pool::Mean;
        block.check(5).unwrap();
        assert_eq!(block.patches()[1].side, 8);
        let again = block.stages[1].blocks[0];
        block.stages[1].blocks.push(again);
        assert!(block.check(5).unwrap_err().contains("the first block halves the map"));
    }

    #[test]
    fn invalid_architectures_are_reported() {
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
            (|a| a.stages[0].blocks[0] = Block::plain(3, 8), "3 heads cannot share a width of 4"),
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
        let of_map: [(Reach, &str); 3] = [
            (Reach::Windows { side: 2, shift: 2 }, "windows of 2 moved by 2 do not share"),
            (
                Reach::Windows { side: 2, shift: 1 },
                "windows are of a map, and the stage has tokens",
            ),
            (Reach::Reduced { stride: 3 }, "a map of 2×2 cannot be 3 times smaller"),
        ];
        for (reach, due) in of_map {
            let mut architecture = two();
            let attention = Attention { heads: 2, reach, ..Attention::default() };
            architecture.stages[0].blocks[0] = Block::of(attention, 8);
            let problem = architecture.check(5).expect_err(due);
            assert!(problem.contains(due), "{problem}");
        }
        let mut gated = two();
        let attention = Attention { heads: 3, scores: Scores::Gated, ..Attention::default() };
        gated.stages[1].blocks[0] = Block::of(attention, 8);
        assert!(gated.check(5).unwrap_err().contains("3 heads with gates are not a square number"));
        let mut many = two();
        many.stages[0].blocks = vec![many.stages[0].blocks[0]; MOST_BLOCKS];
        assert!(many.check(5).unwrap_err().contains("257 blocks"));
    }
}
