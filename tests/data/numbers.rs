//! Numbers are interpreted consistently over the whole file, or refused with both readings.

use super::csv::{keep_in_corpus, table};
use super::forms::{read_chunks, read_every_way, sample};

/// `images` rows of 16 pixels, each written by `pixel`, between `delimiter`s.
fn file(images: usize, delimiter: &str, pixel: impl Fn(usize, usize, u8) -> String) -> String {
    let data = sample(4, images);
    let labels = data.labels().unwrap();
    let row = |index: usize| {
        let cells = data.image(index).iter().enumerate();
        let cells = cells.map(|(at, &value)| pixel(index, at, value));
        let all: Vec<String> = std::iter::once(labels[index].to_string()).chain(cells).collect();
        all.join(delimiter) + "\n"
    };
    (0..images).map(row).collect()
}

#[test]
fn a_comma_is_decimal_if_some_number_confirms_it() {
    for images in [20, 400] {
        // Only the last image has numbers that resolve the comma.
        let text = file(images, ";", |index, _, value| match value {
            0 | 1 => value.to_string(),
            _ if index + 1 < images => format!("{},875", value - 1),
            _ => format!("{},9", value - 1),
        });
        let (read, _, _) = table(read_every_way("decimal", text.as_bytes()), "decimal");
        assert_eq!(read, sample(4, images));
    }
    let labels = file(20, ";", |_, _, value| value.to_string());
    let labels: String = labels.lines().map(|line| line.replacen(';', ",0;", 1) + "\n").collect();
    let (read, _, _) = table(read_every_way("labels", labels.as_bytes()), "labels");
    assert_eq!(read, sample(4, 20));
}

#[test]
fn ambiguous_separators_are_refused_with_both_readings() {
    for (mark, name) in [(',', "comma"), ('.', "point")] {
        for images in [20, 400] {
            let text = file(images, ";", |index, at, value| match (index + 1 == images, at) {
                (true, 5) => format!("1{mark}020"),
                _ => value.to_string(),
            });
            let error = read_every_way(name, text.as_bytes()).unwrap_err();
            let place = (Some(images as u64), Some(7));
            assert_eq!((error.place.row, error.place.column), place, "{error}");
            let quoted = format!("'1{mark}020'");
            for part in [quoted.as_str(), "1.020", "1020", name] {
                assert!(error.problem.contains(part), "{error}");
            }
            assert!(!error.help.is_empty());
        }
    }
}

#[test]
fn thousands_separators_are_refused_by_name() {
    for cell in ["65,535", "65.535", "65 535", "65'535", "65\u{a0}535", "1,234,567", "1.234.567"] {
        let text = file(20, ",", |_, at, value| match at {
            5 => format!("\"{cell}\""),
            _ => value.to_string(),
        });
        let error = read_every_way(cell, text.as_bytes()).unwrap_err().to_string();
        let number: String = cell.chars().filter(char::is_ascii_digit).collect();
        assert!(error.contains(&number), "{cell}: {error}");
    }
}

#[test]
fn pixels_of_16_bits_are_recognised_and_refused() {
    let wide = file(20, ",", |_, _, value| (u32::from(value) * 257).to_string());
    let error = read_every_way("16 bits", wide.as_bytes()).unwrap_err();
    assert!(error.help.contains("16-bit") && error.help.contains("257"), "{error}");
    let wider = file(20, ",", |_, _, value| (u32::from(value) * 70_000).to_string());
    let error = read_every_way("more bits", wider.as_bytes()).unwrap_err();
    assert!(!error.help.contains("16-bit"), "{error}");
}

#[test]
fn the_fuzz_corpus_has_numbers() {
    let doubtful =
        file(3, ";", |_, at, value| if at == 5 { "1,020".into() } else { value.to_string() });
    keep_in_corpus("csv", "doubtful comma", doubtful.as_bytes());
    assert!(read_chunks([doubtful.as_bytes()]).is_err());
}
