//! Measures the speed of a run.

/// Times of a run.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Seconds of earlier sessions and of this one, excluding pauses.
    pub(super) total: f64,
    /// Seconds of training in this epoch, and images trained on in them.
    pub(super) training: (f64, usize),
    /// Seconds and images since the last report.
    pub(super) window: (f64, usize),
    /// Seconds of the current validation, and of the last one.
    pub(super) validation: (f64, f64),
    /// Seconds of a training step, a running mean.
    pub(super) step: f64,
}

impl Clock {
    /// Counts a training step.
    pub(super) fn trained(&mut self, seconds: f64, images: usize) {
        for (total, count) in [&mut self.training, &mut self.window] {
            *total += seconds;
            *count += images;
        }
        let weight = if self.step == 0.0 { 1.0 } else { 0.05 };
        self.step += weight * (seconds - self.step);
    }
}
