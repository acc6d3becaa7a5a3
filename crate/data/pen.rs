//! Strokes of another width: grey-level dilation and erosion (Serra 1982) by parts of a pixel.

/// What thinning leaves of an image's ink at least, so that no thin stroke disappears.
const INK_KEPT: f32 = 0.5;

/// The image, `[side, side]` in row order, with strokes wider by `change` pixels, or thinner where it
/// is negative. Every edge moves by half of it. An image keeps at least half of its ink.
pub fn change_width(image: &[u8], side: usize, change: f32) -> Vec<u8> {
    let mut now: Vec<f32> = image.iter().map(|&pixel| f32::from(pixel)).collect();
    let least = INK_KEPT * now.iter().sum::<f32>();
    let thinner = change < 0.0;
    let mut left = change.abs() / 2.0;
    while left > 0.0 {
        let moved = if thinner { step(&now, side, f32::min) } else { step(&now, side, f32::max) };
        let mut share = left.min(1.0);
        if thinner {
            let (before, after) = (now.iter().sum::<f32>(), moved.iter().sum::<f32>());
            share = share.min(((before - least) / (before - after).max(f32::EPSILON)).max(0.0));
        }
        for (value, moved) in now.iter_mut().zip(moved) {
            *value += share * (moved - *value);
        }
        left -= 1.0;
    }
    now.into_iter().map(|value| value.round() as u8).collect()
}

/// Every edge moved by about a pixel: the mean of what `pick` finds in the four and in the eight
/// neighbours, so that slanted edges move as far as upright ones. Outside the frame is paper.
fn step(image: &[f32], side: usize, pick: fn(f32, f32) -> f32) -> Vec<f32> {
    let wide = side + 2;
    let mut framed = vec![0.0; wide * wide];
    for (row, line) in image.chunks_exact(side).enumerate() {
        framed[(row + 1) * wide + 1..][..side].copy_from_slice(line);
    }
    let mut moved = vec![0.0; side * side];
    for (row, line) in moved.chunks_exact_mut(side).enumerate() {
        let rows = [0, 1, 2].map(|down| &framed[(row + down) * wide..][..wide]);
        for (column, value) in line.iter_mut().enumerate() {
            let at = |down: usize, right: usize| rows[down][column + right];
            let across = pick(pick(at(1, 0), at(1, 1)), at(1, 2));
            let four = pick(pick(at(0, 1), at(2, 1)), across);
            let corners = pick(pick(at(0, 0), at(0, 2)), pick(at(2, 0), at(2, 2)));
            *value = (four + pick(four, corners)) / 2.0;
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 28;

    /// A bar of a width, upright or across.
    fn bar(width: usize, upright: bool) -> Vec<u8> {
        let inked = |along: usize, across: usize| {
            (4..24).contains(&along) && (12..12 + width).contains(&across)
        };
        (0..SIDE * SIDE)
            .map(|i| if upright { (i / SIDE, i % SIDE) } else { (i % SIDE, i / SIDE) })
            .map(|(along, across)| if inked(along, across) { 255 } else { 0 })
            .collect()
    }

    /// Ink across the middle of the bar, in pixels.
    fn width(image: &[u8], upright: bool) -> f32 {
        let at = |i: usize| if upright { 14 * SIDE + i } else { i * SIDE + 14 };
        (0..SIDE).map(|i| f32::from(image[at(i)]) / 255.0).sum()
    }

    #[test]
    fn bars_get_as_much_wider_or_thinner_as_asked() {
        for upright in [true, false] {
            for change in [-2.5, -1.0, -0.3, 0.0, 0.3, 1.0, 1.7, 3.0] {
                let changed = width(&change_width(&bar(6, upright), SIDE, change), upright);
                assert!((changed - 6.0 - change).abs() < 0.02, "{change}: {changed}");
            }
        }
    }

    #[test]
    fn a_thin_stroke_does_not_disappear() {
        let thin = bar(1, true);
        let ink = |image: &[u8]| image.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
        let thinned = change_width(&thin, SIDE, -4.0);
        assert!(ink(&thinned) * 2 >= ink(&thin) - 40 && ink(&thinned) < ink(&thin));
        assert_eq!(change_width(&[0; SIDE * SIDE], SIDE, -4.0), [0; SIDE * SIDE]);
    }
}
