//! The learning rate of a step.

use std::f64::consts::PI;

use crate::config::{Schedule, TrainConfig};

/// The share of the peak left at the end of the cosine.
const FLOOR: f64 = 0.01;

/// The learning rate of step `step` (counted from 0) out of `steps_per_epoch · epochs`: a linear
/// warm-up, then the schedule (cosine: Loshchilov and Hutter 2017, without restarts).
pub fn learning_rate(config: &TrainConfig, step: u64, steps_per_epoch: u64) -> f64 {
    let warmup = config.warmup_epochs * steps_per_epoch as f64;
    let total = (config.epochs as u64 * steps_per_epoch) as f64;
    let step = step as f64;
    let factor = if step < warmup {
        (step + 1.0) / (warmup + 1.0)
    } else {
        match config.schedule {
            Schedule::Constant => 1.0,
            Schedule::Cosine => {
                let progress = ((step - warmup) / (total - warmup).max(1.0)).min(1.0);
                FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + (PI * progress).cos())
            }
        }
    };
    config.learning_rate * factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::vit;

    #[test]
    fn the_rate_rises_to_the_peak_and_falls_to_the_floor() {
        let config = TrainConfig { epochs: 10, warmup_epochs: 1.0, ..vit::TINY.training() };
        let rate = |step| learning_rate(&config, step, 100) / config.learning_rate;
        assert!(rate(0) > 0.0 && rate(0) < 0.02);
        assert!((rate(50) - 51.0 / 101.0).abs() < 1e-12);
        assert!((rate(100) - 1.0).abs() < 1e-12);
        assert!((rate(550) - (FLOOR + (1.0 - FLOOR) / 2.0)).abs() < 1e-12);
        assert!((rate(999) - FLOOR).abs() < 1e-5);
        assert!((1..1000).all(|step| step <= 100 || rate(step) < rate(step - 1)));
    }

    #[test]
    fn a_constant_rate_stays_after_the_warm_up() {
        let config = TrainConfig {
            schedule: Schedule::Constant,
            warmup_epochs: 0.0,
            ..vit::TINY.training()
        };
        assert!((0..100).all(|step| learning_rate(&config, step, 10) == config.learning_rate));
    }
}
