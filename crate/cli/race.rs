//! `patchwork race`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Ending;
use crate::args::Race as Arguments;
use crate::folder;
use crate::show::{file_progress, race_progress};
use crate::train::interrupt_flag;
use crate::{complain, print, print_json};
use patchwork::config::Preset;
use patchwork::data::TrainTest;
use patchwork::device;
use patchwork::error::{Error, Result};
use patchwork::files::source::{self, Loaded, Request};
use patchwork::files::write;
use patchwork::protocol::{Command, Contestant, RaceBudget, RaceEvent, RacePoint, RunSettings};
use patchwork::report::format::{duration, integer, percent};
use patchwork::train::Race;
use patchwork::weights::{ModelCard, Storage};

/// Has several presets train in turns on the same data with the same budget, and prints how they did.
pub fn run(args: &Arguments) -> Result<Ending> {
    check_presets(&args.preset)?;
    let (found, why) = device::open(args.device)?;
    if let Some(why) = why {
        complain(&why);
    }
    let request = Request {
        data: args.data.clone(),
        orientation: args.turn.orientation(),
        mirror: args.mirror.clone(),
        seed: args.seed,
        ..Request::default()
    };
    let Loaded { train, test, origin } = source::load(&request, &mut file_progress())?;
    for notice in &origin.notices {
        complain(&format!("Note: {notice}"));
    }
    let (side, classes) = (train.side(), train.classes());
    let contestants = args.preset.iter().map(|preset| {
        let mut recipe = preset.training();
        recipe.seed = args.seed;
        let settings = RunSettings { model: preset.model(side, classes), train: recipe };
        Contestant { name: preset.name.into(), settings }
    });
    let budget = args.budget();
    let datasets = TrainTest { train, test };
    let mut race = Race::new(contestants.collect(), budget, datasets, &found.device)?;
    if !args.json {
        complain(&introduction(&race, budget, &found.name));
    }
    let interrupted = interrupt_flag()?;
    let ending = follow(&mut race, args.json, &interrupted)?;
    if !args.json {
        table(&race).iter().for_each(|line| print(line));
    }
    if let Some(folder) = &args.out {
        save(&race, folder)?;
    }
    Ok(ending)
}

/// A preset would train the same run twice.
fn check_presets(presets: &[Preset]) -> Result<()> {
    for (place, preset) in presets.iter().enumerate() {
        if presets[..place].contains(preset) {
            return Err(
                Error::config(format!("{} races twice", preset.name)).help("Name each preset once")
            );
        }
    }
    Ok(())
}

fn introduction(race: &Race, budget: RaceBudget, device: &str) -> String {
    let names: Vec<&str> = race.names().collect();
    let each = match budget {
        RaceBudget::Seconds { seconds } => format!("{} of training", duration(seconds)),
        RaceBudget::Images { images } => format!("{} training images", integer(images)),
    };
    format!("Racing {} on {device}: {each} each, in turns", names.join(", "))
}

/// Runs the race to its end, or until it is interrupted.
fn follow(race: &mut Race, json: bool, interrupted: &AtomicBool) -> Result<Ending> {
    let names: Vec<String> = race.names().map(str::to_owned).collect();
    let mut show = race_progress(&names);
    while !race.is_finished() {
        let mut events = pollster::block_on(race.step())?;
        let stopped = interrupted.load(Ordering::SeqCst) && !race.is_finished();
        if stopped {
            events.extend(race.command(Command::Stop));
        }
        for event in events {
            if json {
                print_json(&event)?;
                continue;
            }
            show(&event);
            if let RaceEvent::Ended { contestant, error: Some(error) } = &event {
                complain(&format!("{} is out: {error}", names[*contestant]));
            }
        }
        if stopped {
            return Ok(Ending::Interrupted);
        }
    }
    Ok(Ending::Done)
}

/// The result, the most accurate contestant first.
fn table(race: &Race) -> Vec<String> {
    let head = ["", "validation", "parameters", "seconds", "images", "images/s", "epochs"];
    let mut rows = vec![head.map(String::from)];
    let names: Vec<&str> = race.names().collect();
    for contestant in race.ranking() {
        let Some(point) = race.points(contestant).last() else { continue };
        rows.push(row(race, names[contestant], contestant, point));
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
    let cell = |(column, text): (usize, &String)| match column {
        0 => format!("{text:<0$}", widths[column]),
        _ => format!("{text:>0$}", widths[column]),
    };
    rows.iter().map(|row| row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")).collect()
}

fn row(race: &Race, name: &str, contestant: usize, point: &RacePoint) -> [String; 7] {
    let epochs = race.session(contestant).map_or(0, |session| session.history().len());
    [
        name.into(),
        percent(point.accuracy, 2),
        integer(race.parameters(contestant)),
        format!("{:.1}", point.seconds),
        integer(point.images),
        integer((point.images as f64 / point.seconds.max(1e-9)) as u64),
        integer(epochs as u64),
    ]
}

/// Writes the weights of each contestant into a folder, as NAME.safetensors.
fn save(race: &Race, folder: &Path) -> Result<()> {
    folder::make_folder(folder)?;
    for (contestant, name) in race.names().enumerate() {
        let Some(session) = race.session(contestant) else { continue };
        let weights = pollster::block_on(session.current())?;
        let recipe = format!("{name}, from a race on {} images", session.images_trained());
        let card = ModelCard { recipe, class_names: session.class_names() };
        let path = folder.join(format!("{name}.safetensors"));
        write::atomic(&path, &weights.to_safetensors(&card, Storage::F32)?)?;
        complain(&format!("{name}: {}", path.display()));
    }
    Ok(())
}
