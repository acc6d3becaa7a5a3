//! `patchwork predict`.

use std::path::Path;

use crate::args::Predict;
use crate::folder::model_file;
use crate::output::{Output, OutputKind};
use crate::print;
use crate::subject;
use patchwork::error::Result;
use patchwork::files::write;
use patchwork::report::format::counted;
use patchwork::report::submission::{Predictions, table};

/// The default name of the table.
const SUBMISSION: &str = "submission.csv";

/// Writes predictions as CSV.
pub fn run(args: &Predict) -> Result<()> {
    let model = model_file(&args.subject.model);
    let inputs = [Path::new(&args.subject.data), &model];
    let output =
        Output::choose(args.out.as_deref(), (SUBMISSION, OutputKind::Submission), &inputs)?;
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
    write::atomic(output.path(), &table)?;
    let count = opened.images.data.len() as u64;
    print(&format!("{} in {}", counted(count, "prediction"), output.said()));
    Ok(())
}
