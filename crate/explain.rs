//! What a model attends to: attention maps and attention rollout, on plain arrays.
//!
//! Attention shows which patches a token takes information from. It shows neither why, nor what the
//! model would have done without them (Jain and Wallace 2019).

use std::ops::Range;

use patchwork_arch::{Patch, Places};
use serde::{Deserialize, Serialize};

/// The attention weights of a model for one image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AttentionMaps {
    /// The blocks with attention, first to last.
    pub blocks: Vec<BlockAttention>,
    /// How much each token counts in what the head reads, `[tokens]`, where the head weighs them; else nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooling: Vec<f32>,
}

/// The attention of one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockAttention {
    /// The block among those of all stages, counting from 0.
    #[serde(default)]
    pub block: usize,
    /// The image area that one key covers.
    pub patch: Patch,
    /// Windows of the grid, where tokens read within their own window alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
    /// Whether the model itself never computes these weights (linear attention): they follow from features of queries
    /// and keys.
    #[serde(default)]
    pub implied: bool,
    /// Attention heads.
    pub heads: usize,
    /// Grid of the query tokens.
    pub queries: Places,
    /// Grid of the key tokens.
    pub keys: Places,
    /// `[heads, queries, keys]`: a row holds the attention weights of one query token.
    pub weights: Vec<f32>,
    /// The share of the attention to relative positions in each head, from 0 to 1, `[heads]`; the rest is the attention to
    /// content. Nothing where heads have no gates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<f32>,
}

/// Windows of a grid of tokens (Liu et al. 2021).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Windows {
    /// Tokens per side of a window.
    pub side: usize,
    /// How far the windows are moved, down and to the right.
    pub shift: usize,
}

impl Windows {
    /// The rows, or columns, that a token at `at` reads, of `length` on the grid. Windows that were moved over the edge
    /// are cut there: what would come from the opposite end is not read.
    pub fn span(&self, at: usize, length: usize) -> Range<usize> {
        match at.checked_sub(self.shift) {
            None => 0..self.shift.min(length),
            Some(moved) => {
                let start = self.shift + moved / self.side * self.side;
                start..(start + self.side).min(length)
            }
        }
    }
}

/// The query token whose attention a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueryToken {
    /// What the head reads: the class token, or the mean of all patches where there is none. In a rollout, where the head
    /// weighs tokens, their sum with these weights.
    Class,
    /// The distillation token, the second of those in front; without one nothing is read.
    Distillation,
    /// The patch with this number, counted row by row.
    Patch(usize),
}

impl BlockAttention {
    /// Attention of `reader` to each patch in one head, or averaged over the heads, `[rows · columns]` of the keys' grid.
    pub fn map(&self, head: Option<usize>, reader: QueryToken) -> Vec<f32> {
        match head {
            Some(head) => self.read(self.head(head), reader),
            None => self.read(&self.mean(), reader),
        }
    }

    /// The mean of the heads, `[queries, keys]`.
    pub fn mean(&self) -> Vec<f32> {
        let mut mean = vec![0.0; self.size()];
        for head in 0..self.heads {
            for (sum, weight) in mean.iter_mut().zip(self.head(head)) {
                *sum += weight / self.heads as f32;
            }
        }
        mean
    }

    /// Numbers of one head.
    fn size(&self) -> usize {
        self.queries.tokens() * self.keys.tokens()
    }

    fn head(&self, head: usize) -> &[f32] {
        &self.weights[head * self.size()..(head + 1) * self.size()]
    }

    /// The attention of `reader` to the patches, from `[queries, keys]` weights.
    fn read(&self, weights: &[f32], reader: QueryToken) -> Vec<f32> {
        let keys = self.keys.tokens();
        let row = |token: usize| &weights[token * keys + self.keys.front..(token + 1) * keys];
        let (front, patches) = (self.queries.front, self.queries.grid.places());
        match reader {
            QueryToken::Class if front > 0 => row(0).to_vec(),
            QueryToken::Distillation if front > 1 => row(1).to_vec(),
            QueryToken::Distillation => Vec::new(),
            QueryToken::Patch(patch) => row(front + patch).to_vec(),
            QueryToken::Class => (0..self.keys.grid.places())
                .map(|to| (0..patches).map(|from| row(from)[to]).sum::<f32>() / patches as f32)
                .collect(),
        }
    }

    /// Whether both have the same key tokens and the same number of heads.
    fn is_like(&self, other: &Self) -> bool {
        let geometry = |block: &Self| (block.patch, block.heads, block.queries, block.keys);
        geometry(self) == geometry(other)
    }
}

impl AttentionMaps {
    /// The blocks at the end that share one token grid: all blocks of a plain model, those of the last stage of
    /// a pyramid.
    pub fn last_stage(&self) -> &[BlockAttention] {
        let Some(last) = self.blocks.last() else { return &[] };
        let others = self.blocks.iter().rposition(|block| !block.is_like(last));
        &self.blocks[others.map_or(0, |index| index + 1)..]
    }

    /// Attention rollout (Abnar and Zuidema 2020): the share of each patch in `reader` after all blocks of the last
    /// stage, `[rows · columns]` of its grid. Half of a token passes a block through its residual connection and half
    /// through the mean of its heads.
    pub fn rollout(&self, reader: QueryToken) -> Vec<f32> {
        let matrix = self.rollout_matrix();
        match self.blocks.last() {
            Some(block) if !matrix.is_empty() => match reader {
                QueryToken::Class if !self.pooling.is_empty() => self.weighed(&matrix, block),
                _ => block.read(&matrix, reader),
            },
            _ => Vec::new(),
        }
    }

    /// The patches' part of the rows of a `[tokens, tokens]` matrix, summed with the weights of the head.
    fn weighed(&self, matrix: &[f32], block: &BlockAttention) -> Vec<f32> {
        let (tokens, front) = (block.keys.tokens(), block.keys.front);
        let mut sum = vec![0.0; tokens - front];
        for (weight, row) in self.pooling.iter().zip(matrix.chunks_exact(tokens)) {
            sum.iter_mut().zip(&row[front..]).for_each(|(sum, value)| *sum += weight * value);
        }
        sum
    }

    /// Attention rollout of all tokens at once, `[tokens, tokens]`: a row holds the shares of all
    /// tokens in one token. Empty if queries and keys are different tokens.
    pub fn rollout_matrix(&self) -> Vec<f32> {
        let blocks = self.last_stage();
        let size = match blocks.first() {
            Some(block) if block.queries == block.keys => block.queries.tokens(),
            _ => return Vec::new(),
        };
        let identity = |i: usize| f32::from(u8::from(i.is_multiple_of(size + 1)));
        let step = |block: &BlockAttention| -> Vec<f32> {
            let mean = block.mean().into_iter().enumerate();
            mean.map(|(i, weight)| 0.5 * weight + 0.5 * identity(i)).collect()
        };
        let steps = blocks.iter().map(step);
        steps.reduce(|total, step| product(&step, &total, size)).unwrap_or_default()
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
    use patchwork_arch::Grid;

    /// A grid of `side` rows and columns with `front` tokens before it.
    fn places(front: usize, side: usize) -> Places {
        Places { front, grid: Grid { rows: side, columns: side } }
    }

    fn block(heads: usize, queries: Places, keys: Places, weights: Vec<f32>) -> BlockAttention {
        let patch = Patch { side: 4, before: 0 };
        BlockAttention {
            block: 0,
            patch,
            windows: None,
            implied: false,
            heads,
            queries,
            keys,
            weights,
            gates: Vec::new(),
        }
    }

    /// A class token and 4 patches, 2 heads; token `i` of head `h` attends only to token `(i + h + 1) mod 5`.
    fn shifting() -> BlockAttention {
        let reads = |n: usize| f32::from(u8::from(n % 5 == (n / 5 % 5 + n / 25 + 1) % 5));
        block(2, places(1, 2), places(1, 2), (0..50).map(reads).collect())
    }

    #[test]
    fn maps_are_rows_of_the_query_without_the_class_token() {
        let block = shifting();
        assert_eq!(block.map(Some(0), QueryToken::Class), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(block.map(Some(1), QueryToken::Class), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(block.map(None, QueryToken::Class), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(block.map(Some(0), QueryToken::Patch(1)), [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(block.map(Some(0), QueryToken::Patch(3)), [0.0; 4]);
    }

    #[test]
    fn rollout_multiplies_the_blocks_with_their_residuals() {
        let one = AttentionMaps { blocks: vec![shifting()], ..Default::default() };
        assert_eq!(one.rollout(QueryToken::Class), [0.25, 0.25, 0.0, 0.0]);
        // Two blocks: (½A + ½I)² on the class token's row, A = mean of a shift by 1 and by 2.
        let two = AttentionMaps { blocks: vec![shifting(), shifting()], ..Default::default() };
        assert_eq!(two.rollout(QueryToken::Class), [0.25, 0.3125, 0.125, 0.0625]);
        assert!(AttentionMaps::default().rollout(QueryToken::Patch(2)).is_empty());
    }

    #[test]
    fn rollout_covers_the_last_stage() {
        let first = block(1, places(0, 3), places(0, 3), vec![1.0 / 9.0; 81]);
        let maps =
            AttentionMaps { blocks: vec![first, shifting(), shifting()], ..Default::default() };
        assert_eq!(maps.last_stage().len(), 2);
        assert_eq!(maps.rollout(QueryToken::Class), [0.25, 0.3125, 0.125, 0.0625]);
    }

    #[test]
    fn keys_on_a_smaller_grid_have_maps_and_no_rollout() {
        let queries = [[0.1, 0.2, 0.3, 0.4]; 9].concat();
        let blocks = vec![block(1, places(0, 3), places(0, 2), queries)];
        let maps = AttentionMaps { blocks, ..Default::default() };
        assert_eq!(maps.blocks[0].map(None, QueryToken::Patch(8)), [0.1, 0.2, 0.3, 0.4]);
        assert!(maps.rollout_matrix().is_empty());
    }

    #[test]
    fn a_head_that_weighs_tokens_reads_their_sum_in_a_rollout() {
        // Each of two tokens passes on half of itself and reads half of the first.
        let keys = Places { front: 0, grid: Grid { rows: 1, columns: 2 } };
        let blocks = vec![block(1, keys, keys, vec![1.0, 0.0, 1.0, 0.0])];
        let maps = AttentionMaps { blocks, pooling: vec![0.2, 0.8] };
        let (got, expected) = (maps.rollout(QueryToken::Class), [0.2 + 0.8 * 0.5, 0.8 * 0.5]);
        assert!(got.iter().zip(expected).all(|(got, due)| (got - due).abs() < 1e-6), "{got:?}");
    }

    #[test]
    fn the_distillation_token_reads_where_there_is_one() {
        let two = places(2, 1);
        let rows = vec![0.0, 0.1, 0.9, 0.3, 0.3, 0.4, 0.0, 0.0, 1.0];
        let maps = AttentionMaps { blocks: vec![block(1, two, two, rows)], ..Default::default() };
        assert_eq!(maps.blocks[0].map(None, QueryToken::Class), [0.9]);
        assert_eq!(maps.blocks[0].map(None, QueryToken::Distillation), [0.4]);
        assert_eq!(maps.rollout(QueryToken::Distillation), [0.2]);
        assert!(shifting().map(None, QueryToken::Distillation).is_empty());
    }

    #[test]
    fn windows_divide_a_side_and_are_cut_at_its_ends() {
        let still = Windows { side: 2, shift: 0 };
        assert_eq!([0, 1, 2, 3].map(|at| still.span(at, 4)), [0..2, 0..2, 2..4, 2..4]);
        let moved = Windows { side: 2, shift: 1 };
        assert_eq!([0, 1, 2, 3].map(|at| moved.span(at, 4)), [0..1, 1..3, 1..3, 3..4]);
    }

    #[test]
    fn without_a_class_token_the_map_is_the_mean_over_patches() {
        let weights =
            vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        let block = block(1, places(0, 2), places(0, 2), weights);
        assert_eq!(block.map(Some(0), QueryToken::Class), [0.5, 0.5, 0.0, 0.0]);
    }
}
