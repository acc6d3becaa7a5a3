//! Scratch buffers from a pool: each step needs the same sizes as the step before, and fresh memory is
//! zeroed by the system, then by the allocator, before use.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most numbers kept in the pool, 128 MB; beyond that, all are returned to the system.
const MOST: usize = 1 << 25;

static POOL: Mutex<Pool> = Mutex::new(Pool::EMPTY);

/// The free buffers.
struct Pool {
    buffers: Vec<Vec<f32>>,
    /// Numbers in all buffers.
    numbers: usize,
}

impl Pool {
    const EMPTY: Self = Self { buffers: Vec::new(), numbers: 0 };

    /// A buffer of exactly `count` numbers, if any: the last one returned.
    fn take(&mut self, count: usize) -> Option<Vec<f32>> {
        let place = self.buffers.iter().rposition(|buffer| buffer.len() == count)?;
        self.numbers -= count;
        Some(self.buffers.swap_remove(place))
    }

    fn keep(&mut self, buffer: Vec<f32>) {
        if buffer.len() > MOST {
            return;
        }
        if self.numbers + buffer.len() > MOST {
            *self = Self::EMPTY;
        }
        self.numbers += buffer.len();
        self.buffers.push(buffer);
    }
}

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A buffer with undefined content at first: write all of it before reading.
#[derive(Debug)]
pub struct Scratch(Vec<f32>);

impl Scratch {
    /// A buffer of `count` numbers.
    pub fn of(count: usize) -> Self {
        let found = pool().take(count);
        Self(found.unwrap_or_else(|| vec![0.0; count]))
    }

    /// A buffer of `count` zeros.
    pub fn zeroed(count: usize) -> Self {
        let mut buffer = Self::of(count);
        buffer.fill(0.0);
        buffer
    }

    /// A copy of `values`.
    pub fn copy(values: &[f32]) -> Self {
        let mut buffer = Self::of(values.len());
        buffer.copy_from_slice(values);
        buffer
    }
}

impl Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        pool().keep(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use patchwork_arch::{Convolution, Embedding};

    use crate::{
        BlockShape, DropoutMasks, EmbeddingShape, Regularization, backward, embedding, forward,
        saved_size,
    };

    #[test]
    fn a_buffer_is_reused_for_the_same_size() {
        let mut pool = Pool::EMPTY;
        pool.keep(vec![7.0; 3]);
        pool.keep(vec![8.0; 2]);
        assert_eq!(pool.take(1), None);
        assert_eq!(pool.take(3), Some(vec![7.0; 3]));
        assert_eq!(pool.take(3), None);
        assert_eq!(pool.numbers, 2);
    }

    #[test]
    fn scratch_is_zeroed_or_filled_on_request() {
        Scratch::of(5).fill(7.0);
        assert_eq!(&*Scratch::zeroed(5), [0.0; 5]);
        assert_eq!(&*Scratch::copy(&[1.0, 2.0]), [1.0, 2.0]);
    }

    /// Pseudo-random numbers between -1 and 1.
    pub(crate) fn lively(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * i * 7919 + i * 131 + 13) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    /// A block's output for some images, and its gradients.
    fn block() -> Vec<f32> {
        let shape = BlockShape { tokens: 5, width: 8, heads: 2, mlp: 12, qk_norm: true };
        let (images, size) = (3, 5 * 8);
        let [weights, tokens] = [shape.parameters(), images * size].map(lively);
        let mut saved = Scratch::of(images * saved_size(&shape));
        let mut output = Scratch::of(images * size);
        let masks = DropoutMasks {
            regularization: Regularization {
                seed: 1,
                drop_path: 0.3,
                dropout: 0.2,
                attention_dropout: 0.1,
            },
            first: 4,
        };
        forward(&shape, &weights, &tokens, masks, &mut output, &mut saved);
        let mut found = [images * size, shape.parameters()].map(|count| vec![0.0; count]);
        let [out, sums] = &mut found;
        backward(&shape, &weights, [&tokens, &saved], masks, &tokens, out, sums);
        [found.concat(), output.to_vec(), saved.to_vec()].concat()
    }

    /// The gradient of a patch embedding with a stem.
    fn patch_embedding() -> Vec<f32> {
        let image = 8;
        let convolution = |input, output, window, stride, margin| Convolution {
            input,
            output,
            window,
            stride,
            margin,
            bias: true,
        };
        let embedding = Embedding {
            stem: vec![
                convolution(1, 3, 3, 1, 1),
                convolution(3, 6, 3, 2, 1),
                convolution(6, 6, 3, 1, 1),
            ],
            front: 1,
            positions: true,
            ..Embedding::of(convolution(6, 6, 2, 2, 0))
        };
        let shape = EmbeddingShape { image, grid: 2, embedding };
        let size = shape.tokens() * shape.width();
        let [weights, images, gradient] =
            [shape.parameters(), 2 * image * image, 2 * size].map(lively);
        let mut sums = vec![0.0; shape.parameters()];
        embedding::backward(&shape, &weights, &images, &gradient, &mut sums);
        sums
    }

    #[test]
    fn results_do_not_depend_on_the_old_content_of_buffers() {
        for work in [block, patch_embedding] {
            let first = work();
            assert!(first.iter().all(|value| value.is_finite()));
            pool().buffers.iter_mut().for_each(|buffer| buffer.fill(f32::NAN));
            assert_eq!(work(), first);
        }
    }

    #[test]
    fn buffers_beyond_the_limit_are_freed() {
        let mut pool = Pool::EMPTY;
        pool.keep(vec![0.0; 4]);
        pool.keep(vec![0.0; MOST + 1]);
        assert_eq!(pool.numbers, 4);
        pool.keep(vec![0.0; MOST - 3]);
        assert_eq!((pool.buffers.len(), pool.numbers), (1, MOST - 3));
    }
}
