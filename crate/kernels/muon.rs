//! The update direction of Muon (Jordan 2024, "Muon: an optimizer for hidden layers in neural networks"): the
//! momentum of a matrix, made nearly orthogonal, so that a step moves all directions of the matrix equally.

use crate::matrix::{Matrix, Onto, product};
use crate::scratch::Scratch;

/// Iterations of Newton–Schulz.
pub const ROUNDS: usize = 5;
/// The quintic polynomial of an iteration, `a x + b x³ + c x⁵` of each singular value: it quickly brings all of
/// them between 0.7 and 1.2, not exactly to 1 (Jordan 2024).
pub const POLYNOMIAL: [f32; 3] = [3.4445, -4.775, 2.0315];
/// The smallest divisor of a matrix.
pub const EPSILON: f32 = 1e-7;
/// The approximate root mean square of Adam's steps (Liu et al. 2025, "Muon is scalable for LLM training", section 2.2).
pub const SIZE: f32 = 0.2;

/// The parameters that Muon updates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MuonParams {
    /// In the order of the weights.
    pub matrices: Vec<Matrices>,
    /// Their weight decay.
    pub decay: f64,
}

/// A sentinel in place of Adam's weight decay for weights that Muon updates.
pub const UPDATED_BY_MUON: f32 = -1.0;

/// The table of matrices for a device: for each its first weight, the distance of rows in the weights, its rows and
/// columns, its offset in the concatenated matrices, and that of its square. Each has [`TABLE_COLUMNS`] numbers.
pub fn table(matrices: &[Matrices]) -> Vec<usize> {
    let mut table = Vec::new();
    let (mut place, mut square) = (0, 0);
    for matrices in matrices {
        let Matrices { start, rows, columns, parts } = *matrices;
        for part in 0..parts {
            table.extend([start + part * columns, parts * columns, rows, columns, place, square]);
            place += rows * columns;
            square += matrices.square();
        }
    }
    table
}

/// Numbers per matrix in [`table`].
pub const TABLE_COLUMNS: usize = 6;

/// Matrices that are side by side in the array of the weights: queries, keys and values, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrices {
    /// The first weight.
    pub start: usize,
    /// Rows.
    pub rows: usize,
    /// Columns of each.
    pub columns: usize,
    /// The number of matrices.
    pub parts: usize,
}

impl Matrices {
    /// The number of weights.
    pub fn size(&self) -> usize {
        self.rows * self.columns * self.parts
    }

    /// The size of each square, the smaller of the two possible ones.
    pub fn square(&self) -> usize {
        self.rows.min(self.columns).pow(2)
    }

    /// The factor of the orthogonal matrix that gives its numbers Adam's [`SIZE`].
    pub fn scale(&self) -> f32 {
        SIZE * (self.rows.max(self.columns) as f32).sqrt()
    }
}

/// Replaces the momentum of some matrices by their update directions.
///
/// # Shapes
/// - values: `[rows, parts · columns]`
pub(crate) fn direct(matrices: &Matrices, values: &mut [f32]) {
    let Matrices { rows, columns, parts, .. } = *matrices;
    let scale = matrices.scale();
    for part in 0..parts {
        let places =
            |row: usize| (row * parts + part) * columns..(row * parts + part + 1) * columns;
        let mut matrix = Scratch::of(rows * columns);
        for (row, out) in matrix.chunks_exact_mut(columns).enumerate() {
            out.copy_from_slice(&values[places(row)]);
        }
        orthogonalise(&mut matrix, columns);
        for (row, found) in matrix.chunks_exact(columns).enumerate() {
            let out = values[places(row)].iter_mut();
            out.zip(found).for_each(|(out, found)| *out = found * scale);
        }
    }
}

/// Brings all singular values of a matrix near 1.
///
/// # Shapes
/// - matrix: `[rows, columns]`
fn orthogonalise(matrix: &mut Scratch, columns: usize) {
    let rows = matrix.len() / columns;
    let norm = crate::sum_of_squares(matrix).sqrt().max(EPSILON);
    matrix.iter_mut().for_each(|value| *value /= norm);
    let side = rows.min(columns);
    let [mut square, mut polynomial] = [(); 2].map(|()| Scratch::of(side * side));
    let mut next = Scratch::of(rows * columns);
    let [a, b, c] = POLYNOMIAL;
    for _ in 0..ROUNDS {
        let own = Matrix::rows(matrix, columns);
        // The smaller of the two squares; the polynomial multiplies from its side of the matrix.
        let (left, right) =
            if rows <= columns { (own, own.transposed()) } else { (own.transposed(), own) };
        product(&mut square, side, Onto::Nothing, 1.0, left, right);
        scaled(&mut polynomial, &square, b);
        let squares = Matrix::rows(&square, side);
        product(&mut polynomial, side, Onto::Itself, c, squares, squares);
        scaled(&mut next, matrix, a);
        let polynomial = Matrix::rows(&polynomial, side);
        let (left, right) = if rows <= columns { (polynomial, own) } else { (own, polynomial) };
        product(&mut next, columns, Onto::Itself, 1.0, left, right);
        std::mem::swap(matrix, &mut next);
    }
}

/// Writes `factor` times `values` into `out`.
fn scaled(out: &mut [f32], values: &[f32], factor: f32) {
    out.iter_mut().zip(values).for_each(|(out, value)| *out = value * factor);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::tests::lively;

    /// Whether the rows of a matrix, or its columns if these are fewer, are nearly orthogonal: products of
    /// different ones near 0, squared norms between 0.4 and 1.5.
    fn is_nearly_orthogonal(values: &[f32], columns: usize) -> bool {
        let rows = values.len() / columns;
        let side = rows.min(columns);
        let at = |i: usize, along: usize| {
            if rows <= columns { values[i * columns + along] } else { values[along * columns + i] }
        };
        let pairs = (0..side).flat_map(|i| (0..side).map(move |j| (i, j)));
        pairs.into_iter().all(|(i, j)| {
            let sum: f32 = (0..rows.max(columns)).map(|k| at(i, k) * at(j, k)).sum();
            if i == j { (0.4..1.5).contains(&sum) } else { sum.abs() < 0.4 }
        })
    }

    #[test]
    fn matrices_of_all_shapes_become_nearly_orthogonal_separately() {
        for (rows, columns, parts) in [(6, 6, 1), (5, 9, 1), (9, 4, 1), (8, 8, 3), (4, 10, 2)] {
            let matrices = Matrices { start: 0, rows, columns, parts };
            let before = lively(matrices.size());
            let mut values = before.clone();
            direct(&matrices, &mut values);
            for part in 0..parts {
                let of = |all: &[f32]| -> Vec<f32> {
                    let rows = all.chunks_exact(parts * columns);
                    rows.flat_map(|row| row[part * columns..][..columns].to_vec()).collect()
                };
                let found: Vec<f32> = of(&values).iter().map(|x| x / matrices.scale()).collect();
                assert!(is_nearly_orthogonal(&found, columns), "{rows}x{columns}, part {part}");
                assert!(
                    !is_nearly_orthogonal(&of(&before), columns),
                    "{rows}x{columns} from the start"
                );
            }
        }
    }

    #[test]
    fn a_matrix_of_zeros_stays_one() {
        let mut values = vec![0.0; 12];
        direct(&Matrices { start: 0, rows: 3, columns: 4, parts: 1 }, &mut values);
        assert_eq!(values, [0.0; 12]);
    }
}
