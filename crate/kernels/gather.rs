//! Gathering tokens by index: which tokens of an image, in which order, and how often.
//!
//! Windows, shifts and patch merging are such index lists.

use crate::math;

/// A list of token indices, and for each token the places that read it, so that the backward pass adds in a
/// fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The token that each place reads.
    tokens: Vec<u32>,
    /// The start of each token's places in `readers`, and the end of the last.
    starts: Vec<u32>,
    /// The places that read the first token, in order, then those of the second, and so on.
    readers: Vec<u32>,
}

impl Index {
    /// An index over `count` tokens per image.
    ///
    /// # Panics
    /// If an index is out of range, or the list is empty.
    pub fn new(tokens: Vec<u32>, count: usize) -> Self {
        assert!(!tokens.is_empty(), "an index of nothing");
        assert!(tokens.iter().all(|&token| (token as usize) < count), "no such token");
        let mut starts = vec![0; count + 1];
        tokens.iter().for_each(|&token| starts[token as usize + 1] += 1);
        (0..count).for_each(|token| starts[token + 1] += starts[token]);
        let mut next = starts.clone();
        let mut readers = vec![0; tokens.len()];
        for (place, &token) in (0..).zip(&tokens) {
            let next = &mut next[token as usize];
            readers[*next as usize] = place;
            *next += 1;
        }
        Self { tokens, starts, readers }
    }

    /// The index that undoes this one; `None` if a token is read twice, or never.
    pub fn inverse(&self) -> Option<Self> {
        let once = self.starts.windows(2).all(|ends| ends[1] - ends[0] == 1);
        once.then(|| Self::new(self.readers.clone(), self.len()))
    }

    /// The token that each place reads.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The number of tokens to read.
    #[expect(clippy::len_without_is_empty, reason = "an index is never empty")]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The number of tokens per image.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The places that read a token, in order.
    pub fn readers(&self, token: usize) -> &[u32] {
        &self.readers[self.starts[token] as usize..self.starts[token + 1] as usize]
    }

    /// Everything in one list, as a graphics card uses it: the token indices, the start of each token's readers with
    /// the end of the last, and the readers.
    pub fn table(&self) -> Vec<u32> {
        [&*self.tokens, &self.starts, &self.readers].concat()
    }
}

/// The tokens of a map in square windows, window by window and each row by row. The map is first rolled by `shift` up and
/// to the left, as in Swin (Liu et al. 2021).
///
/// # Panics
/// If the map is not made of whole windows.
pub fn windows([rows, columns]: [usize; 2], side: usize, shift: usize) -> Index {
    let whole = side > 0 && rows.is_multiple_of(side) && columns.is_multiple_of(side);
    assert!(whole, "a map of {rows}×{columns} tokens has no windows of {side}×{side}");
    let mut tokens = Vec::with_capacity(rows * columns);
    for top in (0..rows).step_by(side) {
        for left in (0..columns).step_by(side) {
            for (row, column) in square(side, top, left) {
                let token = (row + shift) % rows * columns + (column + shift) % columns;
                tokens.push(token as u32);
            }
        }
    }
    Index::new(tokens, rows * columns)
}

fn square(side: usize, top: usize, left: usize) -> impl Iterator<Item = (usize, usize)> {
    (top..top + side).flat_map(move |row| (left..left + side).map(move |column| (row, column)))
}

/// The tokens of a map by 2×2 squares, square by square: upper left, lower left, upper right, lower right. Four
/// consecutive tokens then form one of four times the width, as Swin merges them.
///
/// # Panics
/// If the map has an odd number of rows or columns.
pub fn merge_2x2([rows, columns]: [usize; 2]) -> Index {
    let even = rows.is_multiple_of(2) && columns.is_multiple_of(2);
    assert!(even, "a map of {rows}×{columns} tokens has no squares of four");
    let mut tokens = Vec::with_capacity(rows * columns);
    for top in (0..rows).step_by(2) {
        for left in (0..columns).step_by(2) {
            let corners = [[0, 0], [1, 0], [0, 1], [1, 1]];
            tokens.extend(
                corners.map(|[down, right]| ((top + down) * columns + left + right) as u32),
            );
        }
    }
    Index::new(tokens, rows * columns)
}

/// Added to the scores of pairs of tokens that do not attend to each other; every 16-bit format can represent it.
const MASKED: f32 = -100.0;

/// The mask of [`windows`], `[windows, tokens, tokens]`: 0 for pairs of tokens from the same region of the map, else -100.
/// Empty without a shift.
///
/// # Panics
/// If the map is not made of whole windows.
pub fn mask([rows, columns]: [usize; 2], side: usize, shift: usize) -> Vec<f32> {
    if shift == 0 {
        return Vec::new();
    }
    // The region along one axis of the shifted map: 0 before the last window; in the last window 1 for the map's end and 2
    // for its beginning, which the shift wrapped around.
    let band = |place: usize, length: usize| {
        usize::from(place + side >= length) + usize::from(place + shift >= length)
    };
    let order = windows([rows, columns], side, 0);
    let region = |&token: &u32| {
        let (row, column) = (token as usize / columns, token as usize % columns);
        3 * band(row, rows) + band(column, columns)
    };
    let regions: Vec<usize> = order.tokens().iter().map(region).collect();
    let of_window = |window: &[usize]| -> Vec<f32> {
        let pairs = window.iter().flat_map(|query| window.iter().map(move |key| query == key));
        pairs.map(|same| if same { 0.0 } else { MASKED }).collect()
    };
    regions.chunks_exact(side * side).flat_map(of_window).collect()
}

/// For each pair of positions in a square of `side`, the row of the relative position table, which has one row per row
/// and column offset. Queries come first, as in the scores.
pub fn distances(side: usize) -> Index {
    let places = || (0..side).flat_map(move |row| (0..side).map(move |column| (row, column)));
    let row = |(query, key): ((usize, usize), (usize, usize))| {
        let down = query.0 + side - 1 - key.0;
        let right = query.1 + side - 1 - key.1;
        (down * (2 * side - 1) + right) as u32
    };
    let pairs = places().flat_map(|query| places().map(move |key| (query, key)));
    Index::new(pairs.map(row).collect(), (2 * side - 1).pow(2))
}

/// Gathers the tokens of some images.
///
/// # Shapes
/// - tokens: `[images, index.count(), width]`
/// - out: `[images, index.len(), width]`, written
pub fn forward(index: &Index, width: usize, tokens: &[f32], out: &mut [f32]) {
    let images = tokens.chunks_exact(index.count() * width);
    for (tokens, out) in images.zip(out.chunks_exact_mut(index.len() * width)) {
        for (out, &token) in out.chunks_exact_mut(width).zip(&index.tokens) {
            out.copy_from_slice(&tokens[token as usize * width..][..width]);
        }
    }
}

/// The gradient of the tokens: each sums the gradients of the places that read it.
///
/// # Shapes
/// - gradient: `[images, index.len(), width]`
/// - out: `[images, index.count(), width]`, written
pub fn backward(index: &Index, width: usize, gradient: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    let images = gradient.chunks_exact(index.len() * width);
    for (gradient, out) in images.zip(out.chunks_exact_mut(index.count() * width)) {
        for (token, out) in out.chunks_exact_mut(width).enumerate() {
            for &place in index.readers(token) {
                math::add(out, &gradient[place as usize * width..][..width]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_lists_the_readers_of_a_token() {
        let index = Index::new(vec![2, 0, 2, 3], 5);
        assert_eq!((index.len(), index.count()), (4, 5));
        let readers: Vec<_> = (0..5).map(|token| index.readers(token).to_vec()).collect();
        assert_eq!(readers, [vec![1], vec![], vec![0, 2], vec![3], vec![]]);
        assert_eq!(index.table(), [2, 0, 2, 3, 0, 1, 1, 3, 4, 4, 1, 0, 2, 3]);
        assert_eq!(index.inverse(), None);
        assert_eq!(Index::new(vec![0, 0, 1], 2).inverse(), None);
    }

    #[test]
    fn an_inverse_puts_everything_back() {
        let index = windows([4, 6], 2, 1);
        let inverse = index.inverse().expect("each token is read once");
        let values: Vec<f32> = (0..48).map(|i| i as f32).collect();
        let (mut moved, mut back) = ([0.0; 48], [0.0; 48]);
        forward(&index, 2, &values, &mut moved);
        forward(&inverse, 2, &moved, &mut back);
        assert_ne!(moved[..], values);
        assert_eq!(back[..], values);
        assert_eq!(inverse.inverse(), Some(index));
    }

    #[test]
    fn windows_are_in_row_order() {
        let index = windows([2, 4], 2, 0);
        assert_eq!(index.tokens(), [0, 1, 4, 5, 2, 3, 6, 7]);
        assert_eq!(windows([3, 3], 3, 0).tokens(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(windows([1, 3], 1, 0).tokens(), [0, 1, 2]);
    }

    #[test]
    fn shifted_windows_wrap_around() {
        let index = windows([4, 4], 2, 1);
        assert_eq!(index.tokens(), [5, 6, 9, 10, 7, 4, 11, 8, 13, 14, 1, 2, 15, 12, 3, 0]);
    }

    #[test]
    fn merging_2x2_goes_column_by_column() {
        let index = merge_2x2([2, 4]);
        assert_eq!(index.tokens(), [0, 4, 1, 5, 2, 6, 3, 7]);
    }

    #[test]
    #[should_panic(expected = "no windows of 3×3")]
    fn a_map_must_have_whole_windows() {
        windows([6, 4], 3, 0);
    }

    #[test]
    #[should_panic(expected = "no squares of four")]
    fn a_map_with_an_odd_side_is_not_merged() {
        merge_2x2([3, 4]);
    }

    #[test]
    fn a_token_sums_the_gradients_of_its_readers() {
        let index = Index::new(vec![1, 1, 0], 3);
        let mut out = [7.0; 12];
        let gradient: Vec<f32> = (1..=12).map(|i| i as f32).collect();
        backward(&index, 2, &gradient, &mut out);
        assert_eq!(out, [5.0, 6.0, 4.0, 6.0, 0.0, 0.0, 11.0, 12.0, 16.0, 18.0, 0.0, 0.0]);
    }
}
