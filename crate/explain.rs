//! Where a model looked: attention maps and attention rollout, on plain arrays.
//!
//! Attention says which patches a token read from. It does not say why, nor what the model would
//! have done without them (Jain and Wallace 2019).

use serde::{Deserialize, Serialize};

#[cfg(feature = "model")]
use crate::config::ModelConfig;

/// The attention of a model on one image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttentionMaps {
    /// Attention heads of a block.
    pub heads: usize,
    /// Tokens: the class token, where there is one, then the patches row by row.
    pub tokens: usize,
    /// Patches per side.
    pub grid: usize,
    /// The weights of each block, `[heads, tokens, tokens]`: a row is what one token reads.
    pub blocks: Vec<Vec<f32>>,
}

/// Whose reading a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueryToken {
    /// What the head reads: the class token, or the mean of all patches where there is none.
    Class,
    /// The patch with this number, counted row by row.
    Patch(usize),
}

impl AttentionMaps {
    /// The attention of `model` on one image, from the weights of its blocks,
    /// `[heads, tokens, tokens]` each.
    #[cfg(feature = "model")]
    pub(crate) fn new(model: &ModelConfig, blocks: Vec<Vec<f32>>) -> Self {
        Self { heads: model.heads, tokens: model.tokens(), grid: model.grid(), blocks }
    }

    /// What `reader` reads from each patch in one head of a block, or in the mean of its heads,
    /// `[grid · grid]`.
    pub fn map(&self, block: usize, head: Option<usize>, reader: QueryToken) -> Vec<f32> {
        match head {
            Some(head) => self.read(self.head(block, head), reader),
            None => self.read(&self.mean(block), reader),
        }
    }

    /// Attention rollout (Abnar and Zuidema 2020): what `reader` holds of each patch after all
    /// blocks, `[grid · grid]`. A block passes on half of a token through its residual connection
    /// and half through the mean of its heads.
    pub fn rollout(&self, reader: QueryToken) -> Vec<f32> {
        self.read(&self.rollout_matrix(), reader)
    }

    /// Attention rollout of all tokens at once, `[tokens, tokens]`: a row is what one token holds of
    /// the others.
    pub fn rollout_matrix(&self) -> Vec<f32> {
        let size = self.tokens;
        let identity = |i: usize| f32::from(u8::from(i.is_multiple_of(size + 1)));
        let step = |block: usize| -> Vec<f32> {
            let mean = self.mean(block).into_iter().enumerate();
            mean.map(|(i, weight)| 0.5 * weight + 0.5 * identity(i)).collect()
        };
        (0..self.blocks.len())
            .map(step)
            .reduce(|total, step| product(&step, &total, size))
            .unwrap_or_else(|| (0..size * size).map(identity).collect())
    }

    fn head(&self, block: usize, head: usize) -> &[f32] {
        let size = self.tokens * self.tokens;
        &self.blocks[block][head * size..(head + 1) * size]
    }

    /// The mean of a block's heads, `[tokens, tokens]`.
    pub fn mean(&self, block: usize) -> Vec<f32> {
        let size = self.tokens * self.tokens;
        let mut mean = vec![0.0; size];
        for weights in self.blocks[block].chunks_exact(size) {
            for (sum, weight) in mean.iter_mut().zip(weights) {
                *sum += weight / self.heads as f32;
            }
        }
        mean
    }

    /// The patches' part of what `reader` reads in `[tokens, tokens]` weights.
    fn read(&self, weights: &[f32], reader: QueryToken) -> Vec<f32> {
        let patches = self.grid * self.grid;
        let first = self.tokens - patches;
        let row = |token: usize| &weights[token * self.tokens + first..(token + 1) * self.tokens];
        match reader {
            QueryToken::Class if first > 0 => row(0).to_vec(),
            QueryToken::Patch(patch) => row(first + patch).to_vec(),
            QueryToken::Class => (0..patches)
                .map(|to| (0..patches).map(|from| row(from)[to]).sum::<f32>() / patches as f32)
                .collect(),
        }
    }
}

/// The product of two `[size, size]` matrices.
fn product(a: &[f32], b: &[f32], size: usize) -> Vec<f32> {
    let mut out = vec![0.0; size * size];
    for (row, out) in a.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
        for (weight, b) in row.iter().zip(b.chunks_exact(size)) {
            for (out, value) in out.iter_mut().zip(b) {
                *out += weight * value;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A class token and 4 patches, 2 heads.
    fn maps(blocks: Vec<Vec<f32>>) -> AttentionMaps {
        AttentionMaps { heads: 2, tokens: 5, grid: 2, blocks }
    }

    /// Weights where token `i` of head `h` reads only token `(i + h + 1) mod 5`.
    fn shifting() -> Vec<f32> {
        (0..50).map(|n| f32::from(u8::from(n % 5 == (n / 5 % 5 + n / 25 + 1) % 5))).collect()
    }

    #[test]
    fn maps_are_the_rows_of_the_reader_without_the_class_token() {
        let maps = maps(vec![shifting()]);
        assert_eq!(maps.map(0, Some(0), QueryToken::Class), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(maps.map(0, Some(1), QueryToken::Class), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(maps.map(0, None, QueryToken::Class), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(maps.map(0, Some(0), QueryToken::Patch(1)), [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(maps.map(0, Some(0), QueryToken::Patch(3)), [0.0; 4]);
    }

    #[test]
    fn rollout_multiplies_the_blocks_with_their_residuals() {
        let one = maps(vec![shifting()]);
        assert_eq!(one.rollout(QueryToken::Class), [0.25, 0.25, 0.0, 0.0]);
        // Two blocks: (½A + ½I)² on the class token's row, A = mean of a shift by 1 and by 2.
        let two = maps(vec![shifting(), shifting()]);
        assert_eq!(two.rollout(QueryToken::Class), [0.25, 0.3125, 0.125, 0.0625]);
        assert_eq!(maps(Vec::new()).rollout(QueryToken::Patch(2)), [0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn without_a_class_token_the_class_reads_the_mean_of_the_patches() {
        let weights =
            vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        let maps = AttentionMaps { heads: 1, tokens: 4, grid: 2, blocks: vec![weights] };
        assert_eq!(maps.map(0, Some(0), QueryToken::Class), [0.5, 0.5, 0.0, 0.0]);
    }
}
