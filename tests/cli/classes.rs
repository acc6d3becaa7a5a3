//! Class names, ids and image orientation, from the file to what is printed and written.

use std::path::Path;

use patchwork::data::{Dataset, Orientation, synth};

use crate::common::{SHIPPED, eval_json, fail, folder, number, run, succeed};

/// Built-in digits as a table; `label` formats a label, `id` what precedes it.
fn table(data: &Dataset, id: impl Fn(usize) -> String, label: impl Fn(u8) -> String) -> String {
    let row = |index: usize| {
        let pixels: Vec<String> = data.image(index).iter().map(u8::to_string).collect();
        let labels = data.labels().expect("labels");
        format!("{}{}{}\n", id(index), label(labels[index]), pixels.join(","))
    };
    (0..data.len()).map(row).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

fn letter(label: u8) -> String {
    format!("{},", char::from(b'A' + label))
}

/// What the program prints to stderr.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[test]
fn classes_of_file_and_model_must_agree() {
    let folder = folder();
    let path = folder.path();
    let digits = synth::generate(60, 9).expect("digits");
    write(path, "letters.csv", &table(&digits, |_| String::new(), letter));
    write(path, "numbers.csv", &table(&digits, |_| String::new(), |label| format!("{label},")));
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = |label: u8| format!("{},", words[usize::from(label)]);
    write(path, "words.csv", &table(&digits, |_| String::new(), word));
    let complaint = fail(path, &["eval", "--model", SHIPPED, "--data", "letters.csv"]);
    for part in ["letters.csv", "are A, B, C, D, E, F, G, H, I, J", "those of the model are 0–9"]
    {
        assert!(complaint.contains(part), "{complaint}");
    }
    let by_number = eval_json(path, &["--model", SHIPPED, "--data", "numbers.csv"]);
    let by_word = eval_json(path, &["--model", SHIPPED, "--data", "words.csv"]);
    assert_eq!(by_number, by_word, "zero is 0");
    let noted = said(path, &["predict", "--model", SHIPPED, "--data", "letters.csv"]);
    assert!(noted.contains("labels of letters.csv are not used"), "{noted}");

    let names = "J,I,H,G,F,E,D,C,B,A";
    let pack = ["pack", "--model", SHIPPED, "--out", "named.safetensors", "--class-names"];
    succeed(path, &[&pack[..], &[names]].concat());
    let few = fail(path, &[&pack[..], &["J,I"]].concat());
    assert!(few.contains("2 names for 10 classes"), "{few}");
    let named = ["--model", "named.safetensors", "--data"];
    let complaint = fail(path, &[&["eval"], &named[..], &["numbers.csv"]].concat());
    assert!(complaint.contains("0–9") && complaint.contains("--labels-are-numbers"), "{complaint}");
    let figures = eval_json(path, &[&named[..], &["numbers.csv", "--labels-are-numbers"]].concat());
    assert_eq!(figures["accuracy"], by_number["accuracy"]);
    // A is the model's last class.
    let figures = eval_json(path, &[&named[..], &["letters.csv"]].concat());
    assert!(number(&figures["accuracy"]) < 0.3, "{}", figures["accuracy"]);
    assert_eq!(figures["class_names"][0], "J");
    let text = succeed(path, &[&["eval"], &named[..], &["letters.csv"]].concat());
    assert!(text.contains("\n    J  "), "{text}");
}

#[test]
fn predictions_have_the_ids_of_the_file_and_the_names_of_the_classes() {
    let folder = folder();
    let path = folder.path();
    let digits = synth::generate(30, 9).expect("digits");
    let head: Vec<String> = (0..784).map(|pixel| format!("pixel{pixel}")).collect();
    let rows = table(&digits, |index| format!("{},", 5000 - 3 * index), |_| String::new());
    write(path, "test.csv", &format!("PictureId,{}\n{rows}", head.join(",")));
    // A column with an unknown name and unique values is an id, too.
    let predict = |model: &str| {
        succeed(path, &["predict", "--model", model, "--data", "test.csv", "--out", "s.csv"]);
        std::fs::read_to_string(path.join("s.csv")).expect("predictions")
    };
    let lines = predict(SHIPPED);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines[0], lines.len()), ("PictureId,Label", 31));
    assert!(lines[1].starts_with("5000,") && lines[30].starts_with("4913,"), "{lines:?}");
    succeed(
        path,
        &["pack", "--model", SHIPPED, "--out", "n", "--class-names", "a,b,c,d,e,f,g,h,i,j"],
    );
    let named = predict("n");
    for (number, name) in lines[1..].iter().zip(named.lines().skip(1)) {
        let (number, name) = (number.rsplit(',').next(), name.rsplit(',').next());
        let class: u8 = number.expect("a class").parse().expect("a number");
        assert_eq!(name, Some(char::from(b'a' + class).to_string().as_str()));
    }
    write(path, "bare.csv", &table(&digits, |_| String::new(), |_| String::new()));
    succeed(path, &["predict", "--model", "n", "--data", "bare.csv", "--out", "s.csv"]);
    let bare = std::fs::read_to_string(path.join("s.csv")).expect("predictions");
    assert!(bare.starts_with("ImageId,Label\n1,"), "{bare}");
}

#[test]
fn images_in_another_orientation_are_detected_and_can_be_changed() {
    let folder = folder();
    let path = folder.path();
    let digits = synth::generate(120, 9).expect("digits");
    for (inverted, transposed) in [(false, false), (true, false), (false, true), (true, true)] {
        let turned = Orientation { inverted, transposed }.of(&digits);
        for labelled in [true, false] {
            let label = |label: u8| if labelled { format!("{label},") } else { String::new() };
            write(path, "d.csv", &table(&turned, |_| String::new(), label));
            let command = if labelled { "eval" } else { "predict" };
            let arguments = [command, "--model", SHIPPED, "--data", "d.csv"];
            let noted = said(path, &arguments);
            assert_eq!(noted.contains("add --invert"), inverted, "{noted}");
            assert_eq!(noted.contains("add --transpose"), transposed, "{noted}");
            let seen = succeed(path, &["data", "d.csv"]);
            assert_eq!(seen.contains("add --invert"), inverted, "{seen}");
            assert_eq!(seen.contains("add --transpose"), transposed, "{seen}");
            let mut flags = Vec::new();
            flags.extend(inverted.then_some("--invert"));
            flags.extend(transposed.then_some("--transpose"));
            let noted = said(path, &[&arguments[..], &flags].concat());
            assert!(!noted.contains("--invert") && !noted.contains("--transpose"), "{noted}");
            if labelled {
                let figures = eval_json(path, &[&arguments[1..], &flags].concat());
                assert!(number(&figures["accuracy"]) > 0.95, "{}", figures["accuracy"]);
            }
        }
    }
}

#[test]
fn a_run_keeps_its_class_names_and_orientation() {
    let folder = folder();
    let path = folder.path();
    let digits = synth::generate(300, 9).expect("digits");
    let turned = Orientation { inverted: true, transposed: true }.of(&digits);
    let word = |label: u8| format!("{},", ["even", "odd"][usize::from(label % 2)]);
    write(path, "d.csv", &table(&turned, |_| String::new(), word));
    let train = ["--data", "d.csv", "--epochs", "1", "--device", "cpu", "--out", "run"];
    succeed(path, &[&train[..], &["--invert", "--transpose"]].concat());
    let config = std::fs::read_to_string(path.join("run/config.json")).expect("settings");
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    let both = serde_json::json!({ "inverted": true, "transposed": true });
    assert_eq!((&config["orientation"], &config["model"]["classes"]), (&both, &2.into()));
    let report = std::fs::read_to_string(path.join("run/report.html")).expect("a report");
    assert!(report.contains("even") && report.contains("odd"));
    let turn = ["--invert", "--transpose"];
    let figures = eval_json(path, &[&["--model", "run", "--data", "d.csv"], &turn[..]].concat());
    assert_eq!(figures["class_names"], serde_json::json!(["even", "odd"]));
    // The run's folder records the orientation of its images.
    let split = eval_json(path, &["--model", "run", "--data", "d.csv", "--split", "train"]);
    assert_eq!(split["images"], 240);
    succeed(path, &["--resume", "run", "--device", "cpu"]);
    let complaint = fail(path, &["--resume", "run", "--invert"]);
    assert!(complaint.contains("cannot be used with"), "{complaint}");
    let cows = table(&turned, |_| String::new(), word).replace("odd", "cow");
    write(path, "d.csv", &cows);
    let complaint = fail(path, &["--resume", "run", "--device", "cpu"]);
    assert!(complaint.contains("cow, even") && complaint.contains("even, odd"), "{complaint}");
}
