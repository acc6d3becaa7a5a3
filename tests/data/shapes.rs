//! Unusual tables: space-separated cells, and lines before the table.

use super::csv::{keep_in_corpus, table};
use super::forms::{Dialect, Names, read_every_way, sample};

fn plain(images: usize) -> String {
    String::from_utf8(Dialect::default().write(&sample(4, images))).unwrap()
}

#[test]
fn space_separated_cells() {
    for images in [20, 400] {
        let data = sample(4, images);
        let plain = plain(images);
        let floats: String = plain
            .lines()
            .map(|line| {
                let cells =
                    line.split(',').map(|cell| format!("{:.18e}", cell.parse::<f64>().unwrap()));
                cells.collect::<Vec<_>>().join(" ") + "\n"
            })
            .collect();
        let aligned: String = plain
            .lines()
            .map(|line| {
                line.split(',').map(|cell| format!("{cell:>4}")).collect::<String>() + " \n"
            })
            .collect();
        for (name, text) in [
            ("single spaces", plain.replace(',', " ")),
            ("runs", plain.replace(',', "   ")),
            ("aligned", aligned),
            ("crlf", plain.replace(',', " ").replace('\n', " \r\n")),
            ("numpy's floats", floats),
            ("a title", format!("handwritten digits\n\n{}", plain.replace(',', " "))),
        ] {
            let (read, layout, csv) = table(read_every_way(name, text.as_bytes()), name);
            assert_eq!((read, csv.delimiter), (data.clone(), ' '), "{name}");
            assert_eq!(layout.notices.len(), usize::from(name == "a title"), "{name}");
            assert!(layout.to_string().starts_with("CSV, spaces, no header"), "{layout}");
        }
    }
}

#[test]
fn semeion_is_read() {
    // 16×16 pixels of 0.0000 or 1.0000, then a column for each digit, with a space at the end.
    let data = sample(16, 40);
    let ink = |pixel: u8| if pixel > 127 { "1.0000" } else { "0.0000" };
    let text: String = (0..40)
        .map(|index| {
            let pixels: Vec<&str> = data.image(index).iter().map(|&pixel| ink(pixel)).collect();
            let label = data.labels().unwrap()[index];
            let bits: Vec<&str> =
                (0..10).map(|class| if class == label { "1" } else { "0" }).collect();
            format!("{} {} \n", pixels.join(" "), bits.join(" "))
        })
        .collect();
    let (read, layout, _) = table(read_every_way("semeion", text.as_bytes()), "semeion");
    assert_eq!((read.side(), read.labels()), (16, data.labels()));
    assert!(
        read.image(3)
            .iter()
            .zip(data.image(3))
            .all(|(&read, &pixel)| (read == 255) == (pixel > 127))
    );
    assert!(
        layout.to_string().contains("label in columns 257–266, one for each class"),
        "{layout}"
    );
}

#[test]
fn lines_before_the_table_are_skipped_with_a_notice() {
    for images in [20, 400] {
        let data = sample(4, images);
        let named = Dialect { header: Some((Names::FromZero, "label")), ..Dialect::default() };
        let named = String::from_utf8(named.write(&data)).unwrap();
        for (name, before, told) in [
            ("counts", "16,,,\n20,,,\n", "2 lines before the table were skipped"),
            ("one count", "20\n", "line before the table was skipped: '20'"),
            ("a title", "Digits, handwritten\n\n", "line before the table was skipped"),
            ("comments", "# label, then pixels\n# 4, 4\n", "2 lines before"),
            ("for spreadsheets", "sep=,\n", ""),
            ("quoted for spreadsheets", "\"sep=,\"\r\n", ""),
        ] {
            for table_text in [plain(images), named.clone()] {
                let text = format!("{before}{table_text}");
                let (read, layout, _) = table(read_every_way(name, text.as_bytes()), name);
                assert_eq!(read, data, "{name}");
                match told {
                    "" => assert_eq!(layout.notices, Vec::<String>::new(), "{name}"),
                    _ => assert!(layout.notices[0].contains(told), "{:?}", layout.notices),
                }
            }
        }
        let numpy = format!("# {named}");
        let (read, layout, csv) = table(read_every_way("numpy", numpy.as_bytes()), "numpy");
        assert_eq!((read, csv.header, layout.notices.len()), (data, true, 0));
    }
}

#[test]
fn the_first_line_may_declare_the_delimiter() {
    let data = sample(4, 20);
    for delimiter in [';', '\t', '|', ','] {
        let text = Dialect { delimiter, ..Dialect::default() }.write(&data);
        let text = format!("sep={delimiter}\n{}", String::from_utf8(text).unwrap());
        let (read, _, csv) = table(read_every_way("sep", text.as_bytes()), "sep");
        assert_eq!((read, csv.delimiter), (data.clone(), delimiter));
    }
}

#[test]
fn the_fuzz_corpus_has_shapes() {
    keep_in_corpus("csv", "between spaces", plain(3).replace(',', "  ").as_bytes());
    keep_in_corpus("csv", "counts first", format!("16,,\n3,,\n{}", plain(3)).as_bytes());
    keep_in_corpus(
        "csv",
        "separator line",
        format!("sep=;\n{}", plain(3).replace(',', ";")).as_bytes(),
    );
    keep_in_corpus("csv", "comment", format!("# a, b\n{}", plain(3)).as_bytes());
}
