//! Races: each contestant's run is that of a session alone, and turns are fair.

use burn::tensor::Device;
use patchwork::config::{ModelConfig, TrainConfig};
use patchwork::data::TrainTest;
use patchwork::error::{Error, Result};
use patchwork::protocol::{
    Command, Contestant, RaceBudget, RaceEvent, RacePoint, Reason, RunSettings,
};
use patchwork::train::{Race, Session};

use crate::common::{dwarf, dwarf_recipe, reshaped, shapes};
use crate::workers::{self, LocalPool};

/// Images of the test data; a fifth are held back for validation.
const IMAGES: usize = 250;

fn datasets() -> TrainTest {
    TrainTest { train: shapes(IMAGES), test: None }
}

fn recipe() -> TrainConfig {
    TrainConfig { read_every: 2, test_fraction: 0.0, ..dwarf_recipe() }
}

fn wide() -> ModelConfig {
    reshaped(dwarf(), |vit| (vit.width, vit.mlp) = (32, 64))
}

fn contestant(name: &str, model: ModelConfig, train: TrainConfig) -> Contestant {
    Contestant { name: name.into(), settings: RunSettings { model, train } }
}

/// Two models, of which the second takes larger steps.
fn two() -> Vec<Contestant> {
    let large = TrainConfig { batch_size: 24, ..recipe() };
    vec![contestant("narrow", dwarf(), recipe()), contestant("wide", wide(), large)]
}

fn race(contestants: Vec<Contestant>, budget: RaceBudget) -> Result<Race> {
    Race::new(contestants, budget, datasets(), &Device::flex())
}

/// Steps until `stop` says so or the race is over; gives all events.
fn steps_until(race: &mut Race, mut stop: impl FnMut(&Race) -> bool) -> Vec<RaceEvent> {
    let mut events = Vec::new();
    while !race.is_finished() && !stop(race) {
        events.extend(pollster::block_on(race.step()).expect("a step"));
    }
    events
}

fn run(race: &mut Race) -> Vec<RaceEvent> {
    steps_until(race, |_| false)
}

fn weights(session: &Session) -> Vec<f32> {
    pollster::block_on(session.current()).expect("weights").flat
}

/// The weights of a session with these settings that trains alone on so many images.
fn alone(settings: &RunSettings, images: u64) -> Vec<f32> {
    let RunSettings { model, train } = settings.clone();
    let mut session = Session::new(model, train, datasets(), &Device::flex()).expect("a session");
    while session.images_trained() < images {
        pollster::block_on(session.step()).expect("a step");
    }
    weights(&session)
}

fn images_of(race: &Race, contestant: usize) -> u64 {
    race.session(contestant).expect("a run").images_trained()
}

#[test]
fn each_contestant_trains_as_if_it_were_alone() {
    const BUDGET: u64 = 700;
    let mut race = race(two(), RaceBudget::Images { images: BUDGET }).expect("a race");
    run(&mut race);
    for contestant in 0..2 {
        let settings = race.settings(contestant).expect("settings");
        let images = images_of(&race, contestant);
        let batch = settings.train.batch_size as u64;
        assert!((BUDGET..BUDGET + batch).contains(&images), "{images} images for {BUDGET}");
        assert_eq!(weights(race.session(contestant).expect("a run")), alone(settings, images));
    }
}

#[test]
fn workers_change_nothing_about_a_race() {
    const BUDGET: u64 = 240;
    let train = || TrainConfig { batch_size: 40, ..recipe() };
    let contestants = vec![
        contestant("large", workers::model(), train()),
        contestant("narrow", dwarf(), train()),
    ];
    let mut race = race(contestants, RaceBudget::Images { images: BUDGET }).expect("a race");
    race.share(LocalPool::new(2)).expect("the settings are taken");
    run(&mut race);
    for contestant in 0..2 {
        let RunSettings { model, train } = race.settings(contestant).expect("settings").clone();
        let mut alone = Session::new(model, train, datasets(), &Device::flex()).expect("a session");
        alone.share(LocalPool::new(3)).expect("the settings are taken");
        while alone.images_trained() < images_of(&race, contestant) {
            pollster::block_on(alone.step()).expect("a step");
        }
        assert_eq!(weights(race.session(contestant).expect("a run")), weights(&alone));
    }
}

#[test]
fn turns_are_fair() {
    const BUDGET: u64 = 2000;
    let mut race = race(two(), RaceBudget::Images { images: BUDGET }).expect("a race");
    // A turn is a fortieth of the budget, and ends with a read, every second step of at most 24 images.
    let turn = BUDGET / 40 + 2 * 24;
    steps_until(&mut race, |race| {
        let apart = images_of(race, 0).abs_diff(images_of(race, 1));
        assert!(apart <= turn, "{apart} images apart");
        false
    });
}

#[test]
fn the_schedule_ends_with_the_budget() {
    let race = race(two(), RaceBudget::Images { images: 1000 }).expect("a race");
    for contestant in 0..2 {
        let session = race.session(contestant).expect("a run");
        let of_epoch = session.steps_per_epoch() * session.recipe().batch_size;
        assert_eq!(session.recipe().epochs, 1000_usize.div_ceil(of_epoch));
    }
}

#[test]
fn every_contestant_is_measured_from_its_start_to_its_end() {
    let mut race = race(two(), RaceBudget::Images { images: 800 }).expect("a race");
    let events = run(&mut race);
    for contestant in 0..2 {
        let of = |event: &&RaceEvent| matches!(event, RaceEvent::Measured(point) if point.contestant == contestant);
        let measured: Vec<&RacePoint> = events
            .iter()
            .filter(of)
            .filter_map(|event| match event {
                RaceEvent::Measured(point) => Some(point),
                _ => None,
            })
            .collect();
        assert_eq!(measured.iter().copied().cloned().collect::<Vec<_>>(), race.points(contestant));
        assert_eq!(measured[0].images, 0);
        assert!(measured.is_sorted_by_key(|point| point.images));
        let last = measured.last().expect("a measurement");
        assert_eq!(last.images, images_of(&race, contestant));
        let session = race.session(contestant).expect("a run");
        assert_eq!(last.measured, session.split().validation.len());
        assert!(last.accuracy > measured[0].accuracy, "it learns");
    }
    let Some(RaceEvent::Finished { reason: Reason::Completed, ranking }) = events.last() else {
        panic!("no end: {:?}", events.last());
    };
    let accuracy =
        |&contestant: &usize| race.points(contestant).last().map_or(0.0, |point| point.accuracy);
    assert!(ranking.is_sorted_by(|a, b| accuracy(a) >= accuracy(b)));
    assert_eq!(ranking.len(), 2);
}

#[test]
fn a_budget_of_seconds_is_used_up() {
    let budget = RaceBudget::Seconds { seconds: 0.2 };
    let mut race = race(two(), budget).expect("a race");
    let events = run(&mut race);
    for contestant in 0..2 {
        let timed = |event: &RaceEvent| matches!(event, RaceEvent::Timing { contestant: one } if *one == contestant);
        assert!(events.iter().any(timed));
        let last = race.points(contestant).last().expect("a measurement");
        let session = race.session(contestant).expect("a run");
        assert!(last.seconds >= 0.2 || session.has_trained(), "{} seconds", last.seconds);
        let settings = race.settings(contestant).expect("settings");
        assert_eq!(weights(session), alone(settings, last.images));
    }
}

#[test]
fn a_contestant_that_diverges_leaves_the_others_running() {
    let wild = TrainConfig { learning_rate: 10.0, clip_norm: 0.0, warmup_epochs: 0.0, ..recipe() };
    let model = || reshaped(dwarf(), |vit| vit.depth = 6);
    let contestants =
        vec![contestant("wild", model(), wild), contestant("calm", dwarf(), recipe())];
    let mut race = race(contestants, RaceBudget::Images { images: 40_000 }).expect("a race");
    let mut broken: Option<Error> = None;
    // Its weights become numbers without meaning sooner or later; the race must survive that.
    for event in run(&mut race) {
        if let RaceEvent::Ended { contestant: 0, error } = event {
            broken = error;
        }
    }
    assert!(images_of(&race, 1) >= 40_000);
    assert_eq!(race.ranking().contains(&0), broken.is_none());
    assert_eq!(race.ranking().first(), Some(&1));
}

#[test]
fn a_race_can_be_paused_and_stopped() {
    let mut race = race(two(), RaceBudget::Images { images: 100_000 }).expect("a race");
    steps_until(&mut race, |race| images_of(race, 1) > 0);
    assert_eq!(race.command(Command::Pause), [RaceEvent::Paused]);
    assert_eq!(race.command(Command::Pause), []);
    let before = images_of(&race, 0) + images_of(&race, 1);
    for _ in 0..3 {
        assert_eq!(pollster::block_on(race.step()).expect("nothing"), []);
    }
    assert_eq!(images_of(&race, 0) + images_of(&race, 1), before);
    assert_eq!(race.command(Command::Resume), [RaceEvent::Resumed]);
    steps_until(&mut race, |race| images_of(race, 0) + images_of(race, 1) > before);
    let [RaceEvent::Finished { reason: Reason::Stopped, ranking }] =
        &race.command(Command::Stop)[..]
    else {
        panic!("no end");
    };
    assert_eq!(ranking.len(), 2);
    assert!(race.is_finished());
    // What has been trained can still be taken up.
    let checkpoint = pollster::block_on(race.session_mut(0).expect("a run").checkpoint());
    let resumed = Session::resume(checkpoint.expect("a checkpoint"), datasets(), &Device::flex());
    assert_eq!(weights(&resumed.expect("a run")), weights(race.session(0).expect("a run")));
}

#[test]
fn impossible_races_are_refused() {
    let problem = |contestants, budget| race(contestants, budget).expect_err("no race").problem;
    let images = RaceBudget::Images { images: 100 };
    assert!(problem(two()[..1].to_vec(), images).contains("1 cannot race"));
    assert!(problem([two(), two(), two()].concat(), images).contains("6 cannot race"));
    assert!(problem(two(), RaceBudget::Images { images: 0 }).contains("0 images"));
    assert!(problem(two(), RaceBudget::Seconds { seconds: f64::NAN }).contains("NaN seconds"));
    let other = contestant("other", reshaped(dwarf(), |vit| vit.heads = 3), recipe());
    assert!(problem(vec![two()[0].clone(), other], images).starts_with("other: "));
}
