//! The Vision Transformer of Dosovitskiy et al. (2020), pre-norm, for small square images.

use patchwork_arch::{
    Architecture, Attention, Block, Convolution, DropRates, Embedding, Grid, Head, Input, Stage,
};

use crate::config::{ModelConfig, Pool};

impl ModelConfig {
    /// What a model with these settings computes.
    pub fn architecture(&self) -> Architecture {
        let side = self.grid();
        Architecture {
            input: Input { channels: 1, side: self.image_size },
            stages: vec![Stage {
                embedding: self.embedding(),
                grid: Grid { rows: side, columns: side },
                blocks: (0..self.depth).map(|index| self.block(index)).collect(),
            }],
            head: Head { pool: self.pool.into(), classes: self.classes },
            regularization: DropRates {
                dropout: self.dropout,
                attention_dropout: self.attention_dropout,
            },
        }
    }

    /// Patches of the image, or of what a stem makes of it, as tokens with positions.
    fn embedding(&self) -> Embedding {
        let stem = self.stem_layers();
        let (input, shrunk) = match stem.last() {
            Some(last) => (last.output, self.stem_stride()),
            None => (1, 1),
        };
        let patch = self.patch_size / shrunk;
        let (before, after) = self.padding();
        Embedding {
            padding: [before, after],
            projection: Convolution {
                input,
                output: self.width,
                window: patch,
                stride: patch,
                margin: 0,
            },
            stem,
            front: self.class_tokens(),
            positions: true,
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
        };
        (0..depth).map(layer).collect()
    }

    /// How many times smaller per side a stem makes the image: it halves it where that leaves patches of whole pixels.
    fn stem_stride(&self) -> usize {
        if self.patch_size.is_multiple_of(2) { 2 } else { 1 }
    }

    /// Block `index`. The probability to skip its branches grows linearly from 0 at the first block.
    fn block(&self, index: usize) -> Block {
        Block {
            attention: Attention { heads: self.heads, qk_norm: self.qk_norm },
            mlp: self.mlp,
            drop_path: self.stochastic_depth * index as f64 / (self.depth.max(2) - 1) as f64,
        }
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
