//! Detects the format of a file from its first bytes, with a clear error for unsupported ones.

use crate::data::bytes::{Decoder, GZIP};
use crate::data::layout::Encoding;
use crate::error::{Error, Result};

/// The number of content bytes that [`sniff`] needs, if the file has them.
pub(super) const HEAD: usize = 4096;

/// Supported formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// IDX: two zero bytes, an element type and a number of dimensions.
    Idx,
    /// Text, after a byte order mark of `mark` bytes.
    Text { form: Form, encoding: Encoding, mark: usize },
}

/// The content of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A table with one image a row.
    Table,
    /// A drawing in JSON on every line.
    Strokes,
}

const WANTED: &str = "Add a CSV file with one image per row, or IDX files";

/// Formats with a signature: offset, bytes, name, what to do.
const SIGNATURES: &[(usize, &[u8], &str, &str)] = &[
    (0, &GZIP, "a gzip file inside a gzip file", "Unpack it once"),
    (0, b"\x89PNG", "a PNG picture", WANTED),
    (0, b"\xff\xd8\xff", "a JPEG picture", WANTED),
    (0, b"GIF8", "a GIF picture", WANTED),
    (0, b"II*\0", "a TIFF picture", WANTED),
    (0, b"MM\0*", "a TIFF picture", WANTED),
    (0, b"RIFF", "a WebP picture or other RIFF file", WANTED),
    (0, b"%PDF", "a PDF document", WANTED),
    (0, b"PAR1", "a Parquet file", "Export it as CSV, for example with pandas' to_csv"),
    (0, b"ARROW1", "an Arrow file", "Export it as CSV, for example with pandas' to_csv"),
    (0, b"\x89HDF", "an HDF5 file", "Export its images as CSV"),
    (0, b"\x93NUMPY", "a NumPy array", "Save it with numpy.savetxt and delimiter=',', fmt='%d'"),
    (0, b"MATLAB 5.0", "a MATLAB file", "Export its images as CSV"),
    (0, b"SQLite format 3", "an SQLite database", "Export its images as CSV"),
    (0, b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save the sheet as CSV"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it and bring the file inside"),
    (0, b"Rar!", "a RAR archive", "Unpack it and bring the file inside"),
    (0, b"BZh", "a bzip2 file", "Unpack it, or pack it with gzip"),
    (0, b"\xfd7zXZ", "an xz file", "Unpack it, or pack it with gzip"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard file", "Unpack it, or pack it with gzip"),
    (257, b"ustar", "a tar archive", "Unpack it and bring the files inside"),
    (0, b"\xff\xfe\0\0", "text in UTF-32", "Save it as UTF-8"),
    (0, b"\0\0\xfe\xff", "text in UTF-32", "Save it as UTF-8"),
];

/// Detects the format from the first [`HEAD`] bytes of the content, or all of a shorter one.
///
/// # Errors
/// If it is unsupported: what it is and what to do.
pub(super) fn sniff(head: &[u8]) -> Result<Kind> {
    if head.is_empty() {
        return Err(Error::data("the file is empty").help(WANTED));
    }
    if matches!(head, [0, 0, 0x08..=0x0e, _, ..]) {
        return Ok(Kind::Idx);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Err(zip(head));
    }
    for (offset, signature, name, help) in SIGNATURES {
        if head.get(*offset..).is_some_and(|rest| rest.starts_with(signature)) {
            return Err(is(name, help));
        }
    }
    let (encoding, mark) = encoding(head);
    let mut decoder = Decoder::new(encoding);
    let form = text(decoder.decode(&head[mark..]))?;
    Ok(Kind::Text { form, encoding, mark })
}

fn is(name: &str, help: &str) -> Error {
    Error::data(format!("this is {name}, not a table of pixels")).help(help)
}

/// Zip is the container of many formats; the names of its first files tell which.
fn zip(head: &[u8]) -> Error {
    let holds = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if holds(b"[Content_Types].xml") || holds(b"xl/") {
        is("an Excel workbook", "Save the sheet as CSV")
    } else if holds(b".npy") {
        is("a NumPy archive", "Save its arrays as CSV, images flattened to one row each")
    } else {
        is("a zip archive", "Unpack it and bring the file inside")
    }
}

/// The encoding of a text and the length of its byte order mark. Without a mark, a zero in every
/// other byte indicates UTF-16.
fn encoding(head: &[u8]) -> (Encoding, usize) {
    match head {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16Le, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16Be, 2),
        [1..=255, 0, 1..=255, 0, ..] => (Encoding::Utf16Le, 0),
        [0, 1..=255, 0, 1..=255, ..] => (Encoding::Utf16Be, 0),
        _ => (Encoding::Utf8, 0),
    }
}

/// Tells a table from drawings, and refuses other text.
fn text(head: &[u8]) -> Result<Form> {
    let binary = |&byte: &u8| byte < b' ' && !matches!(byte, b'\t'..=b'\r' | 0x1a);
    if head.iter().any(binary) {
        return Err(Error::data("this is a binary file, but not IDX").help(WANTED));
    }
    let text = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    let first_line = text.lines().next().unwrap_or_default();
    if text.starts_with("version https://git-lfs") {
        let help = "Run git lfs pull where it came from, or download the file itself";
        return Err(Error::data("this is a Git LFS pointer, not the file it stands for").help(help));
    }
    if text.starts_with("<!doctype") || text.starts_with("<html") {
        let help =
            "The download probably met an error or login page: open the address in a browser";
        return Err(is("an HTML page", help));
    }
    if text.starts_with('<') {
        return Err(is("an XML file", WANTED));
    }
    if first_line.starts_with('{') && first_line.contains("\"strokes\"") {
        return Ok(Form::Strokes);
    }
    if text.starts_with(['{', '[']) {
        return Err(is("JSON", WANTED));
    }
    if text.lines().any(|line| line.starts_with("@relation")) {
        return Err(is("an ARFF file", "Remove the lines up to and including @DATA"));
    }
    if first_line.split_whitespace().skip(1).take(2).filter(|pair| is_sparse(pair)).count() == 2 {
        return Err(is("a LIBSVM file", "Export it as CSV, one image a row"));
    }
    Ok(Form::Table)
}

/// Whether a word is `index:value`, as in LIBSVM's sparse rows.
fn is_sparse(word: &str) -> bool {
    word.split_once(':')
        .is_some_and(|(index, value)| index.parse::<u32>().is_ok() && value.parse::<f32>().is_ok())
}
