//! Every bad file gets one clear error with its place, however it is split into chunks.

use patchwork::ErrorKind;
use patchwork::data::reader::Reader;

use super::forms::{
    Dialect, Names, Number, Place, Text, gzip, idx, read_chunks, read_every_way, sample,
};

/// A file with its expected error: row, column and parts of the message.
struct Bad {
    name: &'static str,
    bytes: Vec<u8>,
    row: Option<u64>,
    column: Option<u64>,
    says: &'static [&'static str],
}

fn bad(name: &'static str, bytes: impl Into<Vec<u8>>, says: &'static [&'static str]) -> Bad {
    Bad { name, bytes: bytes.into(), row: None, column: None, says }
}

impl Bad {
    fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    fn at(mut self, row: u64, column: u64) -> Self {
        (self.row, self.column) = (Some(row), Some(column));
        self
    }

    fn check(&self) {
        let Err(error) = read_every_way(self.name, &self.bytes) else {
            panic!("{}: was read", self.name)
        };
        let text = error.to_string();
        assert_eq!(error.kind, ErrorKind::Data, "{}: {text}", self.name);
        assert_eq!(error.place.file.as_deref(), Some("file"), "{}: {text}", self.name);
        assert_eq!((error.place.row, error.place.column), (self.row, self.column), "{text}");
        assert!(!error.help.is_empty(), "{}: {text}", self.name);
        for part in self.says {
            assert!(text.contains(part), "{}: '{text}' does not say '{part}'", self.name);
        }
    }
}

/// A normal file of `images` rows.
fn rows(images: usize) -> String {
    String::from_utf8(Dialect::default().write(&sample(4, images))).unwrap()
}

/// The file with cell (`row`, `column`), both counted from 1, replaced.
fn with_cell(text: &str, row: usize, column: usize, cell: &str) -> String {
    let line = |(number, line): (usize, &str)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if number + 1 == row {
            cells[column - 1] = cell;
        }
        cells.join(",") + "\n"
    };
    text.lines().enumerate().map(line).collect()
}

/// The file with line `row`, counted from 1, replaced.
fn with_line(text: &str, row: usize, line: &str) -> String {
    let lines = text.lines().enumerate();
    lines
        .map(|(number, old)| if number + 1 == row { line } else { old }.to_owned() + "\n")
        .collect()
}

#[test]
fn cells() {
    for images in [10, 400] {
        let plain = rows(images);
        let named = Dialect { header: Some((Names::FromZero, "label")), ..Dialect::default() };
        let named = String::from_utf8(named.write(&sample(4, images))).unwrap();
        let unit = Dialect { number: Number::Unit, ..Dialect::default() };
        let unit = String::from_utf8(unit.write(&sample(4, images))).unwrap();
        let last = images;
        let place = |bad: Bad, column| bad.at(last as u64, column);
        let cell = |column, cell| with_cell(&plain, last, column, cell);
        for bad in [
            place(bad("text", cell(5, "abc"), &["'abc'", "0–255"]), 5),
            place(bad("no cell", cell(5, ""), &["missing"]), 5),
            place(bad("nan", cell(17, "NaN"), &["'NaN'"]), 17),
            place(bad("infinity", cell(17, "-inf"), &["'-inf'"]), 17),
            place(bad("too large", cell(2, "256"), &["'256'", "0–255"]), 2),
            place(bad("four digits", cell(2, "0256"), &["'0256'"]), 2),
            place(bad("much too large", cell(2, "1e300"), &["'1e300'"]), 2),
            place(bad("negative", cell(3, "-1"), &["'-1'"]), 3),
            place(bad("negative label", cell(1, "-1"), &["label is '-1'"]), 1),
            place(bad("fraction of a label", cell(1, "2.5"), &["label is '2.5'"]), 1),
            place(bad("large label", cell(1, "256"), &["label is '256'"]), 1),
            place(bad("text label", cell(1, "cat"), &["label is 'cat'"]), 1),
            place(bad("no label", cell(1, ""), &["label is missing"]), 1),
            place(bad("label 10", cell(1, "57"), &["label 57, where the others are 0–9"]), 1),
            bad("after a header", with_cell(&named, 7, 4, "?"), &["'?'"]).at(7, 4),
            bad("above 1", with_cell(&unit, 9, 6, "1.5"), &["'1.5'", "0–1"]).at(9, 6),
            bad("control characters", with_cell(&plain, 2, 6, "a\u{1b}b"), &["binary"]),
        ] {
            if bad.name == "control characters" && images == 400 {
                continue; // Beyond the first rows it is a cell like any other.
            }
            bad.check();
        }
    }
}

#[test]
fn a_rare_label_10_among_digits() {
    let text = rows(400);
    let bad = bad("10", with_cell(&text, 33, 1, "10"), &["label 10, where the others are 0–9"]);
    bad.at(33, 1).check();
}

#[test]
fn rows_of_another_width() {
    for images in [10, 400] {
        let plain = rows(images);
        let named = Dialect { header: Some((Names::FromZero, "label")), ..Dialect::default() };
        let named = String::from_utf8(named.write(&sample(4, images))).unwrap();
        let row = images as u64 - 1;
        let short = with_line(&plain, images - 1, "1,2,3");
        let long = with_line(&plain, images - 1, &format!("1{}", ",0".repeat(17)));
        let cut = plain.trim_end().rsplit_once(',').unwrap().0.to_owned();
        let half = &plain[..plain.len() - 20];
        let bare = with_line(&named, 1, "label,pixel0,pixel1");
        for bad in [
            bad("too few", short, &["3 cells where the first row has 17"]).row(row),
            bad("too many", long, &["18 cells where the first row has 17"]).row(row),
            bad("last row cut", cut, &["last row is cut off", "16 cells"]).row(row + 1),
            bad("cut anywhere", half, &["last row is cut off"]).row(row + 1),
            bad("narrow header", bare, &["3 columns, too few"]).row(1),
            bad("line of text", with_line(&plain, 5, "the end"), &["1 cell where"]).row(5),
        ] {
            bad.check();
        }
    }
    let blank = rows(3).replace('\n', "\n\n");
    let late = with_line(&blank, 5, "1,2");
    bad("line numbers count blank lines", late, &["2 cells"]).row(5).check();
    let crlf = rows(3).replace('\n', "\r\n").replacen(",0\r\n", ",x\r\n", 1);
    bad("line numbers with crlf", crlf, &["'x'"]).at(1, 17).check();
    let quoted = format!("label,\"a\nb\"{}\n{}", ",c".repeat(15), with_cell(&rows(3), 2, 3, "?"));
    bad("line numbers after a quoted line end", quoted, &["'?'"]).at(4, 3).check();
}

#[test]
fn sizes() {
    let table = |columns: usize| format!("{}\n", vec!["7"; columns].join(",")).repeat(3);
    for bad in [
        bad("3×3", table(10), &["10 columns, too few", "16 pixels"]).row(1),
        bad("one column", "5\n6\n7\n", &["1 column, too few"]).row(1),
        bad("no square", table(790), &["790 columns make no square", "28×28", "29×29"]).row(1),
        bad("prose", "Once upon a time.\nThere was no table.\n", &["too few"]).row(1),
        bad("too wide", table(70_000), &["more than 65539 cells", "256×256"]).row(1),
        bad("a cell of everything", "7".repeat(9000), &["more than 200 characters"]).at(1, 1),
        bad("an open quote", format!("{}\"{}", rows(3), rows(300)), &["quotation mark"]).at(4, 1),
        bad("id", format!("id{}\n{}", ",a".repeat(19), table(20)), &["19 pixel columns make no"])
            .row(1),
    ] {
        bad.check();
    }
}

#[test]
fn unsupported_files() {
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let zip = |name: &str| format!("PK\x03\x04\x14\0\0\0\0\0{name}");
    let tar = [&[b'a'; 257][..], b"ustar\x0000"].concat();
    for bad in [
        bad("empty", "", &["empty"]),
        bad("gzip of nothing", gzip(b""), &["empty"]),
        bad("blank", "\n \n\n", &["blank"]),
        bad("header only", "label,pixel0,pixel1\n", &["header but no rows"]),
        bad("html", "\n<!DOCTYPE html><html></html>", &["HTML page", "browser"]),
        bad("html without doctype", "<html><body>404</body></html>", &["HTML page"]),
        bad("html in utf-16", Text::Utf16Le { mark: true }.encode("<html>"), &["HTML page"]),
        bad("xml", "<?xml version='1.0'?><Error/>", &["XML"]),
        bad("git lfs", lfs, &["Git LFS pointer", "git lfs pull"]),
        bad("json", "{\"label\": 5}", &["JSON"]),
        bad("json list", "[[5,0,0]]", &["JSON"]),
        bad("png", b"\x89PNG\r\n\x1a\n\0\0", &["PNG"]),
        bad("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF", &["JPEG"]),
        bad("zip", zip("mnist.csv"), &["zip archive"]),
        bad("xlsx", zip("[Content_Types].xml"), &["Excel"]),
        bad("npz", zip("x_train.npy"), &["NumPy archive"]),
        bad("npy", b"\x93NUMPY\x01\0v\0", &["NumPy array"]),
        bad("parquet", b"PAR1\x15\x04", &["Parquet", "to_csv"]),
        bad("tar", tar, &["tar archive"]),
        bad("packed twice", gzip(&gzip(b"5,0")), &["gzip file inside a gzip file"]),
        bad("binary", b"\x7fELF\x02\x01\x01\0\0\0\0", &["binary file, but not IDX"]),
        bad("zeros", [0; 64], &["binary"]),
        bad("utf-32", b"\xff\xfe\0\0\x35\0\0\0", &["UTF-32"]),
        bad("arff", "@relation mnist\n@attribute p numeric\n", &["ARFF"]),
        bad("libsvm", "5 153:3 154:18 155:18\n", &["LIBSVM"]),
        bad("paths", "train/0/1.png,0\ntrain/0/2.png,0\n", &["'train/0/1.png'", "lists images"])
            .at(1, 1),
        bad("paths and header", "label,file\n0,a\\b.JPG\n", &["lists images"]).at(2, 2),
        bad("submission", "ImageId,Label\n1,0\n2,0\n", &["2 columns, too few"]).row(1),
        bad(
            "half a character",
            [Text::Utf16Le { mark: true }.encode(&rows(3)), vec![49]].concat(),
            &["UTF-16"],
        ),
    ] {
        bad.check();
    }
}

#[test]
fn damaged_gzip() {
    let packed = gzip(rows(300).as_bytes());
    for length in 2..packed.len() {
        let error = read_chunks([&packed[..length]]).unwrap_err();
        assert!(
            error.problem.contains("gzip file is cut off or damaged"),
            "{length} bytes: {error}"
        );
    }
    let mut flipped = packed.clone();
    let checksum = packed.len() - 6;
    flipped[checksum] ^= 1;
    bad("checksum", flipped, &["gzip file is cut off or damaged"]).check();
    bad("something behind", [&packed[..], b"hello, this is more"].concat(), &["gzip"]).check();
    let two = [gzip(rows(150).as_bytes()), gzip(&rows(300).as_bytes()[rows(150).len()..])].concat();
    assert_eq!(
        read_every_way("two members", &two).unwrap().0,
        read_chunks([&packed[..]]).unwrap().0
    );
}

#[test]
fn idx_files() {
    let data = sample(4, 10);
    let file = |kind, dimensions: &[u32]| idx(kind, dimensions, data.pixels());
    for bad in [
        bad("short", file(8, &[11, 4, 4]), &["announces 176 bytes", "holds 160"]),
        bad("long", file(8, &[9, 4, 4]), &["announces 144 bytes", "holds 160"]),
        bad("vast", file(8, &[u32::MAX, 256, 256]), &["281,474,976,645,120", "holds 160"]),
        bad("header cut", &file(8, &[10, 4, 4])[..10], &["header is cut off"]),
        bad("no images", idx(8, &[0, 4, 4], &[]), &["no images"]),
        bad("no labels", idx(8, &[0], &[]), &["no images"]),
        bad("floats", file(0x0d, &[10, 4, 4]), &["32-bit floats"]),
        bad("doubles", file(0x0e, &[10, 4, 4]), &["64-bit floats"]),
        bad("two dimensions", file(8, &[10, 16]), &["2 dimensions"]),
        bad("four dimensions", file(8, &[10, 4, 4, 1]), &["4 dimensions"]),
        bad("no dimension", [0, 0, 8, 0, 1], &["0 dimensions"]),
        bad("oblong", file(8, &[10, 2, 8]), &["2×8 pixels"]),
        bad("tiny", file(8, &[10, 2, 2]), &["2×2 images are smaller than 4×4"]),
        bad("huge", file(8, &[1, 257, 257]), &["257×257 images are larger than 256×256"]),
        bad("vast sides", file(8, &[1, u32::MAX, u32::MAX]), &["larger than 256×256"]),
        bad(
            "gzip cut",
            {
                let packed = gzip(&file(8, &[10, 4, 4]));
                packed[..packed.len() - 1].to_vec()
            },
            &["gzip file is cut off"],
        ),
    ] {
        bad.check();
    }
}

#[test]
fn given_classes_are_enforced() {
    let text = rows(20);
    let mut reader = Reader::new("digits.csv").with_classes(9);
    let error = reader.push(text.as_bytes()).and_then(|()| reader.finish()).unwrap_err();
    assert_eq!(error.problem, "label 9 where 9 classes are expected");
    assert_eq!((error.place.row, error.place.column), (Some(9), Some(1)));
}

#[test]
fn after_an_error_nothing_is_available() {
    let good = Dialect { label: Place::Last, ..Dialect::default() }.write(&sample(4, 400));
    let mut reader = Reader::new("file");
    reader.push(&good).unwrap();
    let error = reader.push(b"what\n").unwrap_err();
    assert_eq!(reader.push(&good).unwrap_err(), error);
    assert_eq!(reader.finish().unwrap_err(), error);
}
