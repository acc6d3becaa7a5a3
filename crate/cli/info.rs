//! `patchwork info`.

use burn::tensor::FloatDType;
use serde::Serialize;

use crate::args::Info;
use crate::{print, print_json};
use patchwork::config::Precision;
use patchwork::device::{self, OpenDevice};
use patchwork::error::Result;
use patchwork::train::step::compute_type;

/// The version of Burn that this program is built with; `tests/cli` compares it with the lock file.
const BURN: &str = "0.22.1";

/// Facts about the program and the machine.
#[derive(Serialize)]
struct Facts {
    version: &'static str,
    burn: &'static str,
    features: Vec<&'static str>,
    threads: usize,
    devices: Vec<DeviceFacts>,
}

#[derive(Serialize)]
struct DeviceFacts {
    /// The value for `--device`.
    argument: String,
    name: String,
    software: bool,
    precisions: Vec<&'static str>,
}

/// Lists devices, features and versions.
pub fn run(args: &Info) -> Result<()> {
    let facts = facts();
    if args.json {
        return print_json(&facts);
    }
    print(&format!("Patchwork {}, Burn {}", facts.version, facts.burn));
    print(&format!("Features: {}", facts.features.join(", ")));
    print(&format!("Processor threads: {}", facts.threads));
    print("Devices:");
    for device in &facts.devices {
        let note =
            if device.software { ", a software adapter: `auto` does not take it" } else { "" };
        print(&format!(
            "  --device {:<7} {} ({}{note})",
            device.argument,
            device.name,
            device.precisions.join(", ")
        ));
    }
    Ok(())
}

fn facts() -> Facts {
    let mut devices = vec![device_facts("cpu".into(), &device::cpu())];
    let graphics = device::graphics();
    devices.extend(
        graphics.iter().enumerate().map(|(i, found)| device_facts(format!("gpu:{i}"), found)),
    );
    let features = [
        ("gpu", cfg!(feature = "gpu")),
        ("vulkan", cfg!(feature = "vulkan")),
        ("cuda", cfg!(feature = "cuda")),
    ];
    Facts {
        version: env!("CARGO_PKG_VERSION"),
        burn: BURN,
        features: features.into_iter().filter_map(|(name, on)| on.then_some(name)).collect(),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        devices,
    }
}

fn device_facts(argument: String, found: &OpenDevice) -> DeviceFacts {
    let types = [
        ("f32", Precision::F32, FloatDType::F32),
        ("f16", Precision::F16, FloatDType::F16),
        ("bf16", Precision::Bf16, FloatDType::BF16),
    ];
    let computed = types.into_iter().filter(|&(_, precision, dtype)| {
        compute_type(precision, &found.device).is_ok_and(|computed| computed == dtype)
    });
    DeviceFacts {
        argument,
        name: found.name.clone(),
        software: found.software,
        precisions: computed.map(|(name, ..)| name).collect(),
    }
}
