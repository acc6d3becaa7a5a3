//! Paper that is not blank: grey, cloudy or striped paper, thin lines, dirt, and ink of which only the outline is left (kinds of
//! corruption as in Mu and Gilmer 2019, "MNIST-C: a robustness benchmark for computer vision").

use crate::data::augment::REFERENCE_SIDE;
use crate::data::drawing::raster::{Dab, ink_segment};
use crate::rng::{RngExt, Stream};

/// The kinds of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paper {
    Grey,
    Cloudy,
    Striped,
    Lined,
    Dirty,
    Outlined,
}

const KINDS: [Paper; 6] =
    [Paper::Grey, Paper::Cloudy, Paper::Striped, Paper::Lined, Paper::Dirty, Paper::Outlined];

/// Cells of the clouds in each direction.
const CLOUDS: usize = 4;
/// The largest share of pixels that are dirt on the dirtiest paper.
const DIRT: f32 = 0.2;
/// The darkest paper, as a share of full ink.
const DARKEST: f32 = 0.7;

/// Puts paper under a `share` of the images, of `side × side` pixels from -1 (background) to 1 (ink). Nothing is drawn from
/// `rng` if it is 0.
pub(super) fn apply(share: f32, side: usize, rng: &mut Stream, page: &mut [f32]) {
    if share <= 0.0 || rng.random::<f32>() >= share {
        return;
    }
    let strength = DARKEST * rng.random::<f32>();
    match KINDS[rng.random_range(0..KINDS.len())] {
        Paper::Grey => grey(strength, rng, page),
        Paper::Cloudy => cloudy(strength, side, rng, page),
        Paper::Striped => striped(side, rng, page),
        Paper::Lined => lined(side, rng, page),
        Paper::Dirty => dirty(strength, side, rng, page),
        Paper::Outlined => outlined(side, page),
    }
}

/// Lighter ink on darker paper, each by up to `strength`.
fn grey(strength: f32, rng: &mut Stream, page: &mut [f32]) {
    let low = strength;
    let high = 1.0 - (1.0 - low) * 0.5 * rng.random::<f32>();
    for pixel in page {
        let ink = (*pixel + 1.0) / 2.0;
        *pixel = 2.0 * (low + (high - low) * ink) - 1.0;
    }
}

/// Smooth clouds of up to `strength`.
fn cloudy(strength: f32, side: usize, rng: &mut Stream, page: &mut [f32]) {
    let corners: [[f32; CLOUDS + 1]; CLOUDS + 1] =
        std::array::from_fn(|_| std::array::from_fn(|_| strength * rng.random::<f32>()));
    let place = |pixel: usize| {
        let at = (pixel as f32 + 0.5) * (CLOUDS as f32 / side as f32);
        let cell = (at as usize).min(CLOUDS - 1);
        (cell, at - cell as f32)
    };
    for (row, line) in page.chunks_exact_mut(side).enumerate() {
        let (above, down) = place(row);
        for (column, pixel) in line.iter_mut().enumerate() {
            let (left, right) = place(column);
            let along = |row: usize| {
                corners[row][left] + right * (corners[row][left + 1] - corners[row][left])
            };
            let cloud = along(above) + down * (along(above + 1) - along(above));
            *pixel = (*pixel + 2.0 * cloud).min(1.0);
        }
    }
}

/// Ink and paper change places in a band from edge to edge, or beside it.
fn striped(side: usize, rng: &mut Stream, page: &mut [f32]) {
    let first = rng.random_range(0..side);
    let last = rng.random_range(first..side);
    let (across, outside): (bool, bool) = (rng.random(), rng.random());
    for (index, pixel) in page.iter_mut().enumerate() {
        let along = if across { index / side } else { index % side };
        if (first..=last).contains(&along) != outside {
            *pixel = -*pixel;
        }
    }
}

/// One or two thin lines across, straight or in a zigzag, whole or dotted.
fn lined(side: usize, rng: &mut Stream, page: &mut [f32]) {
    let radius = (0.3 + 0.4 * rng.random::<f32>()) * side as f32 / REFERENCE_SIDE;
    let mut canvas = vec![0.0; page.len()];
    for _ in 0..rng.random_range(1..=2) {
        let mut end = |x: f32| [x * side as f32, side as f32 * rng.random::<f32>()];
        let (from, to) = (end(0.0), end(1.0));
        let turned: bool = rng.random();
        let zigzag = if rng.random() { side as f32 * 0.12 * rng.random::<f32>() } else { 0.0 };
        let dotted: bool = rng.random();
        let pieces: usize = 10 + rng.random_range(0..8);
        let place = |piece: usize| {
            let share = piece as f32 / pieces as f32;
            let side_step = if piece.is_multiple_of(2) { zigzag } else { -zigzag };
            let x = from[0] + share * (to[0] - from[0]);
            let y = from[1] + share * (to[1] - from[1]) + side_step;
            if turned { Dab { x: y, y: x, radius } } else { Dab { x, y, radius } }
        };
        for piece in (0..pieces).filter(|&piece: &usize| !dotted || piece.is_multiple_of(2)) {
            ink_segment(&mut canvas, side, place(piece), place(piece + 1), 1.0);
        }
    }
    for (pixel, ink) in page.iter_mut().zip(canvas) {
        *pixel = pixel.max(2.0 * ink - 1.0);
    }
}

/// Pixels and small blobs of any grey, up to a share of them all.
fn dirty(strength: f32, side: usize, rng: &mut Stream, page: &mut [f32]) {
    let largest = rng.random_range(1..=3);
    let blob = (largest * largest) as f32;
    let count = (DIRT * strength * page.len() as f32 / blob).ceil() as usize;
    let full: bool = rng.random();
    let mut value = || match full {
        true => f32::from(2 * u8::from(rng.random::<bool>())) - 1.0,
        false => 2.0 * rng.random::<f32>() - 1.0,
    };
    let values: Vec<f32> = (0..count).map(|_| value()).collect();
    for value in values {
        let size = rng.random_range(1..=largest).min(side);
        let (left, top) = (rng.random_range(0..=side - size), rng.random_range(0..=side - size));
        for row in top..top + size {
            page[row * side + left..][..size].fill(value);
        }
    }
}

/// Only the edges of the ink: how much a pixel differs from those to the right and below.
fn outlined(side: usize, page: &mut [f32]) {
    let ink: Vec<f32> = page.iter().map(|pixel| (pixel + 1.0) / 2.0).collect();
    let at = |row: usize, column: usize| ink[row.min(side - 1) * side + column.min(side - 1)];
    for (index, pixel) in page.iter_mut().enumerate() {
        let (row, column) = (index / side, index % side);
        let across = at(row, column + 1) - at(row, column.saturating_sub(1));
        let down = at(row + 1, column) - at(row.saturating_sub(1), column);
        *pixel = (2.0 * across.hypot(down)).min(1.0) * 2.0 - 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synth;
    use crate::rng::{self, Purpose};

    const SIDE: usize = 28;

    fn page() -> Vec<f32> {
        let digit = synth::digit(3, &mut rng::stream(1, Purpose::Synth, &[]));
        digit.iter().map(|&ink| f32::from(ink) / 127.5 - 1.0).collect()
    }

    #[test]
    fn a_share_of_the_images_changes_and_stays_within_the_range() {
        let before = page();
        let mut changed = 0;
        for index in 0..600 {
            let mut after = before.clone();
            apply(0.3, SIDE, &mut rng::stream(2, Purpose::Augment, &[index]), &mut after);
            changed += usize::from(after != before);
            assert!(after.iter().all(|pixel| (-1.0..=1.0).contains(pixel)));
        }
        assert!((130..230).contains(&changed), "{changed}");
        let mut rng = rng::stream(2, Purpose::Augment, &[]);
        let mut after = before.clone();
        apply(0.0, SIDE, &mut rng, &mut after);
        let first: u64 = rng.random();
        assert_eq!(first, rng::stream(2, Purpose::Augment, &[]).random::<u64>());
        assert_eq!(after, before);
    }

    #[test]
    fn each_kind_does_what_it_says() {
        let before = page();
        let rng = &mut rng::stream(3, Purpose::Augment, &[]);
        let changed = |change: &mut dyn FnMut(&mut [f32])| {
            let mut after = before.clone();
            change(&mut after);
            after
        };
        let lowest = |page: &[f32]| page.iter().copied().fold(1.0, f32::min);
        // Grey paper is nowhere white, and keeps what is darker than what.
        let grey = changed(&mut |page| grey(0.3, rng, page));
        assert!((lowest(&grey) + 0.4).abs() < 1e-5);
        let mut pairs: Vec<(f32, f32)> = before.iter().copied().zip(grey).collect();
        pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
        assert!(pairs.is_sorted_by(|one, other| one.1 <= other.1));
        let cloudy = changed(&mut |page| cloudy(0.5, SIDE, rng, page));
        assert!(cloudy.iter().zip(&before).all(|(after, before)| after >= before));
        let striped = changed(&mut |page| striped(SIDE, rng, page));
        assert!(striped.iter().zip(&before).all(|(after, before)| after.abs() == before.abs()));
        let lined = changed(&mut |page| lined(SIDE, rng, page));
        let added = lined.iter().zip(&before).filter(|(after, before)| after > before).count();
        assert!((5..250).contains(&added), "{added}");
        let dirty = changed(&mut |page| dirty(0.5, SIDE, rng, page));
        let differ = dirty.iter().zip(&before).filter(|(after, before)| after != before).count();
        assert!((10..250).contains(&differ), "{differ}");
        // The middle of an even surface has no edge.
        let mut full = vec![1.0; SIDE * SIDE];
        outlined(SIDE, &mut full);
        assert!(full.iter().all(|&pixel| pixel == -1.0));
    }
}
