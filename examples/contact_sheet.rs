//! Reads a CSV file, describes how it was interpreted, and draws its first images with their
//! labels.
//!
//! `cargo run --release --package patchwork --features pictures --example contact_sheet -- FILE.csv SHEET.png`
//!
//! Without arguments a file is generated.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use patchwork::data::reader::{self, FileContents};
use patchwork::data::{names, synth};
use patchwork::report::sheet::{Cell, contact_sheet};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let csv = arguments.next().map_or_else(made_on_the_spot, |path| Ok(fs::read(path)?))?;
    let sheet = arguments.next().map_or(env::temp_dir().join("contact-sheet.png"), PathBuf::from);

    let (FileContents::Table(data), layout) = reader::read("the file", &csv)? else {
        return Err("this file holds images or labels alone".into());
    };
    println!("{layout}");
    let caption = |index: usize| {
        data.labels().map_or_else(String::new, |labels| {
            names::of(data.class_names(), usize::from(labels[index]))
        })
    };
    let cells: Vec<Cell<'_>> = (0..data.len().min(50))
        .map(|index| Cell {
            pixels: data.image(index),
            caption: caption(index),
            note: String::new(),
            marked: false,
        })
        .collect();
    fs::write(&sheet, contact_sheet("The first images", data.side(), &cells)?)?;
    println!("{} images in {}", cells.len(), sheet.display());
    Ok(())
}

/// Built-in digits in Kaggle's MNIST format: a label and 784 pixels per row.
fn made_on_the_spot() -> Result<Vec<u8>, Box<dyn Error>> {
    let digits = synth::generate(100, 0)?;
    let labels = digits.labels().ok_or("built-in digits have labels")?;
    let header: String = (0..784).map(|pixel| format!(",pixel{pixel}")).collect();
    let row = |(index, label): (usize, &u8)| {
        let pixels: String = digits.image(index).iter().map(|pixel| format!(",{pixel}")).collect();
        format!("{label}{pixels}\n")
    };
    let rows: String = labels.iter().enumerate().map(row).collect();
    Ok(format!("label{header}\n{rows}").into_bytes())
}
