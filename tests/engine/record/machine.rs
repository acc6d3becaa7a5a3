//! Identifies machines whose results differ in the last bits.

use burn::tensor::{Device, Tensor, TensorData};

use super::outcome::hash;
use crate::common::values;

/// System and vector instructions of the processor.
pub fn name() -> String {
    format!("{} {}, {}", std::env::consts::OS, std::env::consts::ARCH, vectors())
}

/// The vector instructions used for matrix products on this machine.
#[cfg(target_arch = "x86_64")]
fn vectors() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "AVX-512"
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        "AVX2"
    } else {
        "no vectors with fused multiply-adds"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> &'static str {
    "the usual vectors"
}

/// A hash of the results of this machine's arithmetic: matrix products of sizes that are tiled differently for
/// different processors and caches, and the system's mathematical functions. None of our code takes part.
pub fn arithmetic() -> String {
    let mut bytes = Vec::new();
    for size in [[64, 64, 64], [17, 129, 40], [1, 64, 192], [64, 3000, 64], [3000, 64, 10]] {
        bytes.extend(values(product(size)).into_iter().flat_map(f32::to_le_bytes));
    }
    for i in 1..=2000 {
        let x = f64::from(i) * 0.007_3 - 7.0;
        let wide = [x.exp(), x.sin(), x.cos(), x.tanh(), x.abs().ln(), x.abs().powf(0.3)];
        bytes.extend(wide.into_iter().flat_map(f64::to_le_bytes));
        let x = x as f32;
        let narrow = [x.exp(), x.sin(), x.cos(), x.tanh(), x.abs().ln(), x.abs().powf(0.3)];
        bytes.extend(narrow.into_iter().flat_map(f32::to_le_bytes));
    }
    hash(&bytes)
}

/// The product of two matrices, `[rows, inner]` and `[inner, columns]`.
fn product([rows, inner, columns]: [usize; 3]) -> Tensor<2> {
    let matrix = |rows: usize, columns: usize, step: f32| {
        let list: Vec<f32> = (0..rows * columns).map(|i| (i as f32 * step) % 2.0 - 1.0).collect();
        Tensor::<2>::from_data(TensorData::new(list, [rows, columns]), &Device::flex())
    };
    matrix(rows, inner, 0.731).matmul(matrix(inner, columns, 0.377))
}
