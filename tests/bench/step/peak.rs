//! What a device can do at best: large products of square matrices, and on graphics cards Burn's own probe
//! of their arithmetic.

use std::fmt;
use std::time::Instant;

use burn::tensor::{Device, Distribution, FloatDType, Tensor};
use patchwork::config::Precision;
use patchwork::device::Found;

/// Multiplications and additions a second.
#[derive(Debug, Clone, Copy)]
pub struct Peak {
    product: f64,
    probe: Option<f64>,
}

impl Peak {
    /// The higher figure.
    pub fn best(&self) -> f64 {
        self.product.max(self.probe.unwrap_or(0.0))
    }
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} GFLOP/s in large products", self.product / 1e9)?;
        self.probe.map_or(Ok(()), |probe| write!(f, ", {:.1} in Burn's probe", probe / 1e9))
    }
}

/// Measures a device.
pub fn measure(found: &Found, precision: Precision) -> Peak {
    let dtype = match precision {
        Precision::F32 => FloatDType::F32,
        Precision::F16 => FloatDType::F16,
        Precision::Bf16 => FloatDType::BF16,
    };
    let sizes: &[usize] = match (found.device == patchwork::device::cpu().device, found.software) {
        (true, _) => &[256, 512, 1024],
        (false, true) => &[256, 512],
        (false, false) => &[1024, 2048, 4096, 8192],
    };
    let product = sizes.iter().map(|&size| product(&found.device, dtype, size)).fold(0.0, f64::max);
    // The probe is made for cards: on a CPU in disguise it takes minutes.
    let probe = if found.software { None } else { probe(&found.device, precision) };
    Peak { product, probe }
}

/// The fastest of some products of `[size, size]` matrices, as many side by side as a CPU has threads.
fn product(device: &Device, dtype: FloatDType, size: usize) -> f64 {
    const TIMES: usize = 12;
    let count =
        if *device == patchwork::device::cpu().device { rayon::current_num_threads() } else { 1 };
    let random = || {
        let values = Tensor::<3>::random([count, size, size], Distribution::Default, device);
        values.cast(dtype)
    };
    let (left, right) = (random(), random());
    let multiply = || left.clone().matmul(right.clone());
    let wait = |product: Tensor<3>| drop(product.slice([0..1, 0..1, 0..1]).into_data());
    wait(multiply());
    let mut fastest = f64::INFINITY;
    for _ in 0..TIMES {
        // Several at a time, so that waiting for the last one counts little.
        let several = if size > 1024 { 4 } else { 1 };
        let start = Instant::now();
        (1..several).for_each(|_| drop(multiply()));
        wait(multiply());
        fastest = fastest.min(start.elapsed().as_secs_f64() / f64::from(several));
    }
    2.0 * count as f64 * (size as f64).powi(3) / fastest
}

#[cfg(feature = "cube")]
fn probe(device: &Device, precision: Precision) -> Option<f64> {
    use burn_cubecl::cubecl::ir::{ElemType, FloatKind};
    use burn_cubecl::cubecl::throughput::{ThroughputKey, ThroughputMode};
    let dtype = ElemType::Float(match precision {
        Precision::F32 => FloatKind::F32,
        Precision::F16 => FloatKind::F16,
        Precision::Bf16 => FloatKind::BF16,
    });
    let stats = device
        .performance_stats(&[ThroughputKey { mode: ThroughputMode::ComputeDirect { dtype } }]);
    let value = stats.first()?.value.ok()?;
    Some(value.ops_per_s()).filter(|peak| peak.is_finite())
}

#[cfg(not(feature = "cube"))]
fn probe(_device: &Device, _precision: Precision) -> Option<f64> {
    None
}
