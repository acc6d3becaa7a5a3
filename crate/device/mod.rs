//! The device that computes: the CPU or a graphics card.

mod choose;

use burn::tensor::Device;

#[cfg(feature = "webgpu")]
use crate::error::{Error, ErrorKind, Result};

pub use choose::{DeviceChoice, graphics, open};

/// An opened device with its name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OpenDevice {
    /// The device.
    pub device: Device,
    /// Its name.
    pub name: String,
    /// Whether it is a software adapter: a graphics adapter emulated on the CPU.
    pub software: bool,
}

/// The CPU.
pub fn cpu() -> OpenDevice {
    OpenDevice { device: Device::flex(), name: "CPU".into(), software: false }
}

/// Kernels batched before they are submitted to the graphics card: those of three steps of `tiny`.
#[cfg(feature = "webgpu")]
const TASKS: usize = 256;

/// Opens the browser's graphics adapter, which needs `await` there. Call it once per program; the
/// caller has checked that the adapter has what Burn needs.
///
/// # Errors
/// If the browser refuses.
#[cfg(feature = "webgpu")]
pub async fn open_graphics() -> Result<OpenDevice> {
    let device = Device::wgpu_options().tasks_max(TASKS).init_async().await.map_err(|error| {
        Error::new(ErrorKind::Device, format!("the graphics adapter cannot be used: {error:?}"))
            .help("Train on the CPU")
    })?;
    let name = device.identity().map_or("graphics adapter".into(), |part| part.name);
    Ok(OpenDevice { device, name, software: false })
}
