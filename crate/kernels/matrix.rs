//! Matrices in slices, and their products.

/// A matrix to read: element (row, column) is `values[row * steps[0] + column * steps[1]]`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    size: [usize; 2],
    steps: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Rows one after the other, all of `values`.
    pub fn rows(values: &'a [f32], columns: usize) -> Self {
        Self { values, size: [values.len() / columns, columns], steps: [columns, 1] }
    }

    /// Rows that begin every `step` numbers.
    pub fn strided(values: &'a [f32], [rows, columns]: [usize; 2], step: usize) -> Self {
        Self { values, size: [rows, columns], steps: [step, 1] }
    }

    /// Rows and columns exchanged.
    pub fn transposed(self) -> Self {
        let Self { values, size: [rows, columns], steps: [down, right] } = self;
        Self { values, size: [columns, rows], steps: [right, down] }
    }

    /// The number of rows.
    pub fn rows_count(&self) -> usize {
        self.size[0]
    }

    /// The place of the last element, plus one.
    fn reach(&self) -> usize {
        reach(self.size, self.steps)
    }
}

fn reach([rows, columns]: [usize; 2], [down, right]: [usize; 2]) -> usize {
    if rows * columns == 0 { 0 } else { (rows - 1) * down + (columns - 1) * right + 1 }
}

/// What becomes of the numbers that are already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onto {
    /// They are replaced.
    Nothing,
    /// The product is added to them.
    Itself,
}

/// Writes `factor` times the product of two matrices into `out`, whose rows begin every `step` numbers.
///
/// # Panics
/// If the sizes do not fit.
pub fn product(out: &mut [f32], step: usize, onto: Onto, factor: f32, left: Matrix, right: Matrix) {
    let ([rows, inner], [inner_too, columns]) = (left.size, right.size);
    assert_eq!(inner, inner_too, "matrices that do not fit");
    assert!(step >= columns && reach([rows, columns], [step, 1]) <= out.len(), "no room");
    assert!(left.reach() <= left.values.len() && right.reach() <= right.values.len(), "too short");
    let steps = |matrix: &Matrix| matrix.steps.map(|step| step as isize);
    let ([left_down, left_right], [right_down, right_right]) = (steps(&left), steps(&right));
    #[expect(unsafe_code, reason = "the library takes pointers")]
    // SAFETY: all places that are read and written were just seen to lie in their slices, and `out`
    // overlaps with neither, being the only reference to its numbers.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            step as isize,
            onto == Onto::Itself,
            left.values.as_ptr(),
            left_right,
            left_down,
            right.values.as_ptr(),
            right_right,
            right_down,
            1.0,
            factor,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
