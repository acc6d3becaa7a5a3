//! The first half of a block that mixes tokens by two convolutions: LayerNorm, convolution, GELU and convolution on a
//! residual connection, for some images, forward and backward.

use std::ops::Range;
use std::sync::OnceLock;

use patchwork_arch::{
    Attention, Block, ConvolutionArrays, Convolutions, Grid, Mixer, MixerArrays, Places,
};

use crate::convolution::{self, ConvolutionShape};
use crate::dropout::{Branch, DropoutMasks};
use crate::geometry::Geometry;
use crate::layer::{normalise, split};
use crate::math;
use crate::saved::{parts, parts_mut};
use crate::scratch::Scratch;
use crate::shape::Norm;

/// The sizes of the sublayer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvolutionsSublayer {
    convolutions: Convolutions,
    width: usize,
    grid: Grid,
}

/// The sublayer, and what one call shares among images.
#[derive(Debug)]
pub struct PreparedConvolutions {
    of: ConvolutionsSublayer,
    layers: Layers,
    /// The two kernels in the order of a window's numbers, which the forward pass reads.
    packed: OnceLock<[Scratch; 2]>,
    /// The two kernels turned by 180°, which the backward pass reads.
    turned: OnceLock<[Scratch; 2]>,
}

/// Where the layers lie among the weights.
#[derive(Debug)]
struct Layers {
    norm: Norm,
    convolutions: [Convolution; 2],
}

#[derive(Debug)]
struct Convolution {
    kernel: Range<usize>,
    bias: Range<usize>,
}

/// Activations of some images that the backward pass needs.
struct Saved<T> {
    /// Mean and reciprocal deviation of the norm, `[rows, 2]`.
    statistics: T,
    /// Between the convolutions, after the GELU, `[rows, width]`.
    hidden: T,
    /// The derivative of the GELU, `[rows, width]`.
    slopes: T,
}

impl ConvolutionsSublayer {
    /// The convolutions of a block as a sublayer; `None` for other blocks.
    pub fn of(block: &Block, width: usize, places: Places) -> Option<Self> {
        let Mixer::Convolutions(convolutions) = block.mixer else { return None };
        block.joins_mixer().then_some(Self { convolutions, width, grid: places.grid })
    }

    /// The number of its weights.
    pub fn parameters(&self) -> usize {
        let Layers { convolutions: [_, last], .. } = self.layers();
        last.bias.end
    }

    /// The size of an image's saved activations.
    pub fn saved_size(&self) -> usize {
        let mut size = 0;
        self.saved(1, |count| size += count);
        size
    }

    fn saved<T>(&self, images: usize, mut take: impl FnMut(usize) -> T) -> Saved<T> {
        let mut rows = |columns| take(images * self.grid.places() * columns);
        Saved { statistics: rows(2), hidden: rows(self.width), slopes: rows(self.width) }
    }

    fn layers(&self) -> Layers {
        let &Self { convolutions, width, grid } = self;
        let mixer = Mixer::Convolutions(convolutions);
        let block = Block { mixer, ..Block::of(Attention::default(), 0) };
        let arrays = block.ranges(width, Places { front: 0, grid });
        let MixerArrays::Convolutions(mixer) = arrays.mixer else {
            unreachable!("a block with convolutions");
        };
        let convolution = |ConvolutionArrays { kernel, bias }: ConvolutionArrays<Range<usize>>| {
            Convolution { kernel, bias: bias.expect("these convolutions have biases") }
        };
        Layers { norm: arrays.norm1, convolutions: [mixer.first, mixer.second].map(convolution) }
    }

    /// The sizes of both convolutions.
    fn shape(&self) -> ConvolutionShape {
        let map = [self.grid.rows, self.grid.columns];
        let geometry = Geometry::around(map, self.convolutions.window);
        ConvolutionShape { geometry, input: self.width, output: self.width, depthwise: false }
    }

    /// Prepares a call for all images of a batch, all with the same weights: the first images arrange the kernels for the
    /// others.
    pub fn prepare(self) -> PreparedConvolutions {
        let [packed, turned] = [OnceLock::new(), OnceLock::new()];
        PreparedConvolutions { of: self, layers: self.layers(), packed, turned }
    }
}

impl PreparedConvolutions {
    fn images(&self, tokens: &[f32]) -> usize {
        tokens.len() / self.image()
    }

    /// The size of an image's tokens.
    fn image(&self) -> usize {
        self.of.grid.places() * self.of.width
    }

    /// Both kernels in the order that `arrange` makes.
    fn kernels(
        &self,
        weights: &[f32],
        arrange: fn(&ConvolutionShape, &[f32]) -> Scratch,
    ) -> [Scratch; 2] {
        let shape = self.of.shape();
        let layers = self.layers.convolutions.each_ref();
        layers.map(|layer| arrange(&shape, &weights[layer.kernel.clone()]))
    }

    /// One of the convolutions, 0 or 1.
    fn convolve(&self, which: usize, weights: &[f32], maps: &[f32], out: &mut [f32]) {
        let bias = &weights[self.layers.convolutions[which].bias.clone()];
        let packed = self.packed.get_or_init(|| self.kernels(weights, convolution::pack));
        convolution::forward(&self.of.shape(), &packed[which], Some(bias), maps, out);
    }

    /// The gradient of a convolution: that of its input is written, that of its weights added.
    fn convolve_backward(
        &self,
        which: usize,
        weights: &[f32],
        [input, gradient]: [&[f32]; 2],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let (shape, layer) = (self.of.shape(), &self.layers.convolutions[which]);
        let turned = self.turned.get_or_init(|| self.kernels(weights, convolution::turn));
        let for_kernel = &mut sums[layer.kernel.clone()];
        let known = [input, gradient];
        convolution::turned_backward(&shape, &turned[which], known, out, for_kernel);
        convolution::for_bias(gradient, &mut sums[layer.bias.clone()]);
    }

    /// The forward pass; see [`crate::PreparedSublayer::forward`].
    pub(crate) fn forward(
        &self,
        weights: &[f32],
        tokens: &[f32],
        masks: DropoutMasks,
        output: &mut [f32],
        saved: &mut [f32],
    ) {
        let Saved { statistics, hidden, slopes } =
            self.of.saved(self.images(tokens), parts_mut(saved));
        let mut normal = Scratch::of(tokens.len());
        math::statistics(tokens, self.of.width, statistics);
        normalise(&self.layers.norm, weights, tokens, statistics, &mut normal);
        self.convolve(0, weights, &normal, hidden);
        math::gelu(hidden, slopes);
        self.convolve(1, weights, hidden, output);
        masks.apply(Branch::Attention, output, self.image());
        math::add(output, tokens);
    }

    /// The backward pass; see [`crate::PreparedSublayer::backward`]. The gradients of the kernels are summed in
    /// the order of [`convolution::turned_backward`].
    pub(crate) fn backward(
        &self,
        weights: &[f32],
        [tokens, saved]: [&[f32]; 2],
        masks: DropoutMasks,
        gradient: &[f32],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let Saved { statistics, hidden, slopes } = self.of.saved(self.images(tokens), parts(saved));
        let [mut normal, mut for_hidden, mut for_normal] =
            [(); 3].map(|()| Scratch::of(tokens.len()));
        let masked = masks.of_branch(Branch::Attention, gradient, self.image());
        let for_branch = masked.as_deref().unwrap_or(gradient);
        self.convolve_backward(1, weights, [hidden, for_branch], &mut for_hidden, sums);
        math::multiply(&mut for_hidden, slopes);
        let norm = &self.layers.norm;
        normalise(norm, weights, tokens, statistics, &mut normal);
        self.convolve_backward(0, weights, [&normal, &for_hidden], &mut for_normal, sums);
        out.copy_from_slice(gradient);
        let (scale, for_norm) = (&weights[norm.scale.clone()], split(norm, sums));
        math::norm_backward(tokens, statistics, scale, &mut for_normal, for_norm, out);
    }

    /// The gradient of the weights from the sums of all images.
    pub(crate) fn finish(&self, mut sums: Vec<f32>) -> Vec<f32> {
        for layer in &self.layers.convolutions {
            let kernel = convolution::turn_back(&self.of.shape(), &sums[layer.kernel.clone()]);
            sums[layer.kernel.clone()].copy_from_slice(&kernel);
        }
        sums
    }
}
