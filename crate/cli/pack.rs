//! `patchwork pack`.

use std::path::{Path, PathBuf};

use crate::args::Pack;
use crate::folder::{model_file, read_model};
use crate::output::Output;
use crate::print;
use patchwork::data::names;
use patchwork::error::{Error, Result};
use patchwork::files::write;
use patchwork::weights::Storage;
use patchwork::words::counted;

/// Writes a model in 16-bit floats.
pub fn run(args: &Pack) -> Result<()> {
    // The packed file has less precision than its source, and must not replace it.
    let model = model_file(&args.model);
    let with = args.with.as_deref().map(model_file);
    let inputs: Vec<&Path> =
        [Some(&model), with.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    let output = Output::given(&args.out, &inputs)?;
    let (mut weights, mut card) = read_model(&args.model)?;
    if let Some(other) = &args.with {
        weights = weights.between(&read_model(other)?.0, args.share)?;
    }
    if let Some(recipe) = &args.recipe {
        card.recipe.clone_from(recipe);
    }
    if let Some(class_names) = &args.class_names {
        card.class_names = named(class_names, weights.config.classes)?;
    }
    let bytes = weights.to_safetensors(&card, Storage::F16)?;
    write::atomic(output.path(), &bytes)?;
    print(&format!("{} in {}", counted(bytes.len(), "byte"), output.said()));
    Ok(())
}

/// Names for `classes` classes.
fn named(class_names: &[String], classes: usize) -> Result<Vec<String>> {
    let names: Vec<String> = class_names.iter().map(|name| name.trim().to_string()).collect();
    if names.len() != classes {
        return Err(Error::config(format!("{} names for {classes} classes", names.len()))
            .help("Give --class-names one name for each class, with commas between them"));
    }
    names::check(&names)?;
    Ok(names)
}
