//! Resolves a device that the user names, given what the machine has.

use std::str::FromStr;

#[cfg(any(feature = "gpu", feature = "cuda"))]
use burn::tensor::Device;

use super::{OpenDevice, cpu};
use crate::error::{Error, ErrorKind, Result};

/// A device as named with `--device`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// The first graphics card, else the CPU. Software adapters do not count as cards: the CPU
    /// backend is many times faster than a graphics card emulated on the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The graphics adapter with this number in [`graphics`], software or not; without a number, the
    /// first card, else the first adapter.
    Gpu(Option<usize>),
    /// The NVIDIA card with this number, through CUDA.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (kind, number) = match text.split_once(':') {
            Some((kind, number)) => (kind, Some(number.parse().map_err(|_| unknown(text))?)),
            None => (text, None),
        };
        match (kind, number) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("gpu", number) => Ok(Self::Gpu(number)),
            ("cuda", number) => Ok(Self::Cuda(number.unwrap_or(0))),
            _ => Err(unknown(text)),
        }
    }
}

fn unknown(text: &str) -> Error {
    Error::config(format!("there is no device {text:?}"))
        .help("Choose auto, cpu, gpu, gpu:N or cuda:N; `patchwork info` lists what is here")
}

/// All graphics adapters of this machine, including software adapters, in the order of their
/// numbers. The machine is queried once: Vulkan's loader crashes on concurrent queries.
#[cfg(feature = "gpu")]
pub fn graphics() -> Vec<OpenDevice> {
    use std::sync::OnceLock;
    static FOUND: OnceLock<Vec<OpenDevice>> = OnceLock::new();
    FOUND.get_or_init(ask_for_graphics).clone()
}

#[cfg(feature = "gpu")]
fn ask_for_graphics() -> Vec<OpenDevice> {
    use burn::tensor::DeviceKind;
    let software = [
        Device::wgpu(DeviceKind::Cpu),
        #[cfg(feature = "vulkan")]
        Device::vulkan(DeviceKind::Cpu),
    ];
    adapters()
        .into_iter()
        .map(|device| OpenDevice {
            name: device.identity().map_or("graphics adapter".into(), |part| part.name),
            software: software.contains(&device),
            device,
        })
        .collect()
}

/// Vulkan's adapters, or else those of any other graphics API. OpenGL is queried only as a last
/// resort: its libraries complain on machines without a screen.
#[cfg(feature = "gpu")]
fn adapters() -> Vec<Device> {
    use burn::tensor::DeviceType;
    #[cfg(feature = "vulkan")]
    {
        let found = Device::enumerate(DeviceType::Vulkan).into_vec();
        if !found.is_empty() {
            return found;
        }
    }
    Device::enumerate(DeviceType::Wgpu).into_vec()
}

/// No graphics adapters: this build has no graphics support.
#[cfg(not(feature = "gpu"))]
pub fn graphics() -> Vec<OpenDevice> {
    Vec::new()
}

/// Opens the named device. The second value is a line that says why `auto` did not choose a graphics
/// card.
///
/// # Errors
/// If a graphics card is requested by name and there is none.
pub fn open(choice: DeviceChoice) -> Result<(OpenDevice, Option<String>)> {
    match choice {
        DeviceChoice::Cpu => Ok((cpu(), None)),
        DeviceChoice::Auto => Ok(automatic(graphics())),
        DeviceChoice::Gpu(number) => {
            let found = graphics();
            let count = found.len();
            let card = number.or_else(|| found.iter().position(|found| !found.software));
            found.into_iter().nth(card.unwrap_or(0)).map(|found| (found, None)).ok_or_else(|| {
                Error::new(
                    ErrorKind::Device,
                    format!("there is no such graphics adapter ({count} found)"),
                )
                .help("Install its Vulkan driver, or choose --device cpu")
            })
        }
        DeviceChoice::Cuda(number) => cuda(number).map(|found| (found, None)),
    }
}

fn automatic(found: Vec<OpenDevice>) -> (OpenDevice, Option<String>) {
    let software = found.iter().find(|found| found.software).map(|found| found.name.clone());
    match (found.into_iter().find(|found| !found.software), software) {
        (Some(card), _) => (card, None),
        (None, Some(name)) => (
            cpu(),
            Some(format!("No graphics card, only a software adapter ({name}): using the CPU")),
        ),
        (None, None) => (cpu(), Some("No graphics adapter: using the CPU".into())),
    }
}

#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Result<OpenDevice> {
    Ok(OpenDevice { device: Device::cuda(number), name: format!("CUDA {number}"), software: false })
}

#[cfg(not(feature = "cuda"))]
fn cuda(_number: usize) -> Result<OpenDevice> {
    Err(Error::new(ErrorKind::Device, "this build has no CUDA")
        .help("Build with --features cuda, or choose --device gpu"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, software: bool) -> OpenDevice {
        OpenDevice { name: name.into(), software, ..cpu() }
    }

    #[test]
    fn auto_chooses_a_card_but_no_software_adapter() {
        let (found, line) = automatic(vec![adapter("soft", true), adapter("card", false)]);
        assert_eq!((found.name.as_str(), line), ("card", None));
        let (found, line) = automatic(vec![adapter("soft", true)]);
        assert_eq!(found.name, "CPU");
        assert!(line.is_some_and(|line| line.contains("soft")));
        let (found, line) = automatic(Vec::new());
        assert!(found.name == "CPU" && line.is_some());
    }

    #[test]
    fn device_choices_are_parsed() {
        let read = |text: &str| text.parse::<DeviceChoice>();
        assert_eq!(read("auto"), Ok(DeviceChoice::Auto));
        assert_eq!(read("gpu:2"), Ok(DeviceChoice::Gpu(Some(2))));
        assert_eq!(read("cuda"), Ok(DeviceChoice::Cuda(0)));
        for wrong in ["", "gpu:", "gpu:x", "tpu", "cpu:1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
