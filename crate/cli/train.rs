//! `patchwork train`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::tensor::FloatDType;

use crate::Ending;
use crate::args::Train;
use crate::folder::{self, Folder, FolderSettings};
use crate::shell;
use crate::shipped;
use crate::show::{Watcher, file_progress, work_progress};
use patchwork::config::Precision;
use patchwork::data::{Dataset, TrainTest, names};
use patchwork::device::{self, OpenDevice};
use patchwork::error::{Error, Result};
use patchwork::files::source::{self, Loaded, Request, Single};
use patchwork::protocol::{Command, EpochReport, EvaluatedSplit, Evaluation, Event};
use patchwork::report::format::{counted, integer};
use patchwork::train::step::compute_type;
use patchwork::train::{Session, eval};
use patchwork::weights::{self, ModelCard, Weights};

/// How often a checkpoint is written within an epoch.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(120);

/// Trains a new run, or resumes one.
pub fn run(args: &Train) -> Result<Ending> {
    let (found, why) = device::open(args.device)?;
    let mut watcher = Watcher::new(args.json);
    if let Some(why) = why {
        watcher.say(&why);
    }
    let (folder, settings, mut session) = match &args.resume {
        Some(path) => resume(path, args, &found.device)?,
        None => start(args, &found.device)?,
    };
    introduce(&watcher, &folder, &settings, &session, &found);
    let interrupted = interrupt_flag()?;
    let Some(test) = train(&mut session, &folder, &mut watcher, &interrupted)? else {
        watcher.finish();
        let word = shell::word(folder.path());
        watcher.say(&format!("Stopped. Go on with: patchwork train --resume {word}"));
        return Ok(Ending::Interrupted);
    };
    let last = match test {
        Some(test) => (EvaluatedSplit::Test, test),
        None => (EvaluatedSplit::Validation, validation(&session)?),
    };
    folder.write_end(&session, &settings, &found.name, last)?;
    watcher.finish();
    let report = folder.path().join("report.html");
    watcher.say(&format!("Everything is in {} (open {})", folder.display(), report.display()));
    Ok(Ending::Done)
}

fn start(args: &Train, device: &burn::tensor::Device) -> Result<(Folder, FolderSettings, Session)> {
    // Checked before anything is read: an unusable folder should not cost a minute of reading.
    let preset = args.shape.preset(args.preset)?;
    let folder = Folder::choose(args.out.as_deref(), preset.name)?;
    let request = Request {
        data: args.data.first().cloned(),
        more: args.data.iter().skip(1).cloned().collect(),
        test: args.test.clone(),
        classes: args.classes,
        orientation: args.turn.orientation(),
        seed: args.recipe.seed(),
        mirror: args.mirror.clone(),
        ..Request::default()
    };
    let Loaded { train, test, mut origin } = source::load(&request, &mut file_progress())?;
    let single = Single { data: train.clone(), origin: origin.clone() };
    origin.notices.extend(shipped::transposed_notice(&single, request.orientation)?);
    let classes = args.classes.unwrap_or_else(|| train.classes());
    let mut model = args.shape.apply(preset.model(train.side(), classes))?;
    args.dropout.apply(&mut model);
    let mut recipe = preset.training();
    args.recipe.apply(&mut recipe);
    args.teacher.apply(&mut recipe);
    let datasets = TrainTest { train, test };
    let mut session = match &args.from {
        Some(path) => {
            let (mut weights, card) = folder::read_model(path)?;
            weights.config = weights.config.with_dropout_of(&model);
            let datasets = match datasets.fit_model(&card.class_names, weights.config.classes) {
                Some(datasets) => datasets,
                None => {
                    origin.notices.push(replaced(&card, &weights, &datasets.train));
                    datasets
                }
            };
            Session::start(weights, recipe, datasets, device)?
        }
        None => Session::new(model, recipe, datasets, device)?,
    };
    if let Some(path) = &args.teacher.teacher {
        teach(&mut session, path)?;
    }
    let settings = FolderSettings {
        version: env!("CARGO_PKG_VERSION").into(),
        preset,
        data: request.data.clone(),
        more: request.more.clone(),
        test: args.test.clone(),
        classes: args.classes,
        orientation: request.orientation,
        teacher: args.teacher.teacher.clone(),
        origin,
        model: session.model().clone(),
        train: session.recipe().clone(),
    };
    folder.begin(&mut session, &settings)?;
    Ok((folder, settings, session))
}

fn resume(
    path: &Path,
    args: &Train,
    device: &burn::tensor::Device,
) -> Result<(Folder, FolderSettings, Session)> {
    let (folder, settings, checkpoint) = Folder::open(path)?;
    let given = !args.data.is_empty();
    let request = Request {
        data: if given { args.data.first().cloned() } else { settings.data.clone() },
        more: if given {
            args.data.iter().skip(1).cloned().collect()
        } else {
            settings.more.clone()
        },
        test: args.test.clone().or_else(|| settings.test.clone()),
        classes: settings.classes,
        orientation: settings.orientation,
        seed: settings.train.seed,
        mirror: args.mirror.clone(),
        ..Request::default()
    };
    let Loaded { train, test, .. } = source::load(&request, &mut file_progress())?;
    let mut session = Session::resume(checkpoint, TrainTest { train, test }, device)?;
    if let Some(path) = args.teacher.teacher.as_ref().or(settings.teacher.as_ref()) {
        teach(&mut session, path)?;
    }
    Ok((folder, settings, session))
}

/// Has the model learn from the teacher in a file.
fn teach(session: &mut Session, path: &Path) -> Result<()> {
    let (teacher, _) = folder::read_model(path)?;
    let place = path.display().to_string();
    session.learn_from(&teacher).map_err(|error| error.in_file(place))
}

/// The notice if a model is trained on other classes than it had.
fn replaced(card: &ModelCard, weights: &Weights, data: &Dataset) -> String {
    format!(
        "The classes of the model were {}; it learns those of the data: {}",
        names::list(&card.class_names, weights.config.classes),
        names::list(data.class_names(), data.classes()),
    )
}

fn introduce(
    watcher: &Watcher,
    folder: &Folder,
    settings: &FolderSettings,
    session: &Session,
    device: &OpenDevice,
) {
    for file in &settings.origin.files {
        watcher.say(&format!("{}: {}", file.path, file.layout));
    }
    for notice in &settings.origin.notices {
        watcher.say(&format!("Note: {notice}"));
    }
    let recipe = session.recipe();
    if recipe.precision != Precision::F32
        && compute_type(recipe.precision, &device.device)
            .is_ok_and(|dtype| dtype == FloatDType::F32)
    {
        watcher.say("Note: the CPU computes in 32 bits, whatever --precision says");
    }
    let split = session.split();
    let test = session.datasets().test.as_ref().map_or(split.test.len(), Dataset::len);
    let count = |number: usize| integer(number as u64);
    watcher.say(&format!(
        "Training {} ({} parameters) on {}: {}, {} for validation, {} for the test; run folder {}",
        settings.preset.name,
        count(weights::count(session.model())),
        device.name,
        counted(split.train.len() as u64, "image"),
        count(split.validation.len()),
        count(test),
        folder.display(),
    ));
}

/// Set by Ctrl-C or a termination signal; the second one ends the program at once.
pub fn interrupt_flag() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
    .map_err(|error| Error::config(format!("cannot listen for Ctrl-C: {error}")).because(error))?;
    Ok(flag)
}

/// Runs a session to its end; returns the test figures if there was a test. `None` if it was
/// interrupted, after writing a checkpoint.
fn train(
    session: &mut Session,
    folder: &Folder,
    watcher: &mut Watcher,
    interrupted: &AtomicBool,
) -> Result<Option<Option<Evaluation>>> {
    let mut saved = Instant::now();
    let mut test = None;
    while !session.is_finished() {
        for event in pollster::block_on(session.step())? {
            watcher.show(&event)?;
            match event {
                Event::Epoch(EpochReport { best, .. }) => {
                    folder.write_epoch(session, best)?;
                    folder.write_checkpoint(session)?;
                    saved = Instant::now();
                }
                Event::Tested(evaluation) => test = Some(evaluation),
                _ => {}
            }
        }
        if interrupted.load(Ordering::SeqCst) && !session.is_finished() {
            folder.write_checkpoint(session)?;
            session.command(Command::Stop);
            return Ok(None);
        }
        if saved.elapsed() > CHECKPOINT_EVERY {
            folder.write_checkpoint(session)?;
            saved = Instant::now();
        }
    }
    Ok(Some(test))
}

/// Figures of the best weights on the validation images, for runs without a test.
fn validation(session: &Session) -> Result<Evaluation> {
    let images = session.datasets().train.select(&session.split().validation);
    let progress = work_progress("Validation");
    pollster::block_on(eval::evaluate(session.model(), session.best_weights(), &images, progress))
}
