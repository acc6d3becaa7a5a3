//! The costs of an architecture, computed from its layers.

use crate::architecture::{Architecture, Stage};
use crate::attention::{Attention, CONVOLUTION, Kernel, Projections, Reach, Scores};
use crate::block::{Block, Mixer};
use crate::bottleneck::Bottleneck;
use crate::convolutions::Convolutions;
use crate::embedding::{Beginning, Convolution, Embedding};
use crate::head::{Head, Pool};

impl Architecture {
    /// Multiply-adds per image of a training step: the forward pass once, and twice more for the backward pass (the
    /// gradients of both factors). The image needs no gradient, so the layer that reads it costs one less, and neither do
    /// random directions. Norms, softmax and GELU are not counted.
    pub fn multiply_adds(&self) -> u64 {
        let mut side = self.input.side;
        let mut forward = 0;
        let mut first = None;
        let mut fixed = 0;
        for stage in &self.stages {
            let layers = stage.embedding.multiply_adds(side);
            first = first.or_else(|| layers.first().copied());
            forward += layers.iter().sum::<u64>();
            forward += stage.blocks.iter().map(|block| block.multiply_adds(stage)).sum::<u64>();
            let attention = stage.blocks.iter().filter_map(|block| block.attention());
            fixed += attention.map(|attention| attention.directions(stage)).sum::<u64>();
            side = stage.grid.rows;
        }
        forward += self.head.multiply_adds(self.last_stage());
        3 * forward - first.unwrap_or(0) - fixed
    }

    /// Values kept per image from the forward to the backward pass on the CPU.
    pub fn kept_on_cpu(&self) -> u64 {
        self.kept(Block::kept_on_cpu)
    }

    /// The same on a graphics card.
    pub fn kept_on_card(&self) -> u64 {
        self.kept(Block::kept_on_card)
    }

    /// The image, its maps, the tokens of each stage with their gradient, and what the blocks keep.
    fn kept(&self, block: impl Fn(&Block, &Stage) -> u64) -> u64 {
        let image = (self.input.side as u64).pow(2) * self.input.channels as u64;
        let mut side = self.input.side;
        let stage = |stage: &Stage| {
            let maps = stage.embedding.kept(side);
            side = stage.grid.rows;
            let blocks = stage.blocks.iter().map(|kept| block(kept, stage)).sum::<u64>();
            maps + 3 * product([stage.tokens(), stage.width()]) + blocks
        };
        image + self.stages.iter().map(stage).sum::<u64>()
    }

    /// The number of weights in the largest part whose gradient is summed in one go: a block or an embedding.
    pub fn largest_part(&self) -> u64 {
        let parts = |stage: &Stage| {
            let blocks = stage.blocks.iter().map(|block| block.matrices(stage.width()));
            blocks.max().unwrap_or(0).max(stage.embedding.weights(stage.tokens()))
        };
        self.stages.iter().map(parts).max().unwrap_or(0)
    }
}

impl Embedding {
    /// Multiply-adds of each convolution in order, for a map of `side` pixels per side.
    fn multiply_adds(&self, side: usize) -> Vec<u64> {
        if self.beginning != Beginning::Convolutions {
            return Vec::new();
        }
        let mut side = side + self.padding.iter().sum::<usize>();
        let one = |convolution: &Convolution| {
            side = convolution.along(side);
            let computed = (side as u64).pow(2) * convolution.kernel();
            side = self.pooling().map_or(side, |pooling| pooling.along(side));
            computed
        };
        self.convolutions().map(one).collect()
    }

    fn weights(&self, tokens: usize) -> u64 {
        self.convolutions().map(Convolution::kernel).sum::<u64>()
            + product([tokens, self.projection.output])
    }

    /// Values of maps that the backward pass needs, if the convolutions are followed by more than a GELU: the output of
    /// each convolution, and the output of its pooling. In the backward pass the gradient of the largest output joins them.
    fn kept(&self, side: usize) -> u64 {
        let Some(pooling) = self.pooling() else { return 0 };
        let mut side = side + self.padding.iter().sum::<usize>();
        let mut largest = 0;
        let one = |convolution: &Convolution| {
            let channels = convolution.output as u64;
            let made = convolution.along(side);
            side = pooling.along(made);
            let output = channels * (made as u64).pow(2);
            largest = output.max(largest);
            output + 2 * channels * (side as u64).pow(2)
        };
        let maps: u64 = self.convolutions().map(one).sum();
        maps + largest
    }
}

impl Block {
    /// Multiply-adds of the mixer and both layers of the MLP.
    fn multiply_adds(&self, stage: &Stage) -> u64 {
        let mixer = match &self.mixer {
            Mixer::Attention(attention) => attention.multiply_adds(stage),
            Mixer::Convolutions(convolutions) => {
                stage.tokens() as u64 * convolutions.kernels(stage.width())
            }
            Mixer::Bottleneck(bottleneck) => {
                let widths = [self.input(stage.width()), stage.width()];
                bottleneck.multiply_adds([self.tokens_before(stage), stage.tokens()], widths)
            }
        };
        let shortcut = product([stage.tokens(), self.halves, stage.width()]);
        // Attention counts projections from tokens as wide as those behind it.
        let (from, counted) = match (&self.mixer, self.halves) {
            (Mixer::Attention(_), 1..) => (self.halves, stage.width()),
            _ => (0, 0),
        };
        let of_width = |input| 3 * product([stage.tokens(), input, stage.width()]);
        mixer + of_width(from) - of_width(counted)
            + shortcut
            + 2 * product([stage.tokens(), stage.width(), self.mlp])
    }

    /// The number of tokens before the block.
    fn tokens_before(&self, stage: &Stage) -> usize {
        if self.halves > 0 { 4 * stage.tokens() } else { stage.tokens() }
    }

    /// Values kept of a bottleneck's widened tokens.
    fn kept_of(&self, bottleneck: &Bottleneck, stage: &Stage) -> u64 {
        bottleneck.kept([self.tokens_before(stage), stage.tokens()])
    }

    /// The number of weights in its matrices.
    fn matrices(&self, width: usize) -> u64 {
        let mixer = match &self.mixer {
            Mixer::Attention(attention) => attention.matrices(width),
            Mixer::Convolutions(convolutions) => convolutions.kernels(width),
            Mixer::Bottleneck(bottleneck) => bottleneck.weights([self.input(width), width]),
        };
        mixer + 2 * product([width, self.mlp])
    }

    /// Values per image that the backward pass needs on the CPU: the block's input, the residual sum after the mixer,
    /// the MLP's hidden values after the GELU and the GELU's slopes, and what the mixer keeps.
    fn kept_on_cpu(&self, stage: &Stage) -> u64 {
        let [tokens, width, mlp] = self.sizes(stage);
        let mixer = match &self.mixer {
            Mixer::Attention(attention) => attention.kept_on_cpu(stage),
            // Between the convolutions; in the backward pass the gradients of input and output join them.
            Mixer::Convolutions(_) => 4 * tokens * width,
            Mixer::Bottleneck(bottleneck) => self.kept_of(bottleneck, stage),
        };
        tokens * (2 * width + 2 * mlp + 4) + mixer + self.norms_kept(stage)
    }

    /// Values of the first norm's output, if its half of the block is computed operation by operation. Otherwise, as in the
    /// second half, it is computed again.
    fn norms_kept(&self, stage: &Stage) -> u64 {
        let [tokens, width, _] = self.sizes(stage);
        let again = self.as_plain().is_some() || self.joins_mixer();
        if again { 0 } else { tokens * width }
    }

    /// The same on a graphics card, which also keeps the norms, but no slopes.
    fn kept_on_card(&self, stage: &Stage) -> u64 {
        let [tokens, width, mlp] = self.sizes(stage);
        let mixer = match &self.mixer {
            Mixer::Attention(attention) => attention.kept_on_card(stage),
            Mixer::Convolutions(_) => 3 * tokens * width,
            Mixer::Bottleneck(bottleneck) => self.kept_of(bottleneck, stage),
        };
        tokens * (4 * width + mlp) + mixer
    }

    /// Tokens, width, and hidden width of the MLP.
    fn sizes(&self, stage: &Stage) -> [u64; 3] {
        [stage.tokens(), stage.width(), self.mlp].map(|size| size as u64)
    }
}

impl Attention {
    /// Queries, keys, values and the output projection; the scores and the weighted sums, over all heads; and the
    /// reduction of the keys.
    fn multiply_adds(&self, stage: &Stage) -> u64 {
        let (tokens, width) = (stage.tokens(), stage.width());
        let keys = self.keys(stage.places()).tokens();
        // From how many tokens keys and values are computed, and the cost of reducing them.
        let (made, fewer) = match self.reach {
            Reach::LowRank { rank } => (tokens, 2 * product([tokens, rank, width])),
            _ => (keys, keys as u64 * self.reduction(width)),
        };
        let read = match self.features(width) {
            None => 2 * product([tokens, self.keys_of_query(stage.places()), width]),
            // Key features times values, query features times that, and the normalising sums.
            Some(features) => {
                2 * product([tokens, features, width / self.heads]) + product([tokens, features])
            }
        };
        // Of the grid's tokens alone.
        let places = stage.grid.places() + 2 * self.keys(stage.places()).grid.places();
        let convolved = places as u64 * self.convolution(width);
        let projected = 2 * product([tokens + made, width, width]) + convolved;
        projected + read + fewer + self.directions(stage)
    }

    /// Multiply-adds of queries and keys with random directions.
    fn directions(&self, stage: &Stage) -> u64 {
        match self.kernel {
            Kernel::RandomFeatures { features } => {
                2 * product([stage.tokens(), stage.width(), features])
            }
            Kernel::Softmax | Kernel::Elu => 0,
        }
    }

    /// How many attentions a head mixes.
    fn attentions(&self) -> u64 {
        if self.scores == Scores::Gated { 2 } else { 1 }
    }

    fn matrices(&self, width: usize) -> u64 {
        4 * product([width, width]) + self.reduction(width) + 3 * self.convolution(width)
    }

    /// The number of weights in one of the convolutions that make queries, keys and values.
    fn convolution(&self, width: usize) -> u64 {
        match self.projections {
            Projections::Convolutional { .. } => product([width, CONVOLUTION, CONVOLUTION]),
            _ => 0,
        }
    }

    /// Values kept of these convolutions and of the norms behind them.
    fn kept_of_convolutions(&self, stage: &Stage) -> u64 {
        let [tokens, keys, width, _] = self.sizes(stage);
        match self.projections {
            Projections::Convolutional { .. } => 2 * (tokens + 2 * keys) * width,
            _ => 0,
        }
    }

    /// The number of weights in the convolution that reduces the map of keys.
    fn reduction(&self, width: usize) -> u64 {
        match self.reach {
            Reach::Reduced { stride } => product([width, width, stride, stride]),
            Reach::All | Reach::Windows { .. } | Reach::LowRank { .. } => 0,
        }
    }

    /// Queries, keys, values, the attention output, and the attention weights. With QK-norm, queries and keys are kept
    /// twice.
    fn kept_on_cpu(&self, stage: &Stage) -> u64 {
        let [tokens, keys, width, heads] = self.sizes(stage);
        let qk_norm = if self.qk_norm { tokens * (2 * width + 4 * heads) } else { 0 };
        let weights = match self.kernel {
            Kernel::Softmax => {
                self.attentions() * tokens * heads * self.keys_of_query(stage.places()) as u64
            }
            // The features are computed again.
            Kernel::Elu => 0,
            Kernel::RandomFeatures { features } => 2 * tokens * heads * features as u64,
        };
        2 * (tokens + keys) * width + qk_norm + weights + self.kept_of_convolutions(stage)
    }

    /// The same on a graphics card, which instead of the attention weights keeps only what it needs to recompute the softmax.
    fn kept_on_card(&self, stage: &Stage) -> u64 {
        let [tokens, keys, width, heads] = self.sizes(stage);
        let qk_norm = if self.qk_norm { tokens * (2 * width + 2 * heads) } else { 0 };
        let features = match self.kernel {
            Kernel::RandomFeatures { features } => 2 * tokens * heads * features as u64,
            Kernel::Softmax | Kernel::Elu => 0,
        };
        let sums = 2 * self.attentions() * tokens * heads;
        let convolutions = self.kept_of_convolutions(stage);
        2 * (tokens + keys) * width + qk_norm + sums + features + convolutions
    }

    /// Queries, keys, width and heads.
    fn sizes(&self, stage: &Stage) -> [u64; 4] {
        [stage.tokens(), self.keys(stage.places()).tokens(), stage.width(), self.heads]
            .map(|size| size as u64)
    }
}

impl Convolutions {
    /// The number of weights in its kernels.
    fn kernels(&self, width: usize) -> u64 {
        2 * product([width, width, self.window, self.window])
    }
}

impl Head {
    /// The classifiers, and with sequence pooling the token scores and the weighted sum.
    fn multiply_adds(&self, stage: &Stage) -> u64 {
        let width = stage.width();
        let classifier = product([width, self.classes]);
        match self.pool {
            Pool::First | Pool::Mean => classifier,
            Pool::Sequence => classifier + 2 * product([stage.tokens(), width]),
            Pool::Distilled => 2 * classifier,
        }
    }
}

/// The product of sizes in 64 bits.
fn product<const N: usize>(sizes: [usize; N]) -> u64 {
    sizes.iter().map(|&size| size as u64).product()
}
