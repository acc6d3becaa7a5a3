//! What the report draws and writes, checked by reading it back.

use patchwork::metrics::{Confusion, EpochRow};
use patchwork::report::attention::{BlockMaps, Digit, PatchGrid, heat_map, overview};
use patchwork::report::html::{EvaluationSummary, Report, Source, SplitSizes};
use patchwork::report::samples::Sample;
use patchwork::report::sheet::{Cell, contact_sheet, sheet};
use patchwork::report::{confusion, curves};
use proptest::prelude::*;
use resvg::usvg::roxmltree::Document;

/// The frame of a mistake (Okabe and Ito's vermillion).
const VERMILLION: [u8; 3] = [213, 94, 0];
const WHITE: [u8; 3] = [255; 3];

/// A decoded 8-bit RGB picture.
struct Pixels {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Pixels {
    fn read(png: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        assert_eq!(reader.output_color_type(), (png::ColorType::Rgb, png::BitDepth::Eight));
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut rgb).unwrap();
        Self { width: frame.width as usize, height: frame.height as usize, rgb }
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        assert!(x < self.width && y < self.height, "({x}, {y}) is outside");
        let at = (y * self.width + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    fn count(&self, colour: [u8; 3]) -> usize {
        self.rgb.chunks_exact(3).filter(|pixel| *pixel == colour).count()
    }

    /// The number of pixels in a rectangle that are dark in some channel: whether there is text.
    fn ink(&self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> usize {
        rows.flat_map(|y| columns.clone().map(move |x| (x, y)))
            .filter(|&(x, y)| self.at(x, y).iter().any(|&channel| channel < 128))
            .count()
    }
}

fn history(epochs: u32) -> Vec<EpochRow> {
    let row = |epoch| EpochRow {
        epoch,
        step: u64::from(epoch) * 100,
        train_loss: 2.0 / epoch as f32,
        train_accuracy: 1.0 - 0.5 / epoch as f32,
        validation_loss: Some(1.5 / epoch as f32),
        validation_accuracy: Some(1.0 - 0.4 / epoch as f32),
        learning_rate: 1e-3,
        images_per_second: 2000.0,
        seconds: epoch as f32 * 12.5,
    };
    (1..=epochs).map(row).collect()
}

/// `count` images of each class, of which one of class 0 was predicted as class 1.
fn matrix(classes: usize, count: u64) -> Confusion {
    let mut rows = vec![vec![0; classes]; classes];
    for (class, row) in rows.iter_mut().enumerate() {
        row[class] = count;
    }
    rows[0][0] -= 1;
    rows[0][1] += 1;
    Confusion::try_from(rows).unwrap()
}

/// All texts of an SVG, which must be well-formed.
fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

#[test]
fn curves_are_well_formed_at_any_length() {
    for epochs in [0, 1, 2, 40, 400] {
        let svg = curves::svg(&history(epochs));
        let texts = texts(&svg);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{epochs} epochs: {svg}");
        let has = |text: &str| texts.iter().any(|found| found == text);
        assert!(has("Accuracy") && has("Loss (cross-entropy)") && has("epoch"));
        assert_eq!(has("training") && has("validation"), epochs > 0);
        assert_eq!(texts.iter().any(|text| text.starts_with("best: epoch")), epochs > 0);
        assert_eq!(has("no values yet"), epochs == 0);
    }
}

#[test]
fn nan_values_leave_a_gap() {
    let mut rows = history(9);
    rows[4].train_loss = f32::NAN;
    rows[4].validation_accuracy = Some(f32::INFINITY);
    rows[5].validation_loss = None;
    let svg = curves::svg(&rows);
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    let document = Document::parse(&svg).unwrap();
    // Training loss, validation loss and validation accuracy break into two lines each.
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("polyline")).count(), 7);

    for row in &mut rows {
        row.train_loss = f32::NAN;
        row.train_accuracy = f32::NAN;
        (row.validation_loss, row.validation_accuracy) = (None, None);
    }
    assert_eq!(texts(&curves::svg(&rows)).iter().filter(|t| *t == "no values yet").count(), 2);
}

#[test]
fn the_best_epoch_is_named_with_its_figure() {
    let mut rows = history(5);
    rows[2].validation_accuracy = Some(0.99);
    let texts = texts(&curves::svg(&rows));
    assert!(texts.contains(&"best: epoch 3, 99.00\u{a0}%".to_owned()), "{texts:?}");
    assert!(texts.contains(&"best: epoch 3, 0.5000".to_owned()), "{texts:?}");
}

#[test]
fn the_png_of_the_curves_has_lines_and_text_without_any_font_installed() {
    let picture = Pixels::read(&curves::png(&history(40)).unwrap());
    assert_eq!((picture.width, picture.height), (1680, 640));
    assert_eq!(picture.at(0, 0), WHITE, "pictures are light");
    assert!(picture.count([0x00, 0x72, 0xb2]) > 500, "no training line");
    assert!(picture.count([0xd5, 0x5e, 0x00]) > 500, "no validation line");
    assert!(picture.ink(110..400, 20..70) > 200, "no title");
}

#[test]
fn the_confusion_matrix_shows_counts_and_names() {
    for classes in [2, 10, 26, 47] {
        let texts = texts(&confusion::svg(&matrix(classes, 123), &[]));
        let times = |text: &str| texts.iter().filter(|found| *found == text).count();
        assert_eq!((times("122"), times("123"), times("1")), (1, classes - 1, 3));
        assert_eq!(times(&(classes - 1).to_string()) % 2, if classes == 2 { 1 } else { 0 });
        assert!(texts.iter().any(|text| text == "mistaken, to 0.8\u{a0}% of a row"));
    }
    for classes in [0, 1, 10] {
        texts(&confusion::svg(&Confusion::new(classes), &[]));
    }
}

#[test]
fn class_names_are_always_escaped() {
    let names = ["<script>alert(1)</script>", "a\u{0}&\"b", "A very long name indeed", "手写"];
    let names = names.map(str::to_owned);
    let svg = confusion::svg(&matrix(4, 5), &names);
    assert!(!svg.contains("<script"), "{svg}");
    let texts = texts(&svg);
    assert!(texts.contains(&"<script>alert…".to_owned()), "{texts:?}");
    assert!(texts.contains(&"a\u{fffd}&\"b".to_owned()), "{texts:?}");
}

#[test]
fn mistakes_are_framed_on_the_sheet_and_others_are_not() {
    let sample = |label, prediction| Sample {
        pixels: vec![255; 28 * 28],
        label,
        prediction,
        confidence: 0.75,
    };
    let samples = [sample(Some(4), 4), sample(Some(4), 9), sample(None, 9)];
    let picture = Pixels::read(&sheet(28, &samples, &[]).unwrap());
    // Images of 112 pixels are 136 apart, the first at (24, 56).
    let frames = [24, 160, 296].map(|x| picture.at(x - 3, 100));
    assert_eq!(frames, [WHITE, VERMILLION, WHITE]);
    assert_eq!(picture.at(24 + 56, 100), [0x1b, 0x1b, 0x1f], "full ink is dark");
    for left in [24, 160, 296] {
        assert!(picture.ink(left..left + 112, 174..194) > 10, "no caption");
    }
}

#[test]
fn a_contact_sheet_wraps_after_ten_and_keeps_every_pixel() {
    let mut pixels = vec![0; 16];
    pixels[5] = 255;
    let cell =
        Cell { pixels: &pixels, caption: "3".to_owned(), note: String::new(), marked: false };
    let picture = Pixels::read(&contact_sheet("four by four", 4, &vec![cell; 11]).unwrap());
    assert_eq!(picture.width, 24 + 10 * 136);
    assert_eq!(picture.height, 56 + 2 * (136 + 24) + 12);
    // Pixel (1, 1) fills 28 × 28 pixels of the enlarged image.
    let corner = (24, 56 + 136 + 24);
    assert_eq!(picture.at(corner.0 + 28, corner.1 + 28), [0x1b, 0x1b, 0x1f]);
    assert_eq!(picture.at(corner.0 + 55, corner.1 + 55), [0x1b, 0x1b, 0x1f]);
    assert_eq!(picture.at(corner.0 + 56, corner.1 + 56), WHITE);
    assert_eq!(picture.at(corner.0 + 136 + 28, corner.1 + 28), WHITE, "there is no twelfth");
}

#[test]
fn images_of_another_size_are_refused() {
    let cell = |pixels| Cell { pixels, caption: String::new(), note: String::new(), marked: false };
    assert!(contact_sheet("", 4, &[cell(&[0; 15])]).is_err());
    assert!(contact_sheet("", 0, &[cell(&[])]).is_err());
    assert!(contact_sheet("", usize::MAX, &[cell(&[0; 16])]).is_err());
    assert!(contact_sheet("nothing", 4, &[]).is_ok());
}

/// A blank image of 6 × 6 under 2 × 2 patches of 4 pixels, padded by 1 on every side.
fn padded_digit(pixels: &[u8]) -> Digit<'_> {
    let grid = PatchGrid { rows: 2, columns: 2, patch: 4, left: 1, top: 1 };
    Digit { side: 6, pixels, grid }
}

#[test]
fn heat_covers_the_pixels_of_its_patch() {
    let blank = [0; 36];
    let png = heat_map(&padded_digit(&blank), &[0.0, 1.0, 0.0, 0.0], "block 1, head 1").unwrap();
    let picture = Pixels::read(&png);
    // 448 / 6 = 74 pixels for each, from (24, 60); with one column of padding, the second patch
    // starts after three.
    let (left, top, split) = (24, 60, 3 * 74);
    let hot = picture.at(left + split, top);
    let cold = picture.at(left + split - 1, top);
    assert!(hot[0] > 200 && cold[0] < 10, "{hot:?} {cold:?}");
    assert_eq!(picture.at(left + 6 * 74 - 1, top + split - 1), hot);
    assert_eq!(picture.at(left + split, top + split), cold);
    assert!(picture.ink(24..200, 20..45) > 20, "no title");
}

#[test]
fn maps_with_nan_are_drawn_and_wrong_sizes_refused() {
    let blank = [0; 36];
    let digit = padded_digit(&blank);
    let strange = [f32::NAN, f32::INFINITY, -1.0, 0.5];
    assert!(heat_map(&digit, &strange, "").is_ok());
    assert!(heat_map(&digit, &[0.0; 4], "").is_ok());
    let error = heat_map(&digit, &[0.0; 5], "").unwrap_err();
    assert!(error.problem.contains("5 values for 2×2 patches"), "{error}");
    assert!(heat_map(&Digit { pixels: &blank[1..], ..digit }, &[0.0; 4], "").is_err());
    for patch in [0, 3, usize::MAX] {
        let small = PatchGrid { patch, ..digit.grid };
        let drawn = heat_map(&Digit { grid: small, ..digit }, &[0.0; 4], "");
        assert_eq!(drawn.is_ok(), patch > 3, "patches of {patch}");
    }
}

#[test]
fn the_overview_has_a_row_per_block_and_a_column_per_head() {
    let blank = [0; 36];
    let grid = padded_digit(&blank).grid;
    let maps = vec![BlockMaps { number: 1, grid, heads: vec![vec![0.25; 4]; 3] }; 2];
    let size = |maps: &[BlockMaps], rollout| {
        let png = overview(&padded_digit(&blank), maps, rollout, "attention").unwrap();
        let picture = Pixels::read(&png);
        (picture.width, picture.height)
    };
    let plain = size(&maps, None);
    let (row, column) = (138 + 36, 138 + 24);
    assert_eq!(size(&maps, Some(&[0.25; 4])), (plain.0, plain.1 + row));
    assert_eq!(size(&maps[..1], None), (plain.0, plain.1 - row));
    let heads = vec![vec![0.25; 4]; 2];
    let two_heads = vec![BlockMaps { number: 1, grid, heads }; 2];
    assert_eq!(size(&two_heads, None), (plain.0 - column, plain.1));
    // A block may have another grid than the rest: here one patch that covers everything.
    let whole = PatchGrid { rows: 1, columns: 1, patch: 8, ..grid };
    let heads = vec![vec![1.0]; 3];
    let pyramid = [maps[0].clone(), BlockMaps { number: 2, grid: whole, heads }];
    assert_eq!(size(&pyramid, Some(&[0.25; 4])), (plain.0, plain.1 + row));
    size(&[], None);
    assert!(overview(&padded_digit(&blank), &maps, Some(&[0.1; 3]), "").is_err());
}

fn report() -> Report {
    let hostile = "<script>alert('x')</script>\"".to_owned();
    Report {
        title: format!("Run {hostile}"),
        finished: 951_827_696,
        preset: "tiny".to_owned(),
        parameters: 139_018,
        facts: vec![("Optimizer".to_owned(), hostile.clone())],
        sources: vec![Source { role: "training".to_owned(), origin: hostile.clone(), images: 900 }],
        notices: vec![hostile.clone()],
        split: SplitSizes { train: 800, validation: 100, test: 1000 },
        seed: 42,
        device: hostile.clone(),
        epochs: history(3),
        evaluation: Some(EvaluationSummary {
            set: "test".to_owned(),
            loss: 0.05123,
            confusion: matrix(10, 100),
        }),
        class_names: vec![hostile.clone()],
        side: 2,
        samples: vec![Sample {
            pixels: vec![0, 50, 100, 255],
            label: Some(0),
            prediction: 1,
            confidence: 0.5,
        }],
        settings: format!("{{\"path\": \"{hostile}\"}}"),
        files: vec![(hostile.clone(), hostile.clone())],
        commands: vec![("Go on:".to_owned(), hostile.clone())],
        version: "0.1.0".to_owned(),
    }
}

#[test]
fn the_page_shows_the_run() {
    let page = report().html().unwrap();
    for text in [
        "2000-02-29 12:34 UTC",
        "139,018 parameters",
        "99.90\u{a0}%",
        "0.0512",
        "1 of 1,000 images mistaken",
        "epoch 3 of 3",
        "37.5\u{a0}s",
        "800 training, 100 validation, 1,000 test",
        "<tr><th scope=\"row\">mean</th>",
        "class=\"mistake\"",
        "<details>",
        "prefers-color-scheme: dark",
        "name=\"viewport\"",
    ] {
        assert!(page.contains(text), "{text} is missing");
    }
    assert_eq!(page.matches("<svg ").count(), 3, "two curves and the matrix");
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
    assert_eq!(page.matches("<img ").count(), page.matches(" alt=\"").count());
}

#[test]
fn the_page_runs_no_script_and_loads_nothing() {
    let page = report().html().unwrap();
    assert!(!page.contains("<script"), "a file name became markup");
    assert!(!page.contains("alert('x')"), "an apostrophe is not escaped");
    assert!(page.contains("default-src 'none'"));
    let without_namespace = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!without_namespace.contains("://"), "an address in the page");
    for attribute in ["src=\"", "href=\""] {
        for (at, _) in page.match_indices(attribute) {
            assert!(page[at + attribute.len()..].starts_with("data:image/png;base64,"));
        }
    }
}

#[test]
fn a_run_without_figures_still_has_a_page() {
    let empty = Report {
        epochs: Vec::new(),
        evaluation: None,
        samples: Vec::new(),
        notices: Vec::new(),
        settings: String::new(),
        files: Vec::new(),
        commands: Vec::new(),
        ..report()
    };
    let page = empty.html().unwrap();
    assert!(!page.contains("<svg") && !page.contains("NaN") && page.contains("What was trained"));
    let nan = Report {
        epochs: vec![EpochRow { train_loss: f32::NAN, ..history(1).remove(0) }],
        ..report()
    };
    assert!(!nan.html().unwrap().contains("NaN"));
    assert!(Report { side: 3, ..report() }.html().is_err(), "samples of another size");
}

proptest! {
    #[test]
    fn any_history_can_be_drawn(losses in prop::collection::vec(any::<f32>(), 0..12), start in any::<u32>()) {
        let mut rows = history(losses.len() as u32);
        for (row, loss) in rows.iter_mut().zip(&losses) {
            row.epoch = row.epoch.saturating_add(start);
            row.train_loss = *loss;
            row.validation_accuracy = Some(*loss);
        }
        let svg = curves::svg(&rows);
        prop_assert!(Document::parse(&svg).is_ok());
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
    }
}
