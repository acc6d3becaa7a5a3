//! The studio: what the page does with files and runs, without a page.

use burn::tensor::Device;
use patchwork::config::Preset;
use patchwork::data::{Dataset, Orientation, idx};
use patchwork::error::ErrorKind;
use patchwork::protocol::{Command, Event, FilePart, FileReport, ReadOptions, Settings};
use patchwork::studio::{Studio, Which};
use patchwork::weights::{Card, Storage, Weights};

fn settings(epochs: usize) -> Settings {
    let mut train = Preset::Tiny.training();
    train.epochs = epochs;
    let mut model = Preset::Tiny.model(28, 10);
    (model.patch_size, model.depth, model.width) = (14, 1, 16);
    Settings { model, train }
}

fn studio() -> Studio {
    let mut studio = Studio::new(Device::flex());
    studio.shelf.add_builtin(400, 1).expect("digits");
    studio.prepare(0.2, 0.1, 0).expect("a split");
    studio
}

fn step(studio: &mut Studio) -> Vec<Event> {
    pollster::block_on(studio.step()).expect("a step")
}

fn bring(studio: &mut Studio, name: &str, bytes: &[u8]) -> patchwork::protocol::FileReport {
    studio.shelf.open(name, ReadOptions::default());
    for chunk in bytes.chunks(1000) {
        studio.shelf.push(chunk).expect("good bytes");
    }
    studio.shelf.close().expect("a good file")
}

#[test]
fn a_run_goes_from_files_to_weights_that_can_be_read() {
    let mut studio = studio();
    studio.start(settings(1), None).expect("a start");
    let mut seen = Vec::new();
    while !studio.session().is_none_or(patchwork::train::Session::is_finished) {
        seen.extend(step(&mut studio));
    }
    assert!(seen.iter().any(|event| matches!(event, Event::Epoch(_))));
    assert!(matches!(seen.last(), Some(Event::Finished { .. })));
    let detail = studio.detail().expect("an epoch was validated");
    assert_eq!((detail.epoch, detail.confusion.total()), (1, 80));
    let wrong = detail.confusion.total() - detail.confusion.correct();
    assert_eq!(detail.mistakes.len() as u64, wrong);
    assert!(detail.mistakes.iter().all(|seen| seen.label != seen.prediction));
    assert!(detail.mistakes.is_sorted_by(|a, b| a.confidence >= b.confidence));
    assert_eq!(studio.tested().map(|tested| tested.confusion.total()), Some(40));
    let bytes = pollster::block_on(studio.weights(Which::Best)).expect("weights");
    let (weights, _) = Weights::from_safetensors(&bytes).expect("a model");
    assert_eq!(weights.config, settings(1).model);
}

#[test]
fn a_kept_run_is_taken_up_in_a_new_studio_where_it_stood() {
    let mut before = studio();
    before.start(settings(2), None).expect("a start");
    (0..3).for_each(|_| drop(step(&mut before)));
    let checkpoint = pollster::block_on(before.checkpoint()).expect("a checkpoint");
    let kept = before.shelf.data(0).expect("digits").clone();

    let mut after = Studio::new(Device::flex());
    bring(&mut after, "images", &idx::images(&kept));
    bring(&mut after, "labels", &idx::labels(kept.labels().expect("labels")));
    assert_eq!(after.shelf.reports().len(), 1, "images and labels are one file");
    after.prepare(0.2, 0.1, 0).expect("a split");
    after.resume(&checkpoint).expect("the same data");
    for _ in 0..4 {
        step(&mut before);
        step(&mut after);
    }
    let weights = |studio: &Studio| pollster::block_on(studio.weights(Which::Current)).unwrap();
    assert_eq!(weights(&before), weights(&after));

    let mut other = Studio::new(Device::flex());
    other.shelf.add_builtin(400, 2).expect("digits");
    other.prepare(0.2, 0.1, 0).expect("a split");
    let error = other.resume(&checkpoint).expect_err("other data");
    assert_eq!(error.kind, ErrorKind::Data);
}

fn labels_of(bytes: &[u8]) -> Vec<u8> {
    idx::labels(bytes)
}

#[test]
fn labels_go_to_the_images_that_their_name_belongs_to() {
    let digits = patchwork::data::synth::generate(60, 1).expect("digits");
    let half = |from: usize| digits.select(&(from..from + 30).collect::<Vec<_>>());
    let (a, b) = (half(0), half(30));
    let mut studio = Studio::new(Device::flex());
    let first = bring(&mut studio, "a-images-idx3-ubyte", &idx::images(&a));
    let second = bring(&mut studio, "b-images-idx3-ubyte", &idx::images(&b));
    let pair = bring(&mut studio, "b-labels-idx1-ubyte", &labels_of(b.labels().expect("labels")));
    assert_eq!((pair.id, pair.labelled, pair.part), (second.id, true, FilePart::Train));
    assert!(pair.layout.ends_with("labels from b-labels-idx1-ubyte"), "{}", pair.layout);
    assert_eq!(studio.shelf.data(second.id).expect("images").labels(), b.labels());
    assert_eq!(studio.shelf.data(first.id).expect("images").labels(), None);
    // Labels that come first wait for their images.
    let mut studio = Studio::new(Device::flex());
    let waiting = bring(&mut studio, "Test-Labels", &labels_of(b.labels().expect("labels")));
    assert_eq!((waiting.images, waiting.candidates.len()), (0, 0));
    assert!(waiting.layout.ends_with("its images are still missing"), "{}", waiting.layout);
    bring(&mut studio, "Train-Images", &idx::images(&a));
    assert_eq!(studio.shelf.reports().len(), 2);
    let pair = bring(&mut studio, "Test-Images", &idx::images(&b));
    assert_eq!((pair.labelled, pair.part), (true, FilePart::Test));
    assert_eq!(studio.shelf.reports().len(), 2);
}

#[test]
fn labels_whose_images_no_name_tells_wait_for_a_person() {
    let digits = patchwork::data::synth::generate(30, 1).expect("digits");
    let labels = digits.labels().expect("labels");
    let mut studio = Studio::new(Device::flex());
    let one = bring(&mut studio, "one", &idx::images(&digits));
    let other = bring(&mut studio, "other", &idx::images(&digits.select(&[1, 2, 3])));
    let found = bring(&mut studio, "truth", &labels_of(labels));
    assert_eq!((found.candidates.clone(), found.part), (vec![one.id], FilePart::Ignored));
    assert!(!studio.shelf.report(one.id).expect("there").labelled, "nothing is paired by count");
    let error = studio.shelf.pair(other.id, found.id).expect_err("3 images");
    assert_eq!(error.place.file.as_deref(), Some("truth"));
    assert!(studio.shelf.pair(found.id, one.id).is_err(), "the wrong way round");
    let pair = studio.shelf.pair(one.id, found.id).expect("a pair");
    assert_eq!((pair.id, pair.labelled, pair.part), (one.id, true, FilePart::Train));
    assert_eq!(studio.shelf.reports().len(), 2);
    // A name that fits with another count is said.
    let wrong = bring(&mut studio, "a-labels", &labels_of(&labels[..20]));
    assert!(wrong.notices.is_empty(), "{:?}", wrong.notices);
    bring(&mut studio, "a-images", &idx::images(&digits));
    let wrong = studio.shelf.report(wrong.id).expect("there");
    assert!(wrong.notices[0].contains("has 30 images and this 20 labels"), "{:?}", wrong.notices);
}

/// A table with ids, class names, and a label in words.
fn words() -> String {
    let digits = patchwork::data::synth::generate(40, 3).expect("digits");
    let row = |index: usize| {
        let pixels: Vec<String> = digits.image(index).iter().map(u8::to_string).collect();
        format!("id-{},{},{}\n", 90 - index, ["dog", "cat"][index % 2], pixels.join(","))
    };
    (0..40).map(row).collect()
}

#[test]
fn a_kept_file_is_one_thing_and_comes_back_as_it_was() {
    let mut before = Studio::new(Device::flex());
    let table = bring(&mut before, "my-test.csv", words().as_bytes());
    assert_eq!((table.class_names.join(" "), table.part), ("cat dog".into(), FilePart::Test));
    let turned = Orientation { inverted: true, transposed: true };
    let table = before.shelf.set_orientation(table.id, turned).expect("images");
    before.shelf.set_part(table.id, FilePart::Train).expect("labelled");
    let table = before.shelf.report(table.id).expect("there");
    let digits = patchwork::data::synth::generate(40, 4).expect("digits");
    let images = bring(&mut before, "images", &idx::images(&digits));
    let labels = bring(&mut before, "truth", &labels_of(digits.labels().expect("labels")));
    assert_eq!(labels.candidates, [images.id], "as many as the table has, too");

    let mut after = Studio::new(Device::flex());
    for report in [&labels, &table, &images] {
        let kept = before.shelf.export(report.id).expect("a file");
        after.shelf.open_kept(&report.name, &kept.labels, &kept.extras).expect("good extras");
        for chunk in kept.images.chunks(1000) {
            after.shelf.push(chunk).expect("good bytes");
        }
        after.shelf.close().expect("a whole file");
    }
    let found = after.shelf.reports();
    assert_eq!(found.len(), 3, "nothing is paired by count");
    let same = |found: &FileReport, before: &FileReport| {
        let mut found = found.clone();
        (found.id, found.candidates) = (before.id, before.candidates.clone());
        assert_eq!(found, *before);
    };
    same(&found[1], &table);
    same(&found[2], &images);
    assert_eq!(after.shelf.data(found[1].id), before.shelf.data(table.id));
    assert_eq!(found[0].candidates, [found[2].id]);
    let upright = after.shelf.set_orientation(found[1].id, Orientation::default()).expect("images");
    assert!(upright.orientation.is_none());
    let first = after.shelf.data(upright.id).expect("images").clone();
    assert_eq!(turned.of(&first), *before.shelf.data(table.id).expect("images"));
    // A file from before there were extras.
    after.shelf.open_kept("old", &[], &[]).expect("no extras");
    after.shelf.push(&idx::images(&digits)).expect("good bytes");
    assert_eq!(after.shelf.close().expect("a file").images, 40);
    assert!(after.shelf.open_kept("bad", &[], b"{").is_err());
    assert!(after.shelf.push(b"1").is_err(), "no file is open");
}

#[test]
fn class_names_travel_from_file_to_model_and_back_through_a_checkpoint() {
    let mut studio = Studio::new(Device::flex());
    bring(&mut studio, "pets.csv", words().as_bytes());
    let report = studio.prepare(0.2, 0.1, 0).expect("a split");
    assert_eq!((report.classes, report.class_names.join(" ")), (2, "cat dog".into()));
    let mut settings = settings(2);
    settings.model.classes = 2;
    studio.start(settings, None).expect("a start");
    step(&mut studio);
    let bytes = pollster::block_on(studio.weights(Which::Current)).expect("weights");
    let (_, card) = Weights::from_safetensors(&bytes).expect("a model");
    assert_eq!(card.class_names, ["cat", "dog"]);
    let checkpoint = pollster::block_on(studio.checkpoint()).expect("a checkpoint");
    let mut after = Studio::new(Device::flex());
    bring(&mut after, "pets.csv", words().as_bytes());
    after.prepare(0.2, 0.1, 0).expect("a split");
    after.resume(&checkpoint).expect("the same data");
    let mut other = Studio::new(Device::flex());
    bring(&mut other, "pets.csv", words().replace("cat", "cow").as_bytes());
    other.prepare(0.2, 0.1, 0).expect("a split");
    let error = other.resume(&checkpoint).expect_err("another class");
    assert!(error.problem.contains("cow, dog"), "{error}");
}

#[test]
fn test_images_of_other_classes_are_refused_with_both_lists() {
    let mut studio = Studio::new(Device::flex());
    bring(&mut studio, "pets.csv", words().as_bytes());
    bring(&mut studio, "other-test.csv", words().replace("dog", "bird").as_bytes());
    let error = studio.prepare(0.2, 0.1, 0).expect_err("other classes");
    assert!(
        error.problem.contains("bird, cat, those of the training images are cat, dog"),
        "{error}"
    );
    studio.shelf.set_part(1, FilePart::Train).expect("labelled");
    let report = studio.prepare(0.2, 0.1, 0).expect("three classes");
    assert_eq!(report.class_names, ["cat", "dog", "bird"]);
    assert!(
        report.notices[0].contains("together they are 3: cat, dog, bird"),
        "{:?}",
        report.notices
    );
}

#[test]
fn a_light_ground_is_said_until_the_images_are_inverted() {
    let digits = patchwork::data::synth::generate(30, 1).expect("digits");
    let light = Orientation { inverted: true, transposed: false };
    let mut studio = Studio::new(Device::flex());
    let file = bring(&mut studio, "light", &idx::images(&light.of(&digits)));
    assert!(file.notices[0].contains("ground of these images is light"), "{:?}", file.notices);
    let file = studio.shelf.set_orientation(file.id, light).expect("images");
    assert_eq!(file.notices, Vec::<String>::new());
    assert_eq!(studio.shelf.data(file.id).expect("images").pixels(), digits.pixels());
}

#[test]
fn the_shipped_weights_tell_images_on_their_side() {
    let model = patchwork::pretrained::DIGITS;
    let digits = patchwork::data::synth::generate(300, 1).expect("digits");
    let side = Orientation { inverted: false, transposed: true };
    let both = Orientation { inverted: true, transposed: true };
    for (name, data) in [("labelled", digits.clone()), ("unlabelled", digits.without_labels())] {
        for (turned, orientation) in [(false, Orientation::default()), (true, side), (true, both)] {
            let mut studio = Studio::new(Device::flex());
            let images = orientation.of(&data);
            let file = bring(&mut studio, "images", &idx::images(&images));
            if let Some(labels) = images.labels() {
                bring(&mut studio, "labels", &labels_of(labels));
            }
            let check = studio.check_orientation(file.id, model);
            let notices = pollster::block_on(check).expect("a comparison").notices;
            let said = notices.iter().any(|notice| notice.contains("Rows and columns"));
            assert_eq!(said, turned, "{name}, {orientation:?}: {notices:?}");
        }
    }
}

#[test]
fn files_find_their_part_and_can_be_given_another() {
    let mut studio = Studio::new(Device::flex());
    let row = |label: &str| format!("{label},{}\n", vec!["7"; 784].join(","));
    let table: String = (0..10).map(|label| row(&label.to_string())).collect();
    let train = bring(&mut studio, "my_train.csv", table.repeat(4).as_bytes());
    let test = bring(&mut studio, "my_TEST.csv", table.as_bytes());
    assert_eq!((train.part, train.images, train.labelled), (FilePart::Train, 40, true));
    assert_eq!(test.part, FilePart::Test);
    let report = studio.prepare(0.25, 0.1, 0).expect("a split");
    assert_eq!((report.train, report.validation, report.test), (30, 10, 10));
    assert_eq!(report.shared, 10, "the test images are among the training images");
    assert!(!report.notices.is_empty());
    studio.shelf.set_part(test.id, FilePart::Train).expect("labelled");
    let report = studio.prepare(0.2, 0.1, 0).expect("a split");
    assert_eq!(report.train + report.validation + report.test, 50);
    studio.shelf.remove(train.id).expect("there");
    studio.shelf.remove(test.id).expect("there");
    assert!(studio.prepare(0.2, 0.1, 0).is_err());
    assert!(studio.images(&[0]).is_err(), "what was prepared before is gone");
}

#[test]
fn a_bad_file_leaves_the_others_alone() {
    let mut studio = studio();
    studio.shelf.open("page.csv", ReadOptions::default());
    let error = studio
        .shelf
        .push(b"<!doctype html><html><body>Not found</body></html>")
        .and_then(|_| studio.shelf.close().map(|_| 0))
        .expect_err("no images");
    assert_eq!(error.place.file.as_deref(), Some("page.csv"));
    assert!(studio.shelf.push(b"1,2").is_err(), "no file is open any more");
    assert_eq!(studio.shelf.reports().len(), 1);
    assert!(studio.prepare(0.2, 0.1, 0).is_ok());
}

#[test]
fn an_unlabelled_file_is_predicted_row_by_row() {
    let mut studio = studio();
    let images = studio.shelf.data(0).expect("digits").select(&[0, 1, 2]).without_labels();
    let file = bring(&mut studio, "unknown", &idx::images(&images));
    assert_eq!(file.part, FilePart::Unlabelled);
    assert!(pollster::block_on(studio.predictions(file.id)).is_err(), "there is no run yet");
    studio.start(settings(1), None).expect("a start");
    let evaluation = pollster::block_on(studio.predictions(file.id)).expect("predictions");
    assert_eq!(evaluation.probabilities.len(), 30);
}

#[test]
fn commands_reach_the_run_and_nothing_happens_without_one() {
    let mut studio = studio();
    assert!(studio.command(Command::Pause).is_empty());
    assert!(step(&mut studio).is_empty());
    assert!(pollster::block_on(studio.checkpoint()).is_err());
    studio.start(settings(1), None).expect("a start");
    assert_eq!(studio.command(Command::Pause), [Event::Paused]);
    assert!(step(&mut studio).is_empty());
    studio.reset();
    assert!(studio.session().is_none());
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
fn given_weights_keep_their_shape_and_take_the_dropout_of_the_settings() {
    let mut studio = studio();
    let weights = Weights::init(&settings(1).model, 5);
    let bytes = weights.to_safetensors(&Card::default(), Storage::F32).expect("a file");
    let mut asked = settings(1);
    (asked.model.dropout, asked.model.stochastic_depth) = (0.25, 0.125);
    studio.start(asked.clone(), Some(&bytes)).expect("the same shape");
    assert_eq!(studio.session().expect("a run").model(), &asked.model);
    let current = pollster::block_on(studio.weights(Which::Current)).expect("weights");
    let (current, _) = Weights::from_safetensors(&current).expect("a model");
    assert_eq!(current.flat, weights.flat);

    (asked.model.width, asked.model.depth) = (32, 3);
    let error = studio.start(asked, Some(&bytes)).expect_err("another shape");
    assert_eq!(error.kind, ErrorKind::Config);
    assert!(error.problem.ends_with("depth 1 and 3, width 16 and 32"), "{error}");
    let mut impossible = settings(1);
    impossible.model.dropout = 2.0;
    let error = studio.start(impossible, Some(&bytes)).expect_err("no probability");
    assert_eq!(error.place.setting.as_deref(), Some("dropout"));
}

#[test]
fn too_many_built_in_digits_are_refused_by_their_limit() {
    let mut studio = Studio::new(Device::flex());
    for count in [0, 1_000_001, 10_000_000, usize::MAX] {
        let error = studio.shelf.add_builtin(count, 1).expect_err("out of range");
        assert_eq!(error.place.setting.as_deref(), Some("builtin_digits"), "{error}");
        assert!(error.to_string().contains("1000000"), "{error}");
    }
}
