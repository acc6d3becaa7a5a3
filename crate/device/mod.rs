//! Which device computes: the CPU, or a graphics card that is one.

mod choose;

use burn::tensor::Device;

#[cfg(feature = "webgpu")]
use crate::error::{Error, ErrorKind, Result};

pub use choose::{DeviceChoice, graphics, open};

/// A device that is ready, and what to call it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OpenDevice {
    /// The device.
    pub device: Device,
    /// Its name.
    pub name: String,
    /// Whether it is a graphics adapter that only pretends: a CPU drawing in software.
    pub software: bool,
}

/// The CPU.
pub fn cpu() -> OpenDevice {
    OpenDevice { device: Device::flex(), name: "CPU".into(), software: false }
}

/// Kernels that are gathered before they go to the graphics card together: those of three steps of `tiny`.
#[cfg(feature = "webgpu")]
const TASKS: usize = 256;

/// Opens the graphics adapter that the browser gives: there it can only be waited for. Once in the life
/// of a program; the caller has made sure that there is one with what Burn needs.
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
