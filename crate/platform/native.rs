//! Native: threads, the system clock, the allocator.

use std::sync::OnceLock;
use std::time::Instant;

use rayon::prelude::*;

/// A training step allocates and frees some megabytes for every operation. The system's allocator gives
/// them back to the kernel each time and pays for fresh pages again, which took up to half of a step.
#[cfg(feature = "cli")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds since the first call; never goes back.
pub fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// Calls `fill(index, chunk)` for every `size` elements of `out`, on all cores.
pub fn for_each_chunk<T: Send>(
    out: &mut [T],
    size: usize,
    fill: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    out.par_chunks_mut(size).enumerate().for_each(|(index, chunk)| fill(index, chunk));
}

/// Calls `work` for each of `items`, on all cores.
#[cfg(feature = "model")]
pub fn for_each<T: Send>(items: Vec<T>, work: impl Fn(T) + Send + Sync) {
    items.into_par_iter().for_each(work);
}

/// Keeps Mesa's drivers from printing errors about a missing screen on machines that have none. Call
/// it first thing in `main`.
pub fn start() {
    const SESSION: &str = "XDG_RUNTIME_DIR";
    if cfg!(target_os = "linux") && std::env::var_os(SESSION).is_none() {
        #[expect(unsafe_code, reason = "sound while there is one thread, at the start of main")]
        // SAFETY: no other thread runs yet that could read the environment.
        unsafe {
            std::env::set_var(SESSION, std::env::temp_dir());
        }
    }
}
