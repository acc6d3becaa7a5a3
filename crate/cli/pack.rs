//! `patchwork pack`.

use crate::cli::args::Pack;
use crate::cli::folder::read_model;
use crate::cli::print;
use crate::error::Result;
use crate::files::write;
use crate::weights::Storage;

/// Writes a model in 16-bit floats.
pub fn run(args: &Pack) -> Result<()> {
    let (mut weights, mut card) = read_model(&args.model)?;
    if let Some(other) = &args.with {
        weights = weights.between(&read_model(other)?.0, args.share)?;
    }
    if let Some(recipe) = &args.recipe {
        card.recipe.clone_from(recipe);
    }
    let bytes = weights.to_safetensors(&card, Storage::F16)?;
    write::atomic(&args.out, &bytes)?;
    print(&format!("{} bytes in {}", bytes.len(), args.out.display()));
    Ok(())
}
