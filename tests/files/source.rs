//! Every form of `--data` and `--test`, on temporary folders with tiny files.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use patchwork::data::train_test::DatasetRole;
use patchwork::data::{Dataset, Orientation};
use patchwork::files::source::{Loaded, Request, Single, SourceKind, load, load_one};
use patchwork::{Error, ErrorKind, Result};
use tempfile::TempDir;

const SIDE: usize = 8;

/// Pixels of image `number`, different for each number.
fn pixels(number: usize) -> Vec<u8> {
    (0..SIDE * SIDE).map(|i| ((i * 7 + number * 31) % 200 + 3 * (i % 2)) as u8).collect()
}

/// A table of images with these numbers; the label is the number modulo 10.
fn csv(numbers: impl IntoIterator<Item = usize>) -> String {
    let header: Vec<_> = (0..SIDE * SIDE).map(|i| format!("pixel{i}")).collect();
    let mut text = format!("label,{}\n", header.join(","));
    for number in numbers {
        let cells: Vec<_> = pixels(number).iter().map(u8::to_string).collect();
        text += &format!("{},{}\n", number % 10, cells.join(","));
    }
    text
}

/// The table without labels.
fn unlabelled_csv(numbers: impl IntoIterator<Item = usize>) -> String {
    let table = csv(numbers);
    table.lines().map(|line| format!("{}\n", line.split_once(',').unwrap().1)).collect()
}

fn idx_images(numbers: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let images: Vec<_> = numbers.into_iter().map(pixels).collect();
    let sizes = [images.len(), SIDE, SIDE].map(|size| (size as u32).to_be_bytes());
    [vec![0, 0, 8, 3], sizes.concat(), images.concat()].concat()
}

fn idx_labels(numbers: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let labels: Vec<_> = numbers.into_iter().map(|number| (number % 10) as u8).collect();
    [vec![0, 0, 8, 1], (labels.len() as u32).to_be_bytes().to_vec(), labels].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A temporary folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn named(path: impl AsRef<Path>) -> Request {
    Request { data: Some(path.as_ref().display().to_string()), ..Request::default() }
}

fn with_test(path: impl AsRef<Path>, test: impl AsRef<Path>) -> Request {
    Request { test: Some(test.as_ref().display().to_string()), ..named(path) }
}

fn loaded(request: &Request) -> Result<Loaded> {
    load(request, &mut |_| {})
}

fn single(request: &Request) -> Result<Single> {
    load_one(request, &mut |_| {})
}

/// Asserts that a set holds the images with these numbers, in this order.
#[track_caller]
fn assert_images(data: &Dataset, numbers: impl IntoIterator<Item = usize>) {
    let numbers: Vec<_> = numbers.into_iter().collect();
    let expected: Vec<u8> = numbers.iter().flat_map(|&number| pixels(number)).collect();
    assert_eq!(data.pixels(), expected);
    if let Some(labels) = data.labels() {
        let expected: Vec<u8> = numbers.iter().map(|number| (number % 10) as u8).collect();
        assert_eq!(labels, expected);
    }
}

#[track_caller]
fn assert_says(error: &Error, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

#[test]
fn a_csv_file_is_training_data() {
    let folder = folder(&[("digits.csv", csv(0..20).as_bytes())]);
    let path = folder.path().join("digits.csv");
    let Loaded { train, test, origin } = loaded(&named(&path)).unwrap();
    assert_images(&train, 0..20);
    assert!(test.is_none() && origin.notices.is_empty());
    assert_eq!((origin.kind, origin.files.len()), (SourceKind::File, 1));
    assert_eq!(origin.files[0].path, path.display().to_string());
    assert_eq!((origin.files[0].role, origin.files[0].layout.images), (DatasetRole::Train, 20));
}

#[test]
fn an_origin_round_trips_through_json() {
    let folder = folder(&[("digits.csv", csv(0..20).as_bytes())]);
    let origin = loaded(&named(folder.path())).unwrap().origin;
    let text = serde_json::to_string(&origin).unwrap();
    assert!(text.contains(r#""kind":"folder""#), "{text}");
    assert_eq!(serde_json::from_str::<patchwork::files::source::Origin>(&text).unwrap(), origin);
}

#[test]
fn progress_counts_the_bytes_of_the_file() {
    let text = csv(0..20);
    let folder = folder(&[("digits.csv", text.as_bytes())]);
    let mut last = None;
    load(&named(folder.path().join("digits.csv")), &mut |progress| last = Some(progress)).unwrap();
    let last = last.unwrap();
    assert_eq!(last.what, "reading digits.csv");
    assert_eq!((last.done, last.total), (text.len() as u64, Some(text.len() as u64)));
}

#[test]
fn idx_images_find_their_labels_by_every_usual_name() {
    let (images, labels) = (idx_images(0..12), idx_labels(0..12));
    for (images_name, labels_name) in [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"),
        ("my-images", "my-labels"),
        ("digits.idx3", "digits.idx1"),
    ] {
        let packed = |name: &str, bytes: &[u8]| match name.ends_with(".gz") {
            true => gzip(bytes),
            false => bytes.to_vec(),
        };
        let folder = folder(&[
            (images_name, &packed(images_name, &images)),
            (labels_name, &packed(labels_name, &labels)),
        ]);
        let loaded = loaded(&named(folder.path().join(images_name))).expect(images_name);
        assert_images(&loaded.train, 0..12);
        assert!(loaded.train.labels().is_some());
        assert_eq!(loaded.origin.files.len(), 2);
    }
}

#[test]
fn idx_images_without_labels_can_be_loaded_but_not_trained_on() {
    let folder = folder(&[("train-images-idx3-ubyte", &idx_images(0..12))]);
    let request = named(folder.path().join("train-images-idx3-ubyte"));
    let error = loaded(&request).unwrap_err();
    assert_says(&error, &["no labels to learn from", "train-labels-idx1-ubyte.gz", "--data"]);
    let single = single(&request).unwrap();
    assert_images(&single.data, 0..12);
    assert_eq!(single.origin.notices.len(), 1);
}

#[test]
fn an_idx_label_file_is_not_an_image_file() {
    let folder = folder(&[("train-labels-idx1-ubyte", &idx_labels(0..12))]);
    let error = loaded(&named(folder.path().join("train-labels-idx1-ubyte"))).unwrap_err();
    assert_says(&error, &["train-labels-idx1-ubyte", "labels, not images"]);
}

#[test]
fn idx_images_and_labels_of_different_counts_are_refused() {
    let folder = folder(&[
        ("train-images-idx3-ubyte", &idx_images(0..12)),
        ("train-labels-idx1-ubyte", &idx_labels(0..11)),
    ]);
    let error = loaded(&named(folder.path())).unwrap_err();
    assert_says(&error, &["train-images-idx3-ubyte", "12", "11"]);
}

#[test]
fn a_folder_with_the_four_files_of_mnist_is_train_and_test() {
    let folder = folder(&[
        ("train-images-idx3-ubyte.gz", &gzip(&idx_images(0..30))),
        ("train-labels-idx1-ubyte.gz", &gzip(&idx_labels(0..30))),
        ("t10k-images-idx3-ubyte.gz", &gzip(&idx_images(30..40))),
        ("t10k-labels-idx1-ubyte.gz", &gzip(&idx_labels(30..40))),
        // An unpacked copy does not count as a second file.
        ("t10k-images-idx3-ubyte", &idx_images(30..40)),
    ]);
    let loaded = loaded(&named(folder.path())).unwrap();
    assert_images(&loaded.train, 0..30);
    assert_images(loaded.test.as_ref().unwrap(), 30..40);
    assert_eq!(loaded.origin.kind, SourceKind::Folder);
    let roles: Vec<_> = loaded.origin.files.iter().map(|file| file.role).collect();
    assert_eq!(
        roles,
        [DatasetRole::Train, DatasetRole::Train, DatasetRole::Test, DatasetRole::Test]
    );
    assert_images(&single(&named(folder.path())).unwrap().data, 30..40);
}

#[test]
fn a_folder_with_train_and_test_tables_is_both() {
    let folder = folder(&[
        ("mnist_train.csv.gz", &gzip(csv(0..30).as_bytes())),
        ("mnist_test.csv", csv(30..40).as_bytes()),
        ("sample_submission.csv", b"ImageId,Label\n1,0\n"),
        ("notes.md", b"about"),
    ]);
    let loaded = loaded(&named(folder.path())).unwrap();
    assert_images(&loaded.train, 0..30);
    assert_images(&loaded.test.unwrap(), 30..40);
}

#[test]
fn an_unlabelled_test_file_of_a_folder_is_skipped_with_a_notice() {
    let folder = folder(&[
        ("train.csv", csv(0..30).as_bytes()),
        ("test.csv", unlabelled_csv(30..40).as_bytes()),
    ]);
    let loaded = loaded(&named(folder.path())).unwrap();
    assert_images(&loaded.train, 0..30);
    assert!(loaded.test.is_none());
    assert!(loaded.origin.notices[0].contains("no label column"), "{:?}", loaded.origin.notices);
    let single = single(&named(folder.path())).unwrap();
    assert_images(&single.data, 30..40);
    assert!(single.data.labels().is_none());
}

#[test]
fn a_folder_with_one_data_file_is_that_file() {
    let folder = folder(&[("digits.csv", csv(0..20).as_bytes()), ("notes.md", b"about")]);
    assert_images(&loaded(&named(folder.path())).unwrap().train, 0..20);
    assert_images(&single(&named(folder.path())).unwrap().data, 0..20);
}

#[test]
fn the_only_file_of_a_folder_is_trained_on_whatever_its_name() {
    let folder = folder(&[("test.csv", csv(0..20).as_bytes())]);
    let loaded = loaded(&named(folder.path())).unwrap();
    assert_images(&loaded.train, 0..20);
    assert!(loaded.test.is_none());
    assert_images(&single(&named(folder.path())).unwrap().data, 0..20);
}

#[test]
fn an_ambiguous_folder_is_refused_with_its_files() {
    let table = csv(0..20);
    let two = folder(&[("a.csv", table.as_bytes()), ("b.csv", table.as_bytes())]);
    let error = loaded(&named(two.path())).unwrap_err();
    assert_says(&error, &["a.csv, b.csv", "*train*"]);
    let none = folder(&[("notes.md", b"about")]);
    fs::create_dir(none.path().join("raw")).unwrap();
    let error = loaded(&named(none.path())).unwrap_err();
    assert_says(&error, &["no data file, but notes.md, raw/"]);
    let empty = TempDir::new().unwrap();
    assert_says(&loaded(&named(empty.path())).unwrap_err(), &["nothing at all"]);
}

#[test]
fn a_pattern_joins_files_in_order_of_name() {
    let folder = folder(&[
        ("part-b.csv", csv(10..20).as_bytes()),
        ("part-a.csv", csv(0..10).as_bytes()),
        ("other.csv", b"not,an\nimage,file\n"),
    ]);
    let loaded = loaded(&named(folder.path().join("part-?.csv"))).unwrap();
    assert_images(&loaded.train, 0..20);
    assert_eq!((loaded.origin.kind, loaded.origin.files.len()), (SourceKind::Pattern, 2));
}

#[test]
fn a_pattern_pairs_idx_images_with_labels() {
    let folder = folder(&[
        ("train-images-idx3-ubyte", &idx_images(0..30)),
        ("train-labels-idx1-ubyte", &idx_labels(0..30)),
        ("t10k-images-idx3-ubyte", &idx_images(30..40)),
        ("t10k-labels-idx1-ubyte", &idx_labels(30..40)),
    ]);
    let loaded_train = loaded(&named(folder.path().join("*train*"))).unwrap();
    assert_images(&loaded_train.train, 0..30);
    assert!(loaded_train.test.is_none());
    let both = loaded(&named(folder.path().join("*ubyte"))).unwrap();
    assert_images(&both.train, 0..30);
    assert_images(&both.test.unwrap(), 30..40);
}

#[test]
fn a_pattern_keeps_test_files_out_of_training() {
    let folder = folder(&[
        ("mnist_train.csv", csv(0..30).as_bytes()),
        ("mnist_test.csv", csv(30..40).as_bytes()),
        ("latest.csv", csv(40..50).as_bytes()),
    ]);
    let loaded = loaded(&named(folder.path().join("*.csv"))).unwrap();
    assert_images(&loaded.train, (40..50).chain(0..30));
    assert_images(&loaded.test.unwrap(), 30..40);
}

#[test]
fn a_pattern_counts_duplicate_images() {
    let folder = folder(&[("a.csv", csv(0..20).as_bytes()), ("b.csv", csv(15..30).as_bytes())]);
    let loaded = loaded(&named(folder.path().join("?.csv"))).unwrap();
    assert_eq!(loaded.train.len(), 35);
    assert!(loaded.origin.notices[0].starts_with("5 of the 35 images"));
}

#[test]
fn a_pattern_of_mismatched_files_is_refused() {
    let labelled = csv(0..20);
    let unlabelled = unlabelled_csv(20..40);
    let folder_of =
        |second: &str| folder(&[("a.csv", labelled.as_bytes()), ("b.csv", second.as_bytes())]);
    let folder = folder_of(&unlabelled);
    let error = loaded(&named(folder.path().join("?.csv"))).unwrap_err();
    assert_says(&error, &["b.csv", "some have none"]);
    let small = format!("{}\n", vec!["1"; 26].join(",")).repeat(12);
    let folder = folder_of(&small);
    let error = loaded(&named(folder.path().join("?.csv"))).unwrap_err();
    assert_says(&error, &["b.csv", "5×5", "8×8"]);
}

#[test]
fn a_pattern_that_matches_nothing_says_so() {
    let folder = TempDir::new().unwrap();
    let error = loaded(&named(folder.path().join("*.csv"))).unwrap_err();
    assert_says(&error, &["*.csv", "no file matches"]);
    let error = loaded(&named("a[")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Config);
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_that_file() {
    let folder = folder(&[("a[1].csv", csv(0..20).as_bytes())]);
    let loaded = loaded(&named(folder.path().join("a[1].csv"))).unwrap();
    assert_eq!(loaded.origin.kind, SourceKind::File);
}

#[test]
fn a_test_file_is_the_test_set() {
    let folder = folder(&[("a.csv", csv(0..20).as_bytes()), ("b.csv", csv(20..27).as_bytes())]);
    let (a, b) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    let loaded = loaded(&with_test(a, b)).unwrap();
    assert_images(&loaded.train, 0..20);
    let test = loaded.test.unwrap();
    assert_images(&test, 20..27);
    assert_eq!(test.classes(), 10, "the test set knows the classes of the training set");
}

#[test]
fn a_test_file_that_a_pattern_matches_too_is_left_out_of_training() {
    let folder = folder(&[("a.csv", csv(0..20).as_bytes()), ("b.csv", csv(20..30).as_bytes())]);
    let request = with_test(folder.path().join("*.csv"), folder.path().join("b.csv"));
    let loaded = loaded(&request).unwrap();
    assert_images(&loaded.train, 0..20);
    assert_images(&loaded.test.unwrap(), 20..30);
    assert!(loaded.origin.notices[0].contains("left out of training"));
}

#[test]
fn a_test_file_replaces_the_test_part_of_a_folder() {
    let data =
        folder(&[("train.csv", csv(0..20).as_bytes()), ("test.csv", csv(20..30).as_bytes())]);
    let mine = folder(&[("mine.csv", csv(30..40).as_bytes())]);
    let loaded = loaded(&with_test(data.path(), mine.path())).unwrap();
    assert_images(&loaded.train, 0..20);
    assert_images(&loaded.test.unwrap(), 30..40);
    assert!(loaded.origin.notices[0].contains("replaces the test part"));
}

#[test]
fn training_and_testing_on_one_file_is_refused() {
    let folder = folder(&[("a.csv", csv(0..20).as_bytes())]);
    let direct = folder.path().join("a.csv");
    let around = folder.path().join(".").join("a.csv");
    let error = loaded(&with_test(direct, around)).unwrap_err();
    assert_says(&error, &["the same file", "--test"]);
}

#[test]
fn test_images_that_were_trained_on_are_counted() {
    let folder =
        folder(&[("train.csv", csv(0..20).as_bytes()), ("test.csv", csv(17..27).as_bytes())]);
    let loaded = loaded(&named(folder.path())).unwrap();
    assert!(loaded.origin.notices[0].starts_with("3 of the 10 test images are also training"));
}

#[test]
fn a_test_file_without_labels_is_refused() {
    let folder =
        folder(&[("a.csv", csv(0..20).as_bytes()), ("b.csv", unlabelled_csv(20..30).as_bytes())]);
    let (a, b) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    let error = loaded(&with_test(&a, &b)).unwrap_err();
    assert_says(&error, &["b.csv", "no labels to test on", "predict"]);
    let error = loaded(&with_test(&b, &a)).unwrap_err();
    assert_says(&error, &["b.csv", "no labels to learn from", "predict"]);
}

#[test]
fn a_mismatched_test_set_is_refused() {
    let few = csv((0..40).filter(|number| number % 10 < 4));
    let small: String = (0..12).map(|i| format!("{}{}\n", i % 2, ",9".repeat(25))).collect();
    let folder = folder(&[
        ("a.csv", few.as_bytes()),
        ("b.csv", csv(20..30).as_bytes()),
        ("c.csv", small.as_bytes()),
    ]);
    let path = |name| folder.path().join(name);
    let error = loaded(&with_test(path("a.csv"), path("b.csv"))).unwrap_err();
    assert_says(&error, &["b.csv", "label 9", "up to 3"]);
    let error = loaded(&with_test(path("a.csv"), path("c.csv"))).unwrap_err();
    assert_says(&error, &["c.csv", "5×5", "8×8"]);
    let ten = Request { classes: Some(10), ..with_test(path("a.csv"), path("b.csv")) };
    assert_eq!(loaded(&ten).unwrap().train.classes(), 10);
}

#[test]
fn a_missing_file_is_answered_with_similar_names() {
    let folder = folder(&[("mnist_train.csv", b"x"), ("unrelated.bin", b"x")]);
    let error = loaded(&named(folder.path().join("minst_train.csv"))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::File);
    assert_says(&error, &["minst_train.csv", "Perhaps you meant mnist_train.csv"]);
    assert!(!error.to_string().contains("unrelated"));
    let error = loaded(&named(folder.path().join("zzz.csv"))).unwrap_err();
    assert_says(&error, &["no such file or folder", "Check the path"]);
    let error = loaded(&named(folder.path().join("nowhere").join("a.csv"))).unwrap_err();
    assert_says(&error, &["nowhere cannot be read either"]);
    assert_says(&loaded(&named("minst")).unwrap_err(), &["Perhaps you meant mnist"]);
    assert_says(&loaded(&named("https://x.example/a.csv")).unwrap_err(), &["Download it first"]);
}

#[test]
fn errors_of_empty_and_damaged_files_carry_their_path() {
    let folder = folder(&[("empty.csv", b""), ("bad.csv", b"label,pixel0\n1\n")]);
    let error = loaded(&named(folder.path().join("empty.csv"))).unwrap_err();
    assert_says(&error, &["empty.csv", "empty"]);
    let error = loaded(&named(folder.path().join("bad.csv"))).unwrap_err();
    assert!(error.place.file.unwrap().ends_with("bad.csv"));
}

#[test]
fn a_file_that_grows_while_it_is_read_is_refused() {
    let folder = folder(&[("a.csv", csv(0..20).as_bytes())]);
    let path = folder.path().join("a.csv");
    let mut calls = 0;
    let error = load(&named(&path), &mut |_| {
        calls += 1;
        if calls == 1 {
            let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
            // Half a row, as if a writer were still at work.
            file.write_all(b"1,2,3").unwrap();
        }
    })
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::File);
    assert_says(&error, &["a.csv", "changed while it was read"]);
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_refused() {
    let folder = folder(&[("a.csv", csv(0..20).as_bytes())]);
    let path = folder.path().join("a.csv");
    let error = load(&named(&path), &mut |_| {
        let _ = fs::remove_file(&path);
    })
    .unwrap_err();
    assert_says(&error, &["changed while it was read"]);
}

#[cfg(unix)]
#[test]
#[ignore = "takes a user who may not read everything: `cargo xtask test` runs it where nobody is root"]
fn as_a_plain_user_a_file_without_permission_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("a.csv", csv(0..20).as_bytes())]);
    let path = folder.path().join("a.csv");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let error = loaded(&named(&path)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::File);
    assert_says(&error, &["a.csv", "permission denied"]);
}

#[test]
fn built_in_digits_come_in_the_requested_number() {
    let request = Request { seed: 1, ..named("builtin:50") };
    let loaded = loaded(&request).unwrap();
    let test = loaded.test.unwrap();
    assert_eq!((loaded.train.len(), test.len()), (50, 10));
    assert_eq!((loaded.origin.kind, loaded.origin.files.len()), (SourceKind::Builtin, 0));
    assert_eq!(loaded.train.shared_images(&test), 0);
    let single = single(&request).unwrap().data;
    assert_eq!(single.len(), 50);
    assert_eq!(single.select(&(0..10).collect::<Vec<_>>()), test, "all test on the same digits");
}

#[test]
fn the_seed_changes_the_training_digits_only() {
    let of = |seed| loaded(&Request { seed, ..named("builtin:50") }).unwrap();
    let (one, two) = (of(1), of(2));
    assert_ne!(one.train, two.train);
    assert_eq!(one.test, two.test);
}

#[test]
fn names_with_impossible_parts_are_refused() {
    for name in ["builtin:0", "builtin:many", "builtin:-1", "builtin:99999999999", "mnist:all"] {
        let error = loaded(&named(name)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Config, "{name}");
    }
}

/// An address that nothing listens on.
fn no_mirror() -> Option<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    Some(format!("http://{}/", listener.local_addr().unwrap()))
}

#[test]
fn without_data_and_network_built_in_digits_are_used_with_a_notice() {
    let cache = TempDir::new().unwrap();
    let request = Request {
        cache: Some(cache.path().to_path_buf()),
        mirror: no_mirror(),
        ..Request::default()
    };
    let single = single(&request).unwrap();
    assert_eq!((single.origin.kind, single.data.len()), (SourceKind::Builtin, 4_000));
    let notice = &single.origin.notices[0];
    for part in ["Built-in digits", request.mirror.as_ref().unwrap(), "--mirror", "by hand"] {
        assert!(notice.contains(part), "no `{part}` in: {notice}");
    }
    // When requested by name, MNIST is not replaced by something else.
    let error = loaded(&Request { data: Some("mnist".into()), ..request }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
}

#[test]
fn a_wrong_mirror_setting_is_not_ignored() {
    let request = Request { mirror: Some("folder".into()), ..Request::default() };
    assert_eq!(loaded(&request).unwrap_err().kind, ErrorKind::Config);
}

#[test]
#[ignore = "takes real data: `cargo xtask test` runs it where there are any"]
fn with_real_data_mnist_is_read_from_the_cache() {
    let data = crate::shared_data();
    let request = |name: Option<&str>| Request {
        data: name.map(String::from),
        cache: Some(data.clone()),
        mirror: no_mirror(),
        ..Request::default()
    };
    let counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
    let all = loaded(&request(None)).unwrap();
    assert_eq!(all.origin.kind, SourceKind::Mnist);
    assert_eq!(all.train.class_counts(), counts);
    let test = all.test.unwrap();
    assert_eq!(test.class_counts(), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    assert_eq!(all.origin.notices, [""; 0]);
    assert_eq!(single(&request(Some("mnist"))).unwrap().data, test);
    assert_eq!(single(&request(Some("mnist:train"))).unwrap().data, all.train);
    assert!(loaded(&request(Some("mnist:train"))).unwrap().test.is_none());
    let error = loaded(&request(Some("mnist:test"))).unwrap_err();
    assert_says(&error, &["mnist:test is a test set"]);
    let folder = loaded(&named(data.join("mnist"))).unwrap();
    assert_eq!((folder.train, folder.test), (all.train, Some(test)));
}

#[test]
fn pen_strokes_are_supported() {
    let line = |label: &str| format!("{{{label}\"strokes\":[[[1,2],[3,9]],[[5,5]]]}}\n");
    let labelled = line("\"label\":3,\"writer\":\"ann\",").repeat(3);
    let folder = folder(&[("strokes.jsonl.gz", &gzip(labelled.as_bytes()))]);
    let Single { data, origin } = single(&named(folder.path())).unwrap();
    assert_eq!((data.len(), data.side(), data.labels()), (3, 28, Some(&[3, 3, 3][..])));
    assert_eq!(data.writers().map(<[_]>::len), Some(3));
    assert_eq!(origin.kind, SourceKind::Folder);
    assert!(origin.notices[0].contains("the same label, '3'"), "{:?}", origin.notices);
    let bare = folder.path().join("bare.json");
    fs::write(&bare, line("")).unwrap();
    let Single { data, origin } = single(&named(&bare)).unwrap();
    assert!(data.labels().is_none() && data.writers().is_none());
    assert!(origin.notices[0].contains("its drawings name none"), "{:?}", origin.notices);
}

/// The table with the label of each row as a word.
fn words(numbers: impl IntoIterator<Item = usize>, word: impl Fn(usize) -> &'static str) -> String {
    let table = csv(numbers);
    let rows = table.lines().skip(1).map(|line| {
        let (label, pixels) = line.split_once(',').unwrap();
        format!("{},{pixels}\n", word(label.parse().unwrap()))
    });
    rows.collect()
}

#[test]
fn classes_of_several_files_are_merged_by_name() {
    let pets = words(0..20, |label| ["cat", "dog"][label % 2]);
    let birds = words(20..40, |label| ["dog", "bird"][label % 2]);
    let folder = folder(&[
        ("a.csv", pets.as_bytes()),
        ("b.csv", birds.as_bytes()),
        ("digits.csv", csv(0..20).as_bytes()),
    ]);
    let path = |name| folder.path().join(name);
    let both = loaded(&named(path("?.csv"))).unwrap();
    assert_eq!(both.train.class_names(), ["cat", "dog", "bird"]);
    assert_eq!(both.train.labels().unwrap()[18..24], [0, 1, 1, 2, 1, 2]);
    let united = "together they are 3: cat, dog, bird";
    assert!(both.origin.notices.iter().any(|notice| notice.contains(united)));
    let error = loaded(&with_test(path("a.csv"), path("b.csv"))).unwrap_err();
    assert_says(&error, &["b.csv", "bird, dog", "cat, dog"]);
    let error = loaded(&with_test(path("a.csv"), path("digits.csv"))).unwrap_err();
    assert_says(&error, &["digits.csv", "0–9", "cat, dog"]);
}

#[test]
fn test_classes_are_numbered_like_the_training_classes() {
    let train = words(0..20, |label| ["bird", "cat", "dog"][label % 3]);
    let test = words(20..30, |label| ["cat", "dog"][label % 2]);
    let folder = folder(&[("a.csv", train.as_bytes()), ("b.csv", test.as_bytes())]);
    let (a, b) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    let test = loaded(&with_test(a, b)).unwrap().test.unwrap();
    assert_eq!((test.classes(), test.labels().unwrap()), (3, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2][..]));
}

#[test]
fn images_are_turned_on_request_and_a_light_background_gets_a_notice() {
    let light: String =
        (0..12).map(|row| format!("{}{}{}\n", row % 2, ",255".repeat(63), ",9")).collect();
    let folder = folder(&[("light.csv", light.as_bytes())]);
    let path = folder.path().join("light.csv");
    let plain = load_one(&named(&path), &mut |_| {}).unwrap();
    assert!(plain.origin.notices[0].ends_with("add --invert"), "{:?}", plain.origin.notices);
    let orientation = Orientation { inverted: true, transposed: true };
    let turned = load_one(&Request { orientation, ..named(&path) }, &mut |_| {}).unwrap();
    assert_eq!(turned.origin.notices, Vec::<String>::new());
    assert_eq!(turned.data, orientation.of(&plain.data));
    let built_in = Request { orientation, ..named("builtin:20") };
    let built_in = load_one(&built_in, &mut |_| {}).unwrap();
    assert_eq!(built_in.data, load_one(&named("builtin:20"), &mut |_| {}).unwrap().data);
}

#[test]
fn notices_of_the_reader_name_the_file() {
    let text = format!("64\n12\n{}", csv(0..12));
    let folder = folder(&[("odd.csv", text.as_bytes())]);
    let single = load_one(&named(folder.path().join("odd.csv")), &mut |_| {}).unwrap();
    let notice = &single.origin.notices[0];
    assert!(notice.contains("odd.csv: The 2 lines before the table were skipped"), "{notice}");
}
