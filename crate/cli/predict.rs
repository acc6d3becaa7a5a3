//! `patchwork predict`.

use crate::cli::args::Predict;
use crate::cli::print;
use crate::cli::subject;
use crate::error::Result;
use crate::files::write;
use crate::report::submission::table;

/// Writes predictions as CSV.
pub fn run(args: &Predict) -> Result<()> {
    let opened = subject::open(&args.subject)?;
    let evaluation = opened.evaluate()?;
    let classes = opened.weights.config.classes;
    let table = table(&evaluation.probabilities, classes, args.probabilities)?;
    write::atomic(&args.out, &table)?;
    print(&format!("{} predictions in {}", opened.images.data.len(), args.out.display()));
    Ok(())
}
