//! The common starting point of every benchmark of a step, here and in other systems
//! (`tests/golden/README.md`).

use patchwork::config::ModelConfig;
use patchwork::data::batch::Batch;
use patchwork::weights::{self, ParameterRole, Weights};

/// Counter-mode mulberry32, in [-1, 1).
fn uniform(seed: u32, index: usize) -> f64 {
    let mut t = seed.wrapping_add((index as u32 + 1).wrapping_mul(0x6D2B_79F5));
    t = (t ^ (t >> 15)).wrapping_mul(t | 1);
    t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 61));
    f64::from(t ^ (t >> 14)) / 4_294_967_296.0 * 2.0 - 1.0
}

/// The initial weights of a model.
pub fn weights(model: &ModelConfig) -> Weights {
    let mut weights = Weights::init(model, 0);
    for (k, parameter) in weights::layout(model).into_iter().enumerate() {
        let value = |i| (uniform(1000 + k as u32, i) * 0.02 * 3_f64.sqrt()) as f32;
        let values = &mut weights.flat[parameter.range];
        match parameter.role {
            ParameterRole::Scale => values.fill(1.0),
            ParameterRole::Bias => values.fill(0.0),
            ParameterRole::Fixed => {}
            ParameterRole::Matrix { .. } | ParameterRole::Classifier | ParameterRole::Token => {
                values.iter_mut().enumerate().for_each(|(i, out)| *out = value(i));
            }
            ParameterRole::Kernel => {
                // The generator fills a kernel pixel by pixel, the width fastest.
                let (width, area) = (parameter.shape[0], values.len() / parameter.shape[0]);
                for (n, out) in values.iter_mut().enumerate() {
                    *out = value(n % area * width + n / area);
                }
            }
        }
    }
    weights
}

/// One batch of noise with labels; the published losses are those of 128 images.
pub fn batch(count: usize) -> Batch {
    let images = (0..count * 784).map(|i| uniform(7, i) as f32).collect();
    let labels = (0..count).map(|i| ((uniform(8, i) + 1.0) * 5.0) as u8).collect();
    Batch { images, labels }
}
