//! `cargo xtask serve`: the page on a local server, built again when its sources change.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::page;
use crate::run::{Result, Run, root};

/// What the page is built from.
const SOURCES: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "assets",
    "crate",
    "www/build",
    "www/icons",
    "www/index.html",
    "www/sections",
    "www/src",
    "www/styles",
];

/// Builds the page, serves it and builds it again after every change, until it is stopped.
///
/// # Errors
/// If the first build fails, or the server does not start or ends.
pub fn serve(run: &mut Run, port: u16) -> Result {
    page::build(run)?;
    println!("\nA change of the sources builds the page again; Ctrl+C ends the server.");
    let mut server = start(port)?;
    let mut built = newest();
    loop {
        sleep(Duration::from_secs(1));
        if let Ok(Some(status)) = server.try_wait() {
            return Err(format!("the server ended ({status})"));
        }
        let changed = newest();
        if changed > built {
            built = changed;
            // The last page that could be built stays.
            if let Err(problem) = page::rebuild(run) {
                eprintln!("\nerror: {problem}");
            }
        }
    }
}

/// The server, which says its address: a busy port is replaced by a free one.
fn start(port: u16) -> Result<Child> {
    let mut server = Command::new("node");
    server.args(["www/node_modules/sirv-cli/bin.js", "dist", "--dev", "--no-clear"]);
    server.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    server.current_dir(root()).spawn().map_err(|error| format!("the server did not start: {error}"))
}

/// When the newest of the sources was changed.
fn newest() -> SystemTime {
    let changed = SOURCES.iter().map(|source| changed(&root().join(source)));
    changed.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// When a file, or the newest file in a folder, was changed.
fn changed(path: &Path) -> SystemTime {
    if let Ok(entries) = fs::read_dir(path) {
        let files = entries.flatten().map(|entry| changed(&entry.path()));
        return files.max().unwrap_or(SystemTime::UNIX_EPOCH);
    }
    fs::metadata(path).and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_exists_and_a_folder_is_as_new_as_its_newest_file() {
        for source in SOURCES {
            assert!(root().join(source).exists(), "{source}");
        }
        let file = changed(&root().join("www/src/main.ts"));
        assert!(file > SystemTime::UNIX_EPOCH && changed(&root().join("www/src")) >= file);
    }
}
