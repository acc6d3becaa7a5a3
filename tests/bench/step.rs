//! One training step on the CPU, as a partner for `against_pytorch.py`.
//!
//! Reads a number from each line of its input, takes so many steps and answers with the milliseconds
//! of each. The model and the batch are those of `tests/golden/README.md`, "The benchmark's initial
//! weights", so that both sides do the same work on the same numbers.

use std::io::BufRead;
use std::time::Instant;

use patchwork::config::{Preset, TrainConfig};
use patchwork::data::batch::Batch;
use patchwork::train::step::Learner;
use patchwork::weights::{self, Role, Weights};

fn main() {
    // `cargo bench` passes --bench, and runs this without a partner: then it takes a few steps.
    let preset = match std::env::args().find(|argument| argument == "small") {
        Some(_) => Preset::Small,
        None => Preset::Tiny,
    };
    let recipe = TrainConfig { clip_norm: 0.0, ..preset.training() };
    let device = patchwork::device::cpu().device;
    let mut learner = Learner::new(&initial(preset), &recipe, &device).expect("a learner");
    let batch = batch();
    let mut step = || {
        let start = Instant::now();
        let stats = learner.step(&batch, 1e-3, 0).values.into_data();
        let loss = stats.try_to_vec::<f32>().expect("32-bit floats")[0];
        (start.elapsed().as_secs_f64() * 1e3, loss)
    };
    println!("first loss {:.5}", step().1);
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let count: usize = line.trim().parse().expect("a number of steps");
        let times: Vec<String> = (0..count).map(|_| format!("{:.3}", step().0)).collect();
        println!("{}", times.join(" "));
    }
}

/// Counter-mode mulberry32, in [-1, 1).
fn uniform(seed: u32, index: usize) -> f64 {
    let mut t = seed.wrapping_add((index as u32 + 1).wrapping_mul(0x6D2B_79F5));
    t = (t ^ (t >> 15)).wrapping_mul(t | 1);
    t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 61));
    f64::from(t ^ (t >> 14)) / 4_294_967_296.0 * 2.0 - 1.0
}

fn initial(preset: Preset) -> Weights {
    let mut weights = Weights::init(&preset.model(28, 10), 0);
    for (k, parameter) in weights::layout(&weights.config).into_iter().enumerate() {
        let value = |i| (uniform(1000 + k as u32, i) * 0.02 * 3_f64.sqrt()) as f32;
        let values = &mut weights.flat[parameter.range];
        match parameter.role {
            Role::Scale => values.fill(1.0),
            Role::Bias => values.fill(0.0),
            Role::Matrix | Role::Head | Role::Token => {
                values.iter_mut().enumerate().for_each(|(i, out)| *out = value(i));
            }
            Role::Kernel => {
                // The generator runs over a kernel pixel by pixel, the width fastest.
                let (width, area) = (parameter.shape[0], values.len() / parameter.shape[0]);
                for (n, out) in values.iter_mut().enumerate() {
                    *out = value(n % area * width + n / area);
                }
            }
        }
    }
    weights
}

fn batch() -> Batch {
    let images = (0..128 * 784).map(|i| uniform(7, i) as f32).collect();
    let labels = (0..128).map(|i| ((uniform(8, i) + 1.0) * 5.0) as u8).collect();
    Batch { images, labels, counted: 128 }
}
