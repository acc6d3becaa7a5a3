//! Letters in the built-in font, as ink: input on which a digit model should not be sure.

use super::label::style;
use super::picture::Picture;
use super::svg::Svg;
use crate::error::Result;

/// The letters that do not look like digits even when rotated, slanted or badly written. Left out are O, o, D, Q
/// (like 0), I, i, J, j, l, T, t (1 or 7), Z, z (2), S, s (5), G, C, c, U, u, b (6 or 0), Y, y (4), B (8), g, q
/// (9), and a, e, f, which resemble some; and v, w, x, which equal their capitals at this size.
pub const LETTERS: [char; 20] = [
    'A', 'E', 'F', 'H', 'K', 'L', 'M', 'N', 'P', 'R', 'V', 'W', 'X', 'd', 'h', 'k', 'm', 'n', 'p',
    'r',
];

/// Pixels per side of a letter's picture.
pub const SIDE: usize = 128;

/// A letter rotated and slanted by some degrees: `[SIDE, SIDE]` in row order, 0 is background, 255 is ink.
///
/// # Errors
/// If it cannot be drawn, which would be a bug of this crate.
pub fn ink(letter: char, turn: f32, lean: f32) -> Result<Vec<u8>> {
    let side = SIDE as f64;
    let middle = side / 2.0;
    let mut text = Svg::overlay(side, side, "a letter");
    let transform = format!("translate({middle} {middle}) rotate({turn}) skewX({lean})");
    let attributes = format!("{} transform=\"{transform}\"", style(80.0, "#000000", "middle"));
    // The baseline lies below the middle by about a third of the font size.
    text.text((0.0, 26.0), &attributes, &letter.to_string());
    let mut picture = Picture::new(SIDE as u32, SIDE as u32, [255; 3])?;
    picture.draw(&text.finish(), 1.0)?;
    Ok(picture.darkness())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_complete_and_unique() {
        let mut seen = std::collections::HashSet::new();
        for letter in LETTERS {
            for (turn, lean) in [(0.0, 0.0), (15.0, 15.0), (-15.0, -15.0)] {
                let ink = ink(letter, turn, lean).expect("a picture");
                let dark = ink.iter().filter(|&&ink| ink > 128).count();
                assert!((300..5000).contains(&dark), "{letter}: {dark} dark pixels");
                let at_edge =
                    |i: usize| [0, SIDE - 1].iter().any(|e| i / SIDE == *e || i % SIDE == *e);
                assert!(
                    (0..ink.len()).all(|i| ink[i] == 0 || !at_edge(i)),
                    "{letter} leaves the picture"
                );
                assert!(seen.insert(ink), "{letter}");
            }
        }
    }
}
