//! Labels in all forms: words, letters, digits as words, one-hot columns.

use patchwork::data::Dataset;
use patchwork::data::reader::{LabelForm, Reader};

use super::columns::Columns;
use super::csv::{keep_in_corpus, table};
use super::forms::{read_chunks, read_every_way, sample};
use super::strokes::{drawings, file as strokes_file};

const WORDS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// A table without a header whose labels are written by `label`; in the last column if `last`.
fn file(data: &Dataset, last: bool, label: impl Fn(usize, u8) -> String) -> String {
    let row = |index: usize| {
        let pixels: Vec<String> = data.image(index).iter().map(u8::to_string).collect();
        let (label, pixels) = (label(index, data.labels().unwrap()[index]), pixels.join(","));
        if last { format!("{pixels},{label}\n") } else { format!("{label},{pixels}\n") }
    };
    (0..data.len()).map(row).collect()
}

/// Drawings whose labels are written by `label`.
fn strokes(count: usize, label: impl Fn(usize) -> String) -> String {
    strokes_file(&drawings(count), label)
}

fn read(name: &str, text: &str) -> (Dataset, Vec<String>, LabelForm) {
    let (data, layout, csv) = table(read_every_way(name, text.as_bytes()), name);
    assert_eq!(layout.class_names, data.class_names());
    (data, layout.notices, csv.label.unwrap().form)
}

#[test]
fn digit_words_become_numbers() {
    for images in [20, 400] {
        let data = sample(4, images);
        for last in [false, true] {
            let text = file(&data, last, |_, label| WORDS[usize::from(label)].to_uppercase());
            let (found, notices, form) = read("digits in words", &text);
            assert_eq!((found.labels(), found.pixels()), (data.labels(), data.pixels()));
            assert_eq!(
                (found.class_names(), form),
                (&WORDS.map(String::from)[..], LabelForm::Words)
            );
            assert_eq!(notices, Vec::<String>::new());
        }
    }
}

#[test]
fn words_become_class_names() {
    let names = ["Trouser", "Ankle boot", "T-shirt, top", "größe"];
    for images in [20, 400] {
        let data = sample(4, images);
        let text = file(&data, false, |_, label| format!("\"{}\"", names[usize::from(label) % 4]));
        let (found, notices, _) = read("words", &text);
        assert_eq!(found.class_names(), ["Ankle boot", "T-shirt, top", "Trouser", "größe"]);
        let expected: Vec<u8> = data
            .labels()
            .unwrap()
            .iter()
            .map(|label| [2, 0, 1, 3][usize::from(label % 4)])
            .collect();
        assert_eq!(found.labels(), Some(&expected[..]));
        assert_eq!((found.pixels(), notices.len()), (data.pixels(), 0));
    }
}

#[test]
fn letters_mixed_with_digits_are_words() {
    let data = sample(4, 120);
    let name = |label: u8| ["7", "A", "b", "Q", "0"][usize::from(label) % 5].to_string();
    let (found, _, form) = read("mixed", &file(&data, false, |_, label| name(label)));
    assert_eq!((found.class_names().concat(), form), ("07AQb".into(), LabelForm::Words));
}

#[test]
fn classes_that_first_occur_late_are_classes_too() {
    // Sorted files have one class for thousands of rows.
    let data = sample(4, 900);
    let name = |index: usize| ["0", "A", "b"][index / 300].to_string();
    let (found, notices, _) = read("sorted", &file(&data, false, |index, _| name(index)));
    assert_eq!((found.class_names().concat(), notices.len()), ("0Ab".into(), 0));
    assert_eq!(found.class_counts(), [300; 3]);
}

#[test]
fn a_misspelt_number_is_refused_and_a_rare_word_gets_a_notice() {
    let data = sample(4, 400);
    let typo = file(&data, false, |index, label| match index {
        301 => "l".into(),
        _ => label.to_string(),
    });
    let error = read_every_way("typo", typo.as_bytes()).unwrap_err();
    assert_eq!((error.place.row, error.place.column), (Some(302), Some(1)), "{error}");
    let rare = file(&data, false, |index, label| match index {
        301 => "seven ".into(),
        302 => "dgo".into(),
        _ => ["cat", "dog"][usize::from(label) % 2].into(),
    });
    let (found, notices, _) = read("rare", &rare);
    assert_eq!(found.class_names(), ["cat", "dgo", "dog", "seven"]);
    assert!(notices[0].contains("'dgo' (1 image), 'seven' (1 image)"), "{notices:?}");
}

#[test]
fn hostile_labels_are_refused() {
    let data = sample(4, 300);
    let distinct = file(&data, false, |index, _| format!("w{index}"));
    let (found, ..) = table(read_chunks([distinct.as_bytes()]), "distinct");
    assert!(found.labels().is_none() && found.ids().is_some(), "never the same: ids");
    let repeated = file(&data, false, |index, _| format!("w{}", index.saturating_sub(5)));
    let error = read_every_way("many", repeated.as_bytes()).unwrap_err();
    assert!(error.problem.contains("more than 256 different labels"), "{error}");
    let long = file(&data, false, |index, _| format!("{}{}", "x".repeat(61), index % 3));
    let error = read_every_way("long", long.as_bytes()).unwrap_err();
    assert_eq!((error.place.row, error.place.column), (Some(1), Some(1)), "{error}");
    let mut latin = file(&data, false, |_, label| format!("caf{label}")).into_bytes();
    latin[3] = 0xe9;
    let error = read_chunks([&latin[..]]).unwrap_err();
    assert!(error.problem.contains("UTF-8"), "{error}");
}

#[test]
fn one_hot_columns() {
    let bits = |label: u8| -> Vec<String> {
        (0..10).map(|class| u8::from(class == label).to_string()).collect()
    };
    for images in [20, 400] {
        let data = sample(6, images);
        for last in [false, true] {
            let text = file(&data, last, |_, label| bits(label).join(","));
            let (found, notices, form) = read("one-hot", &text);
            assert_eq!((found, form), (data.clone(), LabelForm::OneHot(10)), "last: {last}");
            assert_eq!(notices, Vec::<String>::new());
            let counted = text.lines().enumerate().map(|(row, line)| format!("{row},{line}\n"));
            let (found, ..) = read("one-hot with row numbers", &counted.collect::<String>());
            assert_eq!(
                (found.labels(), found.ids().map(|ids| ids.len())),
                (data.labels(), Some(images))
            );
        }
        let bad = file(&data, true, |index, label| match index {
            17 => "0,1,1,0,0,0,0,0,0,0".into(),
            _ => bits(label).join(","),
        });
        // With few rows nothing shows that these are classes.
        if images == 400 {
            let late = bad.replacen("0,1,1,0,0,0,0,0,0,0", &bits(2).join(","), 1)
                + &file(&data.select(&[0]), true, |_, _| "0,1,1,0,0,0,0,0,0,0".into());
            let error = read_every_way("two classes", late.as_bytes()).unwrap_err();
            assert_eq!((error.place.row, error.place.column), (Some(401), Some(37)), "{error}");
        }
    }
}

#[test]
fn one_hot_column_names_become_class_names() {
    let data = sample(4, 60);
    let file = |names: [&str; 10], truth: [&str; 2]| {
        let mut columns = Columns::of(&data, |at, _, _| format!("pixel{at}"));
        let labels = data.labels().unwrap();
        columns.0.remove(0);
        for (class, name) in (0..).zip(names) {
            let cells = labels.iter().map(|&label| truth[usize::from(label == class)].into());
            columns.0.push((name.into(), cells.collect()));
        }
        columns.ordered(0..26)
    };
    let numbers = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let (found, ..) = read("numbers", &file(numbers, ["0", "1"]));
    assert_eq!(found, data);
    let dummies = numbers.map(|number| format!("label_{number}"));
    let dummies: [&str; 10] = std::array::from_fn(|at| dummies[at].as_str());
    assert_eq!(read("pandas", &file(dummies, ["False", "True"])).0, data);
    let (found, ..) = read("words", &file(WORDS, ["0", "1.0"]));
    assert_eq!((found.labels(), found.class_names().len()), (data.labels(), 10));
    let letters = ["is_J", "is_I", "is_H", "is_G", "is_F", "is_E", "is_D", "is_C", "is_B", "is_A"];
    let (found, ..) = read("letters", &file(letters, ["0", "1"]));
    let expected: Vec<u8> = data.labels().unwrap().iter().map(|label| 9 - label).collect();
    assert_eq!(
        (found.labels(), found.class_names().concat()),
        (Some(&expected[..]), "ABCDEFGHIJ".into())
    );
}

#[test]
fn drawings_may_have_word_labels() {
    let text = strokes(40, |index| format!("\"label\":\"{}\",", WORDS[index % 10]));
    let (part, layout) = read_every_way("words", text.as_bytes()).unwrap();
    let patchwork::data::reader::FileContents::Table(data) = part else { panic!("no images") };
    assert_eq!(
        (data.labels().unwrap()[..3].to_vec(), data.class_counts()),
        (vec![0, 1, 2], vec![4; 10])
    );
    assert_eq!((layout.class_names.len(), layout.notices.len()), (10, 0));
}

#[test]
fn a_file_with_a_single_label_gets_a_notice() {
    let text = file(&sample(4, 20), false, |_, _| "7".into());
    let (found, notices, _) = read("one label", &text);
    assert_eq!(found.labels(), Some(&[7; 20][..]));
    assert!(notices[0].contains("the same label, '7'"), "{notices:?}");
}

#[test]
fn unusual_labels_can_be_accepted() {
    let text = file(&sample(4, 80), false, |index, label| match index {
        3 => "200".into(),
        7 => "cat".into(),
        _ => label.to_string(),
    });
    assert!(read_chunks([text.as_bytes()]).is_err());
    let mut reader = Reader::new("file").with_any_labels();
    reader.push(text.as_bytes()).unwrap();
    let (found, layout, _) = table(reader.finish(), "any");
    assert_eq!(found.class_names().last().map(String::as_str), Some("cat"));
    assert!(layout.notices[0].contains("'200' (1 image), 'cat' (1 image)"), "{:?}", layout.notices);
}

#[test]
fn the_fuzz_corpus_has_labels() {
    let data = sample(4, 4);
    let words = file(&data, false, |_, label| WORDS[usize::from(label)].into());
    keep_in_corpus("csv", "words", words.as_bytes());
    keep_in_corpus("csv", "words and numbers", words.replace("zero", "0").as_bytes());
    let bits = file(&data, true, |_, label| if label == 0 { "1,0".into() } else { "0,1".into() });
    keep_in_corpus("csv", "one-hot", bits.as_bytes());
    let strokes = strokes(3, |index| format!("\"label\":\"w{index}\","));
    keep_in_corpus("reader", "strokes with words", strokes.as_bytes());
}
