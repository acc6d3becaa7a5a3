//! Softmax cross-entropy, in 32 bits.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::buffer::buffer;
use crate::grid::cube_count;

/// Units that process a batch together.
const UNITS: u32 = 128;

/// The loss of some images, on a device.
pub struct Loss {
    /// The device.
    pub client: Client,
    /// Images.
    pub images: usize,
    /// Classes.
    pub classes: usize,
}

/// The logarithm of the sum of a row's exponentials.
#[cube]
fn log_sum(logits: &[f32], row: usize, #[comptime] classes: usize) -> f32 {
    let mut highest = logits[row];
    for class in 1..classes {
        highest = max(highest, logits[row + class]);
    }
    let mut sum = 0.0f32;
    for class in 0..classes {
        sum += (logits[row + class] - highest).exp();
    }
    highest + sum.ln()
}

/// The index of a row's first largest value.
#[cube]
fn largest(values: &[f32], row: usize, #[comptime] classes: usize) -> usize {
    let mut best = 0usize.runtime();
    for class in 1..classes {
        best = select(values[row + class] > values[row + best], class, best);
    }
    best
}

/// Whether a row's values differ.
#[cube]
fn differ(values: &[f32], row: usize, #[comptime] classes: usize) -> bool {
    let mut lowest = values[row];
    let mut highest = values[row];
    for class in 1..classes {
        lowest = min(lowest, values[row + class]);
        highest = max(highest, values[row + class]);
    }
    lowest < highest
}

/// Mean loss, and the number of images whose largest logit is at the largest target. An image whose targets are all equal has
/// no class to find.
///
/// # Shapes
/// - logits, targets: `[images, classes]`
/// - out: `[2]`, written
#[cube(launch_unchecked)]
fn forward(
    logits: &[f32],
    targets: &[f32],
    out: &mut [f32],
    images: u32,
    #[comptime] classes: usize,
) {
    let mut losses = Shared::<[f32]>::new_slice(UNITS as usize);
    let mut rights = Shared::<[f32]>::new_slice(UNITS as usize);
    let mut loss = 0.0f32;
    let mut right = 0.0f32;
    for image in range_stepped(UNIT_POS as usize, images as usize, UNITS as usize) {
        let row = image * classes;
        let log_sum = log_sum(logits, row, classes);
        for class in 0..classes {
            loss += (log_sum - logits[row + class]) * targets[row + class];
        }
        let hit = largest(logits, row, classes) == largest(targets, row, classes)
            && differ(targets, row, classes);
        right += select(hit, 1.0f32, 0.0f32);
    }
    losses[UNIT_POS as usize] = loss;
    rights[UNIT_POS as usize] = right;
    sync_cube();
    if UNIT_POS == 0 {
        let mut loss = 0.0f32;
        let mut right = 0.0f32;
        for unit in 0..UNITS as usize {
            loss += losses[unit];
            right += rights[unit];
        }
        out[0] = loss / f32::cast_from(images);
        out[1] = right;
    }
}

/// The gradient of the mean loss, one unit per image.
///
/// # Shapes
/// - logits, targets, out (written): `[images, classes]`
/// - gradient (of what [`forward()`] wrote): `[2]`
#[cube(launch_unchecked)]
fn backward(
    logits: &[f32],
    targets: &[f32],
    gradient: &[f32],
    out: &mut [f32],
    images: u32,
    #[comptime] classes: usize,
) {
    if ABSOLUTE_POS >= images as usize {
        terminate!();
    }
    let row = ABSOLUTE_POS * classes;
    let factor = gradient[0] / f32::cast_from(images);
    let log_sum = log_sum(logits, row, classes);
    let mut weight = 0.0f32;
    for class in 0..classes {
        weight += targets[row + class];
    }
    for class in 0..classes {
        let share = (logits[row + class] - log_sum).exp();
        out[row + class] = factor * (weight * share - targets[row + class]);
    }
}

impl Loss {
    fn rows(&self, handle: Handle) -> BufferArg {
        buffer(handle, self.images * self.classes)
    }

    /// Writes mean loss and number of correct images to `out`, `[2]`.
    pub fn forward(&self, logits: Handle, targets: Handle, out: Handle) {
        // SAFETY: units stay within the images.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                CubeCount::Static(1, 1, 1),
                CubeDim::new_1d(UNITS),
                self.rows(logits),
                self.rows(targets),
                buffer(out, 2),
                self.images as u32,
                self.classes,
            );
        }
    }

    /// Writes the logits' gradient to `out`, `[images, classes]`.
    pub fn backward(&self, logits: Handle, targets: Handle, gradient: Handle, out: Handle) {
        // SAFETY: units stay within the images.
        unsafe {
            backward::launch_unchecked(
                &self.client,
                cube_count(self.images, UNITS),
                CubeDim::new_1d(UNITS),
                self.rows(logits),
                self.rows(targets),
                buffer(gradient, 2),
                self.rows(out),
                self.images as u32,
                self.classes,
            );
        }
    }
}
