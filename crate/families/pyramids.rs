//! What families of several stages share.

use crate::families::Setting;
use crate::limits::{self, Limit};

/// The number of stages; each has a map half as large as the one before.
pub const STAGES: Limit = limits::model("stages", "stages", 1.0, 6.0);
/// Blocks of a stage.
pub const STAGE_DEPTH: Limit = limits::model("stage_depth", "depth of a stage", 1.0, 32.0);
/// The width of an MLP's hidden layer, as a multiple of the tokens'.
pub const MLP_RATIO: Limit = limits::model("mlp_ratio", "MLP ratio", 1.0, 16.0);

pub(super) const STAGES_SETTING: Setting =
    Setting::number("Stages, each with a map half as large as the one before", STAGES);
pub(super) const STAGE_DEPTH_SETTING: Setting = Setting::number("Blocks of a stage", STAGE_DEPTH);
pub(super) const MLP_RATIO_SETTING: Setting =
    Setting::number("Width of the MLP's hidden layer, as a multiple of a token's", MLP_RATIO);

/// The side of a square map behind an image that is padded so that `whole` divides it, and the padding: as much before as
/// behind, or one pixel less.
pub(super) fn padded(image_size: usize, whole: usize) -> (usize, [usize; 2]) {
    let side = image_size.next_multiple_of(whole);
    let added = side - image_size;
    (side, [added / 2, added - added / 2])
}
