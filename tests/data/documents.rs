//! The code that documents quote is the code of the files that they name.

use std::fs;
use std::path::Path;

/// The text without indentation, so that an excerpt of a module's inside can stand at the margin.
fn unindented(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

/// The quotations of a document: the file that the fence names, and the lines.
fn quotations(document: &str) -> impl Iterator<Item = (&str, &str)> {
    document.split("\n```rust crate/").skip(1).map(|rest| {
        let (path, code) = rest.split_once('\n').expect("a fence is a line");
        (path, code.split_once("\n```").expect("the fence is closed").0)
    })
}

#[test]
fn a_document_quotes_the_sources_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("docs/adding-an-operation.md")).expect("it exists");
    let mut quoted = Vec::new();
    for (path, code) in quotations(&document) {
        let source = fs::read_to_string(root.join("crate").join(path)).expect(path);
        assert!(unindented(&source).contains(&unindented(code)), "no longer in {path}:\n{code}");
        quoted.push(path);
    }
    quoted.dedup();
    let all = ["kernels/gelu.rs", "model/ops/gelu.rs", "shaders/gelu.rs", "model/ops/gelu.rs"];
    assert_eq!(quoted, all, "the document quotes all three files");
}
