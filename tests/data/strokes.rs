//! Pen strokes as JSON lines.

use patchwork::ErrorKind;
use patchwork::data::drawing::{PEN_WIDTH, Stroke, strokes_to_image};
use patchwork::data::reader::{self, FileContents, Format, Reader, StrokesLayout};
use proptest::prelude::*;

use super::csv::{keep_in_corpus, read_file, shared};
use super::forms::{Text, gzip, read_every_way};

type Points = Vec<Vec<[f32; 2]>>;

/// Drawings of a few strokes that differ.
pub fn drawings(count: usize) -> Vec<Points> {
    let point =
        |i: usize, j: usize| [(i * 37 + j * 11) as f32 % 90.0, (i * j * 7 + j) as f32 % 80.0];
    (0..count)
        .map(|i| (0..=i % 3).map(|k| (0..5 + k).map(|j| point(i + k, j)).collect()).collect())
        .collect()
}

/// A file of these drawings; `members` gives what precedes the strokes.
pub fn file(drawings: &[Points], members: impl Fn(usize) -> String) -> String {
    let line = |(i, strokes): (usize, &Points)| {
        format!("{{{}\"strokes\":{}}}\n", members(i), serde_json::to_string(strokes).unwrap())
    };
    drawings.iter().enumerate().map(line).collect()
}

/// A normal file: labels 0 to 9, two writers, an unknown member.
fn usual(count: usize) -> String {
    file(&drawings(count), |i| {
        format!("\"label\":{},\"writer\":\"{}\",\"source\":[1],", i % 10, ["ann", "bob"][i % 2])
    })
}

fn images(drawings: &[Points]) -> Vec<u8> {
    let image = |strokes: &Points| {
        let strokes: Vec<Stroke> = strokes
            .iter()
            .map(|points| Stroke { points: points.clone(), ..Stroke::default() })
            .collect();
        strokes_to_image(&strokes, PEN_WIDTH).unwrap()
    };
    drawings.iter().flat_map(image).collect()
}

#[test]
fn drawings_give_the_pages_images_in_every_text_format() {
    let text = usual(30);
    let crlf = text.replace('\n', "\r\n");
    let blank = text.replace('\n', "\n\n");
    for (name, bytes) in [
        ("plain", text.clone().into_bytes()),
        ("crlf", crlf.into_bytes()),
        ("blank lines", blank.into_bytes()),
        ("no last line end", text.trim_end().into()),
        ("bom", Text::Utf8Mark.encode(&text)),
        ("utf-16", Text::Utf16Le { mark: true }.encode(&text)),
        ("gzip", gzip(text.as_bytes())),
    ] {
        let (part, layout) = read_every_way(name, &bytes).unwrap();
        let FileContents::Table(data) = part else { panic!("{name}") };
        assert_eq!((data.len(), data.side(), data.classes()), (30, 28, 10), "{name}");
        assert_eq!(data.pixels(), images(&drawings(30)), "{name}");
        assert_eq!(data.class_counts(), [3; 10], "{name}");
        let writers = data.writers().unwrap();
        assert!(writers.iter().enumerate().all(|(i, name)| **name == *["ann", "bob"][i % 2]));
        assert_eq!(layout.gzip, name == "gzip");
        assert!(layout.to_string().starts_with("pen strokes of 2 writers"), "{layout}");
        assert!(matches!(layout.format, Format::Strokes(StrokesLayout { writers: Some(2), .. })));
    }
}

#[test]
fn labels_and_writers_may_be_absent() {
    let bare = file(&drawings(4), |_| String::new());
    let (FileContents::Table(data), layout) = read_every_way("bare", bare.as_bytes()).unwrap()
    else {
        panic!("no images")
    };
    assert_eq!((data.labels(), data.writers(), data.len()), (None, None, 4));
    assert_eq!(layout.to_string(), "pen strokes, 4 images of 28×28");
    let labelled = file(&drawings(4), |i| format!("\"label\":{i},"));
    let (FileContents::Table(data), _) = reader::read("labelled", labelled.as_bytes()).unwrap()
    else {
        panic!("no images")
    };
    assert_eq!((data.labels(), data.writers()), (Some(&[0, 1, 2, 3][..]), None));
}

#[test]
fn errors_name_their_line() {
    let with = |row: usize, line: &str| -> String {
        let text = usual(300);
        let lines = text.lines().enumerate();
        lines.map(|(i, old)| if i + 1 == row { line } else { old }.to_owned() + "\n").collect()
    };
    let long = format!("{{\"strokes\":[[{}]]}}", vec!["[1,2]"; 200_000].join(","));
    for (name, text, row, says) in [
        ("text", with(7, "seven"), 7, "no drawing"),
        ("no strokes", with(9, "{\"label\":1,\"writer\":\"ann\"}"), 9, "missing field `strokes`"),
        (
            "points",
            with(3, "{\"label\":1,\"writer\":\"a\",\"strokes\":[[1,2]]}"),
            3,
            "expected an array",
        ),
        (
            "three",
            with(3, "{\"label\":1,\"writer\":\"a\",\"strokes\":[[[1,2,3]]]}"),
            3,
            "no drawing",
        ),
        ("label", with(300, "{\"label\":-1,\"writer\":\"a\",\"strokes\":[[[1,2]]]}"), 300, "`-1`"),
        ("cut", usual(300)[..usual(299).len() + 30].into(), 300, "cut off"),
        ("unlabelled", with(2, "{\"writer\":\"a\",\"strokes\":[[[1,2]]]}"), 2, "has no label"),
        ("unnamed", with(2, "{\"label\":2,\"strokes\":[[[1,2]]]}"), 2, "has no writer"),
        ("no points", with(2, "{\"label\":2,\"writer\":\"a\",\"strokes\":[[]]}"), 2, "no ink"),
        (
            "no strokes at all",
            with(2, "{\"label\":2,\"writer\":\"a\",\"strokes\":[]}"),
            2,
            "no ink",
        ),
        ("long", with(5, &long), 5, "more than 1048576 bytes"),
        (
            "stray",
            with(44, "{\"label\":77,\"writer\":\"a\",\"strokes\":[[[1,2]]]}"),
            44,
            "label 77",
        ),
    ] {
        let error = read_every_way(name, text.as_bytes()).unwrap_err();
        assert_eq!((error.kind, error.place.row), (ErrorKind::Data, Some(row)), "{name}: {error}");
        assert!(error.to_string().contains(says) && !error.help.is_empty(), "{name}: {error}");
    }
}

#[test]
fn given_classes_are_enforced() {
    let text = usual(20);
    let mut reader = Reader::new("strokes").with_classes(7);
    let error = reader.push(text.as_bytes()).and_then(|()| reader.finish()).unwrap_err();
    assert_eq!(
        (error.problem.as_str(), error.place.row),
        ("label 7 where 7 classes are expected", Some(8))
    );
}

#[test]
fn the_fuzz_corpus_has_strokes() {
    keep_in_corpus("reader", "strokes", usual(3).as_bytes());
    keep_in_corpus("reader", "strokes packed", &gzip(usual(3).as_bytes()));
    keep_in_corpus("reader", "strokes bad", usual(3).replace("[[[", "[[").as_bytes());
}

#[test]
#[ignore = "takes real data: `cargo xtask test` runs it where there are any"]
fn with_real_data_strokes_are_read() {
    let path = shared("strokes/pendigits-train.jsonl.gz");
    let (FileContents::Table(data), layout) = read_file(&path) else { panic!("no images") };
    assert_eq!(
        layout.to_string(),
        "pen strokes of 30 writers, gzip, 7,494 images of 28×28, 10 classes"
    );
    assert!(data.class_counts().iter().all(|&count| count > 700));
    assert_eq!(data.writers().map(<[_]>::len), Some(7494));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_line_is_read_or_refused(line in "\\PC*", points in prop::collection::vec(any::<f32>(), 2)) {
        let strokes = format!("{{\"strokes\":[[{points:?}]]}}\n{line}\n");
        let _ = read_every_way("any", strokes.as_bytes());
    }
}
