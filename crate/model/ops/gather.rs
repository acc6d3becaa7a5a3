//! Gathers tokens by index: windows of a grid, shifted or not, neighbours to be merged, or any others.
//!
//! Shifted windows and patch merging are those of Swin (Liu et al. 2021).

use std::sync::Arc;
#[cfg(feature = "cube")]
use std::sync::{Mutex, PoisonError};

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::gather::{self, Index};

use crate::model::fused::cpu::{floats, slice, tensor};
use crate::platform;

/// Which tokens to gather. Clones share one index, whose lists are sent to each graphics card once.
#[derive(Debug, Clone)]
pub struct TokenIndex(Arc<Lists>);

#[derive(Debug)]
struct Lists {
    index: Index,
    #[cfg(feature = "cube")]
    held: Mutex<Vec<card::Held>>,
}

impl TokenIndex {
    /// An index made of these lists.
    pub fn new(index: Index) -> Self {
        Self(Arc::new(Lists {
            index,
            #[cfg(feature = "cube")]
            held: Mutex::default(),
        }))
    }

    /// The lists.
    pub fn lists(&self) -> &Index {
        &self.0.index
    }
}

impl From<Index> for TokenIndex {
    fn from(index: Index) -> Self {
        Self::new(index)
    }
}

/// A device's backward pass of a gather.
#[cfg(feature = "engine")]
pub(crate) trait GatherKernels: Backend {
    /// The gradient of the tokens `[batch, index.count(), width]`: for each token, the sum over all places that read
    /// it, in order.
    fn gather_backward(gradient: FloatTensor<Self>, index: TokenIndex) -> FloatTensor<Self>;
}

/// A gather, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait GatherOps: Backend {
    fn gather(tokens: FloatTensor<Self>, index: TokenIndex) -> FloatTensor<Self>;
}

/// Reads tokens in the order of an index. A token may be read several times, or never.
///
/// # Shapes
/// - tokens: `[batch, index.count(), width]`
/// - output: `[batch, index.len(), width]`
///
/// # Panics
/// If the number of tokens is not that of the index.
pub fn gather(tokens: Tensor<3>, index: &TokenIndex) -> Tensor<3> {
    assert_eq!(tokens.dims()[1], index.lists().count(), "an index of other tokens");
    let tokens = tokens.into_dispatch();
    Tensor::from_dispatch(<Dispatch as GatherOps>::gather(tokens, index.clone()))
}

/// The least number of values that a thread processes at a time.
const FEWEST: usize = 1 << 13;

/// Computes `[images, to, width]` from `[images, from, width]`, a few images at a time: calls `work(input, output)`.
fn by_images(
    values: FloatTensor<Flex>,
    [from, to]: [usize; 2],
    work: impl Fn(&[f32], &mut [f32]) + Send + Sync,
) -> FloatTensor<Flex> {
    let [images, width] = [values.shape()[0], values.shape()[2]];
    let values = floats(values);
    let values = slice(&values);
    let mut out = vec![0.0; images * to * width];
    let few = (FEWEST / (to * width)).max(1);
    platform::for_each_chunk(&mut out, few * to * width, |index, out| {
        let first = index * few * from * width;
        work(&values[first..][..out.len() / to * from], out);
    });
    tensor(out, Shape::new([images, to, width]))
}

impl GatherOps for Flex {
    fn gather(tokens: FloatTensor<Self>, index: TokenIndex) -> FloatTensor<Self> {
        let (lists, width) = (index.lists(), tokens.shape()[2]);
        by_images(tokens, [lists.count(), lists.len()], |tokens, out| {
            gather::forward(lists, width, tokens, out);
        })
    }
}

#[cfg(feature = "engine")]
impl GatherKernels for Flex {
    fn gather_backward(gradient: FloatTensor<Self>, index: TokenIndex) -> FloatTensor<Self> {
        let (lists, width) = (index.lists(), gradient.shape()[2]);
        by_images(gradient, [lists.len(), lists.count()], |gradient, out| {
            gather::backward(lists, width, gradient, out);
        })
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    use super::*;
    use crate::model::graph::backpropagate;

    #[derive(Debug)]
    struct GatherBackward;

    impl<B: GatherKernels> Backward<B, 1> for GatherBackward {
        type State = TokenIndex;

        fn backward(
            self,
            ops: Ops<Self::State, 1>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 1, 1>(ops, gradients, |index, gradient, _| {
                [B::gather_backward(gradient, index)]
            });
        }
    }

    impl<B: GatherKernels + GatherOps, C: CheckpointStrategy> GatherOps for Autodiff<B, C> {
        fn gather(tokens: FloatTensor<Self>, index: TokenIndex) -> FloatTensor<Self> {
            let (tokens, from_tokens) = tokens.into_parts();
            let gathered = B::gather(tokens, index.clone());
            match GatherBackward.prepare::<C>([from_tokens]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish(index, gathered),
                OpsKind::UnTracked(prepared) => prepared.finish(gathered),
            }
        }
    }
}

#[cfg(feature = "cube")]
mod card {
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::tensor::CubeTensor;
    use burn_cubecl::{CubeBackend, CubeDevice};
    use patchwork_shaders::{Handle, TokenGather};

    use super::*;
    use crate::model::fused::cube::like;

    /// The lists on a device.
    #[derive(Debug)]
    pub(super) struct Held {
        device: CubeDevice,
        table: Handle,
    }

    impl TokenIndex {
        /// The lists on the device of a tensor, uploaded on first use.
        fn on_device_of(&self, tensor: &CubeTensor) -> Handle {
            let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(held) = held.iter().find(|held| held.device == tensor.device) {
                return held.table.clone();
            }
            let bytes: Vec<u8> =
                self.lists().table().into_iter().flat_map(u32::to_ne_bytes).collect();
            let table = tensor.client.create_from_slice(&bytes);
            held.push(Held { device: tensor.device.clone(), table: table.clone() });
            table
        }
    }

    /// The kernel arguments for an index and the tokens that it reads, `[images, tokens, width]`.
    fn told(values: &CubeTensor, index: &TokenIndex) -> TokenGather {
        let shape = values.meta.shape();
        TokenGather {
            client: values.client.clone(),
            table: index.on_device_of(values),
            places: index.lists().len(),
            tokens: index.lists().count(),
            images: shape[0],
            width: shape[2],
            dtype: dtype_to_elem_type(values.dtype),
        }
    }

    impl GatherOps for CubeBackend {
        fn gather(tokens: FloatTensor<Self>, index: TokenIndex) -> FloatTensor<Self> {
            let (tokens, lists) = (into_contiguous(tokens), index.lists());
            let told = told(&tokens, &index);
            let out = like(&tokens, Shape::new([told.images, lists.len(), told.width]));
            told.forward(&tokens.handle, &out.handle);
            out
        }
    }

    impl GatherKernels for CubeBackend {
        fn gather_backward(gradient: FloatTensor<Self>, index: TokenIndex) -> FloatTensor<Self> {
            let (gradient, lists) = (into_contiguous(gradient), index.lists());
            let told = told(&gradient, &index);
            let out = like(&gradient, Shape::new([told.images, lists.count(), told.width]));
            told.backward(&gradient.handle, &out.handle);
            out
        }
    }
}
