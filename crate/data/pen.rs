//! Stroke width: measuring it, and changing it by fractions of a pixel through grey-level dilation and
//! erosion (Serra 1982).

/// The least share of an image's ink that thinning leaves, so that no thin stroke disappears.
const INK_KEPT: f32 = 0.5;

/// The mean width of an image's strokes in pixels: twice the ink's area over the length of its outline. A
/// stroke of width w and length l has the area w·l and, apart from its ends, the outline 2·l; the ends
/// make short strokes look thinner by about the share w/l. A stroke that is nowhere full ink is as wide as
/// its grey is spread. 0 if there is no ink.
pub fn width(image: &[u8], side: usize) -> f32 {
    let area: f32 = image.iter().map(|&pixel| f32::from(pixel)).sum();
    let outline = outline(image, side);
    if outline > 0.0 { 2.0 * area / outline } else { 0.0 }
}

/// The length of the outline in pixels times full ink, averaged over all grey levels: by the co-area
/// formula (Federer 1959) the sum of the gradient's length. The gradient is taken where four pixels meet,
/// which treats upright and diagonal edges alike. Outside the frame is background.
fn outline(image: &[u8], side: usize) -> f32 {
    let at = |row: usize, column: usize| {
        let inside = (1..=side).contains(&row) && (1..=side).contains(&column);
        if inside { f32::from(image[(row - 1) * side + column - 1]) } else { 0.0 }
    };
    let gradient = |row: usize, column: usize| {
        let falling = at(row + 1, column + 1) - at(row, column);
        let rising = at(row, column + 1) - at(row + 1, column);
        // Along the two diagonals, which have length √2.
        ((falling * falling + rising * rising) / 2.0).sqrt()
    };
    (0..=side).flat_map(|row| (0..=side).map(move |column| gradient(row, column))).sum()
}

/// The image, `[side, side]` in row order, with strokes wider by `change` pixels, or thinner if it is
/// negative. Every edge moves by half of it. An image keeps at least half of its ink.
pub fn change_width(image: &[u8], side: usize, change: f32) -> Vec<u8> {
    let mut now: Vec<f32> = image.iter().map(|&pixel| f32::from(pixel)).collect();
    let least = INK_KEPT * now.iter().sum::<f32>();
    let thinner = change < 0.0;
    let mut left = change.abs() / 2.0;
    while left > 0.0 {
        // `f32::min` and `max` would check every pixel for NaN.
        let moved = if thinner {
            step(&now, side, |a, b| if a < b { a } else { b })
        } else {
            step(&now, side, |a, b| if a > b { a } else { b })
        };
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

/// Every edge moved by about a pixel: the mean of `pick` over the four and over the eight
/// neighbours, so that slanted edges move as far as upright ones. Outside the frame is background.
fn step(image: &[f32], side: usize, pick: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let wide = side + 2;
    let mut framed = vec![0.0; wide * wide];
    for (row, line) in image.chunks_exact(side).enumerate() {
        framed[(row + 1) * wide + 1..][..side].copy_from_slice(line);
    }
    let mut moved = vec![0.0; side * side];
    for (row, line) in moved.chunks_exact_mut(side).enumerate() {
        // Slices of equal length, so that the compiler can vectorise.
        let rows = [0, 1, 2].map(|down| {
            let framed = &framed[(row + down) * wide..][..wide];
            [0, 1, 2].map(|right| &framed[right..][..line.len()])
        });
        for (column, value) in line.iter_mut().enumerate() {
            let at = |down: usize, right: usize| rows[down][right][column];
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
    use crate::data::drawing::raster::{Dab, ink_segment};

    const SIDE: usize = 28;

    /// A bar of a given width, vertical or horizontal.
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
    fn across(image: &[u8], upright: bool) -> f32 {
        let at = |i: usize| if upright { 14 * SIDE + i } else { i * SIDE + 14 };
        (0..SIDE).map(|i| f32::from(image[at(i)]) / 255.0).sum()
    }

    #[test]
    fn measured_width_equals_the_pen_width() {
        for pen in [2.0, 2.4, 4.0_f32] {
            for (x, y) in [(20.0, 0.0), (0.0, 20.0), (14.0, 14.0), (8.0, 17.0), (17.0, -8.0)] {
                let dab = |sign: f32| Dab {
                    x: 14.0 + sign * x / 2.0,
                    y: 14.0 + sign * y / 2.0,
                    radius: pen / 2.0,
                };
                let mut canvas = vec![0.0; SIDE * SIDE];
                ink_segment(&mut canvas, SIDE, dab(-1.0), dab(1.0), 1.0);
                let image: Vec<u8> = canvas.iter().map(|ink| (ink * 255.0).round() as u8).collect();
                let found = width(&image, SIDE);
                assert!((0.82..1.12).contains(&(found / pen)), "{pen} at {x}, {y}: {found}");
            }
        }
        assert_eq!(width(&[0; SIDE * SIDE], SIDE), 0.0);
    }

    #[test]
    fn bars_change_by_the_given_width() {
        for upright in [true, false] {
            for change in [-2.5, -1.0, -0.3, 0.0, 0.3, 1.0, 1.7, 3.0] {
                let changed = across(&change_width(&bar(6, upright), SIDE, change), upright);
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
