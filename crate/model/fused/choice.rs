//! Which code computes a model, and what a device has of it.

use burn::tensor::Device;
use patchwork_kernels::HeadShape;
#[cfg(feature = "engine")]
use {
    crate::error::{Error, ErrorKind, Result},
    crate::model::plan::head_shape,
    patchwork_arch::Architecture,
};

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

/// Whether a device can compute a model.
///
/// # Errors
/// Where a graphics card has no fused operation for its head, and there are no smaller ones.
#[cfg(feature = "engine")]
pub(crate) fn check_device(architecture: &Architecture, device: &Device) -> Result<()> {
    crate::model::plan::check(architecture)?;
    if cfg!(feature = "operations") || is_cpu(device) { Ok(()) } else { check_card(architecture) }
}

#[cfg(feature = "engine")]
fn check_card(architecture: &Architecture) -> Result<()> {
    let stage = architecture.last_stage();
    if card_has_head(&head_shape(&architecture.head, stage)) {
        return Ok(());
    }
    let tokens = stage.tokens();
    let problem = format!("a graphics card cannot pool {tokens} tokens of this width");
    Err(Error::new(ErrorKind::Device, problem)
        .help("Choose larger patches, the class token instead of the mean, or the CPU"))
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
fn card_has_head(shape: &HeadShape) -> bool {
    super::cube::has_head(shape)
}

#[cfg(all(feature = "engine", not(feature = "cube")))]
fn card_has_head(_: &HeadShape) -> bool {
    false
}

#[cfg(feature = "engine")]
pub(crate) fn is_cpu(device: &Device) -> bool {
    device.clone().without_autodiff() == crate::device::cpu().device
}

#[cfg(all(test, feature = "cube"))]
mod tests {
    use super::*;
    use crate::config::{ModelConfig, Pool, Preset, Vit};
    use crate::families::Family;

    #[test]
    fn what_a_card_cannot_compute_is_said() {
        let small = Preset::Small.model(28, 10);
        let fine = Vit { patch_size: 1, pool: Pool::Mean, ..Vit::default() };
        assert!(check_card(&small.architecture()).is_ok());
        let many = ModelConfig { image_size: 48, family: Family::Vit(fine), ..small };
        let many = many.architecture();
        let error = check_card(&many).unwrap_err();
        assert!(error.to_string().contains("2304 tokens"), "{error}");
        assert!(error.help.contains("larger patches"), "{error:?}");
        assert!(check_device(&many, &crate::device::cpu().device).is_ok());
    }
}
