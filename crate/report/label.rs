//! Text on pictures.

use super::svg::{Svg, shorten};

/// Colour of text.
pub(super) const INK: &str = "#1b1b1f";
/// Colour of secondary text.
pub(super) const MUTED: &str = "#5b5f68";
/// Space at the edges of a picture, in pixels.
pub(super) const MARGIN: u32 = 24;

/// The attributes of a text.
pub(super) fn style(size: f64, colour: &str, anchor: &str) -> String {
    format!(
        "font-family=\"sans-serif\" font-size=\"{size:.1}\" fill=\"{colour}\" text-anchor=\"{anchor}\""
    )
}

/// A title at the top of a picture of `width` pixels: smaller if it is long, then shortened.
pub(super) fn headline(svg: &mut Svg, title: &str, width: u32) {
    let room = f64::from(width.saturating_sub(2 * MARGIN));
    let (size, title) = fitted(title, room, (14.0, 20.0));
    svg.text((f64::from(MARGIN), 38.0), &style(size, INK, "start"), &title);
}

/// The font size between `least` and `most` at which a text fits into `room`, and the text,
/// shortened if it does not fit at all. Widths are estimated, without reading a font.
pub(super) fn fitted(text: &str, room: f64, (least, most): (f64, f64)) -> (f64, String) {
    /// A generous estimate of a character's mean width at font size 1.
    const WIDTH: f64 = 0.6;
    let length = text.chars().count().max(1) as f64;
    let size = (room / (length * WIDTH)).clamp(least, most);
    (size, shorten(text, (room / (size * WIDTH) + 1e-6) as usize))
}
