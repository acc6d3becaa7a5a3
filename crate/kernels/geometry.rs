//! Windows on channels-last maps, `[height, width, channels]`: their positions, the tokens they cover, and unfolding
//! them into rows for a matrix product.

use std::ops::Range;

use crate::scratch::Scratch;

/// The positions of windows on a map. The tokens of a map are in row order, and so are the windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Rows and columns of the map.
    pub map: [usize; 2],
    /// Rows and columns of a window.
    pub window: [usize; 2],
    /// Rows and columns from one window to the next.
    pub stride: [usize; 2],
    /// Rows of padding above and below the map, and columns left and right of it.
    pub padding: [usize; 2],
}

impl Geometry {
    /// Square windows on a square map.
    pub const fn square(side: usize, window: usize, stride: usize, padding: usize) -> Self {
        Self { map: [side; 2], window: [window; 2], stride: [stride; 2], padding: [padding; 2] }
    }

    /// A square window around each token; its side is odd.
    pub const fn around(map: [usize; 2], window: usize) -> Self {
        Self { map, window: [window; 2], stride: [1; 2], padding: [window / 2; 2] }
    }

    /// One window that covers the whole map.
    pub const fn whole(map: [usize; 2]) -> Self {
        Self { map, window: map, stride: [1; 2], padding: [0; 2] }
    }

    /// Whether there is a window, and the stride is not zero.
    pub fn is_possible(&self) -> bool {
        let along = |axis: usize| {
            let Self { map, window, stride, padding } = self;
            let sizes = [map[axis], window[axis], stride[axis]];
            sizes.iter().all(|&size| size > 0) && window[axis] <= map[axis] + 2 * padding[axis]
        };
        along(0) && along(1)
    }

    /// Whether every window overlaps the map.
    pub fn windows_reach_map(&self) -> bool {
        (0..2).all(|axis| self.padding[axis] < self.window[axis])
    }

    /// Rows and columns of windows.
    pub fn grid(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let free = self.map[axis] + 2 * self.padding[axis] - self.window[axis];
            free / self.stride[axis] + 1
        })
    }

    /// The number of windows.
    pub fn windows(&self) -> usize {
        self.grid().iter().product()
    }

    /// Tokens of the map.
    pub fn tokens(&self) -> usize {
        self.map.iter().product()
    }

    /// Tokens of a window.
    pub fn area(&self) -> usize {
        self.window.iter().product()
    }

    /// The rows (`axis` 0) or columns (1) of a window that lie on the map; `start` is its first, counted from the
    /// edge of the padding.
    #[inline(always)]
    fn inside(&self, axis: usize, start: usize) -> Range<usize> {
        let (padding, size) = (self.padding[axis], self.window[axis]);
        let first = padding.saturating_sub(start).min(size);
        first..(self.map[axis] + padding).saturating_sub(start).clamp(first, size)
    }
}

/// Consecutive tokens in a row of a window that lie on the map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// The index of the first on the map.
    pub token: usize,
    /// Its index in the window.
    pub spot: usize,
    /// How many there are.
    pub count: usize,
}

/// Calls `each` for every row of a window, clipped to the map.
#[inline(always)]
pub(crate) fn runs(geometry: &Geometry, window: usize, mut each: impl FnMut(Run)) {
    let [above, before] = geometry.padding;
    let across = geometry.grid()[1];
    let top = window / across * geometry.stride[0];
    let left = window % across * geometry.stride[1];
    let columns = geometry.inside(1, left);
    if columns.is_empty() {
        return;
    }
    for row in geometry.inside(0, top) {
        each(Run {
            token: (top + row - above) * geometry.map[1] + left + columns.start - before,
            spot: row * geometry.window[1] + columns.start,
            count: columns.len(),
        });
    }
}

/// The ranges of a window row's numbers in a map and in the unfolded windows.
#[inline(always)]
fn copies(geometry: &Geometry, channels: usize, mut each: impl FnMut(Range<usize>, Range<usize>)) {
    let numbers = |first: usize, count: usize| first * channels..(first + count) * channels;
    for window in 0..geometry.windows() {
        runs(geometry, window, |Run { token, spot, count }| {
            each(numbers(token, count), numbers(window * geometry.area() + spot, count));
        });
    }
}

/// Unfolds the windows of some maps: `[images, height, width, channels]` to `[windows, window, window, channels]`.
/// Outside the map is 0.
pub(crate) fn unfold(geometry: &Geometry, channels: usize, maps: &[f32]) -> Scratch {
    let map = geometry.tokens() * channels;
    let rows = geometry.windows() * geometry.area() * channels;
    let mut out = Scratch::of(maps.len() / map * rows);
    for (map, rows) in maps.chunks_exact(map).zip(out.chunks_exact_mut(rows)) {
        // Copies come in the order of the rows: what lies between two is outside the map.
        let mut written = 0;
        copies(geometry, channels, |there, here| {
            rows[written..here.start].fill(0.0);
            written = here.end;
            rows[here].copy_from_slice(&map[there]);
        });
        rows[written..].fill(0.0);
    }
    out
}

/// Folds the gradient of windows into that of the maps: each number sums over the windows that cover
/// it.
pub(crate) fn fold(geometry: &Geometry, channels: usize, windows: &[f32], out: &mut [f32]) {
    let map = geometry.tokens() * channels;
    let rows = geometry.windows() * geometry.area() * channels;
    for (map, rows) in out.chunks_exact_mut(map).zip(windows.chunks_exact(rows)) {
        copies(geometry, channels, |there, here| {
            map[there].iter_mut().zip(&rows[here]).for_each(|(sum, value)| *sum += value);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every token of every window, one by one.
    fn covered(geometry: &Geometry) -> Vec<(usize, usize, usize)> {
        let Geometry { map, window, stride, padding } = *geometry;
        let [down, across] = geometry.grid();
        let mut found = Vec::new();
        for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
            for (row, column) in
                (0..window[0]).flat_map(|row| (0..window[1]).map(move |column| (row, column)))
            {
                let at = [y * stride[0] + row, x * stride[1] + column];
                if (0..2).all(|i| at[i] >= padding[i] && at[i] - padding[i] < map[i]) {
                    let token = (at[0] - padding[0]) * map[1] + at[1] - padding[1];
                    found.push((y * across + x, token, row * window[1] + column));
                }
            }
        }
        found
    }

    #[test]
    fn runs_cover_exactly_the_tokens_on_the_map() {
        for geometry in [
            Geometry::square(7, 3, 2, 1),
            Geometry::square(5, 5, 1, 2),
            Geometry::square(1, 1, 1, 0),
            Geometry::square(2, 2, 3, 4),
            Geometry { map: [3, 8], window: [2, 3], stride: [1, 4], padding: [0, 2] },
            Geometry { map: [6, 1], window: [4, 1], stride: [3, 1], padding: [3, 0] },
        ] {
            assert!(geometry.is_possible());
            let mut found = Vec::new();
            for window in 0..geometry.windows() {
                runs(&geometry, window, |Run { token, spot, count }| {
                    found.extend((0..count).map(|i| (window, token + i, spot + i)));
                });
            }
            assert_eq!(found, covered(&geometry), "{geometry:?}");
        }
    }

    #[test]
    fn impossible_windows_are_detected() {
        assert!(!Geometry::square(3, 4, 1, 0).is_possible());
        assert!(Geometry::square(3, 5, 1, 1).is_possible());
        assert!(!Geometry::square(3, 1, 0, 0).is_possible());
        assert!(!Geometry::square(3, 0, 1, 0).is_possible());
        assert!(Geometry::square(3, 2, 1, 1).windows_reach_map());
        assert!(!Geometry::square(3, 2, 1, 2).windows_reach_map());
        assert_eq!(Geometry::square(28, 3, 2, 1).grid(), [14, 14]);
    }

    #[test]
    fn folding_adds_what_unfolding_duplicates() {
        let geometry = Geometry { map: [2, 3], window: [2, 2], stride: [1, 1], padding: [0, 1] };
        let map: Vec<f32> = (1..=12).map(|i| i as f32).collect();
        let windows = unfold(&geometry, 2, &map);
        assert_eq!(windows[..8], [0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 7.0, 8.0]);
        let mut sums = [0.0; 12];
        fold(&geometry, 2, &windows, &mut sums);
        // Each token lies in two windows.
        let twice: Vec<f32> = map.iter().map(|value| 2.0 * value).collect();
        assert_eq!(sums[..], twice);
    }
}
