//! What a model computes, as plain data.

use serde::{Deserialize, Serialize};

use crate::block::Block;
use crate::embedding::Embedding;
use crate::geometry::{Grid, Patch, Places};
use crate::head::Head;
use crate::parameters::{Parameter, Ranges, Source};

/// A vision model: an image goes through stages of blocks, and a head scores the classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// The input image.
    pub input: Input,
    /// The stages, first to last.
    pub stages: Vec<Stage>,
    /// The head, which scores the classes.
    pub head: Head,
    /// Dropout rates during training.
    pub regularization: DropRates,
}

/// A square image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Channels; 1 for greyscale.
    pub channels: usize,
    /// Pixels per side.
    pub side: usize,
}

/// A run of blocks with the same number and width of tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// How the stage gets its tokens.
    pub embedding: Embedding,
    /// The grid of the tokens, without those in front.
    pub grid: Grid,
    /// The blocks, first to last.
    pub blocks: Vec<Block>,
}

/// Dropout in training (Srivastava et al. 2014), as probabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct DropRates {
    /// After the embedding, the attention's projection and both layers of an MLP.
    pub dropout: f64,
    /// On the attention weights.
    pub attention_dropout: f64,
}

impl Stage {
    /// Width of a token.
    pub fn width(&self) -> usize {
        self.embedding.projection.output
    }

    /// The positions of its tokens.
    pub fn places(&self) -> Places {
        Places { front: self.embedding.front, grid: self.grid }
    }

    /// The number of tokens: front tokens plus grid tokens.
    pub fn tokens(&self) -> usize {
        self.places().tokens()
    }
}

impl Architecture {
    /// Whether every part is plain, as in a Vision Transformer.
    pub fn is_plain(&self) -> bool {
        let plain = |stage: &Stage| {
            stage.embedding.is_plain()
                && stage.blocks.iter().all(|block| block.as_plain().is_some())
        };
        self.head.is_plain() && self.stages.iter().all(plain)
    }

    /// Declares all parameters in the order of the flat array. With one stage the names are timm's; with several, each
    /// name is prefixed with the number of its stage.
    pub fn declare(&self, source: &mut impl Source) {
        for (index, stage) in self.stages.iter().enumerate() {
            let named = self.stages.len() > 1;
            if named {
                source.enter("stages", Some(index));
            }
            stage.declare(source);
            if named {
                source.leave();
            }
        }
        self.head.declare(source, self.last_stage().width());
    }

    /// The stage whose tokens the head reads.
    ///
    /// # Panics
    /// If there are no stages.
    pub fn last_stage(&self) -> &Stage {
        self.stages.last().expect("an architecture has a stage")
    }

    /// The image patch that a token of each stage covers, first to last.
    pub fn patches(&self) -> Vec<Patch> {
        let mut patch = Patch { side: 1, before: 0 };
        let after = |stage: &Stage| {
            let embedding = &stage.embedding;
            patch.before += embedding.padding[0] * patch.side;
            let pooled = embedding.pooling().map_or(1, |pooling| pooling.stride);
            patch.side *= embedding.convolutions().map(|c| c.stride * pooled).product::<usize>();
            patch
        };
        self.stages.iter().map(after).collect()
    }

    /// All parameters with their names, in the order of the flat array.
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut ranges = Ranges::with_names();
        self.declare(&mut ranges);
        ranges.into_list()
    }

    /// The number of parameters, in 64 bits on every platform.
    pub fn count(&self) -> u64 {
        let mut ranges = Ranges::default();
        self.declare(&mut ranges);
        ranges.count()
    }
}

impl Stage {
    fn declare(&self, source: &mut impl Source) {
        self.embedding.declare(source, self.grid.places());
        for (index, block) in self.blocks.iter().enumerate() {
            source.within_each("blocks", index, |s| block.declare(s, self.width(), self.places()));
        }
    }
}
