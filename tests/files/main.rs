//! Folders, patterns, the MNIST download, plots and reports, on a temporary folder.

mod download;
mod report;
mod server;
mod source;
mod write;

use std::path::{Path, PathBuf};

/// The folder with real data that some tests look at, or none with a word on it. It is named by
/// the environment variable `PATCHWORK_SHARED`, else `shared` beside the project.
fn shared_data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let data = std::env::var_os("PATCHWORK_SHARED").map_or_else(beside, Into::into).join("data");
    if !data.is_dir() {
        println!(
            "skipped: no real data (set PATCHWORK_SHARED to a folder that holds data/mnist and data/csv)"
        );
        return None;
    }
    Some(data)
}

/// The folder with the four files of MNIST.
fn shared_mnist() -> Option<PathBuf> {
    shared_data().map(|data| data.join("mnist"))
}
