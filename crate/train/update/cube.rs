//! An update on a graphics card.

use burn::backend::TensorMetadata;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::Shape;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use patchwork_kernels::muon::MuonParams;
use patchwork_kernels::update::Update;
use patchwork_shaders::{Arrays, Optimizer};

use super::{DeviceArrays, UpdateOps};

impl UpdateOps for CubeBackend {
    fn update(
        arrays: DeviceArrays<Self>,
        gradient: FloatTensor<Self>,
        decay: FloatTensor<Self>,
        update: Update,
        muon_params: MuonParams,
        table: IntTensor<Self>,
    ) -> (DeviceArrays<Self>, FloatTensor<Self>) {
        let [gradient, decay, table] = [gradient, decay, table].map(into_contiguous);
        let arrays = arrays.map(own);
        let (client, device) = (gradient.client.clone(), gradient.device.clone());
        let finite =
            empty_device_contiguous_dtype(client.clone(), device, Shape::new([1]), gradient.dtype);
        let optimizer = Optimizer { client, parameters: gradient.shape()[0], update, muon_params };
        let all = Arrays {
            weights: &arrays.weights.handle,
            first: &arrays.first_moment.handle,
            second: &arrays.second_moment.handle,
            average: &arrays.average.handle,
            gradient: &gradient.handle,
            decay: &decay.handle,
            table: &table.handle,
        };
        optimizer.step(&all, &finite.handle);
        (arrays, finite)
    }
}

/// The tensor, or a copy if it has another owner.
fn own(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() { tensor } else { tensor.copy() }
}
