//! `patchwork predict`.

use crate::cli::args::Predict;
use crate::cli::print;
use crate::cli::subject;
use crate::error::Result;
use crate::files::write;
use crate::report::submission::{Predictions, table};

/// Writes predictions as CSV.
pub fn run(args: &Predict) -> Result<()> {
    let opened = subject::open(&args.subject)?;
    let evaluation = opened.evaluate()?;
    let ids = opened.images.data.ids();
    let predictions = Predictions {
        probabilities: &evaluation.probabilities,
        classes: opened.weights.config.classes,
        class_names: &opened.class_names,
        ids: &ids.map_or_else(Vec::new, |ids| ids.iter().collect()),
        id_name: ids.and_then(|ids| ids.name.as_deref()),
    };
    let table = table(predictions, args.probabilities)?;
    write::atomic(&args.out, &table)?;
    print(&format!("{} predictions in {}", opened.images.data.len(), args.out.display()));
    Ok(())
}
