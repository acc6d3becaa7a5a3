//! Convolution in which each output channel reads all input channels (LeCun et al. 1989).

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::convolution;
use patchwork_kernels::{ConvolutionShape, Geometry};

use crate::model::fused::cpu::{floats, group, slice, tensor};
#[cfg(feature = "engine")]
use crate::model::fused::cpu::{part, total};
use crate::platform;

/// The optional bias of a convolution.
#[derive(ExtensionType)]
pub(crate) enum Bias<B: Backend> {
    Absent,
    Present(FloatTensor<B>),
}

impl<B: Backend> Bias<B> {
    fn into_option(self) -> Option<FloatTensor<B>> {
        match self {
            Self::Absent => None,
            Self::Present(bias) => Some(bias),
        }
    }
}

/// A device's backward pass of a convolution.
#[cfg(feature = "engine")]
pub(crate) trait ConvolutionKernels: Backend {
    /// The gradient of the maps `[batch, height · width, input]`.
    fn convolution_for_maps(
        kernel: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self>;

    /// The gradient of the kernel `[output, inputs, rows, columns]`.
    fn convolution_for_kernel(
        maps: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self>;

    /// The gradient of the bias `[output]`.
    fn convolution_for_bias(
        gradient: FloatTensor<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self>;
}

/// Convolution, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait ConvolutionOps: Backend {
    fn convolution(
        maps: FloatTensor<Self>,
        kernel: FloatTensor<Self>,
        #[extension_type] bias: Bias<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self>;
}

/// Convolves maps: the output of a window is the sum of its values times those of the kernel, plus the bias. Values
/// outside the map are 0.
///
/// # Shapes
/// - maps: `[batch, height · width, input]`
/// - kernel: `[output, input, rows, columns]`, with the window of `geometry`
/// - bias: `[output]`
/// - output: `[batch, geometry.windows(), output]`
///
/// # Panics
/// If another shape is given, or no window fits on the map.
pub fn convolution(
    maps: Tensor<3>,
    kernel: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: Geometry,
) -> Tensor<3> {
    let ([output, input, ..], [_, _, channels]) = (kernel.dims(), maps.dims());
    assert_eq!(input, channels, "a kernel for other channels");
    let shape = ConvolutionShape { geometry, input, output, depthwise: false };
    convolve(maps, kernel, bias, shape)
}

/// A convolution of any kind, depthwise or not.
pub(super) fn convolve(
    maps: Tensor<3>,
    kernel: Tensor<4>,
    bias: Option<Tensor<1>>,
    shape: ConvolutionShape,
) -> Tensor<3> {
    let Geometry { window: [rows, columns], .. } = shape.geometry;
    assert!(shape.geometry.is_possible(), "no window on the map: {:?}", shape.geometry);
    assert_eq!(maps.dims()[1], shape.geometry.tokens(), "maps of another size");
    let sizes = [shape.output, shape.inputs(), rows, columns];
    assert_eq!(kernel.dims(), sizes, "a kernel of another shape");
    assert!(bias.as_ref().is_none_or(|bias| bias.dims() == [shape.output]), "another bias");
    let bias = bias.map_or(Bias::Absent, |bias| Bias::Present(bias.into_dispatch()));
    let (maps, kernel) = (maps.into_dispatch(), kernel.into_dispatch());
    Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution(maps, kernel, bias, shape))
}

impl ConvolutionOps for Flex {
    fn convolution(
        maps: FloatTensor<Self>,
        kernel: FloatTensor<Self>,
        bias: Bias<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self> {
        let images = maps.shape()[0];
        let bias = bias.into_option().map(floats);
        let (bias, maps) = (bias.as_ref().map(slice), floats(maps));
        let packed = convolution::pack(&shape, slice(&floats(kernel)));
        let windows = shape.geometry.windows();
        let few = group(images, windows);
        let mut out = vec![0.0; images * shape.made()];
        let groups = slice(&maps).chunks(few * shape.map()).zip(out.chunks_mut(few * shape.made()));
        platform::for_each(groups.collect(), |(maps, out)| {
            convolution::forward(&shape, &packed, bias, maps, out);
        });
        tensor(out, Shape::new([images, windows, shape.output]))
    }
}

#[cfg(feature = "engine")]
impl ConvolutionKernels for Flex {
    fn convolution_for_maps(
        kernel: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self> {
        let (images, gradient) = (gradient.shape()[0], floats(gradient));
        let packed = convolution::pack(&shape, slice(&floats(kernel)));
        let few = group(images, shape.geometry.windows());
        let mut out = vec![0.0; images * shape.map()];
        let groups =
            slice(&gradient).chunks(few * shape.made()).zip(out.chunks_mut(few * shape.map()));
        platform::for_each(groups.collect(), |(gradient, out)| {
            convolution::for_maps(&shape, &packed, gradient, out);
        });
        tensor(out, Shape::new([images, shape.geometry.tokens(), shape.input]))
    }

    fn convolution_for_kernel(
        maps: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self> {
        let images = maps.shape()[0];
        let [maps, gradient] = [maps, gradient].map(floats);
        let few = group(images, shape.geometry.windows());
        let part = part(images, few);
        let mut sums = vec![0.0; images.div_ceil(part) * shape.kernel()];
        let parts = slice(&maps)
            .chunks(part * shape.map())
            .zip(slice(&gradient).chunks(part * shape.made()))
            .zip(sums.chunks_mut(shape.kernel()));
        platform::for_each(parts.collect(), |((maps, gradient), sums)| {
            let groups = maps.chunks(few * shape.map()).zip(gradient.chunks(few * shape.made()));
            for (maps, gradient) in groups {
                convolution::for_kernel(&shape, maps, gradient, sums);
            }
        });
        let kernel = convolution::unpack(&shape, &total(&sums, shape.kernel()));
        let [rows, columns] = shape.geometry.window;
        tensor(kernel, Shape::new([shape.output, shape.inputs(), rows, columns]))
    }

    fn convolution_for_bias(
        gradient: FloatTensor<Self>,
        shape: ConvolutionShape,
    ) -> FloatTensor<Self> {
        let (images, gradient) = (gradient.shape()[0], floats(gradient));
        let part = part(images, 1);
        let mut sums = vec![0.0; images.div_ceil(part) * shape.output];
        let parts = slice(&gradient).chunks(part * shape.made()).zip(sums.chunks_mut(shape.output));
        platform::for_each(parts.collect(), |(gradient, sums)| {
            convolution::for_bias(gradient, sums);
        });
        tensor(total(&sums, shape.output), Shape::new([shape.output]))
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};

    use super::*;
    use crate::model::graph::backpropagate;

    /// What the backward pass needs.
    #[derive(Debug, Clone)]
    struct State<B: Backend> {
        maps: FloatTensor<B>,
        kernel: FloatTensor<B>,
        shape: ConvolutionShape,
    }

    /// The parents are maps, kernel and, if there is one, the bias.
    #[derive(Debug)]
    struct ConvolutionBackward;

    impl<B: ConvolutionKernels, const N: usize> Backward<B, N> for ConvolutionBackward {
        type State = State<B>;

        fn backward(
            self,
            ops: Ops<Self::State, N>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, N, 3>(ops, gradients, |state, gradient, wanted| {
                let State { maps, kernel, shape } = state;
                let [for_maps, for_kernel, for_bias] =
                    wanted.map(|wanted| wanted.then(|| gradient.clone()));
                [
                    for_maps.map(|gradient| B::convolution_for_maps(kernel, gradient, shape)),
                    for_kernel.map(|gradient| B::convolution_for_kernel(maps, gradient, shape)),
                    for_bias.map(|gradient| B::convolution_for_bias(gradient, shape)),
                ]
            });
        }
    }

    impl<B: ConvolutionKernels + ConvolutionOps, C: CheckpointStrategy> ConvolutionOps
        for Autodiff<B, C>
    {
        fn convolution(
            maps: FloatTensor<Self>,
            kernel: FloatTensor<Self>,
            bias: Bias<Self>,
            shape: ConvolutionShape,
        ) -> FloatTensor<Self> {
            let ((maps, from_maps), (kernel, from_kernel)) =
                (maps.into_parts(), kernel.into_parts());
            let state = State { maps: maps.clone(), kernel: kernel.clone(), shape };
            match bias {
                Bias::Absent => {
                    let made = B::convolution(maps, kernel, Bias::Absent, shape);
                    finish::<B, C, 2>([from_maps, from_kernel], state, made)
                }
                Bias::Present(bias) => {
                    let (bias, from_bias) = bias.into_parts();
                    let made = B::convolution(maps, kernel, Bias::Present(bias), shape);
                    finish::<B, C, 3>([from_maps, from_kernel, from_bias], state, made)
                }
            }
        }
    }

    fn finish<B: ConvolutionKernels, C: CheckpointStrategy, const N: usize>(
        parents: [NodeGuard; N],
        state: State<B>,
        made: FloatTensor<B>,
    ) -> FloatTensor<Autodiff<B, C>> {
        match ConvolutionBackward.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(state, made),
            OpsKind::UnTracked(prepared) => prepared.finish(made),
        }
    }
}

#[cfg(feature = "cube")]
mod card {
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn_cubecl::CubeBackend;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::tensor::CubeTensor;
    use patchwork_shaders::MapConvolution;

    use super::*;
    use crate::model::fused::cube::like;

    /// A convolution of all images of a tensor.
    fn told(tensor: &CubeTensor, shape: ConvolutionShape) -> MapConvolution {
        MapConvolution {
            client: tensor.client.clone(),
            shape,
            images: tensor.meta.shape()[0],
            dtype: dtype_to_elem_type(tensor.dtype),
        }
    }

    impl ConvolutionOps for CubeBackend {
        fn convolution(
            maps: FloatTensor<Self>,
            kernel: FloatTensor<Self>,
            bias: Bias<Self>,
            shape: ConvolutionShape,
        ) -> FloatTensor<Self> {
            let [maps, kernel] = [maps, kernel].map(into_contiguous);
            let bias = bias.into_option().map(into_contiguous);
            let told = told(&maps, shape);
            let out =
                like(&maps, Shape::new([told.images, shape.geometry.windows(), shape.output]));
            let bias = bias.as_ref().map(|bias| &bias.handle);
            told.forward(&maps.handle, &kernel.handle, bias, &out.handle);
            out
        }
    }

    impl ConvolutionKernels for CubeBackend {
        fn convolution_for_maps(
            kernel: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            shape: ConvolutionShape,
        ) -> FloatTensor<Self> {
            let [kernel, gradient] = [kernel, gradient].map(into_contiguous);
            let told = told(&gradient, shape);
            let out =
                like(&gradient, Shape::new([told.images, shape.geometry.tokens(), shape.input]));
            told.for_maps(&kernel.handle, &gradient.handle, &out.handle);
            out
        }

        fn convolution_for_kernel(
            maps: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            shape: ConvolutionShape,
        ) -> FloatTensor<Self> {
            let [maps, gradient] = [maps, gradient].map(into_contiguous);
            let [rows, columns] = shape.geometry.window;
            let out = like(&maps, Shape::new([shape.output, shape.inputs(), rows, columns]));
            told(&maps, shape).for_kernel(&maps.handle, &gradient.handle, &out.handle);
            out
        }

        fn convolution_for_bias(
            gradient: FloatTensor<Self>,
            shape: ConvolutionShape,
        ) -> FloatTensor<Self> {
            let gradient = into_contiguous(gradient);
            let out = like(&gradient, Shape::new([shape.output]));
            told(&gradient, shape).for_bias(&gradient.handle, &out.handle);
            out
        }
    }
}
