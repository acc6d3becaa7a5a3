//! Gaussian blur of square images.

/// Blurs `image`, `[side, side]` in row order, with a Gaussian of this standard deviation in pixels, along
/// rows and then along columns. Outside the frame is 0.
pub(super) fn smooth(image: &mut [f32], side: usize, deviation: f32) {
    let kernel = gaussian(deviation);
    let reach = kernel.len() / 2;
    // Rows with padding; then columns, which skip the rows beyond the frame.
    let mut line = vec![0.0; side + 2 * reach];
    let mut across = vec![0.0; image.len()];
    for (from, to) in image.chunks_exact(side).zip(across.chunks_exact_mut(side)) {
        line[reach..reach + side].copy_from_slice(from);
        for (at, weight) in kernel.iter().enumerate() {
            add(to, *weight, &line[at..at + side]);
        }
    }
    for (row, to) in image.chunks_exact_mut(side).enumerate() {
        to.fill(0.0);
        for (at, weight) in kernel.iter().enumerate() {
            if let Some(from) = (row + at).checked_sub(reach).filter(|&from| from < side) {
                add(to, *weight, &across[from * side..(from + 1) * side]);
            }
        }
    }
}

/// Adds `weight × from` to `to`.
fn add(to: &mut [f32], weight: f32, from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(sum, value)| *sum += weight * value);
}

/// A Gaussian over three standard deviations to each side, with sum 1.
fn gaussian(deviation: f32) -> Vec<f32> {
    let reach = (3.0 * deviation).ceil() as i32;
    let height = |at: i32| (-0.5 * (at as f32 / deviation).powi(2)).exp();
    let sum: f32 = (-reach..=reach).map(height).sum();
    (-reach..=reach).map(|at| height(at) / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_the_ink_and_spreads_it_by_its_deviation() {
        let side = 29;
        for deviation in [0.5, 1.0, 1.5, 3.0] {
            let mut image = vec![0.0; side * side];
            image[14 * side + 14] = 1.0;
            smooth(&mut image, side, deviation);
            let variance: f32 =
                image.chunks_exact(side).zip(-14_i32..).map(|(r, y)| (y * y) as f32 * sum(r)).sum();
            assert!((sum(&image) - 1.0).abs() < 1e-3, "{}", sum(&image));
            assert!((variance / deviation.powi(2) - 1.0).abs() < 0.15, "{variance}");
            for row in 0..side {
                for column in 0..row {
                    let apart = image[row * side + column] - image[column * side + row];
                    assert!(apart.abs() < 1e-6);
                }
            }
        }
    }

    fn sum(values: &[f32]) -> f32 {
        values.iter().sum()
    }

    #[test]
    fn ink_blurred_over_the_border_is_lost() {
        let mut image = vec![0.0; 100];
        image[0] = 1.0;
        smooth(&mut image, 10, 1.0);
        // Of the half plane's share: the centre and one side, along rows and along columns.
        assert!((0.4..0.55).contains(&sum(&image)), "{}", sum(&image));
    }
}
