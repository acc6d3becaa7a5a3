//! `patchwork data`.

use std::path::Path;

use serde::Serialize;

use crate::args::Data;
use crate::output::{Output, OutputKind};
use crate::show::file_progress;
use crate::{print, print_json, shipped};
use patchwork::data::names;
use patchwork::error::Result;
use patchwork::files::source::{self, Origin, Request};
use patchwork::files::write;
use patchwork::report::format::{counted, integer};
use patchwork::report::sheet::{Cell, contact_sheet};

/// Images on the contact sheet.
const CELLS: usize = 96;
/// The default name of the contact sheet.
const SHEET: &str = "contact-sheet.png";
/// Width of the histogram's longest bar.
const BAR: usize = 40;

#[derive(Serialize)]
struct Facts<'a> {
    images: usize,
    side: usize,
    classes: Option<usize>,
    class_counts: Option<Vec<usize>>,
    /// The class names, if there are any.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    class_names: &'a [String],
    fingerprint: String,
    origin: &'a Origin,
}

/// Describes how a file was interpreted.
pub fn run(args: &Data) -> Result<()> {
    let request = Request {
        data: Some(args.data.clone()),
        classes: args.classes,
        orientation: args.turn.orientation(),
        mirror: args.mirror.clone(),
        ..Request::default()
    };
    let input = Path::new(&args.data);
    let output = Output::choose(args.sheet.as_deref(), (SHEET, OutputKind::Picture), &[input])?;
    let mut single = source::load_one(&request, &mut file_progress())?;
    let turned = shipped::transposed_notice(&single, request.orientation)?;
    single.origin.notices.extend(turned);
    let data = &single.data;
    let name = |class: usize| names::of(data.class_names(), class);
    let labels = data.labels();
    let cells: Vec<Cell<'_>> = (0..data.len().min(CELLS))
        .map(|index| Cell {
            pixels: data.image(index),
            caption: labels.map_or("no label".into(), |labels| name(labels[index].into())),
            note: format!("image {index}"),
            marked: false,
        })
        .collect();
    write::atomic(output.path(), &contact_sheet(&args.data, data.side(), &cells)?)?;
    let counts = labels.map(|_| data.class_counts());
    if args.json {
        return print_json(&Facts {
            images: data.len(),
            side: data.side(),
            classes: labels.map(|_| data.classes()),
            class_counts: counts,
            class_names: data.class_names(),
            fingerprint: format!("{:016x}", data.fingerprint()),
            origin: &single.origin,
        });
    }
    for file in &single.origin.files {
        print(&format!("{}: {}", file.path, file.layout));
    }
    for notice in &single.origin.notices {
        print(&format!("Note: {notice}"));
    }
    print(&format!("{} of {1}×{1} pixels", counted(data.len() as u64, "image"), data.side()));
    if let Some(counts) = counts {
        let most = counts.iter().copied().max().unwrap_or(1).max(1);
        let names: Vec<String> = (0..counts.len()).map(name).collect();
        let width = names.iter().map(|name| name.chars().count()).fold(5, usize::max);
        for (name, count) in names.iter().zip(counts) {
            let bar = "█".repeat((count * BAR).div_ceil(most));
            print(&format!("{name:>width$} {:>9} {bar}", integer(count as u64)));
        }
    }
    print(&format!("Contact sheet: {}", output.said()));
    Ok(())
}
