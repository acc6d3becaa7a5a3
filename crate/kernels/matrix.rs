//! Matrices in slices, and their products.

/// A read-only matrix: element (row, column) is `values[row * steps[0] + column * steps[1]]`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    size: [usize; 2],
    steps: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Consecutive rows that make up all of `values`.
    pub fn rows(values: &'a [f32], columns: usize) -> Self {
        Self { values, size: [values.len() / columns, columns], steps: [columns, 1] }
    }

    /// Rows that start every `step` numbers.
    pub fn strided(values: &'a [f32], [rows, columns]: [usize; 2], step: usize) -> Self {
        Self { values, size: [rows, columns], steps: [step, 1] }
    }

    /// The transpose.
    pub fn transposed(self) -> Self {
        let Self { values, size: [rows, columns], steps: [down, right] } = self;
        Self { values, size: [columns, rows], steps: [right, down] }
    }

    /// The number of rows.
    pub fn rows_count(&self) -> usize {
        self.size[0]
    }

    /// The index of the last element, plus one.
    fn reach(&self) -> usize {
        reach(self.size, self.steps)
    }
}

fn reach([rows, columns]: [usize; 2], [down, right]: [usize; 2]) -> usize {
    if rows * columns == 0 { 0 } else { (rows - 1) * down + (columns - 1) * right + 1 }
}

/// Whether a product replaces or accumulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onto {
    /// The output is replaced.
    Nothing,
    /// The product is added to the output.
    Itself,
}

/// Writes `factor` times the product of two matrices into `out`, whose rows start every `step` numbers.
///
/// # Panics
/// If the sizes do not match.
pub fn product(out: &mut [f32], step: usize, onto: Onto, factor: f32, left: Matrix, right: Matrix) {
    let ([rows, inner], [inner_too, columns]) = (left.size, right.size);
    assert_eq!(inner, inner_too, "matrices that do not fit");
    assert!(step >= columns && reach([rows, columns], [step, 1]) <= out.len(), "no room");
    assert!(left.reach() <= left.values.len() && right.reach() <= right.values.len(), "too short");
    let steps = |matrix: &Matrix| matrix.steps.map(|step| step as isize);
    let ([left_down, left_right], [right_down, right_right]) = (steps(&left), steps(&right));
    #[expect(unsafe_code, reason = "the library takes pointers")]
    // SAFETY: all places read and written were just checked to be in their slices, and `out`
    // overlaps with neither, being an exclusive reference.
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
