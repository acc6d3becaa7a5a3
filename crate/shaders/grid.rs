//! The grid of cubes that a kernel is launched with.

use cubecl::prelude::*;

/// The most cubes in the x direction; more go into y, because a device need not allow more than 65,535.
const ACROSS: u32 = 1 << 15;

/// The most cubes in the y direction; more go into z.
const BELOW: u32 = 1 << 15;

/// The cubes for `count` units, `units` in each: cubes in a row, and number of rows.
pub(crate) fn rows_of_cubes(count: usize, units: u32) -> [u32; 2] {
    let cubes = count.div_ceil(units as usize) as u32;
    let across = cubes.clamp(1, ACROSS);
    [across, cubes.div_ceil(across).max(1)]
}

/// [`rows_of_cubes`] as a grid, for kernels whose units use `ABSOLUTE_POS`.
pub(crate) fn cube_count(count: usize, units: u32) -> CubeCount {
    let [across, down] = rows_of_cubes(count, units);
    CubeCount::Static(across, down, 1)
}

/// A grid of at least `count` cubes, for kernels that use `CUBE_POS`. Kernels let extra cubes do what the last one does,
/// or nothing.
pub(crate) fn cubes(count: usize) -> CubeCount {
    cube_count(count, 1)
}

/// A grid of `across` cubes in `down` rows, for kernels that get their row from [`row_of_cube()`].
pub(crate) fn cube_rows(across: usize, down: usize) -> CubeCount {
    let [below, behind] = cut(down);
    CubeCount::Static(across as u32, below, behind)
}

/// Splits rows of cubes into the y and z directions.
fn cut(down: usize) -> [u32; 2] {
    let below = (down as u32).clamp(1, BELOW);
    [below, (down as u32).div_ceil(below).max(1)]
}

/// The row of a cube. There may be more rows than requested.
#[cube]
pub(crate) fn row_of_cube() -> usize {
    (CUBE_POS_Z * CUBE_COUNT_Y + CUBE_POS_Y) as usize
}

/// The index of a cube in a grid from [`cube_count`].
#[cube]
pub(crate) fn cube_number() -> usize {
    (CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_units_have_a_cube_and_no_row_is_too_long() {
        for count in [0, 1, 256, 257, 1 << 23, (1 << 23) + 1, 200_000_000] {
            let [across, down] = rows_of_cubes(count, 256).map(u64::from);
            assert!((1..=65_535).contains(&across) && (1..=65_535).contains(&down));
            assert!(across * down * 256 >= count as u64);
            assert!(across * down * 256 < count as u64 + 256 * (across + 1));
        }
    }
    #[test]
    fn all_rows_have_cubes_and_no_column_is_too_long() {
        for down in [0, 1, 32_768, 32_769, 65_536, 4_200_000] {
            let [below, behind] = cut(down).map(|count| count as usize);
            assert!((1..=65_535).contains(&below) && (1..=65_535).contains(&behind));
            assert!(below * behind >= down && below * behind < down + below + 1, "{down}");
        }
    }
}
