//! Shared by the fuzz targets.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use patchwork::Result;
use patchwork::data::reader::{Layout, FileContents, Reader};

/// Reads a file whole and in chunks, which must not matter, and checks the result.
pub fn read_alike(bytes: &[u8]) -> Result<(FileContents, Layout)> {
    let whole = read_chunks(bytes, bytes.len().max(1));
    for size in [1, 1 + bytes.len() % 61] {
        assert_eq!(read_chunks(bytes, size), whole, "in chunks of {size} bytes");
    }
    if let Ok((part, layout)) = &whole {
        check(part, layout);
    }
    whole
}

/// Packs bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

fn read_chunks(bytes: &[u8], size: usize) -> Result<(FileContents, Layout)> {
    let mut reader = Reader::new("fuzz");
    for chunk in bytes.chunks(size) {
        reader.push(chunk)?;
    }
    reader.finish()
}

fn check(part: &FileContents, layout: &Layout) {
    let images = match part {
        FileContents::Labels(labels) => labels.len(),
        FileContents::Table(data) | FileContents::Images(data) => {
            assert_eq!(layout.side, Some(data.side()));
            assert_eq!(data.pixels().len(), data.len() * data.side() * data.side());
            assert!(data.labels().is_none_or(|labels| labels.len() == data.len()));
            data.len()
        }
    };
    assert_eq!(layout.images, images);
    if let Some(counts) = &layout.class_counts {
        assert_eq!(counts.iter().sum::<usize>(), images);
    }
    assert!(!layout.to_string().is_empty());
}
