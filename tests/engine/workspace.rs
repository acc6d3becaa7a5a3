//! The workspace: what the page does with files and runs, without a page.

use crate::common::vit_of;
use burn::tensor::Device;
use patchwork::data::{Dataset, Orientation, idx};
use patchwork::error::ErrorKind;
use patchwork::families::vit;
use patchwork::protocol::{
    Command, Correction, Event, FileCorrections, FileReport, FileRole, ReadOptions, RunSettings,
};
use patchwork::weights::{ModelCard, Storage, Weights};
use patchwork::workspace::{FilePredictions, WeightSet, Workspace};

fn settings(epochs: usize) -> RunSettings {
    let mut train = vit::TINY.training();
    train.epochs = epochs;
    let mut model = vit::TINY.model(28, 10);
    let vit = vit_of(&mut model);
    (vit.patch_size, vit.depth, vit.width) = (14, 1, 16);
    RunSettings { model, train }
}

fn workspace() -> Workspace {
    let mut workspace = Workspace::new(Device::flex());
    workspace.files.add_builtin(400, 1).expect("digits");
    workspace.prepare(0.2, 0.1, 0).expect("a split");
    workspace
}

fn step(workspace: &mut Workspace) -> Vec<Event> {
    pollster::block_on(workspace.step()).expect("a step")
}

fn bring(workspace: &mut Workspace, name: &str, bytes: &[u8]) -> patchwork::protocol::FileReport {
    workspace.files.open(name, ReadOptions::default());
    for chunk in bytes.chunks(1000) {
        workspace.files.push(chunk).expect("good bytes");
    }
    workspace.files.close().expect("a good file")
}

#[test]
fn a_run_goes_from_files_to_readable_weights() {
    let mut workspace = workspace();
    workspace.start(settings(1), None).expect("a start");
    let mut seen = Vec::new();
    while !workspace.session().is_none_or(patchwork::train::Session::is_finished) {
        seen.extend(step(&mut workspace));
    }
    assert!(seen.iter().any(|event| matches!(event, Event::Epoch(_))));
    assert!(matches!(seen.last(), Some(Event::Finished { .. })));
    let detail = workspace.detail().expect("an epoch was validated");
    assert_eq!((detail.epoch, detail.confusion.total()), (1, 80));
    let wrong = detail.confusion.total() - detail.confusion.correct();
    assert_eq!(detail.mistakes.len() as u64, wrong);
    assert!(detail.mistakes.iter().all(|seen| seen.label != seen.prediction));
    assert!(detail.mistakes.is_sorted_by(|a, b| a.confidence >= b.confidence));
    assert_eq!(workspace.tested().map(|tested| tested.confusion.total()), Some(40));
    let bytes = pollster::block_on(workspace.weights(WeightSet::Best)).expect("weights");
    let (weights, _) = Weights::from_safetensors(&bytes).expect("a model");
    assert_eq!(weights.config, settings(1).model);
}

#[test]
fn a_kept_run_is_resumed_in_a_new_workspace() {
    let mut before = workspace();
    before.start(settings(2), None).expect("a start");
    (0..3).for_each(|_| drop(step(&mut before)));
    let checkpoint = pollster::block_on(before.checkpoint()).expect("a checkpoint");
    let kept = before.files.data(0).expect("digits").clone();

    let mut after = Workspace::new(Device::flex());
    bring(&mut after, "images", &idx::images(&kept));
    bring(&mut after, "labels", &idx::labels(kept.labels().expect("labels")));
    assert_eq!(after.files.reports().len(), 1, "images and labels are one file");
    after.prepare(0.2, 0.1, 0).expect("a split");
    after.resume(&checkpoint).expect("the same data");
    for _ in 0..4 {
        step(&mut before);
        step(&mut after);
    }
    let weights =
        |workspace: &Workspace| pollster::block_on(workspace.weights(WeightSet::Current)).unwrap();
    assert_eq!(weights(&before), weights(&after));

    let mut other = Workspace::new(Device::flex());
    other.files.add_builtin(400, 2).expect("digits");
    other.prepare(0.2, 0.1, 0).expect("a split");
    let error = other.resume(&checkpoint).expect_err("other data");
    assert_eq!(error.kind, ErrorKind::Data);
}

fn labels_of(bytes: &[u8]) -> Vec<u8> {
    idx::labels(bytes)
}

#[test]
fn labels_are_paired_with_the_images_their_name_matches() {
    let digits = patchwork::data::synth::generate(60, 1).expect("digits");
    let half = |from: usize| digits.select(&(from..from + 30).collect::<Vec<_>>());
    let (a, b) = (half(0), half(30));
    let mut workspace = Workspace::new(Device::flex());
    let first = bring(&mut workspace, "a-images-idx3-ubyte", &idx::images(&a));
    let second = bring(&mut workspace, "b-images-idx3-ubyte", &idx::images(&b));
    let pair =
        bring(&mut workspace, "b-labels-idx1-ubyte", &labels_of(b.labels().expect("labels")));
    assert_eq!((pair.id, pair.labelled, pair.part), (second.id, true, FileRole::Train));
    assert!(pair.layout.ends_with("labels from b-labels-idx1-ubyte"), "{}", pair.layout);
    assert_eq!(workspace.files.data(second.id).expect("images").labels(), b.labels());
    assert_eq!(workspace.files.data(first.id).expect("images").labels(), None);
    // Labels opened first wait for their images.
    let mut workspace = Workspace::new(Device::flex());
    let waiting = bring(&mut workspace, "Test-Labels", &labels_of(b.labels().expect("labels")));
    assert_eq!((waiting.images, waiting.candidates.len()), (0, 0));
    assert!(waiting.layout.ends_with("its images are still missing"), "{}", waiting.layout);
    bring(&mut workspace, "Train-Images", &idx::images(&a));
    assert_eq!(workspace.files.reports().len(), 2);
    let pair = bring(&mut workspace, "Test-Images", &idx::images(&b));
    assert_eq!((pair.labelled, pair.part), (true, FileRole::Train), "the only one with labels");
    let rest = bring(&mut workspace, "Train-Labels", &labels_of(a.labels().expect("labels")));
    assert_eq!((rest.labelled, rest.part), (true, FileRole::Train));
    assert_eq!(workspace.files.report(pair.id).expect("there").part, FileRole::Test);
    assert_eq!(workspace.files.reports().len(), 2);
}

#[test]
fn labels_without_matching_names_wait_for_the_user() {
    let digits = patchwork::data::synth::generate(30, 1).expect("digits");
    let labels = digits.labels().expect("labels");
    let mut workspace = Workspace::new(Device::flex());
    let one = bring(&mut workspace, "one", &idx::images(&digits));
    let other = bring(&mut workspace, "other", &idx::images(&digits.select(&[1, 2, 3])));
    let found = bring(&mut workspace, "truth", &labels_of(labels));
    assert_eq!((found.candidates.clone(), found.part), (vec![one.id], FileRole::Ignored));
    assert!(!workspace.files.report(one.id).expect("there").labelled, "nothing is paired by count");
    let error = workspace.files.pair(other.id, found.id).expect_err("3 images");
    assert_eq!(error.place.file.as_deref(), Some("truth"));
    assert!(workspace.files.pair(found.id, one.id).is_err(), "the wrong way round");
    let pair = workspace.files.pair(one.id, found.id).expect("a pair");
    assert_eq!((pair.id, pair.labelled, pair.part), (one.id, true, FileRole::Train));
    assert_eq!(workspace.files.reports().len(), 2);
    // A matching name with another count gets a notice.
    let wrong = bring(&mut workspace, "a-labels", &labels_of(&labels[..20]));
    assert!(wrong.notices.is_empty(), "{:?}", wrong.notices);
    bring(&mut workspace, "a-images", &idx::images(&digits));
    let wrong = workspace.files.report(wrong.id).expect("there");
    assert!(wrong.notices[0].contains("has 30 images and this 20 labels"), "{:?}", wrong.notices);
}

/// A table with ids, class names, and word labels.
fn words() -> String {
    let digits = patchwork::data::synth::generate(40, 3).expect("digits");
    let row = |index: usize| {
        let pixels: Vec<String> = digits.image(index).iter().map(u8::to_string).collect();
        format!("id-{},{},{}\n", 90 - index, ["dog", "cat"][index % 2], pixels.join(","))
    };
    (0..40).map(row).collect()
}

#[test]
fn a_stored_file_round_trips_as_one_unit() {
    let mut before = Workspace::new(Device::flex());
    let table = bring(&mut before, "my-test.csv", words().as_bytes());
    assert_eq!((table.class_names.join(" "), table.part), ("cat dog".into(), FileRole::Train));
    let turned = Orientation { inverted: true, transposed: true };
    let table = before.files.set_orientation(table.id, turned).expect("images");
    before.files.set_part(table.id, FileRole::Test).expect("labelled");
    let table = before.files.report(table.id).expect("there");
    let digits = patchwork::data::synth::generate(40, 4).expect("digits");
    let images = bring(&mut before, "images", &idx::images(&digits));
    let labels = bring(&mut before, "truth", &labels_of(digits.labels().expect("labels")));
    assert_eq!(labels.candidates, [images.id], "as many as the table has, too");

    let mut after = Workspace::new(Device::flex());
    for report in [&labels, &table, &images] {
        let kept = before.files.export(report.id).expect("a file");
        after.files.open_kept(&report.name, &kept.labels, &kept.extras).expect("good extras");
        for chunk in kept.images.chunks(1000) {
            after.files.push(chunk).expect("good bytes");
        }
        after.files.close().expect("a whole file");
    }
    let found = after.files.reports();
    assert_eq!(found.len(), 3, "nothing is paired by count");
    let same = |found: &FileReport, before: &FileReport| {
        let mut found = found.clone();
        (found.id, found.candidates) = (before.id, before.candidates.clone());
        assert_eq!(found, *before);
    };
    same(&found[1], &table);
    same(&found[2], &images);
    assert_eq!(after.files.data(found[1].id), before.files.data(table.id));
    assert_eq!(found[0].candidates, [found[2].id]);
    let upright = after.files.set_orientation(found[1].id, Orientation::default()).expect("images");
    assert!(upright.orientation.is_none());
    let first = after.files.data(upright.id).expect("images").clone();
    assert_eq!(turned.of(&first), *before.files.data(table.id).expect("images"));
    // A file from before extras existed.
    after.files.open_kept("old", &[], &[]).expect("no extras");
    after.files.push(&idx::images(&digits)).expect("good bytes");
    assert_eq!(after.files.close().expect("a file").images, 40);
    assert!(after.files.open_kept("bad", &[], b"{").is_err());
    assert!(after.files.push(b"1").is_err(), "no file is open");
}

#[test]
fn class_names_travel_from_file_to_model_and_back_through_a_checkpoint() {
    let mut workspace = Workspace::new(Device::flex());
    bring(&mut workspace, "pets.csv", words().as_bytes());
    let report = workspace.prepare(0.2, 0.1, 0).expect("a split");
    assert_eq!((report.classes, report.class_names.join(" ")), (2, "cat dog".into()));
    let mut settings = settings(2);
    settings.model.classes = 2;
    workspace.start(settings, None).expect("a start");
    step(&mut workspace);
    let bytes = pollster::block_on(workspace.weights(WeightSet::Current)).expect("weights");
    let (_, card) = Weights::from_safetensors(&bytes).expect("a model");
    assert_eq!(card.class_names, ["cat", "dog"]);
    let checkpoint = pollster::block_on(workspace.checkpoint()).expect("a checkpoint");
    let mut after = Workspace::new(Device::flex());
    bring(&mut after, "pets.csv", words().as_bytes());
    after.prepare(0.2, 0.1, 0).expect("a split");
    after.resume(&checkpoint).expect("the same data");
    let mut other = Workspace::new(Device::flex());
    bring(&mut other, "pets.csv", words().replace("cat", "cow").as_bytes());
    other.prepare(0.2, 0.1, 0).expect("a split");
    let error = other.resume(&checkpoint).expect_err("another class");
    assert!(error.problem.contains("cow, dog"), "{error}");
}

#[test]
fn test_images_of_other_classes_are_refused_with_both_lists() {
    let mut workspace = Workspace::new(Device::flex());
    bring(&mut workspace, "pets.csv", words().as_bytes());
    bring(&mut workspace, "other-test.csv", words().replace("dog", "bird").as_bytes());
    let error = workspace.prepare(0.2, 0.1, 0).expect_err("other classes");
    assert!(
        error.problem.contains("bird, cat, those of the training images are cat, dog"),
        "{error}"
    );
    workspace.files.set_part(1, FileRole::Train).expect("labelled");
    let report = workspace.prepare(0.2, 0.1, 0).expect("three classes");
    assert_eq!(report.class_names, ["cat", "dog", "bird"]);
    assert!(
        report.notices[0].contains("together they are 3: cat, dog, bird"),
        "{:?}",
        report.notices
    );
}

#[test]
fn a_light_background_gets_a_notice_until_the_images_are_inverted() {
    let digits = patchwork::data::synth::generate(30, 1).expect("digits");
    let light = Orientation { inverted: true, transposed: false };
    let mut workspace = Workspace::new(Device::flex());
    let file = bring(&mut workspace, "light", &idx::images(&light.of(&digits)));
    assert!(file.notices[0].contains("ground of these images is light"), "{:?}", file.notices);
    let file = workspace.files.set_orientation(file.id, light).expect("images");
    assert_eq!(file.notices, Vec::<String>::new());
    assert_eq!(workspace.files.data(file.id).expect("images").pixels(), digits.pixels());
}

#[test]
fn the_shipped_weights_detect_transposed_images() {
    let model = patchwork::pretrained::DIGITS;
    let digits = patchwork::data::synth::generate(300, 1).expect("digits");
    let side = Orientation { inverted: false, transposed: true };
    let both = Orientation { inverted: true, transposed: true };
    for (name, data) in [("labelled", digits.clone()), ("unlabelled", digits.without_labels())] {
        for (turned, orientation) in [(false, Orientation::default()), (true, side), (true, both)] {
            let mut workspace = Workspace::new(Device::flex());
            let images = orientation.of(&data);
            let file = bring(&mut workspace, "images", &idx::images(&images));
            if let Some(labels) = images.labels() {
                bring(&mut workspace, "labels", &labels_of(labels));
            }
            let check = workspace.check_orientation(file.id, model);
            let notices = pollster::block_on(check).expect("a comparison").notices;
            let said = notices.iter().any(|notice| notice.contains("Rows and columns"));
            assert_eq!(said, turned, "{name}, {orientation:?}: {notices:?}");
        }
    }
}

#[test]
fn files_get_a_role_that_can_be_changed() {
    let mut workspace = Workspace::new(Device::flex());
    let row = |label: &str| format!("{label},{}\n", vec!["7"; 784].join(","));
    let table: String = (0..10).map(|label| row(&label.to_string())).collect();
    let train = bring(&mut workspace, "my_train.csv", table.repeat(4).as_bytes());
    let test = bring(&mut workspace, "my_TEST.csv", table.as_bytes());
    assert_eq!((train.part, train.images, train.labelled), (FileRole::Train, 40, true));
    assert_eq!(test.part, FileRole::Test);
    let report = workspace.prepare(0.25, 0.1, 0).expect("a split");
    assert_eq!((report.train, report.validation, report.test), (30, 10, 10));
    assert_eq!(report.shared, 10, "the test images are among the training images");
    assert!(!report.notices.is_empty());
    workspace.files.set_part(test.id, FileRole::Train).expect("labelled");
    let report = workspace.prepare(0.2, 0.1, 0).expect("a split");
    assert_eq!(report.train + report.validation + report.test, 50);
    workspace.files.remove(train.id).expect("there");
    workspace.files.remove(test.id).expect("there");
    assert!(workspace.prepare(0.2, 0.1, 0).is_err());
    assert!(workspace.images(&[0]).is_err(), "what was prepared before is gone");
}

fn parts(workspace: &Workspace) -> Vec<(FileRole, bool)> {
    workspace.files.reports().iter().map(|file| (file.part, file.part_chosen)).collect()
}

#[test]
fn a_labelled_file_that_comes_alone_is_for_training_whatever_its_name() {
    let mut workspace = Workspace::new(Device::flex());
    let row = |label: &str| format!("{label},{}\n", vec!["7"; 784].join(","));
    let table: String = (0..10).map(|label| row(&label.to_string())).collect();
    let test = bring(&mut workspace, "mnist_test.csv", table.repeat(4).as_bytes());
    assert_eq!((test.part, test.part_chosen), (FileRole::Train, false));
    assert_eq!(workspace.prepare(0.25, 0.0, 0).expect("a split").train, 30);
    // Images without labels change nothing: nobody learns from them.
    let unlabelled: String = vec!["7"; 784].join(",") + "\n";
    bring(&mut workspace, "unknown.csv", unlabelled.repeat(3).as_bytes());
    assert_eq!(parts(&workspace)[0], (FileRole::Train, false));
    let train = bring(&mut workspace, "mnist_train.csv", table.as_bytes());
    assert_eq!(train.part, FileRole::Train);
    assert_eq!(parts(&workspace)[0], (FileRole::Test, false), "now there is another to learn from");
    workspace.files.remove(train.id).expect("there");
    assert_eq!(parts(&workspace)[0], (FileRole::Train, false));
}

#[test]
fn what_a_person_chose_for_a_file_stays_also_where_it_is_kept() {
    let mut workspace = Workspace::new(Device::flex());
    let digits = patchwork::data::synth::generate(40, 1).expect("digits");
    let images = |from: usize| digits.select(&(from..from + 20).collect::<Vec<_>>());
    let bring_both = |workspace: &mut Workspace, name: &str, data: &Dataset| {
        bring(workspace, &format!("{name}-images"), &idx::images(data));
        bring(workspace, &format!("{name}-labels"), &idx::labels(data.labels().expect("labels")))
    };
    let test = bring_both(&mut workspace, "test", &images(0));
    workspace.files.set_part(test.id, FileRole::Test).expect("labelled");
    assert!(workspace.prepare(0.25, 0.0, 0).is_err(), "nobody chose what to learn from");
    let train = bring_both(&mut workspace, "train", &images(20));
    workspace.files.set_part(train.id, FileRole::Ignored).expect("labelled");
    let expected = [(FileRole::Test, true), (FileRole::Ignored, true)];
    assert_eq!(parts(&workspace), expected);
    let kept = workspace.files.export(test.id).expect("a kept file");
    let mut other = Workspace::new(Device::flex());
    other.files.open_kept("test-images", &kept.labels, &kept.extras).expect("well kept");
    other.files.push(&kept.images).expect("images");
    let back = other.files.close().expect("a file");
    assert_eq!((back.part, back.part_chosen), (FileRole::Test, true));
    // What was kept before it was noted who chose the part stays as it was.
    let extras = r#"{"part":"test"}"#.as_bytes();
    other.files.open_kept("alone", &kept.labels, extras).expect("well kept");
    other.files.push(&kept.images).expect("images");
    assert_eq!(other.files.close().expect("a file").part, FileRole::Test);
}

#[test]
fn corrections_change_labels_and_leave_images_out() {
    let mut workspace = Workspace::new(Device::flex());
    let digits = patchwork::data::synth::generate(40, 1).expect("digits");
    let bring_part = |workspace: &mut Workspace, name: &str, from: usize| {
        let data = digits.select(&(from..from + 20).collect::<Vec<_>>());
        bring(workspace, &format!("{name}-images"), &idx::images(&data));
        bring(workspace, &format!("{name}-labels"), &idx::labels(data.labels().expect("labels"))).id
    };
    let (first, second) = (bring_part(&mut workspace, "a", 0), bring_part(&mut workspace, "b", 20));
    workspace.prepare(0.2, 0.0, 0).expect("a split");
    let corrections = [
        Correction { index: 3, label: Some(9) },
        Correction { index: 21, label: None },
        Correction { index: 25, label: Some(0) },
    ];
    let by_file = workspace.correct(&corrections).expect("such images");
    assert!(workspace.images(&[0]).is_err(), "to be prepared again");
    let places = |file: &FileCorrections| -> Vec<u32> {
        file.corrections.iter().map(|one| one.index).collect()
    };
    let found: Vec<_> = by_file.iter().map(|file| (file.file, places(file))).collect();
    assert_eq!(found, [(first, vec![3]), (second, vec![1, 5])]);
    let data = |id: u32| workspace.files.data(id).expect("images");
    assert_eq!(data(first).labels().expect("labels")[3], 9);
    assert_eq!((data(second).len(), data(second).labels().expect("labels")[4]), (19, 0));
    assert_eq!(data(second).image(1), digits.image(22), "the one before it is left out");
    let report = workspace.files.report(second).expect("a file");
    assert!(report.layout.ends_with("; 1 image left out, 1 relabelled"), "{}", report.layout);
    // What is kept of it has them, too; and the same can be done again to the files as they came.
    let kept = workspace.files.export(second).expect("a kept file");
    workspace.files.open_kept("b", &kept.labels, &kept.extras).expect("well kept");
    workspace.files.push(&kept.images).expect("images");
    assert_eq!(workspace.files.close().expect("a file").layout, report.layout);
    let again = bring_part(&mut workspace, "c", 20);
    workspace.files.correct(again, &by_file[1].corrections).expect("such images");
    assert_eq!(
        workspace.files.data(again).expect("images"),
        workspace.files.data(second).expect("images")
    );
}

#[test]
fn corrections_that_cannot_be_change_nothing() {
    let mut workspace = workspace();
    let before = workspace.files.data(0).expect("digits").clone();
    let wrong = [Correction { index: 1, label: Some(2) }, Correction { index: 400, label: None }];
    assert!(workspace.correct(&wrong).is_err(), "there is no such image");
    assert!(
        workspace.correct(&[Correction { index: 1, label: Some(10) }]).is_err(),
        "no such class"
    );
    let all: Vec<_> = (0..400).map(|index| Correction { index, label: None }).collect();
    assert!(workspace.correct(&all).is_err(), "nothing would be left");
    assert_eq!(workspace.files.data(0).expect("digits"), &before);
    let table = words();
    let id = bring(&mut workspace, "words.csv", table.as_bytes()).id;
    let error = workspace.files.class_of(id, "cow").expect_err("no cow");
    assert!(error.problem.contains("no class 'cow'"), "{error}");
    assert_eq!(workspace.files.class_of(id, "dog").expect("a dog"), 1);
}

#[test]
fn a_bad_file_leaves_the_others_alone() {
    let mut workspace = workspace();
    workspace.files.open("page.csv", ReadOptions::default());
    let error = workspace
        .files
        .push(b"<!doctype html><html><body>Not found</body></html>")
        .and_then(|_| workspace.files.close().map(|_| 0))
        .expect_err("no images");
    assert_eq!(error.place.file.as_deref(), Some("page.csv"));
    assert!(workspace.files.push(b"1,2").is_err(), "no file is open any more");
    assert_eq!(workspace.files.reports().len(), 1);
    assert!(workspace.prepare(0.2, 0.1, 0).is_ok());
}

fn predictions(workspace: &mut Workspace, file: u32, model: &[u8]) -> FilePredictions {
    workspace.begin_predictions(file, model).expect("a model for these images");
    loop {
        let (done, total) = pollster::block_on(workspace.predict_batch()).expect("a batch");
        if done == total {
            return workspace.end_predictions().expect("predictions");
        }
    }
}

#[test]
fn an_unlabelled_file_is_predicted_by_any_model_with_or_without_a_run() {
    let mut workspace = workspace();
    let images = workspace.files.data(0).expect("digits").clone().without_labels();
    let file = bring(&mut workspace, "unknown", &idx::images(&images));
    assert_eq!(file.part, FileRole::Unlabelled);
    let shipped = patchwork::pretrained::DIGITS;
    let found = predictions(&mut workspace, file.id, shipped);
    assert_eq!((found.classes, found.probabilities.len()), (10, 4000));
    let labels = workspace.files.data(0).expect("digits").labels().expect("labels").to_vec();
    let right = |found: &FilePredictions| {
        let rows = found.probabilities.chunks_exact(found.classes);
        rows.zip(&labels)
            .filter(|(row, label)| patchwork::metrics::largest(row) == usize::from(**label))
            .count()
    };
    assert!(right(&found) > 380, "the shipped weights know built-in digits: {}", right(&found));

    // While a run is in training, batch by batch between its steps, and by its own weights.
    workspace.start(settings(1), None).expect("a start");
    workspace.begin_predictions(file.id, shipped).expect("a model for these images");
    let mut done = 0;
    while done < 400 {
        step(&mut workspace);
        done = pollster::block_on(workspace.predict_batch()).expect("a batch").0;
    }
    assert_eq!(workspace.end_predictions().expect("predictions"), found);
    let own = pollster::block_on(workspace.weights(WeightSet::Current)).expect("weights");
    assert_ne!(predictions(&mut workspace, file.id, &own).probabilities, found.probabilities);

    // A run that begins takes the workers that may share the predictions.
    workspace.begin_predictions(file.id, shipped).expect("a model for these images");
    assert!(workspace.end_predictions().is_err(), "nothing is done yet");
    workspace.begin_predictions(file.id, shipped).expect("a model for these images");
    workspace.start(settings(1), None).expect("a start");
    let error = pollster::block_on(workspace.predict_batch()).expect_err("interrupted");
    assert!(error.problem.contains("interrupted"), "{error}");
}

#[test]
fn images_of_another_size_are_not_predicted() {
    let mut workspace = workspace();
    let small = Dataset::new(16, vec![0; 3 * 256], None).expect("images");
    let file = bring(&mut workspace, "small-images", &idx::images(&small));
    let error =
        workspace.begin_predictions(file.id, patchwork::pretrained::DIGITS).expect_err("28×28");
    assert_eq!(error.place.file.as_deref(), Some("small-images"));
    assert!(error.problem.contains("16×16") && error.problem.contains("28×28"), "{error}");
}

#[test]
fn commands_reach_the_run_and_nothing_happens_without_one() {
    let mut workspace = workspace();
    assert!(workspace.command(Command::Pause).is_empty());
    assert!(step(&mut workspace).is_empty());
    assert!(pollster::block_on(workspace.checkpoint()).is_err());
    workspace.start(settings(1), None).expect("a start");
    assert_eq!(workspace.command(Command::Pause), [Event::Paused]);
    assert!(step(&mut workspace).is_empty());
    workspace.reset();
    assert!(workspace.session().is_none());
}

#[test]
fn joined_sets_keep_order_and_labels() {
    let set =
        |value: u8, labels: Option<Vec<u8>>| Dataset::new(4, vec![value; 32], labels).unwrap();
    let joined = set(1, Some(vec![0, 1])).joined(&set(2, Some(vec![2, 3]))).unwrap();
    assert_eq!((joined.len(), joined.classes()), (4, 4));
    assert_eq!((joined.image(1)[0], joined.image(2)[0]), (1, 2));
    assert_eq!(joined.labels(), Some(&[0, 1, 2, 3][..]));
    assert!(joined.joined(&set(3, None)).unwrap().labels().is_none());
    assert!(joined.joined(&Dataset::new(5, vec![0; 25], None).unwrap()).is_err());
}

#[test]
fn given_weights_keep_their_shape_and_use_the_dropout_of_the_settings() {
    let mut workspace = workspace();
    let weights = Weights::init(&settings(1).model, 5);
    let bytes = weights.to_safetensors(&ModelCard::default(), Storage::F32).expect("a file");
    let mut asked = settings(1);
    (asked.model.dropout, asked.model.stochastic_depth) = (0.25, 0.125);
    workspace.start(asked.clone(), Some(&bytes)).expect("the same shape");
    assert_eq!(workspace.session().expect("a run").model(), &asked.model);
    let current = pollster::block_on(workspace.weights(WeightSet::Current)).expect("weights");
    let (current, _) = Weights::from_safetensors(&current).expect("a model");
    assert_eq!(current.flat, weights.flat);

    let vit = vit_of(&mut asked.model);
    (vit.width, vit.depth) = (32, 3);
    let error = workspace.start(asked, Some(&bytes)).expect_err("another shape");
    assert_eq!(error.kind, ErrorKind::Config);
    assert!(error.problem.ends_with("depth 1 and 3, width 16 and 32"), "{error}");
    let mut impossible = settings(1);
    impossible.model.dropout = 2.0;
    let error = workspace.start(impossible, Some(&bytes)).expect_err("no probability");
    assert_eq!(error.place.setting.as_deref(), Some("dropout"));
}

#[test]
fn too_many_built_in_digits_are_refused_with_the_limit() {
    let mut workspace = Workspace::new(Device::flex());
    for count in [0, 1_000_001, 10_000_000, usize::MAX] {
        let error = workspace.files.add_builtin(count, 1).expect_err("out of range");
        assert_eq!(error.place.setting.as_deref(), Some("builtin_digits"), "{error}");
        assert!(error.to_string().contains("1000000"), "{error}");
    }
}
