//! `patchwork export`.

use std::path::{Path, PathBuf};

use crate::args::Export;
use crate::folder::{make_folder, model_file, read_model};
use crate::output::{self, Output};
use crate::print;
use patchwork::error::Result;
use patchwork::files::write;
use patchwork::onnx::{self, Outputs};
use patchwork::words::counted;
use patchwork::{hugging_face, pretrained};

/// Writes a model for other programs.
pub fn run(args: &Export) -> Result<()> {
    let (weights, card) = match &args.model {
        Some(model) => read_model(model)?,
        None => pretrained::digits()?,
    };
    let model = args.model.as_deref().map(model_file);
    // Made first, so that a model which it cannot hold leaves no half of what was asked for.
    let folder = args.hugging_face.as_deref();
    let files = folder.map(|_| hugging_face::export(&weights, &card)).transpose()?;
    if let Some(file) = &args.onnx {
        let outputs = if args.attention { Outputs::LogitsAndAttention } else { Outputs::Logits };
        let inputs: Vec<&Path> = model.iter().map(PathBuf::as_path).collect();
        let output = Output::given(file, &inputs)?;
        let bytes = onnx::export(&weights, &card, outputs)?;
        write::atomic(output.path(), &bytes)?;
        print(&format!("{} in {}", counted(bytes.len(), "byte"), output.said()));
    }
    match folder.zip(files) {
        Some((folder, files)) => write_folder(folder, &files),
        None => Ok(()),
    }
}

/// Writes the files that Hugging Face's libraries read into a folder of their own.
fn write_folder(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<()> {
    let there = output::present(folder, files.iter().map(|(name, _)| *name));
    if !there.is_empty() {
        return Err(output::foreign(folder, &there, "Name a new folder"));
    }
    make_folder(folder)?;
    for (name, bytes) in files {
        write::atomic(&folder.join(name), bytes)?;
    }
    print(&format!("{} in {}", counted(files.len(), "file"), folder.display()));
    Ok(())
}
