//! Copies parameters out of the flat array to addresses that can be bound, and joins their gradients to one array.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::buffer::buffer;
use crate::grid::cube_count;

/// Units of a cube; each copies a number.
const UNITS: u32 = 256;

/// Copies parts of an array to other places, on a device.
pub struct Spread {
    /// The device.
    pub client: Client,
    /// For each part its start in the copy and its start in the array, 32-bit words, in order.
    pub table: Handle,
    /// Number of parts.
    pub parts: usize,
    /// Numbers of the array.
    pub from: usize,
    /// Numbers of the copy.
    pub to: usize,
    /// The number format of both.
    pub dtype: ElemType,
}

/// Copies each part. What lies between two parts of the copy is undefined.
///
/// # Shapes
/// - flat: `[from]`
/// - table: `[parts, 2]`
/// - out: `[to]`, written
#[cube(launch_unchecked)]
fn spread<F: Float>(
    flat: &[F],
    table: &[u32],
    out: &mut [F],
    parts: u32,
    from: u32,
    to: u32,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS as u32;
    if place >= to {
        terminate!();
    }
    // The last part that starts at the place or before it.
    let mut low = 0u32;
    let mut high = parts;
    while high - low > 1 {
        let middle = (low + high) / 2;
        if table[2 * middle as usize] <= place {
            low = middle;
        } else {
            high = middle;
        }
    }
    let read = table[2 * low as usize + 1] + place - table[2 * low as usize];
    out[place as usize] = flat[min(read, from - 1) as usize];
}

impl Spread {
    /// Copies the parts of `flat` to `out`.
    pub fn run(&self, flat: &Handle, out: &Handle) {
        // SAFETY: units read and write within the arrays.
        unsafe {
            spread::launch_unchecked(
                &self.client,
                cube_count(self.to, UNITS),
                CubeDim::new_1d(UNITS),
                buffer(flat.clone(), self.from),
                buffer(self.table.clone(), 2 * self.parts),
                buffer(out.clone(), self.to),
                self.parts as u32,
                self.from as u32,
                self.to as u32,
                self.dtype,
            );
        }
    }
}

/// The most arrays that one kernel joins: a kernel has at most eight buffers.
pub const JOINED: usize = 6;

/// Writes arrays one after the other into a part of an array of 32-bit floats, on a device.
pub struct Join {
    /// The device.
    pub client: Client,
    /// Numbers of each array; 0 for arrays that are left out.
    pub counts: [usize; JOINED],
    /// Where the first is written.
    pub start: usize,
    /// The number format of the arrays.
    pub dtype: ElemType,
}

/// Writes six arrays one after the other.
///
/// # Shapes
/// - one to six: `[ends of it - ends of the one before]`
/// - out: from `start` on `[ends of six]`, written
#[cube(launch_unchecked)]
fn join<F: Float>(
    one: &[F],
    two: &[F],
    three: &[F],
    four: &[F],
    five: &[F],
    six: &[F],
    out: &mut [f32],
    start: u32,
    end_one: u32,
    end_two: u32,
    end_three: u32,
    end_four: u32,
    end_five: u32,
    end_six: u32,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS as u32;
    if place >= end_six {
        terminate!();
    }
    let to = (start + place) as usize;
    if place < end_one {
        out[to] = f32::cast_from(one[place as usize]);
    } else if place < end_two {
        out[to] = f32::cast_from(two[(place - end_one) as usize]);
    } else if place < end_three {
        out[to] = f32::cast_from(three[(place - end_two) as usize]);
    } else if place < end_four {
        out[to] = f32::cast_from(four[(place - end_three) as usize]);
    } else if place < end_five {
        out[to] = f32::cast_from(five[(place - end_four) as usize]);
    } else {
        out[to] = f32::cast_from(six[(place - end_five) as usize]);
    }
}

impl Join {
    /// Writes `arrays` into `out`, which has room for them.
    pub fn run(&self, arrays: [&Handle; JOINED], out: &Handle) {
        let mut end = 0;
        let ends = self.counts.map(|count| {
            end += count;
            end as u32
        });
        let [one, two, three, four, five, six] =
            std::array::from_fn(|place| buffer(arrays[place].clone(), self.counts[place]));
        // SAFETY: units read and write within the arrays.
        unsafe {
            join::launch_unchecked(
                &self.client,
                cube_count(end, UNITS),
                CubeDim::new_1d(UNITS),
                one,
                two,
                three,
                four,
                five,
                six,
                buffer(out.clone(), self.start + end),
                self.start as u32,
                ends[0],
                ends[1],
                ends[2],
                ends[3],
                ends[4],
                ends[5],
                self.dtype,
            );
        }
    }
}
