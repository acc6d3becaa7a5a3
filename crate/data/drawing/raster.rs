//! Draws round pen strokes into a grey canvas by the distance of each pixel to the stroke.

/// Position and radius of the pen in pixels; pixel `(0, 0)` covers 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Dab {
    pub x: f32,
    pub y: f32,
    pub radius: f32,
}

/// Draws the stroke from `from` to `to` with round caps into `canvas`, rows of `width` pixels from 0
/// (background) to 1 (ink). Ink fades out over `edge` pixels around the pen's radius: 1 approximates
/// pixel coverage, more is a softer pen. Crossing strokes do not add up.
pub(crate) fn ink_segment(canvas: &mut [f32], width: usize, from: Dab, to: Dab, edge: f32) {
    let height = canvas.len() / width.max(1);
    let reach = from.radius.max(to.radius) + edge / 2.0;
    let columns = covered(from.x.min(to.x) - reach, from.x.max(to.x) + reach, width);
    let rows = covered(from.y.min(to.y) - reach, from.y.max(to.y) + reach, height);
    let (along_x, along_y) = (to.x - from.x, to.y - from.y);
    let square = along_x * along_x + along_y * along_y;
    let inverse = if square > 0.0 { square.recip() } else { 0.0 };
    for row in rows {
        let y = row as f32 + 0.5 - from.y;
        let line = &mut canvas[row * width..(row + 1) * width];
        for (column, pixel) in line.iter_mut().enumerate().take(columns.end).skip(columns.start) {
            let x = column as f32 + 0.5 - from.x;
            let t = ((x * along_x + y * along_y) * inverse).clamp(0.0, 1.0);
            let (across_x, across_y) = (x - t * along_x, y - t * along_y);
            let distance = (across_x * across_x + across_y * across_y).sqrt();
            let radius = from.radius + t * (to.radius - from.radius);
            *pixel = pixel.max(((radius - distance) / edge + 0.5).min(1.0));
        }
    }
}

/// The pixels that lie at least partly between two coordinates.
fn covered(from: f32, to: f32, pixels: usize) -> std::ops::Range<usize> {
    let end = (to.ceil().max(0.0) as usize).min(pixels);
    (from.floor().max(0.0) as usize).min(end)..end
}
