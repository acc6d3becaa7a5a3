//! Enforces the invariants of ARCHITECTURE.md by reading the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Modules of the crate that each layer must not name. Command line, page, kernels and shaders are separate packages:
/// their dependencies are in their `Cargo.toml`.
const LAYERS: [(&str, &[&str]); 12] = [
    ("crate/checkpoint.rs", &["device", "files", "model", "report", "train"]),
    ("crate/data", &["device", "files", "model", "report", "train"]),
    ("crate/explain.rs", &["data", "device", "files", "model", "report", "train"]),
    ("crate/hugging_face.rs", &["data", "device", "files", "model", "report", "train"]),
    ("crate/onnx", &["data", "device", "files", "model", "report", "train"]),
    ("crate/model", &["data", "files", "report", "train"]),
    ("crate/train", &["files", "report", "session_report", "workspace"]),
    ("crate/predictor.rs", &["files", "report", "session_report", "workspace", "train"]),
    ("crate/session_report.rs", &["files", "workspace"]),
    ("crate/workspace", &["files"]),
    ("crate/files", &["device", "model", "report", "train"]),
    ("crate/report", &["data", "device", "files", "model", "train"]),
];

/// Folders whose modules import each other in one direction only, with the prefix of their modules.
const ONE_WAY: [(&str, &str); 16] = [
    ("crate/arch", "crate"),
    ("crate/cli", "crate"),
    ("crate/cli/eval", "crate::eval"),
    ("crate/data", "crate::data"),
    ("crate/data/csv", "crate::data::csv"),
    ("crate/families", "crate::families"),
    ("crate/files", "crate::files"),
    ("crate/kernels", "crate"),
    ("crate/model", "crate::model"),
    ("crate/model/composed", "crate::model::composed"),
    ("crate/model/ops", "crate::model::ops"),
    ("crate/onnx", "crate::onnx"),
    ("crate/report", "crate::report"),
    ("crate/shaders", "crate"),
    ("crate/workspace", "crate::workspace"),
    ("crate/train", "crate::train"),
];

/// Plain data and plain arithmetic: these compile without the engine and never name it.
const PLAIN: [&str; 17] = [
    "crate/confidence.rs",
    "crate/checkpoint.rs",
    "crate/config",
    "crate/cost.rs",
    "crate/data",
    "crate/error.rs",
    "crate/explain.rs",
    "crate/families",
    "crate/files",
    "crate/hugging_face.rs",
    "crate/metrics",
    "crate/metrics.rs",
    "crate/onnx",
    "crate/protocol.rs",
    "crate/report",
    "crate/rng.rs",
    "crate/weights.rs",
];

/// What may use the file system and the network.
const OUTSIDE: [&str; 4] = [
    "crate/cli",
    "crate/files",
    "crate/platform",
    // A test that writes the page's types.
    "crate/protocol/page_types.rs",
];

#[test]
fn only_platform_checks_the_target() {
    let asks = |source: &Source| source.lines_with(&["target_family", "target_arch", "target_os"]);
    assert_none(
        sources("crate").filter(|source| !source.is_in("crate/platform")).flat_map(|s| asks(&s)),
        "differences between native and browser belong in crate/platform",
    );
}

#[test]
fn plain_modules_do_not_import_the_engine() {
    assert_none(
        PLAIN.iter().flat_map(|path| sources(path)).flat_map(|s| s.lines_with(&["burn::"])),
        "this module compiles without Burn",
    );
}

#[test]
fn layers_do_not_import_upper_layers() {
    for (layer, above) in LAYERS {
        assert_none(
            sources(layer).flat_map(|source| source.names(&["crate", "super"], above)),
            &format!("{layer} must not know this module"),
        );
    }
}

#[test]
fn modules_have_no_import_cycles() {
    for (folder, root) in ONE_WAY {
        let left = circles(neighbours(folder, root));
        assert!(left.is_empty(), "{folder}: these modules name each other: {left:?}");
    }
}

#[test]
fn only_the_outer_layers_touch_files_and_network() {
    assert_none(
        sources("crate")
            .filter(|source| !OUTSIDE.iter().any(|path| source.is_in(path)))
            .flat_map(|source| source.names(&["std"], &["fs", "net"])),
        "files and network belong in crate/files",
    );
}

#[test]
fn binaries_are_thin() {
    let thick = |source: Source| {
        let lines = source.text.lines().count();
        (lines >= 30).then(|| source.at(lines, "the last line"))
    };
    assert_none(
        ["crate/cli/main.rs", "crate/web/bin"]
            .iter()
            .flat_map(|path| sources(path))
            .filter_map(thick),
        "a binary has under 30 lines; the rest belongs in the library",
    );
}

#[test]
fn every_module_has_a_doc_comment() {
    let folders = ["crate", "examples", "tests", "xtask"];
    assert_none(
        folders
            .iter()
            .flat_map(|path| sources(path))
            .filter(|source| !source.text.starts_with("//!"))
            .map(|source| source.at(1, source.text.lines().next().unwrap_or_default())),
        "a module begins with a line that says what it is for (//!)",
    );
}

#[test]
fn no_file_is_unfinished_or_tied_to_one_machine() {
    // Assembled here, so that this file passes, too.
    let folders = ["work", "root", "tmp"].map(|name| format!("/{name}/"));
    let macros = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let words: Vec<&str> = folders.iter().chain(&macros).map(String::as_str).collect();
    assert_none(
        committed().iter().filter_map(|path| Source::read(path)).flat_map(|s| s.lines_with(&words)),
        "no paths of one machine, and nothing left to do",
    );
}

#[test]
fn the_checks_can_fail() {
    let source = Source {
        path: "crate/model/sample.rs".into(),
        text: "//! Names crate::data in a comment.\n\
               use crate::{\n    config::{self, data},\n    train as lessons,\n};\n\
               use crate::data::Dataset;\n\
               use crate::database;\n\
               fn f() { super::files::read(std::fs::read(\"a\"), burn::nn()) }\n"
            .into(),
    };
    let found = |places: Vec<Place>| places.iter().map(|place| place.line).collect::<Vec<_>>();
    let above = ["data", "files", "train"];
    assert_eq!(found(source.names(&["crate", "super"], &above)), [4, 6, 8]);
    assert_eq!(found(source.names(&["std"], &["fs", "net"])), [8]);
    assert_eq!(found(source.lines_with(&["burn::"])), [8]);
    assert!(source.is_in("crate/model") && !source.is_in("crate/mod"));
    let message = source.names(&["std"], &["fs"])[0].to_string();
    assert!(message.starts_with("crate/model/sample.rs:8: fn f()"), "{message}");
    assert!(std::panic::catch_unwind(|| assert_none([source.at(8, "")], "why")).is_err());
    let graph = |edges: &[(&str, &[&str])]| {
        let named = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        edges.iter().map(|(module, names)| ((*module).to_string(), named(names))).collect()
    };
    assert!(circles(graph(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])).is_empty());
    assert_eq!(circles(graph(&[("a", &["b"]), ("b", &["a"]), ("c", &[])])), ["a", "b"]);
    let known = neighbours("crate/train", "crate::train");
    assert!(known["session"].contains("eval") && known["eval"].contains("workers"), "{known:?}");
    assert!(sources("crate").count() > 20 && sources("crate/explain.rs").count() == 1);
    assert!(committed().iter().any(|path| path.ends_with("Cargo.toml")));
}

/// The modules of a folder with the neighbours that each names. `root` is the prefix of their paths.
fn neighbours(folder: &str, root: &str) -> BTreeMap<String, BTreeSet<String>> {
    let inside = |source: &Source| source.path[folder.len() + 1..].to_owned();
    let module = |source: &Source| {
        let first = inside(source).split('/').next().unwrap_or_default().to_owned();
        first.strip_suffix(".rs").map_or(first.clone(), str::to_owned)
    };
    let is_root = |name: &String| ["lib", "main", "mod"].contains(&name.as_str());
    let files: Vec<_> = sources(folder).map(|source| (module(&source), source)).collect();
    let files = || files.iter().filter(|(name, _)| !is_root(name));
    let names: BTreeSet<&String> = files().map(|(name, _)| name).collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, source) in files() {
        let code = without_comments(&source.text);
        // A module's own tests may name its users.
        let code = code.split_once("mod tests {").map_or(code.as_str(), |(code, _)| code);
        let direct = !inside(source).contains('/');
        let roots = if direct { vec![root, "super"] } else { vec![root] };
        let known = roots.iter().flat_map(|root| children(code, root));
        let known = known.map(|at| word_at(code, at).to_owned());
        let known = known.filter(|other| other != name && names.contains(other));
        found.entry(name.clone()).or_default().extend(known);
    }
    found
}

/// The import cycles of a graph: what is left after repeatedly removing modules that name none of those
/// left.
fn circles(mut graph: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let (ends, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            graph.into_iter().partition(|(_, named)| named.is_empty());
        graph = rest;
        if ends.is_empty() {
            return graph.into_keys().collect();
        }
        graph.values_mut().for_each(|named| named.retain(|name| !ends.contains_key(name)));
    }
}

/// Fails with every place that was found, and the reason.
fn assert_none(found: impl IntoIterator<Item = Place>, why: &str) {
    let found: Vec<String> = found.into_iter().map(|place| place.to_string()).collect();
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

/// A line of a file.
struct Place {
    path: String,
    line: usize,
    text: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text.trim())
    }
}

/// A text file of the project.
struct Source {
    /// Its path from the root, with slashes.
    path: String,
    text: String,
}

impl Source {
    /// The file at a path from the root; `None` if it is not text.
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(root().join(path)).ok()?;
        Some(Self { path: path.to_string_lossy().replace('\\', "/"), text })
    }

    /// Whether it is this file, or in this folder.
    fn is_in(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn at(&self, line: usize, text: &str) -> Place {
        Place { path: self.path.clone(), line, text: text.to_owned() }
    }

    /// The lines that contain one of these words, in Rust sources outside comments.
    fn lines_with(&self, words: &[&str]) -> Vec<Place> {
        let rust = self.path.ends_with(".rs");
        let code = if rust { without_comments(&self.text) } else { self.text.clone() };
        code.lines()
            .zip(1..)
            .filter(|(line, _)| words.iter().any(|word| line.contains(word)))
            .map(|(line, number)| self.at(number, line))
            .collect()
    }

    /// The places that name one of `modules` directly under one of `roots`, including groups:
    /// `crate::data`, `crate::{config, data::Dataset}`.
    fn names(&self, roots: &[&str], modules: &[&str]) -> Vec<Place> {
        let code = without_comments(&self.text);
        let mut found: Vec<usize> = roots
            .iter()
            .flat_map(|root| children(&code, root))
            .filter(|&at| modules.contains(&word_at(&code, at)))
            .map(|at| code[..at].matches('\n').count())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
            .into_iter()
            .map(|line| self.at(line + 1, self.text.lines().nth(line).unwrap_or_default()))
            .collect()
    }
}

/// The same lines with comment lines emptied.
fn without_comments(code: &str) -> String {
    code.lines()
        .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// The offsets of names directly under `root::`, including those of a group (`root::{a, b::c}`).
fn children(code: &str, root: &str) -> Vec<usize> {
    let start = format!("{root}::");
    let is_whole = |at: usize| !code[..at].ends_with(is_word);
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&start).filter(|&(at, _)| is_whole(at)) {
        let after = at + start.len();
        match code[after..].strip_prefix('{') {
            Some(group) => found.extend(members(group).iter().map(|offset| after + 1 + offset)),
            None => found.push(after),
        }
    }
    found
}

/// The offsets of the members of a group, given the text after its opening brace.
fn members(group: &str) -> Vec<usize> {
    let (mut depth, mut begins, mut found) = (0, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && is_word(c) => {
                found.push(at);
                begins = false;
            }
            _ => {}
        }
    }
    found
}

fn word_at(code: &str, at: usize) -> &str {
    let rest = &code[at..];
    &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())]
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust sources in a folder, or the one file.
fn sources(path: &str) -> impl Iterator<Item = Source> + use<> {
    let files = walk(Path::new(path));
    assert!(!files.is_empty(), "{path} is gone: give this test its new name");
    let is_rust = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "rs");
    files.into_iter().filter(is_rust).filter_map(|file| Source::read(&file))
}

/// The committed files according to git; without git, all except build output.
fn committed() -> Vec<PathBuf> {
    let listed =
        Command::new("git").args(["ls-files", "-z", "--cached"]).current_dir(root()).output();
    match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            let names = String::from_utf8_lossy(&output.stdout);
            names.split_terminator('\0').map(PathBuf::from).collect()
        }
        _ => walk(Path::new("")),
    }
}

/// All files in a folder, or the one file, by their paths from the root.
fn walk(path: &Path) -> Vec<PathBuf> {
    const BUILT: [&str; 5] = [".git", "dist", "node_modules", "runs", "target"];
    let whole = root().join(path);
    if whole.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = fs::read_dir(whole) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| !BUILT.iter().any(|name| entry.file_name() == *name))
        .flat_map(|entry| walk(&path.join(entry.file_name())))
        .collect()
}
