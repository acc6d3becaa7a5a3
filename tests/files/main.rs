//! Folders, patterns, the MNIST download, charts and reports, in a temporary folder.

mod download;
mod report;
mod server;
mod source;
mod write;

use std::path::{Path, PathBuf};

/// The folder with real data that some tests use: the environment variable `PATCHWORK_SHARED`, else
/// `shared` beside the project.
fn shared_data() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let data = std::env::var_os("PATCHWORK_SHARED").map_or_else(beside, Into::into).join("data");
    assert!(data.is_dir(), "no real data in {}; PATCHWORK_SHARED names a folder", data.display());
    data
}
