//! Windows on maps: what they cover, and which of them cover a token. See [`Geometry`].

#![allow(clippy::manual_is_multiple_of, reason = "the kernels' compiler does not know it")]

use cubecl::prelude::*;
use patchwork_kernels::Geometry;

/// A place that a window covers, with row and column counted from the padding's edge: on the map, or
/// outside.
#[derive(CubeType, Clone, Copy)]
pub(crate) struct Spot {
    pub on_map: bool,
    /// The token, if any.
    pub token: usize,
}

#[cube]
pub(crate) fn spot(row: usize, column: usize, #[comptime] geometry: Geometry) -> Spot {
    let [above, before] = comptime!(geometry.padding);
    let [height, width] = comptime!(geometry.map);
    let on_map = row >= above
        && row < comptime!(above + height)
        && column >= before
        && column < comptime!(before + width);
    // Outside the map the index is meaningless, and unused.
    Spot { on_map, token: (row - above) * width + column - before }
}

/// A window that covers a token at a certain offset, if any.
#[derive(CubeType, Clone, Copy)]
pub(crate) struct Cover {
    pub exists: bool,
    pub window: usize,
}

/// The window that covers a token at row `down` and column `across` of the window.
#[cube]
pub(crate) fn cover(
    token: usize,
    down: usize,
    across: usize,
    #[comptime] geometry: Geometry,
) -> Cover {
    let [above, before] = comptime!(geometry.padding);
    let [step_down, step_across] = comptime!(geometry.stride);
    let [windows_down, windows_across] = comptime!(geometry.grid());
    let width = comptime!(geometry.map[1]);
    let row = token / width + above;
    let column = token % width + before;
    let top = row - down;
    let left = column - across;
    let exists = row >= down
        && column >= across
        && top % step_down == 0
        && left % step_across == 0
        && top / step_down < windows_down
        && left / step_across < windows_across;
    Cover { exists, window: top / step_down * windows_across + left / step_across }
}

/// The first row (or column) of a window, counted from the padding's edge.
#[cube]
pub(crate) fn top(window: usize, #[comptime] geometry: Geometry) -> usize {
    let across = comptime!(geometry.grid()[1]);
    window / across * comptime!(geometry.stride[0])
}

#[cube]
pub(crate) fn left(window: usize, #[comptime] geometry: Geometry) -> usize {
    let across = comptime!(geometry.grid()[1]);
    window % across * comptime!(geometry.stride[1])
}
