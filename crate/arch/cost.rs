//! What an architecture costs, read off its layers: plain arithmetic.

use crate::architecture::{Architecture, Stage};
use crate::block::Block;
use crate::embedding::{Convolution, Embedding};
use crate::head::Head;

impl Architecture {
    /// Multiply-adds of one image in a training step: those of the forward pass, and twice more in the backward pass, for
    /// the gradient of either factor. Nobody asks for the gradient of the image, so the layer that reads it has one less.
    /// What norms, softmax and GELU compute is not counted.
    pub fn multiply_adds(&self) -> u64 {
        let mut side = self.input.side;
        let mut forward = 0;
        let mut first = None;
        for stage in &self.stages {
            let layers = stage.embedding.multiply_adds(side);
            first = first.or_else(|| layers.first().copied());
            forward += layers.iter().sum::<u64>();
            forward += stage.blocks.iter().map(|block| block.multiply_adds(stage)).sum::<u64>();
            side = stage.grid.rows;
        }
        forward += self.head.multiply_adds(self.last_stage().width());
        3 * forward - first.unwrap_or(0)
    }

    /// Numbers that are kept of an image from its forward to its backward pass, on the CPU.
    pub fn kept_on_cpu(&self) -> u64 {
        self.kept(Block::kept_on_cpu)
    }

    /// The same on a graphics card.
    pub fn kept_on_card(&self) -> u64 {
        self.kept(Block::kept_on_card)
    }

    /// The image itself, the maps of it, its tokens with their gradient behind each stage, and what the blocks keep.
    fn kept(&self, block: impl Fn(&Block, &Stage) -> u64) -> u64 {
        let image = (self.input.side as u64).pow(2) * self.input.channels as u64;
        let stage = |stage: &Stage| {
            let blocks = stage.blocks.iter().map(|kept| block(kept, stage)).sum::<u64>();
            3 * product([stage.tokens(), stage.width()]) + blocks
        };
        image + self.stages.iter().map(stage).sum::<u64>()
    }

    /// Weights of the part that has most of them and whose gradient is summed at once: a block, or an embedding.
    pub fn largest_part(&self) -> u64 {
        let parts = |stage: &Stage| {
            let blocks = stage.blocks.iter().map(|block| block.matrices(stage.width()));
            blocks.max().unwrap_or(0).max(stage.embedding.weights(stage.tokens()))
        };
        self.stages.iter().map(parts).max().unwrap_or(0)
    }
}

impl Embedding {
    /// Of each convolution, the first one first, for a map of `side` pixels per side.
    fn multiply_adds(&self, side: usize) -> Vec<u64> {
        let mut side = side + self.padding.iter().sum::<usize>();
        let convolutions = self.stem.iter().chain([&self.projection]);
        let one = |convolution: &Convolution| {
            side = convolution.along(side);
            (side as u64).pow(2) * convolution.kernel()
        };
        convolutions.map(one).collect()
    }

    fn weights(&self, tokens: usize) -> u64 {
        let convolutions = self.stem.iter().chain([&self.projection]);
        convolutions.map(Convolution::kernel).sum::<u64>()
            + product([tokens, self.projection.output])
    }
}

impl Block {
    /// Queries, keys, values, the projection and both layers of the MLP; scores, and the sums they weigh, over all heads as
    /// wide as the tokens.
    fn multiply_adds(&self, stage: &Stage) -> u64 {
        let tokens = stage.tokens();
        let width = stage.width();
        tokens as u64 * self.matrices(width) + 2 * product([tokens, tokens, width])
    }

    /// Weights of its matrices.
    fn matrices(&self, width: usize) -> u64 {
        4 * product([width, width]) + 2 * product([width, self.mlp])
    }

    /// Of an image, what the backward pass reads again on the CPU: for a token `6·width + 2·mlp + heads·tokens` numbers,
    /// which are what comes in, queries, keys and values, what was read, the sum after it, the MLP after its GELU and the
    /// slopes, and the attention weights. With QK-norm queries and keys are kept once more.
    fn kept_on_cpu(&self, stage: &Stage) -> u64 {
        let [tokens, width, heads, mlp] = self.sizes(stage);
        let qk_norm = if self.attention.qk_norm { 2 * width + 4 * heads } else { 0 };
        tokens * (6 * width + qk_norm + 2 * mlp + heads * tokens + 4)
    }

    /// The same on a card: `8·width + mlp + 2·heads` for a token. The norms as well, but no slopes, and of the attention only
    /// what its softmax is made of again.
    fn kept_on_card(&self, stage: &Stage) -> u64 {
        let [tokens, width, heads, mlp] = self.sizes(stage);
        let qk_norm = if self.attention.qk_norm { 2 * width + 2 * heads } else { 0 };
        tokens * (8 * width + qk_norm + mlp + 2 * heads)
    }

    /// Tokens, width, heads, and the width of the MLP.
    fn sizes(&self, stage: &Stage) -> [u64; 4] {
        [stage.tokens(), stage.width(), self.attention.heads, self.mlp].map(|size| size as u64)
    }
}

impl Head {
    fn multiply_adds(&self, width: usize) -> u64 {
        product([width, self.classes])
    }
}

/// A product of sizes in 64 bits.
fn product<const N: usize>(sizes: [usize; N]) -> u64 {
    sizes.iter().map(|&size| size as u64).product()
}
