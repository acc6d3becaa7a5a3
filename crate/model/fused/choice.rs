//! Which code computes a model, and what a device has of it.

use burn::tensor::Device;
use patchwork_kernels::HeadShape;

/// Which code computes a model and its training step. All compute the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kernels {
    /// One operation for each part, where there is one for the device and the part; else one after the other.
    #[default]
    Fused,
    /// One operation smaller than a part after the other.
    #[cfg(feature = "operations")]
    Operations,
    /// Burn's layers one after the other.
    #[cfg(feature = "reference")]
    Reference,
}

#[cfg(feature = "engine")]
impl Kernels {
    /// Whether the device puts batches together itself.
    pub(crate) fn gather(self, device: &Device) -> bool {
        self.known(device) && !is_cpu(device)
    }

    /// Whether the device has the operations that these are.
    pub(crate) fn known(self, device: &Device) -> bool {
        #[cfg(feature = "reference")]
        if self == Self::Reference {
            return false;
        }
        is_cpu(device) || cfg!(feature = "cube")
    }
}

/// Whether a device has a head of this size as one operation.
#[cfg(feature = "engine")]
pub(crate) fn has_head(shape: &HeadShape, device: &Device) -> bool {
    is_cpu(device) || card_has_head(shape)
}

/// The same without training, where the CPU is the only device.
#[cfg(not(feature = "engine"))]
pub(crate) fn has_head(_: &HeadShape, _: &Device) -> bool {
    true
}

/// Whether a cube of a graphics card can hold what the head knows of each token.
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
