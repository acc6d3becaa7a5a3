//! Which implementation computes a model, and what a device supports.

use burn::tensor::Device;
use patchwork_kernels::HeadShape;

/// Which implementation computes a model and its training step. All compute the same function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kernels {
    /// One fused operation for each part if the device supports it for that part, else smaller operations.
    #[default]
    Fused,
    /// Operations smaller than a part.
    #[cfg(feature = "operations")]
    Operations,
    /// Burn's layers.
    #[cfg(feature = "reference")]
    Reference,
}

#[cfg(feature = "engine")]
impl Kernels {
    /// Whether the device assembles batches itself.
    pub(crate) fn gather(self, device: &Device) -> bool {
        self.known(device) && !is_cpu(device)
    }

    /// Whether the device supports this implementation.
    pub(crate) fn known(self, device: &Device) -> bool {
        #[cfg(feature = "reference")]
        if self == Self::Reference {
            return false;
        }
        is_cpu(device) || cfg!(feature = "cube")
    }
}

/// Whether a device has a fused operation for a head of this size.
#[cfg(feature = "engine")]
pub(crate) fn has_head(shape: &HeadShape, device: &Device) -> bool {
    is_cpu(device) || card_has_head(shape)
}

/// The same in builds without training, where the CPU is the only device.
#[cfg(not(feature = "engine"))]
pub(crate) fn has_head(_: &HeadShape, _: &Device) -> bool {
    true
}

/// Whether a cube (workgroup) of a graphics card can hold the head's per-token values.
#[cfg(all(feature = "engine", feature = "cube"))]
pub(crate) fn card_has_head(shape: &HeadShape) -> bool {
    super::cube::has_head(shape)
}

#[cfg(all(feature = "engine", not(feature = "cube")))]
pub(crate) fn card_has_head(_: &HeadShape) -> bool {
    false
}

#[cfg(feature = "engine")]
pub(crate) fn is_cpu(device: &Device) -> bool {
    device.clone().without_autodiff() == crate::device::cpu().device
}
