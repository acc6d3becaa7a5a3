//! The peak performance of a device: large products of square matrices, and on graphics cards Burn's own
//! probe of their arithmetic.

use std::fmt;
use std::time::Instant;

use burn::tensor::{Device, Distribution, FloatDType, Tensor};
use patchwork::config::Precision;
use patchwork::device::OpenDevice;

/// Multiplications and additions per second.
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

/// Measures a device. The peak of a software adapter is not useful, and autotuning takes minutes there.
pub fn measure(found: &OpenDevice, precision: Precision) -> Option<Peak> {
    if found.software {
        return None;
    }
    let dtype = match precision {
        Precision::F32 => FloatDType::F32,
        Precision::F16 => FloatDType::F16,
        Precision::Bf16 => FloatDType::BF16,
    };
    // As many parallel products as a CPU has threads; on a card several, to hide the synchronisation.
    let (count, sizes): (usize, &[usize]) = if is_cpu(&found.device) {
        (rayon::current_num_threads(), &[256, 512, 1024])
    } else {
        (4, &[1024, 2048, 4096, 8192])
    };
    let products = sizes.iter().map(|&size| product(&found.device, dtype, count, size));
    let product = products.fold(0.0, f64::max);
    Some(Peak { product, probe: probe(&found.device, precision) })
}

fn is_cpu(device: &Device) -> bool {
    *device == patchwork::device::cpu().device
}

/// The shortest time of `count` products of `[size, size]` matrices.
fn product(device: &Device, dtype: FloatDType, count: usize, size: usize) -> f64 {
    const TIMES: usize = 12;
    let random = || {
        let values = Tensor::<3>::random([count, size, size], Distribution::Default, device);
        values.cast(dtype)
    };
    let (left, right) = (random(), random());
    let multiply = || {
        let product = left.clone().matmul(right.clone());
        product.slice([0..1, 0..1, 0..1]).into_data()
    };
    multiply();
    let mut fastest = f64::INFINITY;
    for _ in 0..TIMES {
        let start = Instant::now();
        multiply();
        fastest = fastest.min(start.elapsed().as_secs_f64());
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
