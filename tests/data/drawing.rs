//! Drawings to images: the box, the centre, and unusual drawings.

use patchwork::data::drawing::{
    AREA, PEN_WIDTH, SIDE, Stroke, ink_strokes, normalise_ink, strokes_to_image,
};
use proptest::prelude::*;

fn stroke(points: &[[f32; 2]]) -> Stroke {
    Stroke { points: points.to_vec(), ..Stroke::default() }
}

/// First and last inked column and row.
fn extent(image: &[u8; AREA]) -> [usize; 4] {
    let inked = || (0..AREA).filter(|&index| image[index] > 0);
    [
        inked().map(|index| index % SIDE).min().unwrap(),
        inked().map(|index| index % SIDE).max().unwrap(),
        inked().map(|index| index / SIDE).min().unwrap(),
        inked().map(|index| index / SIDE).max().unwrap(),
    ]
}

fn size(image: &[u8; AREA]) -> (usize, usize) {
    let [left, right, top, bottom] = extent(image);
    (right - left + 1, bottom - top + 1)
}

/// The centre of mass as (column, row) indices.
fn centre(image: &[u8; AREA]) -> (f32, f32) {
    let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
    for (index, &pixel) in image.iter().enumerate() {
        let ink = f32::from(pixel);
        mass += ink;
        x += ink * (index % SIDE) as f32;
        y += ink * (index / SIDE) as f32;
    }
    (x / mass, y / mass)
}

fn assert_centred(image: &[u8; AREA]) {
    let (x, y) = centre(image);
    assert!((x - 14.0).abs() <= 0.51 && (y - 14.0).abs() <= 0.51, "mass at {x}, {y}");
}

/// A seven in a square of 100 units.
fn seven() -> Vec<Stroke> {
    vec![stroke(&[[10.0, 5.0], [70.0, 5.0], [30.0, 95.0]]), stroke(&[[25.0, 50.0], [65.0, 50.0]])]
}

fn moved(strokes: &[Stroke], scale: f32, by: [f32; 2]) -> Vec<Stroke> {
    let point = |&[x, y]: &[f32; 2]| [x * scale + by[0], y * scale + by[1]];
    strokes
        .iter()
        .map(|s| Stroke { points: s.points.iter().map(point).collect(), ..s.clone() })
        .collect()
}

#[test]
fn no_ink_is_no_image() {
    assert_eq!(normalise_ink(&[], 0, 0), None);
    assert_eq!(normalise_ink(&[0; 400], 20, 20), None);
    assert_eq!(normalise_ink(&[255; 400], 20, 21), None, "not width × height");
    assert_eq!(normalise_ink(&[255; 4], usize::MAX, 2), None);
    assert_eq!(strokes_to_image(&[], PEN_WIDTH), None);
    assert_eq!(strokes_to_image(&[Stroke::default()], PEN_WIDTH), None);
    assert_eq!(strokes_to_image(&[stroke(&[[f32::NAN, 1.0]])], PEN_WIDTH), None);
}

#[test]
fn the_longer_side_of_the_ink_becomes_twenty_pixels() {
    for (width, height) in [(10, 40), (40, 10), (33, 33), (300, 200), (3, 7)] {
        let (canvas_width, canvas_height) = (width + 11, height + 17);
        let mut ink = vec![0; canvas_width * canvas_height];
        for row in 0..height {
            ink[(row + 5) * canvas_width + 4..][..width].fill(255);
        }
        let image = normalise_ink(&ink, canvas_width, canvas_height).unwrap();
        let (wide, tall) = size(&image);
        assert_eq!(wide.max(tall), 20);
        let ratio = width as f32 / height as f32;
        assert!((wide as f32 - 20.0 * ratio.min(1.0)).abs() <= 0.5, "{wide}×{tall}");
        assert!(image.iter().all(|&pixel| pixel == 0 || pixel == 255), "solid stays solid");
        assert_centred(&image);
    }
}

#[test]
fn position_and_size_of_a_drawing_hardly_matter() {
    let plain = normalise_ink(&ink_strokes(&seven(), 12.0, 100, 100), 100, 100).unwrap();
    assert_centred(&plain);
    for (scale, by) in [(1.0, [170.0, 3.0]), (0.5, [0.0, 0.0]), (2.5, [20.0, 30.0])] {
        let canvas = ink_strokes(&moved(&seven(), scale, by), 12.0 * scale, 300, 300);
        let image = normalise_ink(&canvas, 300, 300).unwrap();
        let apart: u32 = image.iter().zip(&plain).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        let ink: u32 = plain.iter().map(|&pixel| u32::from(pixel)).sum();
        assert!(apart * 5 < ink, "scale {scale}: {apart} of {ink}");
    }
}

#[test]
fn ink_that_touches_the_border_is_used_up_to_the_border() {
    let mut ink = vec![0; 50 * 30];
    ink[..50].fill(255);
    ink.chunks_exact_mut(50).for_each(|row| row[0] = 255);
    let image = normalise_ink(&ink, 50, 30).unwrap();
    assert_eq!(size(&image), (20, 12));
    assert_centred(&image);
}

#[test]
fn dots_and_lines_are_images_too() {
    let mut dot = vec![0; 280 * 280];
    dot[281] = 9;
    let image = normalise_ink(&dot, 280, 280).unwrap();
    assert_eq!(size(&image), (20, 20));
    assert_centred(&image);

    let mut line = vec![0; 280 * 280];
    line[280 * 100..280 * 101].fill(255);
    let image = normalise_ink(&line, 280, 280).unwrap();
    assert_eq!(size(&image), (20, 1));
    assert_centred(&image);
}

#[test]
fn a_thin_pen_on_a_huge_canvas_leaves_full_ink() {
    let strokes = moved(&seven(), 20.0, [0.0, 0.0]);
    let image = normalise_ink(&ink_strokes(&strokes, 2.0, 2000, 2000), 2000, 2000).unwrap();
    assert_eq!(image.iter().max(), Some(&255));
    assert_eq!(size(&image).1, 20);
}

#[test]
fn faint_specks_do_not_affect_the_bounding_box() {
    let mut ink = ink_strokes(&seven(), 10.0, 200, 200);
    let clean = normalise_ink(&ink, 200, 200).unwrap();
    ink[200 * 199 + 199] = 12;
    assert_eq!(normalise_ink(&ink, 200, 200).unwrap(), clean);
}

#[test]
fn lopsided_ink_is_not_pushed_over_the_border() {
    // A heavy corner with one long thin arm: centring the mass fully would cut the arm off.
    let mut ink = vec![0; 100 * 100];
    (0..20).for_each(|row| ink[row * 100..row * 100 + 20].fill(255));
    (0..100).for_each(|at| ink[at] = 255);
    (0..100).for_each(|at| ink[at * 100] = 255);
    let image = normalise_ink(&ink, 100, 100).unwrap();
    assert_eq!(size(&image), (20, 20));
}

#[test]
fn strokes_are_drawn_with_the_given_width() {
    for width in [1.0, 2.4, 7.0] {
        let canvas = ink_strokes(&[stroke(&[[20.0, 20.3], [80.0, 20.3]])], width, 100, 40);
        let column: f32 = (0..40).map(|row| f32::from(canvas[row * 100 + 50]) / 255.0).sum();
        assert!((column - width).abs() < 0.15, "{column} for {width}");
        // Round caps extend half a width beyond the ends.
        let row: f32 = canvas[20 * 100..21 * 100].iter().map(|&p| f32::from(p) / 255.0).sum();
        assert!(width < 2.0 || (row - 60.0 - width).abs() < 0.7, "{row} for {width}");
    }
}

#[test]
fn strokes_with_the_pens_width_fill_the_box() {
    for pen in [1.0, PEN_WIDTH, 4.0] {
        let image = strokes_to_image(&seven(), pen).unwrap();
        assert_eq!(size(&image).1, 20, "pen {pen}");
        assert_centred(&image);
    }
    let same = strokes_to_image(&moved(&seven(), 40.0, [-3000.0, 900.0]), PEN_WIDTH).unwrap();
    let plain = strokes_to_image(&seven(), PEN_WIDTH).unwrap();
    assert!(same.iter().zip(&plain).all(|(&a, &b)| a.abs_diff(b) < 3), "any unit will do");
}

#[test]
fn strokes_and_their_pixels_give_nearly_the_same_image() {
    let direct = strokes_to_image(&seven(), PEN_WIDTH).unwrap();
    // The same pen on a canvas of 1000 pixels, where the drawing is 900 high without the pen.
    let pen = 900.0 * PEN_WIDTH / (20.0 - PEN_WIDTH);
    let canvas = ink_strokes(&moved(&seven(), 10.0, [100.0, 60.0]), pen, 1000, 1100);
    let shrunk = normalise_ink(&canvas, 1000, 1100).unwrap();
    let apart: u32 = direct.iter().zip(&shrunk).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
    let ink: u32 = direct.iter().map(|&pixel| u32::from(pixel)).sum();
    assert!(apart * 5 < ink, "{apart} of {ink}");
}

#[test]
fn a_single_point_becomes_a_dot() {
    for strokes in [vec![stroke(&[[5.0, 7.0]])], vec![stroke(&[[5.0, 7.0]; 3])]] {
        let image = strokes_to_image(&strokes, 3.0).unwrap();
        let (wide, tall) = size(&image);
        assert!((3..=5).contains(&wide) && wide == tall, "{wide}×{tall}");
        assert_centred(&image);
    }
}

#[test]
fn strokes_are_parsed_from_json() {
    let read: Stroke = serde_json::from_str(r#"{"points": [[1, 2], [3.5, 4]]}"#).unwrap();
    assert_eq!(read, stroke(&[[1.0, 2.0], [3.5, 4.0]]));
}

proptest! {
    #[test]
    fn any_pixels_are_accepted(
        ink in prop::collection::vec(any::<u8>(), 0..600), width in 0_usize..40,
    ) {
        let height = ink.len().checked_div(width).unwrap_or(0);
        let ink = &ink[..width * height];
        let image = normalise_ink(ink, width, height);
        prop_assert_eq!(image.is_some(), ink.iter().any(|&pixel| pixel > 0));
    }

    #[test]
    fn any_points_are_accepted(
        points in prop::collection::vec([any::<f32>(), any::<f32>()], 0..20), pen in any::<f32>(),
    ) {
        let strokes = [Stroke { points, ..Stroke::default() }];
        let _ = strokes_to_image(&strokes, pen);
        prop_assert_eq!(ink_strokes(&strokes, pen, 9, 5).len(), 45);
    }
}

#[test]
fn pressure_makes_the_line_wider_and_nothing_else() {
    let line = stroke(&[[0.0, 0.0], [0.0, 10.0], [0.0, 20.0]]);
    let pressed = |pressure: f32| Stroke { pressure: vec![pressure; 3], ..line.clone() };
    let width = |line: &Stroke| {
        let image = strokes_to_image(std::slice::from_ref(line), PEN_WIDTH).unwrap();
        image[14 * SIDE..15 * SIDE].iter().map(|&ink| f32::from(ink)).sum::<f32>() / 255.0
    };
    assert!((width(&pressed(0.5)) - width(&line)).abs() < 0.01);
    assert!(width(&pressed(0.0)) < 0.75 * width(&line));
    assert!(width(&pressed(1.0)) > 1.25 * width(&line));
    assert!((width(&pressed(f32::NAN)) - width(&line)).abs() < 0.01);
}
