//! Which code computes a model, and what a device has of it.

#[cfg(feature = "reference")]
use burn::tensor::{FloatDType, Tensor};
#[cfg(feature = "engine")]
use {
    crate::config::ModelConfig,
    crate::error::{Error, ErrorKind, Result},
    burn::tensor::Device,
};

/// Which code computes a model and its training step. Both compute the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kernels {
    /// One operation for each part, where there is one for the device and the model; else layers.
    #[default]
    Fused,
    /// Burn's layers one after the other.
    #[cfg(feature = "reference")]
    Reference,
}

#[cfg(feature = "engine")]
impl Kernels {
    /// Whether patch embedding, blocks and head run as one operation each, as far as there are such; `weights` tell the
    /// device.
    #[cfg(feature = "reference")]
    pub(crate) fn fuse(self, config: &ModelConfig, dtype: FloatDType, weights: &Tensor<1>) -> bool {
        let device = weights.device();
        let fits = if is_cpu(&device) { dtype == FloatDType::F32 } else { graphics_fit(config) };
        fits && self.known(&device)
    }

    /// Whether the device puts batches together itself.
    pub(crate) fn gather(self, device: &Device) -> bool {
        self.known(device) && !is_cpu(device)
    }

    /// Whether the device has the operations that these are.
    pub(crate) fn known(self, device: &Device) -> bool {
        let no_reference = !cfg!(feature = "reference");
        no_reference || self == Self::Fused && (is_cpu(device) || cfg!(feature = "cube"))
    }
}

/// Whether a device can compute a model.
///
/// # Errors
/// Where a graphics card has no operations for it, and there are no layers either.
#[cfg(feature = "engine")]
pub(crate) fn check_device(config: &ModelConfig, device: &Device) -> Result<()> {
    if cfg!(feature = "reference") || is_cpu(device) { Ok(()) } else { check_graphics(config) }
}

#[cfg(feature = "engine")]
fn check_graphics(config: &ModelConfig) -> Result<()> {
    if graphics_fit(config) {
        return Ok(());
    }
    let problem = format!("a graphics card cannot pool {} tokens of this width", config.tokens());
    Err(Error::new(ErrorKind::Device, problem)
        .help("Choose larger patches, the class token instead of the mean, or the CPU"))
}

/// Whether kernels of graphics cards are there and can hold what they must.
#[cfg(all(feature = "engine", feature = "cube"))]
fn graphics_fit(config: &ModelConfig) -> bool {
    super::cube::has_head(&super::head_shape(config))
}

#[cfg(all(feature = "engine", not(feature = "cube")))]
fn graphics_fit(_config: &ModelConfig) -> bool {
    false
}

#[cfg(feature = "engine")]
pub(crate) fn is_cpu(device: &Device) -> bool {
    device.clone().without_autodiff() == crate::device::cpu().device
}

#[cfg(all(test, feature = "cube"))]
mod tests {
    use super::*;
    use crate::config::{Pool, Preset};

    #[test]
    fn what_a_card_cannot_compute_is_said() {
        let small = Preset::Small.model(28, 10);
        assert!(check_graphics(&small).is_ok());
        let many = ModelConfig { image_size: 48, patch_size: 1, pool: Pool::Mean, ..small };
        let error = check_graphics(&many).unwrap_err();
        assert!(error.to_string().contains("2304 tokens"), "{error}");
        assert!(error.help.contains("larger patches"), "{error:?}");
        assert!(check_device(&many, &crate::device::cpu().device).is_ok());
    }
}
