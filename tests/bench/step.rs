//! One training step, as a partner for `against_pytorch.py`: `cargo bench --bench step -- [tiny|small] [gpu]
//! [layers]`, on the CPU or the first graphics adapter, with one operation a block or layer by layer.
//!
//! Reads a number from each line of its input, takes so many steps and answers with the milliseconds
//! of each. The model and the batch are those of `tests/golden/README.md`, "The benchmark's initial
//! weights", so that both sides do the same work on the same numbers.

mod start;

use std::io::BufRead;
use std::time::Instant;

use patchwork::config::{Preset, TrainConfig};
use patchwork::train::step::Learner;

fn main() {
    // `cargo bench` passes --bench, and runs this without a partner: then it takes a few steps.
    let preset = match std::env::args().find(|argument| argument == "small") {
        Some(_) => Preset::Small,
        None => Preset::Tiny,
    };
    let recipe = TrainConfig { clip_norm: 0.0, ..preset.training() };
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    let device = if asked("gpu") {
        let found = patchwork::device::graphics().into_iter().next();
        found.expect("a graphics adapter").device
    } else {
        patchwork::device::cpu().device
    };
    let mut learner = Learner::new(&start::weights(preset), &recipe, &device).expect("a learner");
    if asked("layers") {
        learner.kernels = patchwork::model::fused::Kernels::Layers;
    }
    let batch = start::batch();
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
