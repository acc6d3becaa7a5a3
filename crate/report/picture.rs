//! Pixels: drawing SVG over digits, and PNG.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, PremultipliedColorU8, Transform};
use resvg::usvg::{self, fontdb};

use super::colour::Rgb;
use super::png_image::encode;
use crate::error::{Error, ErrorKind, Result};

/// An opaque picture to draw on and write as PNG.
pub(super) struct Picture {
    pixels: Pixmap,
}

impl Picture {
    /// A picture of `width` × `height` pixels in one colour.
    ///
    /// # Errors
    /// If it has no pixels or does not fit in memory.
    pub fn new(width: u32, height: u32, ground: Rgb) -> Result<Self> {
        let mut pixels = Pixmap::new(width, height).ok_or_else(|| {
            failed(format!("a picture of {width}×{height} pixels cannot be drawn"))
        })?;
        pixels.pixels_mut().fill(opaque(ground));
        Ok(Self { pixels })
    }

    /// Colours the square of `size` pixels whose corner is (x, y); `colour` gets the position in
    /// the square. What lies outside the picture is clipped.
    pub fn square(&mut self, (x, y): (u32, u32), size: u32, colour: impl Fn(u32, u32) -> Rgb) {
        self.block((x, y), (size, size), colour);
    }

    /// Like [`Self::square`], with `size` as width and height.
    pub fn block(
        &mut self,
        (x, y): (u32, u32),
        (width, height): (u32, u32),
        colour: impl Fn(u32, u32) -> Rgb,
    ) {
        let (right, bottom) = (self.pixels.width(), self.pixels.height());
        let pixels = self.pixels.pixels_mut();
        for row in 0..height.min(bottom.saturating_sub(y)) {
            for column in 0..width.min(right.saturating_sub(x)) {
                let at = (y + row) as usize * right as usize + (x + column) as usize;
                pixels[at] = opaque(colour(column, row));
            }
        }
    }

    /// Draws SVG text over the picture, `scale` pixels per unit.
    ///
    /// # Errors
    /// If the text is not SVG, which would be a bug of this crate.
    pub fn draw(&mut self, svg: &str, scale: f32) -> Result<()> {
        let options = usvg::Options {
            font_family: FAMILY.to_owned(),
            fontdb: fonts(),
            ..usvg::Options::default()
        };
        let tree = usvg::Tree::from_str(svg, &options)
            .map_err(|error| failed(format!("a chart cannot be drawn: {error}")).because(error))?;
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut self.pixels.as_mut());
        Ok(())
    }

    /// The darkness of each pixel, in row order: 0 is white, 255 is black; for a grey picture.
    pub fn darkness(&self) -> Vec<u8> {
        self.pixels.pixels().iter().map(|pixel| u8::MAX - pixel.green()).collect()
    }

    /// The picture as PNG, 8-bit RGB.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn png(&self) -> Result<Vec<u8>> {
        let rgb: Vec<u8> = self
            .pixels
            .pixels()
            .iter()
            .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
            .collect();
        encode((self.pixels.width(), self.pixels.height()), png::ColorType::Rgb, &rgb)
    }
}

/// An SVG chart as PNG, `scale` pixels per unit.
///
/// # Errors
/// Like [`Picture::draw`].
pub(super) fn chart_png(svg: &str, (width, height): (f64, f64), scale: f32) -> Result<Vec<u8>> {
    let pixels = |units: f64| (units * f64::from(scale)).ceil() as u32;
    let mut picture = Picture::new(pixels(width), pixels(height), super::colour::PAPER)?;
    picture.draw(svg, scale)?;
    picture.png()
}

/// The family name of the built-in font.
const FAMILY: &str = "DejaVu Sans";

/// The built-in font, so that charts need no fonts of the machine.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(dejavu::sans::regular())));
        fonts.set_sans_serif_family(FAMILY);
        Arc::new(fonts)
    };
    Arc::clone(FONTS.get_or_init(load))
}

fn opaque([red, green, blue]: Rgb) -> PremultipliedColorU8 {
    // Full alpha: premultiplied and plain are the same, and the constructor always succeeds.
    PremultipliedColorU8::from_rgba(red, green, blue, u8::MAX)
        .unwrap_or(PremultipliedColorU8::TRANSPARENT)
}

fn failed(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::File, problem)
}
