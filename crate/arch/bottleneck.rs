//! An inverted bottleneck as a block's mixer.

use serde::{Deserialize, Serialize};

use crate::layers::{ConvolutionArrays, Linear, Norm, Projection};
use crate::parameters::Source;

/// An inverted bottleneck (Sandler et al. 2018, "MobileNetV2") with squeeze-and-excitation (Hu et al. 2018): a matrix widens
/// each token, a depthwise convolution of 3×3 tokens moves information between them, the mean of all tokens weighs the
/// channels, and a matrix makes the tokens narrow again. Both widened steps have a LayerNorm and a GELU behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bottleneck {
    /// Width of the widened tokens.
    pub hidden: usize,
    /// Width between the two layers that weigh the channels.
    pub squeezed: usize,
}

/// The parameters of a bottleneck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BottleneckArrays<A> {
    /// Widens each token; no bias.
    pub expand: Projection<A>,
    /// Behind it.
    pub norm1: Norm<A>,
    /// The depthwise convolution, `[hidden, 1, 3, 3]`.
    pub kernel: A,
    /// Behind it.
    pub norm2: Norm<A>,
    /// From the mean token, before the SiLU.
    pub squeeze: Linear<A>,
    /// Behind the SiLU; its sigmoid weighs the channels.
    pub excite: Linear<A>,
    /// Makes the tokens narrow again.
    pub project: Linear<A>,
}

impl Bottleneck {
    /// Tokens per side of the windows of the convolution.
    pub const WINDOW: usize = 3;

    /// Declares the bottleneck from tokens of the first width to tokens of the second.
    pub(crate) fn declare<S: Source>(
        &self,
        source: &mut S,
        [input, width]: [usize; 2],
    ) -> BottleneckArrays<S::Array> {
        let &Self { hidden, squeezed } = self;
        let expand = |s: &mut S| Projection::declare_parts(s, input, hidden, 1, false);
        let kernel =
            |s: &mut S| ConvolutionArrays::declare(s, [hidden, 1], Self::WINDOW, false).kernel;
        BottleneckArrays {
            expand: source.within("conv1_1x1", expand),
            norm1: source.within("norm1", |s| Norm::declare(s, hidden)),
            kernel: source.within("conv2_kxk", kernel),
            norm2: source.within("norm2", |s| Norm::declare(s, hidden)),
            squeeze: source.within("se.fc1", |s| Linear::declare(s, hidden, squeezed)),
            excite: source.within("se.fc2", |s| Linear::declare(s, squeezed, hidden)),
            project: source.within("conv3_1x1", |s| Linear::declare(s, hidden, width)),
        }
    }

    /// The number of weights in its matrices and its kernel.
    pub(crate) fn weights(&self, [input, width]: [usize; 2]) -> u64 {
        let wide = input + width + Self::WINDOW.pow(2) + 2 * self.squeezed;
        self.hidden as u64 * wide as u64
    }

    /// Multiply-adds for `tokens` tokens, made from `before`.
    pub(crate) fn multiply_adds(
        &self,
        [before, tokens]: [usize; 2],
        [input, width]: [usize; 2],
    ) -> u64 {
        let each = before * input + tokens * (Self::WINDOW.pow(2) + width) + 2 * self.squeezed;
        self.hidden as u64 * each as u64
    }

    /// Values per image that the backward pass needs of widened tokens: what each norm read, the slopes of each GELU and its
    /// output, and the product with the weights of the channels. In the backward pass a gradient as large as the first map
    /// joins them.
    pub(crate) fn kept(&self, [before, tokens]: [usize; 2]) -> u64 {
        4 * self.hidden as u64 * (before + tokens) as u64
    }
}
