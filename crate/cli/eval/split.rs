//! `--split`: a part of the images that a run trains with, split as the run splits them.

use std::path::Path;

use crate::args::{Eval, SplitName};
use crate::folder::Folder;
use crate::show::file_progress;
use patchwork::checkpoint::DataFingerprint;
use patchwork::config::TrainConfig;
use patchwork::data::Orientation;
use patchwork::error::{Error, Result};
use patchwork::families::vit;
use patchwork::files::source::{self, Loaded, Request, Single};

/// The split as recorded in a run's folder.
struct Run {
    /// The recipe, with seed and fractions.
    train: TrainConfig,
    /// The images that are split.
    data: DataFingerprint,
    /// What was done to them.
    orientation: Orientation,
    /// The sources joined with the first.
    more: Vec<String>,
}

/// The run whose folder `model` is; `None` if it is a weights file.
fn run_of(model: &Path) -> Result<Option<Run>> {
    if !model.is_dir() {
        return Ok(None);
    }
    let (_, settings, checkpoint) = Folder::open(model)?;
    let (train, orientation, more) = (settings.train, settings.orientation, settings.more);
    Ok(Some(Run { train, data: checkpoint.state.data, orientation, more }))
}

/// Loads a part of the images that a run trains with; `request` names them.
///
/// # Errors
/// If they cannot be loaded, are not those of the run whose folder `--model` is, or the part is empty.
pub fn load(part: SplitName, args: &Eval, request: &Request) -> Result<Single> {
    let run = run_of(&args.subject.model)?;
    let mut recipe = run.as_ref().map_or_else(|| vit::TINY.training(), |run| run.train.clone());
    let seed = args.seed.unwrap_or(recipe.seed);
    recipe.seed = seed;
    let orientation = run.as_ref().map_or(request.orientation, |run| run.orientation);
    let more = run.as_ref().map(|run| run.more.clone()).unwrap_or_default();
    let request = Request { seed, orientation, more, ..request.clone() };
    let Loaded { train, test, origin } = source::load(&request, &mut file_progress())?;
    let train = match &run {
        Some(run) if !run.data.class_names.is_empty() => {
            train.aligned(&run.data.class_names, run.data.classes, "the run")?
        }
        _ => train,
    };
    if run.as_ref().is_some_and(|run| run.data.fingerprint != train.fingerprint()) {
        return Err(Error::data("these are not the images that the run split")
            .help("Name with --data what the run was trained on")
            .in_file(args.subject.data.clone()));
    }
    let tested_apart = test.is_some() || run.is_some_and(|run| run.data.test.is_some());
    recipe.validation_fraction = args.part.val_fraction.unwrap_or(recipe.validation_fraction);
    recipe.test_fraction = args.part.test_fraction.unwrap_or(recipe.test_fraction);
    let split = recipe.split(&train, tested_apart && args.part.test_fraction.is_none());
    let indices = match part {
        SplitName::Train => split.train,
        SplitName::Validation => split.validation,
        SplitName::Test => split.test,
    };
    if indices.is_empty() {
        return Err(Error::config("this part of the split is empty")
            .help("Give the run's --val-fraction or --test-fraction"));
    }
    Ok(Single { data: train.select(&indices), origin })
}
