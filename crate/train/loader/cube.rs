//! Assembles a batch on a graphics card.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::{Int, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use patchwork_shaders::{Gather, GatherShape};

use super::words;
use crate::data::augment::CELLS;

/// Assembling a batch on a device.
#[backend_extension(Cube)]
pub(crate) trait GatherOps: Backend {
    /// The images named by `plan` `[batch, plan]`, `[batch, side, side]`.
    fn gather(held: IntTensor<Self>, plan: FloatTensor<Self>, side: usize) -> FloatTensor<Self>;
}

impl GatherOps for CubeBackend {
    fn gather(held: IntTensor<Self>, plan: FloatTensor<Self>, side: usize) -> FloatTensor<Self> {
        let (held, plan) = (into_contiguous(held), into_contiguous(plan));
        let (client, device, shape) = (plan.client.clone(), plan.device.clone(), plan.shape());
        let out = Shape::new([shape[0], side, side]);
        let out = empty_device_contiguous_dtype(client.clone(), device, out, plan.dtype);
        let sizes = GatherShape { side, words: words(side), plan: shape[1], cells: CELLS };
        let gather = Gather { client, shape: sizes, images: shape[0] };
        gather.run(held.handle, plan.handle, out.handle.clone());
        out
    }
}

/// The images that `plan` selects from `held`, `[batch, side, side]`; see [`GatherShape::plan`].
pub(super) fn gather(held: Tensor<1, Int>, plan: Tensor<2>, side: usize) -> Tensor<3> {
    let (held, plan) = (held.into_dispatch(), plan.into_dispatch());
    Tensor::from_dispatch(<Dispatch as GatherOps>::gather(held, plan, side))
}
