//! Every common form of CSV gives the same images.

use std::fs;
use std::path::{Path, PathBuf};

use patchwork::data::reader::{
    self, CsvLayout, Encoding, FileContents, Format, LabelDetection, LabelForm, Layout, LineEnds,
    Reader, Scale,
};
use patchwork::data::{Dataset, Ids};
use proptest::prelude::*;

use super::forms::{
    Dialect, Names, Number, Place, Text, gzip, idx, read_chunks, read_every_way, sample, unlabelled,
};

/// Dialects that can represent a labelled data set completely.
fn dialects() -> Vec<(&'static str, Dialect)> {
    let plain = Dialect::default;
    let named = |names, label| Dialect { header: Some((names, label)), ..plain() };
    vec![
        ("no header, label first", plain()),
        ("label last", Dialect { label: Place::Last, ..plain() }),
        ("header pixel0", named(Names::FromZero, "label")),
        ("header pixel1", named(Names::FromOne, "Class")),
        ("header 1x1", named(Names::Grid, "\"LABEL\"")),
        ("header of numbers", named(Names::Numbers, "label")),
        ("header with spaces", named(Names::FromZero, " Y ")),
        ("unknown label name", named(Names::FromZero, "what")),
        ("digit last", Dialect { label: Place::Last, ..named(Names::FromZero, "digit") }),
        ("target last", Dialect { label: Place::Last, ..named(Names::Numbers, "target") }),
        ("semicolon", Dialect { delimiter: ';', ..plain() }),
        ("tab", Dialect { delimiter: '\t', ..named(Names::Grid, "label") }),
        ("crlf", Dialect { line_end: "\r\n", ..plain() }),
        ("cr", Dialect { line_end: "\r", ..named(Names::FromZero, "label") }),
        ("bom", Dialect { text: Text::Utf8Mark, ..named(Names::FromZero, "label") }),
        ("bom, no header", Dialect { text: Text::Utf8Mark, ..plain() }),
        ("utf-16le", Dialect { text: Text::Utf16Le { mark: true }, ..plain() }),
        ("utf-16be", Dialect { text: Text::Utf16Be { mark: true }, line_end: "\r\n", ..plain() }),
        ("utf-16le, no bom", Dialect { text: Text::Utf16Le { mark: false }, ..plain() }),
        ("utf-16be, no bom", Dialect { text: Text::Utf16Be { mark: false }, ..plain() }),
        ("quoted", Dialect { quoted: true, ..plain() }),
        ("quoted with header", Dialect { quoted: true, ..named(Names::FromZero, "label") }),
        ("quoted with spaces", Dialect { quoted: true, spaces: true, ..plain() }),
        ("blank lines", Dialect { blank_lines: true, ..plain() }),
        ("blank lines, crlf", Dialect { blank_lines: true, line_end: "\r\n", ..plain() }),
        ("blank lines, cr", Dialect { blank_lines: true, line_end: "\r", ..plain() }),
        ("trailing comma", Dialect { trailing_delimiter: true, ..plain() }),
        (
            "trailing comma and header",
            Dialect { trailing_delimiter: true, ..named(Names::FromZero, "label") },
        ),
        ("no final newline", Dialect { final_line_end: false, ..plain() }),
        (
            "no final newline after a trailing comma",
            Dialect { final_line_end: false, trailing_delimiter: true, ..plain() },
        ),
        ("spaces", Dialect { spaces: true, ..plain() }),
        ("unnamed index", Dialect { index: Some(""), ..named(Names::FromZero, "label") }),
        ("pandas index", Dialect { index: Some("Unnamed: 0"), ..named(Names::FromZero, "label") }),
        ("index, no header", Dialect { index: Some(""), ..plain() }),
        ("index, label last", Dialect { index: Some(""), label: Place::Last, ..plain() }),
        ("id and unknown label", Dialect { index: Some("id"), ..named(Names::FromZero, "what") }),
        ("floats", Dialect { number: Number::Float, ..plain() }),
        ("scientific", Dialect { number: Number::Scientific, ..plain() }),
        ("unit", Dialect { number: Number::Unit, ..plain() }),
        ("unit, label last", Dialect { number: Number::Unit, label: Place::Last, ..plain() }),
        (
            "decimal comma",
            Dialect { number: Number::UnitComma, delimiter: ';', ..named(Names::Grid, "label") },
        ),
        ("decimal comma, quoted", Dialect { number: Number::UnitComma, quoted: true, ..plain() }),
        ("gzip", Dialect { gzip: true, ..plain() }),
        ("gzip, utf-16", Dialect { gzip: true, text: Text::Utf16Le { mark: true }, ..plain() }),
    ]
}

/// The expected result for `data` written in `dialect`: with ids if a column numbers the rows.
fn with_ids(data: &Dataset, dialect: &Dialect) -> Dataset {
    let Some(name) = dialect.index else { return data.clone() };
    let named = dialect.header.is_some() && !matches!(name, "" | "Unnamed: 0");
    let numbers: Vec<String> = (0..data.len()).map(|row| row.to_string()).collect();
    let ids = Ids::of(named.then(|| name.into()), numbers.iter().map(String::as_str));
    data.clone().with_ids(ids).unwrap()
}

pub fn table(
    result: patchwork::Result<(FileContents, Layout)>,
    name: &str,
) -> (Dataset, Layout, CsvLayout) {
    match result.unwrap_or_else(|error| panic!("{name}: {error}")) {
        (FileContents::Table(data), layout) => {
            let Format::Csv(csv) = layout.format.clone() else { panic!("{name}: {layout}") };
            (data, layout, csv)
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn every_dialect_gives_the_same_images() {
    for images in [5, 300] {
        let data = sample(4, images);
        for (name, dialect) in dialects() {
            let (read, layout, csv) = table(read_every_way(name, &dialect.write(&data)), name);
            assert_eq!(read, with_ids(&data, &dialect), "{name}");
            assert_eq!(layout.notices, Vec::<String>::new(), "{name}");
            assert_eq!(layout.images, images, "{name}");
            assert_eq!(layout.gzip, dialect.gzip, "{name}");
            assert_eq!(csv.header, dialect.header.is_some(), "{name}");
            assert_eq!(csv.delimiter, dialect.delimiter, "{name}");
            assert_eq!(csv.index, dialect.index.map(|_| 1), "{name}");
            let unit = matches!(dialect.number, Number::Unit | Number::UnitComma);
            assert_eq!(csv.scale == Scale::Unit, unit, "{name}");
            let label = csv.label.unwrap();
            let first = 1 + usize::from(dialect.index.is_some());
            let expected = if dialect.label == Place::Last { csv.columns } else { first };
            assert_eq!(label.column, expected, "{name}");
        }
    }
}

#[test]
fn images_without_labels() {
    let data = unlabelled(&sample(4, 300));
    let named =
        |names| Dialect { label: Place::Absent, header: Some((names, "")), ..Dialect::default() };
    for (name, dialect) in [
        ("no header", Dialect { label: Place::Absent, ..Dialect::default() }),
        ("pixel0", named(Names::FromZero)),
        ("1x1", named(Names::Grid)),
        ("id", Dialect { index: Some("id"), ..named(Names::FromOne) }),
        ("index without a header", {
            Dialect { label: Place::Absent, index: Some(""), ..Dialect::default() }
        }),
    ] {
        let (read, _, csv) = table(read_every_way(name, &dialect.write(&data)), name);
        assert_eq!(read, with_ids(&data, &dialect), "{name}");
        assert_eq!(csv.label, None, "{name}");
        assert_eq!(csv.index, dialect.index.map(|_| 1), "{name}");
    }
}

#[test]
fn headers_of_numbers_alone() {
    // pandas writes these for a table without names, with or without its index.
    let data = sample(28, 3);
    let text = String::from_utf8(Dialect::default().write(&data)).unwrap();
    let numbers: Vec<String> = (0..785).map(|number| number.to_string()).collect();
    let header = format!("{}\n{text}", numbers.join(","));
    let (read, _, csv) = table(reader::read("f", header.as_bytes()), "numbers");
    assert_eq!((read, csv.header), (data.clone(), true));

    let rows = text.lines().enumerate().map(|(row, line)| format!("{row},{line}\n"));
    let indexed = format!(",{}\n{}", numbers.join(","), rows.collect::<String>());
    let (read, _, csv) = table(reader::read("f", indexed.as_bytes()), "index and numbers");
    let data = data.with_ids(Ids::of(None, ["0", "1", "2"])).unwrap();
    assert_eq!((read, csv.header, csv.index), (data, true, Some(1)));
}

#[test]
fn other_sizes_and_single_rows() {
    for side in [4, 5, 8, 16, 28, 64, 256] {
        let data = sample(side, 2);
        let (read, ..) = table(read_chunks([&Dialect::default().write(&data)[..]]), "size");
        assert_eq!(read, data, "{side}");
        let one = data.select(&[1]);
        let (read, ..) = table(read_chunks([&Dialect::default().write(&one)[..]]), "one row");
        assert_eq!((read.pixels(), read.labels()), (one.pixels(), one.labels()), "{side}");
    }
}

#[test]
fn odd_lines() {
    let data = sample(4, 3);
    let text = String::from_utf8(Dialect::default().write(&data)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let empty_cells = ",".repeat(16);
    for (name, file, blank) in [
        ("leading blank lines", format!("\n\n{text}"), 2),
        ("blank lines at the end", format!("{text}\n\r\n   \n"), 3),
        ("rows of nothing but commas", format!("{text}{empty_cells}\n{empty_cells}\n"), 2),
        ("mixed line ends", format!("{}\r\n{}\n{}\r", lines[0], lines[1], lines[2]), 0),
        ("cr then lf", format!("{}\n\r\n{}\n{}", lines[0], lines[1], lines[2]), 1),
    ] {
        let (read, _, csv) = table(read_every_way(name, file.as_bytes()), name);
        assert_eq!(read, data, "{name}");
        assert_eq!(csv.blank_rows, blank, "{name}");
    }
}

#[test]
fn pixels_of_only_0_and_1_are_full_ink() {
    for images in [5, 600] {
        let plain = sample(4, images);
        let black = plain.pixels().iter().map(|&pixel| u8::from(pixel > 127)).collect();
        let data = Dataset::new(4, black, plain.labels().map(<[u8]>::to_vec)).unwrap();
        let ink = data.pixels().iter().map(|&pixel| pixel * 255).collect();
        let expected = Dataset::new(4, ink, plain.labels().map(<[u8]>::to_vec)).unwrap();
        let bytes = Dialect::default().write(&data);
        let (read, _, csv) = table(read_every_way("black and white", &bytes), "black and white");
        assert_eq!((read, csv.scale), (expected, Scale::Unit));
    }
}

#[test]
fn the_scale_may_become_known_late() {
    let row = |label: usize, ink: &str| format!("{label}{}\n", format!(",0,{ink}").repeat(8));
    let faint: String = (0..400).map(|image| row(image % 10, "1")).collect();
    for (ink, scale, first) in [("200", Scale::Bytes, 1), ("0.5", Scale::Unit, 255)] {
        let file = format!("{faint}{}", row(3, ink));
        let (read, _, csv) = table(read_every_way(ink, file.as_bytes()), ink);
        assert_eq!(csv.scale, scale);
        assert_eq!(read.image(0)[1], first);
        assert_eq!(read.image(400)[1], if scale == Scale::Unit { 128 } else { 200 });
    }
}

#[test]
fn letters_are_classes() {
    let data = sample(4, 30);
    for (first, header) in [('A', ""), ('a', ""), ('A', "label,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\n")]
    {
        let text = String::from_utf8(Dialect::default().write(&data)).unwrap();
        let lettered = text.lines().map(|line| {
            let (label, pixels) = line.split_once(',').unwrap();
            let letter = char::from(first as u8 + label.parse::<u8>().unwrap());
            format!("{letter},{pixels}\n")
        });
        let file = format!("{header}{}", lettered.collect::<String>());
        let (read, _, csv) = table(read_every_way("letters", file.as_bytes()), "letters");
        assert_eq!((read.labels(), read.pixels()), (data.labels(), data.pixels()));
        let names: String = read.class_names().concat();
        assert_eq!(names, if first == 'A' { "ABCDEFGHIJ" } else { "abcdefghij" });
        assert_eq!(csv.label.unwrap().form, LabelForm::Letters);
    }
}

#[test]
fn other_label_sets_pass_if_they_are_plausible_classes() {
    let with_labels = |labels: Vec<u8>| {
        let pixels = sample(4, labels.len()).pixels().to_vec();
        Dialect::default().write(&Dataset::new(4, pixels, Some(labels)).unwrap())
    };
    let sets: [(&str, Vec<u8>, usize); 6] = [
        ("two classes", (0..40).map(|image| image % 2).collect(), 2),
        ("some digits", vec![9, 1, 1, 7], 10),
        ("letters 1–26, one of each", (1..=26).collect(), 27),
        ("letters 1–26", (0..208).map(|image| image % 26 + 1).collect(), 27),
        ("62 classes", (0..=247).map(|image| image % 62).collect(), 62),
        ("uneven classes", (0..250).map(|image| image / 20).collect(), 13),
    ];
    for (name, labels, classes) in sets {
        let (read, layout, _) = table(reader::read("f", &with_labels(labels.clone())), name);
        assert_eq!(read.labels(), Some(&labels[..]), "{name}");
        assert_eq!(read.classes(), classes, "{name}");
        assert_eq!(layout.class_counts.map(|counts| counts.len()), Some(classes), "{name}");
    }
    // An implausible set is accepted if the number of classes is given.
    let stray = with_labels(vec![1, 2, 3, 57]);
    assert!(reader::read("f", &stray).is_err());
    let mut reader = Reader::new("f").with_classes(100);
    reader.push(&stray).unwrap();
    let (read, layout, _) = table(reader.finish(), "with classes");
    assert_eq!(read.classes(), 100);
    assert_eq!(layout.class_counts.map(|counts| counts.len()), Some(100));
}

#[test]
fn the_layout_describes_how_the_file_was_read() {
    let data = sample(4, 1200);
    let dialect = Dialect {
        header: Some((Names::FromZero, "Label")),
        index: Some("id"),
        delimiter: ';',
        line_end: "\r\n",
        text: Text::Utf16Le { mark: true },
        gzip: true,
        number: Number::Unit,
        blank_lines: true,
        ..Dialect::default()
    };
    let (_, layout, csv) = table(reader::read("f", &dialect.write(&data)), "layout");
    assert_eq!(
        layout.to_string(),
        "CSV, semicolon, header, label in column 2 ('Label'), row numbers in column 1, \
         pixels 0–1, UTF-16, 1,200 blank rows skipped, gzip, 1,200 images of 4×4, 10 classes"
    );
    assert_eq!((csv.encoding, csv.line_ends), (Encoding::Utf16Le, LineEnds::CrLf));
    assert_eq!(csv.label.map(|label| label.found), Some(LabelDetection::ByName));
    let json = serde_json::to_string(&layout).unwrap();
    assert_eq!(serde_json::from_str::<Layout>(&json).unwrap(), layout);

    let (_, layout, csv) = table(reader::read("f", &Dialect::default().write(&data)), "plain");
    assert_eq!(
        layout.to_string(),
        "CSV, comma, no header, label in column 1, 1,200 images of 4×4, 10 classes"
    );
    assert_eq!(csv.label.map(|label| label.found), Some(LabelDetection::ByValues));
}

#[test]
fn progress_counts_images() {
    let data = sample(4, 1000);
    let bytes = Dialect::default().write(&data);
    let mut reader = Reader::new("f");
    let mut before = 0;
    for chunk in bytes.chunks(5000) {
        reader.push(chunk).unwrap();
        assert!(reader.rows() >= before);
        before = reader.rows();
    }
    assert_eq!(before, 1000);
}

prop_compose! {
    /// Possible data: any pixels except empty corners, one pixel that distinguishes bytes from a
    /// file of zeros and ones, and labels of which none is nearly all.
    fn any_data()(images in 5_usize..40, side in 4_usize..7)(
        pixels in prop::collection::vec(any::<u8>(), images * side * side),
        labels in prop::collection::vec(0_u8..10, images),
        side in Just(side),
    ) -> Dataset {
        let (mut pixels, mut labels) = (pixels, labels);
        for image in pixels.chunks_exact_mut(side * side) {
            (image[0], image[side + 1], image[side * side - 1]) = (0, 200, 0);
        }
        let images = labels.len();
        for (label, forced) in labels.iter_mut().zip(0..images.div_ceil(3) as u8) {
            *label = forced % 5 + 3;
        }
        Dataset::new(side, pixels, Some(labels)).unwrap()
    }
}

prop_compose! {
    fn any_dialect()(
        delimiter in prop::sample::select(vec![',', ';', '\t']),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        names in prop::sample::select(vec![
            None, Some(Names::FromZero), Some(Names::FromOne), Some(Names::Grid), Some(Names::Numbers),
        ]),
        name in prop::sample::select(vec!["label", "Class", "TARGET", "y", "digit"]),
        label in prop::sample::select(vec![Place::First, Place::Last]),
        index in prop::sample::select(vec![None, Some(""), Some("id"), Some("Unnamed: 0")]),
        number in prop::sample::select(vec![
            Number::Integer, Number::Float, Number::Scientific, Number::Unit, Number::UnitComma,
        ]),
        text in prop::sample::select(vec![
            Text::Utf8,
            Text::Utf8Mark,
            Text::Utf16Le { mark: true },
            Text::Utf16Le { mark: false },
            Text::Utf16Be { mark: true },
            Text::Utf16Be { mark: false },
        ]),
        flags in any::<[bool; 6]>(),
    ) -> Dialect {
        let [quoted, spaces, trailing_delimiter, final_line_end, blank_lines, gzip] = flags;
        // A decimal comma needs quotes or another delimiter, and a space beside a tab is one cell.
        let quoted = quoted || (number == Number::UnitComma && delimiter == ',');
        Dialect {
            delimiter, line_end, header: names.map(|names| (names, name)), label, index, number,
            quoted, spaces: spaces && !(quoted && number == Number::UnitComma), trailing_delimiter,
            final_line_end, blank_lines, text, gzip,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_data_round_trips_in_any_dialect_and_any_chunks(
        data in any_data(),
        dialect in any_dialect(),
        sizes in prop::collection::vec(1_usize..900, 1..20),
    ) {
        let bytes = dialect.write(&data);
        let mut rest = &bytes[..];
        let chunks = sizes.iter().cycle().map_while(|&size| {
            let (chunk, tail) = rest.split_at(size.min(rest.len()));
            rest = tail;
            (!chunk.is_empty()).then_some(chunk)
        });
        let (read, _, _) = table(read_chunks(chunks), "any");
        prop_assert_eq!(read, with_ids(&data, &dialect));
    }

    #[test]
    fn the_result_for_any_bytes_does_not_depend_on_chunks(
        bytes in prop::collection::vec(
            prop::sample::select(b"0123456789,,,,\n\n\r\"; .-\0\xffeE\t".to_vec()), 0..600),
        repeat in 1_usize..20,
        size in 1_usize..50,
    ) {
        let bytes = bytes.repeat(repeat);
        prop_assert_eq!(read_chunks(bytes.chunks(size)), read_chunks([&bytes[..]]));
    }
}

/// The committed seeds of the fuzz targets.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus");

#[test]
fn the_result_for_the_fuzz_corpus_does_not_depend_on_chunks() {
    let mut files = 0;
    for target in ["csv", "idx", "reader"] {
        for file in fs::read_dir(Path::new(CORPUS).join(target)).unwrap() {
            let path = file.unwrap().path();
            let _ = read_every_way(&path.display().to_string(), &fs::read(&path).unwrap());
            files += 1;
        }
    }
    assert!(files > 50, "only {files} files in the corpus");
}

/// Checks that a seed is in the committed corpus; writes it with `PATCHWORK_WRITE_CORPUS=1`.
pub fn keep_in_corpus(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(CORPUS).join(target);
    let path = folder.join(name.replace(", ", "-").replace(' ', "-"));
    if std::env::var_os("PATCHWORK_WRITE_CORPUS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    assert!(path.exists(), "{} is missing: run with PATCHWORK_WRITE_CORPUS=1", path.display());
}

#[test]
fn the_fuzz_corpus_is_complete() {
    let write = keep_in_corpus;
    let data = sample(4, 3);
    for (name, dialect) in dialects() {
        let bytes = dialect.write(&data);
        write(if dialect.gzip { "reader" } else { "csv" }, name, &bytes);
    }
    let long = Dialect::default().write(&sample(4, 100));
    let letters = String::from_utf8(Dialect::default().write(&data)).unwrap();
    write("csv", "longer than the head", &long);
    write("csv", "letters", letters.replace("3,0,", "C,0,").replace("\n0,", "\nA,").as_bytes());
    write("csv", "no label", &Dialect { label: Place::Absent, ..Dialect::default() }.write(&data));
    write("csv", "html", b"<!doctype html>");
    write("csv", "paths", b"train/0/1.png,0\n");
    let images = idx(8, &[3, 4, 4], data.pixels());
    let labels = idx(8, &[3], data.labels().unwrap());
    write("idx", "images", &images);
    write("idx", "labels", &labels);
    write("idx", "stray label", &idx(8, &[3], &[1, 2, 57]));
    write("idx", "lies", &idx(8, &[9, 4, 4], data.pixels()));
    write("idx", "floats", &idx(13, &[3, 2, 2], data.pixels()));
    write("reader", "long csv", &gzip(&long));
    write("reader", "images", &gzip(&images));
    write("reader", "labels", &gzip(&labels));
    write("reader", "two members", &[gzip(&long[..99]), gzip(&long[99..])].concat());
    write("reader", "cut", &gzip(&images)[..30]);
    write("reader", "plain images", &images);
    write("reader", "plain csv", &Dialect::default().write(&data));
}

/// A file of the real data, which is in the folder in `PATCHWORK_SHARED`, else beside the project.
pub fn shared(path: &str) -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("PATCHWORK_SHARED").map_or_else(beside, PathBuf::from);
    folder.join("data").join(path)
}

/// Reads a real file in chunks.
pub fn read_file(path: &Path) -> (FileContents, Layout) {
    let bytes = fs::read(path).unwrap();
    read_chunks(bytes.chunks(1 << 16)).unwrap()
}

#[test]
#[ignore = "takes real data: `cargo xtask test` runs it where there are any"]
fn with_real_data_kaggles_files_are_read() {
    let (_, layout) = read_file(&shared("kaggle/train.csv.gz"));
    assert_eq!(
        layout.to_string(),
        "CSV, comma, header, label in column 1 ('label'), gzip, 42,000 images of 28×28, 10 classes"
    );
    let (_, layout) = read_file(&shared("kaggle/test.csv.gz"));
    assert_eq!(layout.to_string(), "CSV, comma, header, no label, gzip, 28,000 images of 28×28");
    let bytes = fs::read(shared("kaggle/sample_submission.csv")).unwrap();
    let error = read_chunks([&bytes[..]]).unwrap_err();
    assert!(error.problem.contains("2 columns, too few"), "{error}");
}
