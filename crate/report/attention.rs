//! Attention maps over the digit.
//!
//! The background of the digit has the colour of its patch, dimmed; ink is drawn light over it, so
//! that strokes and heat are visible everywhere.

use super::colour::{self, PAPER, Rgb};
use super::format;
use super::label::{INK, MARGIN, MUTED, headline, style};
use super::picture::Picture;
use super::samples::check_images;
use super::svg::Svg;
use crate::error::{Error, Result};

/// The patch grid over an image: `[rows, columns]` squares of `patch` pixels. If the image is
/// padded to whole patches, the padding extends `left` and `top` pixels beyond its corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchGrid {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Pixels per side of a patch.
    pub patch: usize,
    /// Columns of padding left of the image.
    pub left: usize,
    /// Rows of padding above the image.
    pub top: usize,
}

impl PatchGrid {
    /// The index of the patch over pixel (x, y) of the image.
    fn patch_at(&self, x: usize, y: usize) -> usize {
        (y + self.top) / self.patch * self.columns + (x + self.left) / self.patch
    }

    /// Checks that the grid covers an image of `side` pixels and `map` has one value per patch.
    fn check(&self, side: usize, map: &[f32]) -> Result<()> {
        let reach = |patches: usize, padding: usize| {
            patches.saturating_mul(self.patch) >= side.saturating_add(padding)
        };
        if !reach(self.rows, self.top) || !reach(self.columns, self.left) {
            let Self { rows, columns, patch, .. } = self;
            return Err(Error::data(format!(
                "{rows}×{columns} patches of {patch} pixels do not cover an image of {side}×{side}"
            )));
        }
        if self.rows.checked_mul(self.columns) != Some(map.len()) {
            let (values, rows, columns) = (map.len(), self.rows, self.columns);
            return Err(Error::data(format!("{values} values for {rows}×{columns} patches")));
        }
        Ok(())
    }
}

/// A digit with its patch grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit<'a> {
    /// Pixels per side.
    pub side: usize,
    /// The pixels, `[side, side]` in row order, 0 is background and 255 is ink.
    pub pixels: &'a [u8],
    /// The patch grid of the model.
    pub grid: PatchGrid,
}

/// The maps of one block.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockMaps {
    /// The block among all of the model, counted from 1.
    pub number: usize,
    /// The grid of the keys.
    pub grid: PatchGrid,
    /// One map per head, `[rows × columns]` each.
    pub heads: Vec<Vec<f32>>,
}

/// Approximate pixels per side of a separate picture.
const LARGE: u32 = 448;
/// Approximate pixels per side of a picture in the overview.
const SMALL: u32 = 140;
/// Approximate pixels per side of a channel's picture.
const CHANNEL: u32 = 84;
/// Space around pictures, in pixels.
const GAP: u32 = MARGIN;
/// Height of the title, in pixels.
const HEAD: u32 = 60;
/// Height of the colour bar, in pixels, without its text.
const STRIP: u32 = 14;
/// Space for the colour bar with its text and the gap above.
const FOOT: u32 = 72;
/// Space for row names in the overview.
const SIDE: u32 = 100;
/// Space for the caption under a picture of the overview.
const CAPTION: u32 = 26;
/// The share of the heat's colour that the background shows.
const DIM: f32 = 0.9;

/// One map over the digit as PNG, with a legend. `map` is `[rows × columns]`, the share of
/// attention per patch; the colours range from 0 to the largest.
///
/// # Errors
/// If digit, grid and map do not match, or the picture cannot be encoded.
pub fn heat_map(digit: &Digit<'_>, map: &[f32], title: &str) -> Result<Vec<u8>> {
    check_images(digit.side, [digit.pixels])?;
    digit.grid.check(digit.side, map)?;
    let zoom = zoom(digit.side, LARGE);
    let size = digit.side as u32 * zoom;
    let (width, height) = (size + 2 * GAP, HEAD + size + FOOT + GAP / 2);
    let mut picture = Picture::new(width, height, PAPER)?;
    let mut text = Svg::overlay(f64::from(width), f64::from(height), title);
    headline(&mut text, title, width);
    draw_map(&mut picture, (GAP, HEAD), zoom, digit, map);
    let (low, high) = ("0".to_owned(), share(largest(map)));
    let end = "share of attention";
    draw_legend(&mut picture, &mut text, (GAP, HEAD + size + 20), size, [&low, end, &high]);
    picture.draw(&text.finish(), 1.0)?;
    picture.png()
}

/// All maps of a model on one sheet as PNG: one row per block, one column per head, then the mean; below, if given, the
/// attention rollout (Abnar and Zuidema 2020) on the digit's own grid beside the plain digit. Each picture has its own
/// scale, with its largest share written under it.
///
/// # Errors
/// If digit, grid and maps do not match, or the picture cannot be encoded.
pub fn overview(
    digit: &Digit<'_>,
    maps: &[BlockMaps],
    rollout: Option<&[f32]>,
    title: &str,
) -> Result<Vec<u8>> {
    check_images(digit.side, [digit.pixels])?;
    for block in maps {
        block.heads.iter().try_for_each(|map| block.grid.check(digit.side, map))?;
    }
    rollout.map_or(Ok(()), |map| digit.grid.check(digit.side, map))?;
    let sheet = Sheet::new(digit, maps, rollout.is_some());
    let (width, height) = sheet.size();
    let mut picture = Picture::new(width, height, PAPER)?;
    let mut text = Svg::overlay(f64::from(width), f64::from(height), title);
    headline(&mut text, title, width);
    for head in 0..sheet.heads {
        sheet.column_name(&mut text, head, &format!("head {}", head + 1));
    }
    sheet.column_name(&mut text, sheet.heads, "mean");
    for (block, BlockMaps { number, grid, heads }) in maps.iter().enumerate() {
        let digit = &Digit { grid: *grid, ..*digit };
        sheet.row_name(&mut text, block, &format!("block {number}"));
        for (head, map) in heads.iter().enumerate() {
            sheet.map(&mut picture, &mut text, (head, block), digit, map);
        }
        let mean = mean(heads, grid.rows * grid.columns);
        sheet.map(&mut picture, &mut text, (sheet.heads, block), digit, &mean);
    }
    if let Some(rollout) = rollout {
        sheet.row_name(&mut text, maps.len(), "rollout");
        sheet.map(&mut picture, &mut text, (0, maps.len()), digit, rollout);
        sheet.plain(&mut picture, &mut text, (1, maps.len()), digit);
    }
    let strip = (SIDE, height - FOOT - GAP / 2 + 20);
    let labels = ["0", "share of attention", "largest of the picture"];
    draw_legend(&mut picture, &mut text, strip, width - SIDE - GAP, labels);
    picture.draw(&text.finish(), 1.0)?;
    picture.png()
}

/// The channels of a block without attention as PNG, each as a small picture of its places, `[rows × columns]`: light
/// where it is positive, dark where it is negative. `tokens` are `[places, width]`.
///
/// # Errors
/// If there are no whole pictures, or the picture cannot be encoded.
pub fn channels(tokens: &[f32], [rows, columns]: [usize; 2], title: &str) -> Result<Vec<u8>> {
    let places = rows * columns;
    if places == 0 || tokens.is_empty() || !tokens.len().is_multiple_of(places) {
        return Err(Error::data(format!("{} values for {rows}×{columns} places", tokens.len())));
    }
    let width = tokens.len() / places;
    let zoom = zoom(rows.max(columns), CHANNEL);
    let [across, down] = [columns, rows].map(|side| side as u32 * zoom);
    let in_row = (width as f64).sqrt().ceil() as u32;
    let lines = (width as u32).div_ceil(in_row);
    let size = [(in_row, across), (lines, down)].map(|(count, side)| count * (side + 8) + 2 * GAP);
    let mut picture = Picture::new(size[0], HEAD + size[1], PAPER)?;
    let mut text = Svg::overlay(f64::from(size[0]), f64::from(HEAD + size[1]), title);
    headline(&mut text, title, size[0]);
    for channel in 0..width {
        let values: Vec<f32> = tokens.iter().copied().skip(channel).step_by(width).collect();
        let top = values.iter().fold(f32::MIN_POSITIVE, |top, value| top.max(value.abs()));
        let (column, row) = (channel as u32 % in_row, channel as u32 / in_row);
        let corner = (GAP + column * (across + 8), HEAD + GAP + row * (down + 8));
        picture.block(corner, (across, down), |x, y| {
            let place = (y / zoom) as usize * columns + (x / zoom) as usize;
            colour::heat(0.5 + 0.5 * values[place] / top)
        });
    }
    picture.draw(&text.finish(), 1.0)?;
    picture.png()
}

/// The positions of the pictures in an overview.
struct Sheet {
    heads: usize,
    rows: usize,
    zoom: u32,
    /// Pixels per side of a picture.
    image: u32,
}

impl Sheet {
    fn new(digit: &Digit<'_>, maps: &[BlockMaps], rollout: bool) -> Self {
        let zoom = zoom(digit.side, SMALL);
        let heads = maps.iter().map(|block| block.heads.len()).max().unwrap_or(0).max(1);
        let rows = maps.len() + usize::from(rollout);
        Self { heads, rows, zoom, image: digit.side as u32 * zoom }
    }

    fn size(&self) -> (u32, u32) {
        let columns = (self.heads as u32 + 1).max(3);
        let width = SIDE + columns * (self.image + GAP);
        let height = HEAD + 28 + self.rows as u32 * (self.image + CAPTION + 10) + FOOT + GAP / 2;
        (width, height)
    }

    fn place(&self, (column, row): (usize, usize)) -> (u32, u32) {
        let across = SIDE + column as u32 * (self.image + GAP);
        (across, HEAD + 28 + row as u32 * (self.image + CAPTION + 10))
    }

    fn centre(&self, column: usize) -> f64 {
        f64::from(self.place((column, 0)).0) + f64::from(self.image) / 2.0
    }

    fn column_name(&self, text: &mut Svg, column: usize, name: &str) {
        let at = (self.centre(column), f64::from(HEAD) + 14.0);
        text.text(at, &style(16.0, INK, "middle"), name);
    }

    fn row_name(&self, text: &mut Svg, row: usize, name: &str) {
        let top = f64::from(self.place((0, row)).1);
        let at = (f64::from(SIDE) - 16.0, top + f64::from(self.image) / 2.0 + 6.0);
        text.text(at, &style(16.0, INK, "end"), name);
    }

    fn caption(&self, text: &mut Svg, place: (usize, usize), caption: &str) {
        let under = f64::from(self.place(place).1 + self.image) + 19.0;
        text.text((self.centre(place.0), under), &style(14.0, MUTED, "middle"), caption);
    }

    fn map(
        &self,
        picture: &mut Picture,
        text: &mut Svg,
        place: (usize, usize),
        digit: &Digit<'_>,
        map: &[f32],
    ) {
        draw_map(picture, self.place(place), self.zoom, digit, map);
        self.caption(text, place, &format!("up to {}", share(largest(map))));
    }

    /// The digit without heat.
    fn plain(
        &self,
        picture: &mut Picture,
        text: &mut Svg,
        place: (usize, usize),
        digit: &Digit<'_>,
    ) {
        let none = vec![0.0; digit.grid.rows * digit.grid.columns];
        draw_map(picture, self.place(place), self.zoom, digit, &none);
        self.caption(text, place, "the digit");
    }
}

fn zoom(side: usize, about: u32) -> u32 {
    (about / u32::try_from(side).unwrap_or(u32::MAX)).max(1)
}

/// The largest finite value, at least 0.
fn largest(map: &[f32]) -> f32 {
    // `max` ignores NaN.
    map.iter().copied().filter(|value| value.is_finite()).fold(0.0, f32::max)
}

fn share(value: f32) -> String {
    format::percent(f64::from(value), 1)
}

/// The mean over heads, `[patches]`; heads of another size count as zeros.
pub fn mean(heads: &[Vec<f32>], patches: usize) -> Vec<f32> {
    let sum = |patch: usize| heads.iter().filter_map(|head| head.get(patch)).sum::<f32>();
    (0..patches).map(|patch| sum(patch) / heads.len().max(1) as f32).collect()
}

fn draw_map(picture: &mut Picture, corner: (u32, u32), zoom: u32, digit: &Digit<'_>, map: &[f32]) {
    let top = largest(map);
    let colours: Vec<Rgb> =
        map.iter().map(|&value| colour::heat(if top > 0.0 { value / top } else { 0.0 })).collect();
    let size = digit.side as u32 * zoom;
    picture.square(corner, size, |column, row| {
        let (x, y) = ((column / zoom) as usize, (row / zoom) as usize);
        let heat = colours[digit.grid.patch_at(x, y)];
        let ink = smooth(digit, column, row, zoom);
        let paper = colour::mix([0; 3], heat, DIM);
        let stroke = colour::mix(heat, [255; 3], 0.85);
        colour::mix(paper, stroke, ink)
    });
}

/// The ink at a pixel of the enlarged image, 0 to 1, interpolated bilinearly.
fn smooth(digit: &Digit<'_>, column: u32, row: u32, zoom: u32) -> f32 {
    let last = digit.side - 1;
    let split = |at: u32| {
        let position = ((at as f32 + 0.5) / zoom as f32 - 0.5).clamp(0.0, last as f32);
        let low = position as usize;
        (low, (low + 1).min(last), position.fract())
    };
    let ((x0, x1, across), (y0, y1, down)) = (split(column), split(row));
    let ink = |x: usize, y: usize| f32::from(digit.pixels[y * digit.side + x]) / 255.0;
    let upper = ink(x0, y0) * (1.0 - across) + ink(x1, y0) * across;
    let lower = ink(x0, y1) * (1.0 - across) + ink(x1, y1) * across;
    upper * (1.0 - down) + lower * down
}

/// The colour bar with a text at its start, middle and end.
fn draw_legend(
    picture: &mut Picture,
    text: &mut Svg,
    (x, y): (u32, u32),
    width: u32,
    [start, middle, end]: [&str; 3],
) {
    picture.block((x, y), (width, STRIP), |column, _| {
        colour::mix([0; 3], colour::heat(column as f32 / width as f32), DIM)
    });
    let under = f64::from(y + STRIP) + 19.0;
    let (left, width) = (f64::from(x), f64::from(width));
    text.text((left, under), &style(14.0, INK, "start"), start);
    text.text((left + width / 2.0, under), &style(14.0, MUTED, "middle"), middle);
    text.text((left + width, under), &style(14.0, INK, "end"), end);
}
