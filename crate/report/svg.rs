//! Writing SVG text.

use std::fmt::{Display, Write};

/// The style of every chart, in light and dark. Classes are prefixed because the style of an SVG
/// inside a page applies to the whole page. The dark rules are in a media query, which the
/// rasteriser ignores: PNGs are always light.
const STYLE: &str = "
text { font-family: system-ui, 'DejaVu Sans', sans-serif; font-size: 13px; }
.pw-paper { fill: #ffffff; }
.pw-ink { fill: #1b1b1f; }
.pw-muted { fill: #5b5f68; }
.pw-title { font-size: 15px; }
.pw-grid { stroke: #e4e6eb; stroke-width: 1; fill: none; }
.pw-axis { stroke: #9a9ea8; stroke-width: 1; fill: none; }
.pw-train { stroke: #0072b2; } .pw-train-dot { fill: #0072b2; }
.pw-valid { stroke: #d55e00; } .pw-valid-dot { fill: #d55e00; }
.pw-line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.pw-best { stroke: #1b1b1f; stroke-width: 1.5; fill: none; }
.pw-rule { stroke: #1b1b1f; stroke-width: 1; stroke-dasharray: 2 4; fill: none; }
.pw-right { fill: #0072b2; }
.pw-wrong { fill: #e69f00; }
.pw-on-right { fill: #ffffff; }
.pw-on-wrong { fill: #1b1b1f; }
.pw-cell { fill: #f4f5f7; }
@media screen and (prefers-color-scheme: dark) {
.pw-paper { fill: #17181c; }
.pw-ink { fill: #eceef2; }
.pw-muted { fill: #a4a9b4; }
.pw-grid { stroke: #2c2e35; }
.pw-axis { stroke: #6a6f7b; }
.pw-train { stroke: #56b4e9; } .pw-train-dot { fill: #56b4e9; }
.pw-valid { stroke: #e69f00; } .pw-valid-dot { fill: #e69f00; }
.pw-best, .pw-rule { stroke: #eceef2; }
.pw-cell { fill: #202127; }
}
";

/// An SVG drawing being written.
pub(super) struct Svg {
    text: String,
}

impl Svg {
    /// A chart of `width` × `height` units on a background, with the shared style. `label`
    /// describes it for people who cannot see it.
    pub fn chart(width: f64, height: f64, label: &str) -> Self {
        let mut svg = Self::overlay(width, height, label);
        let _ = write!(svg.text, "<style>{STYLE}</style>");
        svg.rect((0.0, 0.0), (width, height), "class=\"pw-paper\"");
        svg
    }

    /// A drawing of `width` × `height` units without background or style, to lay over pixels.
    pub fn overlay(width: f64, height: f64, label: &str) -> Self {
        let label = escape(label);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{label}\">"
        );
        Self { text }
    }

    /// A filled rectangle; `attributes` are written verbatim.
    pub fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), attributes: &str) {
        let _ = write!(
            self.text,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {attributes}/>",
            short(x),
            short(y),
            short(width),
            short(height),
        );
    }

    /// A straight line.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let _ = write!(
            self.text,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{class}\"/>",
            short(x1),
            short(y1),
            short(x2),
            short(y2),
        );
    }

    /// A line through points.
    pub fn polyline(&mut self, points: &[(f64, f64)], class: &str) {
        let points: Vec<String> =
            points.iter().map(|&(x, y)| format!("{},{}", short(x), short(y))).collect();
        let _ = write!(self.text, "<polyline points=\"{}\" class=\"{class}\"/>", points.join(" "));
    }

    /// A circle.
    pub fn circle(&mut self, (x, y): (f64, f64), radius: f64, class: &str) {
        let _ = write!(
            self.text,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{class}\"/>",
            short(x),
            short(y),
            short(radius),
        );
    }

    /// A line of text; its characters are escaped, `attributes` are written verbatim.
    pub fn text(&mut self, (x, y): (f64, f64), attributes: &str, content: &str) {
        let _ = write!(
            self.text,
            "<text x=\"{}\" y=\"{}\" {attributes}>{}</text>",
            short(x),
            short(y),
            escape(content),
        );
    }

    /// Opens a group whose tool tip is `title`.
    pub fn open_titled(&mut self, title: &str) {
        let _ = write!(self.text, "<g><title>{}</title>", escape(title));
    }

    /// Opens a group translated by (x, y).
    pub fn open_moved(&mut self, (x, y): (f64, f64)) {
        let _ = write!(self.text, "<g transform=\"translate({},{})\">", short(x), short(y));
    }

    /// Closes the last opened group.
    pub fn close(&mut self) {
        self.text.push_str("</g>");
    }

    /// The finished text.
    pub fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// A coordinate with at most two digits after the point: a hundredth of a unit is invisible, and
/// files stay small.
fn short(value: f64) -> impl Display {
    (value * 100.0).round() / 100.0
}

/// Text escaped for SVG and HTML, in elements and in quoted attributes. Characters that XML forbids
/// become the replacement character.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(character),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ => safe.push(character),
        }
    }
    safe
}

/// The first `limit` characters of a text, the last of them an ellipsis if there are more.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        assert_eq!(escape("a\u{0}b\u{8}"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        assert_eq!(shorten("Ankle boot", 10), "Ankle boot");
        assert_eq!(shorten("Ankle boots", 10), "Ankle boo…");
        assert_eq!(shorten("ééé", 2), "é…");
    }
}
