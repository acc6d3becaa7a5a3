//! Atomic writing: the old file or the new one, and nothing else in the folder.

use std::fs;
use std::io::Error;

use patchwork::ErrorKind;
use patchwork::files::write::{atomic, atomic_with};
use tempfile::TempDir;

fn count(folder: &TempDir) -> usize {
    fs::read_dir(folder.path()).unwrap().count()
}

#[test]
fn a_file_is_created_and_replaced() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("weights.bin");
    atomic(&path, b"one").unwrap();
    atomic(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(count(&folder), 1);
}

#[test]
fn a_failed_write_leaves_the_old_file_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("weights.bin");
    atomic(&path, b"old").unwrap();
    let error = atomic_with(&path, |file| {
        file.write_all(&[0; 100_000])?;
        Err(Error::from(std::io::ErrorKind::StorageFull))
    })
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::File);
    assert!(error.to_string().contains("weights.bin: cannot be written: the disk is full. Free"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(count(&folder), 1);
}

#[test]
fn a_missing_folder_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("missing").join("x.json");
    let error = atomic(&path, b"x").unwrap_err();
    assert_eq!(error.kind, ErrorKind::File);
    let parent = folder.path().join("missing").display().to_string();
    assert!(error.problem.ends_with(&format!("there is no folder {parent}")), "{error}");
}

#[test]
fn a_folder_is_not_replaced() {
    let folder = TempDir::new().unwrap();
    let error = atomic(folder.path(), b"x").unwrap_err();
    assert!(error.to_string().contains("there is a folder of this name"), "{error}");
}

#[test]
fn concurrent_writers_leave_one_complete_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x");
    std::thread::scope(|scope| {
        for byte in 0..8 {
            let path = &path;
            scope.spawn(move || atomic(path, &[byte; 50_000]).unwrap());
        }
    });
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 50_000);
    assert!(bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(count(&folder), 1);
}

#[cfg(unix)]
#[test]
fn devices_stay_devices_and_links_stay_links() {
    let folder = TempDir::new().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    atomic(&link, b"new").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&file).unwrap(), b"new");
    // A link to the device, so that a failure could not replace the real one.
    let null = folder.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    atomic(&null, b"gone").unwrap();
    assert!(fs::symlink_metadata(&null).unwrap().is_symlink());
}
