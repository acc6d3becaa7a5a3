//! Digits with captions on one sheet.

use super::colour::{self, FRAME, MISTAKE, PAPER};
use super::label::{INK, MARGIN, MUTED, fitted, headline, style};
use super::picture::Picture;
use super::samples::{Sample, check_images};
use super::svg::Svg;
use crate::error::Result;
use crate::words::counted;

/// One image of a [`contact_sheet`].
#[derive(Debug, Clone, PartialEq)]
pub struct Cell<'a> {
    /// The pixels, `[side, side]` in row order, 0 is background and 255 is ink.
    pub pixels: &'a [u8],
    /// The line under the image.
    pub caption: String,
    /// A less prominent second line; may be empty.
    pub note: String,
    /// Whether the image is framed in red.
    pub marked: bool,
}

/// Approximate pixels per side of an enlarged image: whole multiples of the image's side stay
/// crisp.
const ENLARGED: u32 = 112;
/// Images per row.
const COLUMNS: u32 = 10;
/// The most images on one sheet; with more it would no longer be an overview.
const MOST: usize = 400;
/// Width of a frame, in pixels.
const RIM: u32 = 2;
/// Space between two images, in pixels.
const GAP: u32 = MARGIN;
/// Height of the title, in pixels.
const HEAD: u32 = 56;
/// Height of one line of caption, in pixels.
const LINE: u32 = 24;

/// The predictions beside the labels: `samples.png`. Mistakes are framed in red and show the true
/// and the predicted class; the second line is the model's confidence.
///
/// # Errors
/// Like [`contact_sheet`].
pub fn sheet(side: usize, samples: &[Sample], names: &[String]) -> Result<Vec<u8>> {
    let shown = &samples[..samples.len().min(MOST)];
    let mistakes = shown.iter().filter(|sample| sample.is_mistake()).count();
    let title = match mistakes {
        0 => format!("{}, prediction and confidence", counted(shown.len(), "image")),
        _ => {
            let images = counted(shown.len(), "image");
            format!("{images}, {mistakes} mistaken (true → predicted, framed)")
        }
    };
    let cells: Vec<Cell<'_>> = shown
        .iter()
        .map(|sample| Cell {
            pixels: &sample.pixels,
            caption: sample.verdict(names),
            note: sample.certainty(),
            marked: sample.is_mistake(),
        })
        .collect();
    contact_sheet(&title, side, &cells)
}

/// Images of `side` pixels in rows of ten with captions under them, as PNG. At most 400 are shown.
///
/// # Errors
/// If an image is not `side` × `side`, or the picture cannot be encoded.
pub fn contact_sheet(title: &str, side: usize, cells: &[Cell<'_>]) -> Result<Vec<u8>> {
    let cells = &cells[..cells.len().min(MOST)];
    check_images(side, cells.iter().map(|cell| cell.pixels))?;
    let layout = Layout::new(side, cells);
    let mut picture = Picture::new(layout.width(), layout.height(), PAPER)?;
    let mut text = Svg::overlay(f64::from(layout.width()), f64::from(layout.height()), title);
    headline(&mut text, title, layout.width());
    for (cell, place) in cells.iter().zip(layout.places()) {
        draw_image(&mut picture, place, side, layout.zoom, cell);
        draw_caption(&mut text, place, &layout, cell);
    }
    picture.draw(&text.finish(), 1.0)?;
    picture.png()
}

/// Colour of a mistake's caption: [`MISTAKE`], darker to be legible on white.
const WARNING: &str = "#a84600";

struct Layout {
    zoom: u32,
    /// Pixels per side of an enlarged image.
    image: u32,
    columns: u32,
    rows: u32,
    /// Lines of text under an image.
    lines: u32,
}

impl Layout {
    fn new(side: usize, cells: &[Cell<'_>]) -> Self {
        let side = u32::try_from(side).unwrap_or(u32::MAX);
        let zoom = (ENLARGED / side).max(1);
        let count = u32::try_from(cells.len()).unwrap_or(u32::MAX);
        Self {
            zoom,
            image: side.saturating_mul(zoom),
            // A single row may be short, but leaves space for the title.
            columns: count.clamp(5, COLUMNS),
            rows: count.div_ceil(COLUMNS),
            lines: if cells.iter().all(|cell| cell.note.is_empty()) { 1 } else { 2 },
        }
    }

    fn pitch(&self) -> (u32, u32) {
        let across = self.image.saturating_add(GAP);
        (across, across.saturating_add(self.lines * LINE))
    }

    fn width(&self) -> u32 {
        GAP.saturating_add(self.columns.saturating_mul(self.pitch().0))
    }

    fn height(&self) -> u32 {
        HEAD.saturating_add(self.rows.saturating_mul(self.pitch().1)).saturating_add(GAP / 2)
    }

    /// The corners of the images, in reading order.
    fn places(&self) -> impl Iterator<Item = (u32, u32)> {
        let (across, down) = self.pitch();
        let count = self.rows * COLUMNS;
        (0..count).map(move |i| (GAP + i % COLUMNS * across, HEAD + i / COLUMNS * down))
    }
}

fn draw_image(picture: &mut Picture, (x, y): (u32, u32), side: usize, zoom: u32, cell: &Cell<'_>) {
    let size = side as u32 * zoom;
    // A mistake's frame is twice as wide, so that it is visible without its colour, too.
    let (rim, colour) = if cell.marked { (2 * RIM, MISTAKE) } else { (RIM / 2, FRAME) };
    picture.square((x - rim, y - rim), size + 2 * rim, |_, _| colour);
    picture.square((x, y), size, |column, row| {
        let at = (row / zoom) as usize * side + (column / zoom) as usize;
        colour::mix(PAPER, [0x1b, 0x1b, 0x1f], f32::from(cell.pixels[at]) / 255.0)
    });
}

fn draw_caption(text: &mut Svg, (x, y): (u32, u32), layout: &Layout, cell: &Cell<'_>) {
    let centre = f64::from(x) + f64::from(layout.image) / 2.0;
    let first = f64::from(y + layout.image + LINE) - 2.0;
    let colour = if cell.marked { WARNING } else { INK };
    let room = f64::from(layout.image + GAP) - 8.0;
    let (size, caption) = fitted(&cell.caption, room, (11.0, 18.0));
    text.text((centre, first), &style(size, colour, "middle"), &caption);
    if !cell.note.is_empty() {
        let (size, note) = fitted(&cell.note, room, (11.0, 14.0));
        text.text((centre, first + 20.0), &style(size, MUTED, "middle"), &note);
    }
}
