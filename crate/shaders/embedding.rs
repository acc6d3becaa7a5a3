//! Patch embedding: images to tokens, through a stem of convolutions if there is one.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::EmbeddingShape;

use crate::buffer::{buffer, vector};
use crate::convolution::{self, Convolution, Image, TokenWeights, UNITS};
use crate::grid::cube_count;
use crate::sums::add_parts;

/// The most parts in which a gradient is summed.
const PARTS: usize = 32;

/// The patch embedding of some images, on a device.
pub struct Embedding {
    /// The device.
    pub client: Client,
    /// Its sizes.
    pub shape: EmbeddingShape,
    /// Images.
    pub images: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

/// The output of one of the stem's convolutions, `[images, windows, output]` both.
struct Map {
    values: Handle,
    /// The derivatives of the GELU.
    slopes: Handle,
}

/// The convolutions; the last one makes tokens of patches.
fn convolutions(shape: &EmbeddingShape) -> Vec<Convolution> {
    let parts = shape.parts().convolutions;
    let last = parts.len() - 1;
    let convolution = |(index, part): (usize, &patchwork_kernels::Convolution)| Convolution {
        side: part.side,
        channels: part.channels,
        image: (index == 0).then_some(Image { side: shape.image, before: shape.before() }),
        window: part.window,
        stride: part.stride,
        margin: part.margin,
        output: part.layer.bias.len(),
        lead: if index == last { shape.embedding.front } else { 0 },
        matrix: part.layer.matrix.start,
        bias: part.layer.bias.start,
    };
    parts.iter().enumerate().map(convolution).collect()
}

fn token_weights(shape: &EmbeddingShape) -> TokenWeights {
    let parts = shape.parts();
    TokenWeights {
        class_token: parts.front.map(|range| range.start),
        positions: parts.positions.expect("a plan has positions").start,
    }
}

impl Embedding {
    /// Outputs that a unit computes.
    fn vector(&self) -> usize {
        let embedding = &self.shape.embedding;
        let layers = embedding.stem.iter().chain([&embedding.projection]);
        vector(&layers.map(|layer| layer.output).collect::<Vec<_>>())
    }

    /// Input channels that a unit reads at once.
    fn inputs(&self, of: &Convolution) -> usize {
        if of.image.is_some() { 1 } else { self.vector() }
    }

    fn empty(&self, numbers: usize) -> Handle {
        self.client.empty(numbers * self.dtype.size())
    }

    fn weights(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.shape.parameters())
    }

    fn read(&self, of: &Convolution, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * of.read())
    }

    fn made(&self, of: &Convolution, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * of.made())
    }

    /// Cubes for this many units.
    fn cubes(units: usize) -> CubeCount {
        cube_count(units, UNITS)
    }

    fn pack(&self, weights: &Handle) -> Handle {
        let parameters = self.shape.parameters();
        let packed = self.empty(parameters);
        // SAFETY: units stay within the parameters.
        unsafe {
            convolution::pack::launch_unchecked(
                &self.client,
                Self::cubes(parameters),
                CubeDim::new_1d(UNITS),
                self.weights(weights),
                self.weights(&packed),
                parameters,
                convolutions(&self.shape),
                self.dtype,
            );
        }
        packed
    }

    /// The outputs of the convolutions before the last.
    fn stem(&self, convolutions: &[Convolution], images: &Handle, packed: &Handle) -> Vec<Map> {
        let mut maps: Vec<Map> = Vec::new();
        for of in &convolutions[..convolutions.len() - 1] {
            let empty = || self.empty(self.images * of.made());
            let map = Map { values: empty(), slopes: empty() };
            let read = maps.last().map_or(images, |map| &map.values);
            // SAFETY: units stay within the buffers, which have the sizes of the shapes.
            unsafe {
                convolution::activated::launch_unchecked(
                    &self.client,
                    Self::cubes(self.images * of.forward_units(self.vector())),
                    CubeDim::new_1d(UNITS),
                    self.inputs(of),
                    self.vector(),
                    self.read(of, read),
                    self.weights(packed),
                    self.made(of, &map.values),
                    self.made(of, &map.slopes),
                    self.images as u32,
                    *of,
                    self.dtype,
                );
            }
            maps.push(map);
        }
        maps
    }

    /// Embeds images as tokens.
    ///
    /// # Shapes
    /// - images: `[images, side, side]`
    /// - weights: `[parameters]`
    /// - tokens: `[images, tokens, width]`, written
    pub fn forward(&self, images: &Handle, weights: &Handle, tokens: &Handle) {
        let convolutions = convolutions(&self.shape);
        let packed = self.pack(weights);
        let maps = self.stem(&convolutions, images, &packed);
        let read = maps.last().map_or(images, |map| &map.values);
        let of = convolutions[convolutions.len() - 1];
        // SAFETY: units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            convolution::tokens::launch_unchecked(
                &self.client,
                Self::cubes(self.images * of.forward_units(self.vector())),
                CubeDim::new_1d(UNITS),
                self.inputs(&of),
                self.vector(),
                self.read(&of, read),
                self.weights(&packed),
                self.made(&of, tokens),
                self.images as u32,
                of,
                token_weights(&self.shape),
                self.dtype,
            );
        }
    }

    /// Backpropagates the gradient of the tokens to the weights. The stem's outputs are recomputed.
    ///
    /// # Shapes
    /// - images, weights: as in [`forward`](Self::forward)
    /// - gradient: `[images, tokens, width]`
    /// - for_weights: `[parameters]`, written
    pub fn backward(
        &self,
        images: &Handle,
        weights: &Handle,
        gradient: &Handle,
        for_weights: &Handle,
    ) {
        let parameters = self.shape.parameters();
        let part = self.images.div_ceil(PARTS);
        let parts = self.images.div_ceil(part);
        let sums = self.client.empty(parts * parameters * size_of::<f32>());
        let convolutions = convolutions(&self.shape);
        // The backward pass only reads a stem's weights.
        let packed = if !self.shape.embedding.stem.is_empty() {
            self.pack(weights)
        } else {
            weights.clone()
        };
        let maps = self.stem(&convolutions, images, &packed);
        let mut gradient = gradient.clone();
        for (i, of) in convolutions.iter().enumerate().rev() {
            let before = i.checked_sub(1).map(|i| &maps[i]);
            let read = before.map_or(images, |map| &map.values);
            let own = (i + 1 == convolutions.len()).then(|| token_weights(&self.shape));
            self.partial(of, own, read, &gradient, &sums, [part, parts]);
            if let Some(map) = before {
                gradient = self.map_gradient(of, &gradient, &packed, &map.slopes);
            }
        }
        add_parts(&self.client, &sums, for_weights, parts, parameters, self.dtype);
    }

    fn partial(
        &self,
        of: &Convolution,
        own: Option<TokenWeights>,
        read: &Handle,
        gradient: &Handle,
        sums: &Handle,
        [part, parts]: [usize; 2],
    ) {
        let (inputs, vector) = (self.inputs(of), self.vector());
        let for_tokens = own.map_or(0, |_| of.token_units(vector));
        let parameters = self.shape.parameters();
        // SAFETY: units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            convolution::partial::launch_unchecked(
                &self.client,
                Self::cubes(parts * (of.kernel_units(inputs, vector) + for_tokens)),
                CubeDim::new_1d(UNITS),
                inputs,
                vector,
                self.read(of, read),
                self.made(of, gradient),
                buffer(sums.clone(), parts * parameters),
                self.images as u32,
                part as u32,
                parameters,
                *of,
                own,
                self.dtype,
            );
        }
    }

    /// The gradient through the GELU with these derivatives.
    fn map_gradient(
        &self,
        of: &Convolution,
        gradient: &Handle,
        packed: &Handle,
        slopes: &Handle,
    ) -> Handle {
        let out = self.empty(self.images * of.read());
        // SAFETY: units stay within the buffers, which have the sizes of the shapes.
        unsafe {
            convolution::map_gradient::launch_unchecked(
                &self.client,
                Self::cubes(self.images * of.read() / self.vector()),
                CubeDim::new_1d(UNITS),
                self.vector(),
                self.made(of, gradient),
                self.weights(packed),
                self.read(of, slopes),
                self.read(of, &out),
                self.images as u32,
                *of,
                self.dtype,
            );
        }
        out
    }
}
