//! The kernels that a step launches on a graphics card, as reported by CubeCL.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use burn_cubecl::cubecl::config::{TypeNameFormatLevel, type_name_format};
use burn_cubecl::cubecl::logging::{
    Duration, LaunchObservation, LaunchObserver, TimingMethod, TimingRequest,
};

/// A kernel of a step.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Kernel {
    /// Its name.
    pub name: String,
    /// Number of launches.
    pub launches: usize,
    /// Milliseconds of all launches, one at a time.
    pub milliseconds: f64,
}

#[derive(Default)]
struct Watch {
    timed: bool,
    kernels: Mutex<HashMap<&'static str, (usize, Duration)>>,
}

impl Watch {
    fn note(&self, kernel: &'static str, launches: usize, duration: Duration) {
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, total) = kernels.entry(kernel).or_default();
        *count += launches;
        *total += duration;
    }
}

impl LaunchObserver for Watch {
    fn launched(&self, kernel: &'static str) {
        self.note(kernel, 1, Duration::ZERO);
    }

    fn timing(&self) -> TimingRequest {
        if self.timed { TimingRequest::Resolved } else { TimingRequest::None }
    }

    fn timed(&self, kernel: &'static str, duration: Duration, _method: TimingMethod) {
        self.note(kernel, 0, duration);
    }
}

/// The kernels that `step` launches, the slowest first if timed. Timing runs one kernel at a time.
pub fn watch(timed: bool, step: impl FnOnce()) -> Vec<Kernel> {
    let watch = Arc::new(Watch { timed, ..Watch::default() });
    let watching = LaunchObservation::new(watch.clone());
    step();
    drop(watching);
    let kernels = watch.kernels.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kernels: Vec<Kernel> = kernels
        .iter()
        .map(|(name, &(launches, total))| Kernel {
            name: type_name_format(name, TypeNameFormatLevel::Short),
            launches,
            milliseconds: total.as_secs_f64() * 1e3,
        })
        .collect();
    kernels.sort_by(|one, other| other.milliseconds.total_cmp(&one.milliseconds));
    kernels
}
