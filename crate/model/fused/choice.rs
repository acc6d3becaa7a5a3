//! Which code computes a model, and what a device has of it.

#[cfg(feature = "operations")]
use burn::tensor::FloatDType;
#[cfg(feature = "engine")]
use {
    crate::error::{Error, ErrorKind, Result},
    burn::tensor::Device,
    patchwork_arch::Architecture,
};

/// Which code computes a model and its training step. Both compute the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kernels {
    /// One operation for each part, where there is one for the device and the model; else one after the other.
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
    /// Whether patch embedding, blocks and head run as one operation each, as far as there are such.
    #[cfg(feature = "operations")]
    pub(crate) fn fuse(
        self,
        architecture: &Architecture,
        dtype: FloatDType,
        device: &Device,
    ) -> bool {
        let cpu = is_cpu(device);
        let fits = if cpu { dtype == FloatDType::F32 } else { graphics_fit(architecture) };
        self == Self::Fused && fits && self.known(device)
    }

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
/// Where a graphics card has no fused operations for it, and there are no smaller ones.
#[cfg(feature = "engine")]
pub(crate) fn check_device(architecture: &Architecture, device: &Device) -> Result<()> {
    if cfg!(feature = "operations") || is_cpu(device) {
        Ok(())
    } else {
        check_graphics(architecture)
    }
}

#[cfg(feature = "engine")]
fn check_graphics(architecture: &Architecture) -> Result<()> {
    if graphics_fit(architecture) {
        return Ok(());
    }
    let tokens = architecture.last_stage().tokens();
    let problem = format!("a graphics card cannot pool {tokens} tokens of this width");
    Err(Error::new(ErrorKind::Device, problem)
        .help("Choose larger patches, the class token instead of the mean, or the CPU"))
}

/// Whether kernels of graphics cards are there and can hold what they must.
#[cfg(all(feature = "engine", feature = "cube"))]
fn graphics_fit(architecture: &Architecture) -> bool {
    let head = crate::model::plan::head_shape(&architecture.head, architecture.last_stage());
    super::cube::has_head(&head)
}

#[cfg(all(feature = "engine", not(feature = "cube")))]
fn graphics_fit(_architecture: &Architecture) -> bool {
    false
}

#[cfg(feature = "engine")]
pub(crate) fn is_cpu(device: &Device) -> bool {
    device.clone().without_autodiff() == crate::device::cpu().device
}

#[cfg(all(test, feature = "cube"))]
mod tests {
    use super::*;
    use crate::config::{ModelConfig, Pool, Preset};

    #[test]
    fn what_a_card_cannot_compute_is_said() {
        let small = Preset::Small.model(28, 10);
        assert!(check_graphics(&small.architecture()).is_ok());
        let many = ModelConfig { image_size: 48, patch_size: 1, pool: Pool::Mean, ..small };
        let many = many.architecture();
        let error = check_graphics(&many).unwrap_err();
        assert!(error.to_string().contains("2304 tokens"), "{error}");
        assert!(error.help.contains("larger patches"), "{error:?}");
        assert!(check_device(&many, &crate::device::cpu().device).is_ok());
    }
}
