//! Memory for numbers in between, used again and again: a step wants the same sizes as the step before, and
//! fresh memory is zeroed by the system, then by the allocator, before anybody writes to it.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Numbers that are kept for later at most, 128 MB of them; beyond, all are given back to the system.
const MOST: usize = 1 << 25;

static FREE: Mutex<Free> = Mutex::new(Free { rooms: Vec::new(), numbers: 0 });

/// What nobody uses at the moment.
struct Free {
    rooms: Vec<Vec<f32>>,
    /// Numbers in all of them.
    numbers: usize,
}

/// Numbers that hold anything at first: whoever asks for a room writes all of it before reading.
#[derive(Debug, Clone)]
pub struct Room(Vec<f32>);

impl Room {
    /// Room for `count` numbers.
    pub fn of(count: usize) -> Self {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = free.rooms.iter().rposition(|room| room.len() == count) else {
            drop(free);
            return Self(vec![0.0; count]);
        };
        free.numbers -= count;
        Self(free.rooms.swap_remove(place))
    }

    /// Room for `count` numbers that are 0.
    pub fn zeroed(count: usize) -> Self {
        let mut room = Self::of(count);
        room.fill(0.0);
        room
    }

    /// A copy of `values`.
    pub fn copy(values: &[f32]) -> Self {
        let mut room = Self::of(values.len());
        room.copy_from_slice(values);
        room
    }
}

impl Deref for Room {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Room {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        if free.numbers + self.len() > MOST {
            *free = Free { rooms: Vec::new(), numbers: 0 };
        }
        if self.len() <= MOST {
            free.numbers += self.len();
            free.rooms.push(std::mem::take(&mut self.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlockShape, EmbeddingShape, backward, embedding, forward, saved_size};

    #[test]
    fn a_room_is_used_again_and_zeroed_where_asked() {
        let size = 12_345; // that no other test asks for
        let mut room = Room::of(size);
        room.fill(7.0);
        drop(room);
        assert!(Room::of(size).iter().all(|&value| value == 7.0));
        assert!(Room::zeroed(size).iter().all(|&value| value == 0.0));
        assert_eq!(&*Room::copy(&[1.0, 2.0]), [1.0, 2.0]);
    }

    /// Numbers between -1 and 1 that look like chance.
    fn lively(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    /// What a block makes of some images, forward and backward.
    fn block() -> Vec<f32> {
        let shape = BlockShape { tokens: 5, width: 8, heads: 2, mlp: 12 };
        let (images, size) = (3, 5 * 8);
        let [weights, tokens] = [shape.parameters(), images * size].map(lively);
        let mut saved = Room::of(images * saved_size(&shape));
        let mut output = Room::of(images * size);
        forward(&shape, &weights, &tokens, &[], &mut output, &mut saved);
        let mut found = [images * size, shape.parameters()].map(|count| vec![0.0; count]);
        let [out, sums] = &mut found;
        backward(&shape, &weights, [&tokens, &[]], &saved, &tokens, out, sums);
        [found.concat(), output.to_vec(), saved.to_vec()].concat()
    }

    /// The gradient of a patch embedding with a stem.
    fn patch_embedding() -> Vec<f32> {
        let (image, patch, grid) = (8, 4, 2);
        let shape = EmbeddingShape {
            image,
            before: 0,
            patch,
            grid,
            width: 6,
            class_token: true,
            stem: 3,
            stride: 2,
        };
        let size = shape.tokens() * shape.width;
        let [weights, images, gradient] =
            [shape.parameters(), 2 * image * image, 2 * size].map(lively);
        let mut sums = vec![0.0; shape.parameters()];
        embedding::backward(&shape, &weights, &images, &gradient, &mut sums);
        sums
    }

    #[test]
    fn nothing_depends_on_what_a_room_held_before() {
        for work in [block, patch_embedding] {
            let first = work();
            assert!(first.iter().all(|value| value.is_finite()));
            FREE.lock().unwrap().rooms.iter_mut().for_each(|room| room.fill(f32::NAN));
            assert_eq!(work(), first);
        }
    }

    #[test]
    fn what_is_too_large_to_keep_is_given_back() {
        drop(Room::of(MOST + 1));
        let free = FREE.lock().unwrap();
        assert!(free.numbers <= MOST);
        assert!(free.rooms.iter().all(|room| room.len() <= MOST));
    }
}
