//! Columns are identified by name: pixels in any order, labels and ids anywhere.

use patchwork::data::Dataset;
use proptest::prelude::*;

use super::csv::{keep_in_corpus, table};
use super::forms::{read_chunks, read_every_way, sample};

/// Columns of a table: names with the cells under each.
pub struct Columns(pub Vec<(String, Vec<String>)>);

impl Columns {
    /// The labels and pixels of `data`; `name` names a pixel from its index, row and column.
    pub fn of(data: &Dataset, name: impl Fn(usize, usize, usize) -> String) -> Self {
        let (side, labels) = (data.side(), data.labels().unwrap());
        let label = ("label".into(), labels.iter().map(u8::to_string).collect());
        let pixels = (0..side * side).map(|at| {
            let cells = (0..data.len()).map(|index| data.image(index)[at].to_string()).collect();
            (name(at, at / side, at % side), cells)
        });
        Self(std::iter::once(label).chain(pixels).collect())
    }

    /// The table in this order of columns.
    pub fn ordered(&self, order: impl IntoIterator<Item = usize>) -> String {
        let columns: Vec<_> = order.into_iter().map(|at| &self.0[at]).collect();
        let head: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let row = |row: usize| {
            let cells: Vec<&str> = columns.iter().map(|(_, cells)| cells[row].as_str()).collect();
            cells.join(",") + "\n"
        };
        let rows: String = (0..columns[0].1.len()).map(row).collect();
        head.join(",") + "\n" + &rows
    }

    /// The columns sorted by name.
    fn by_name(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        order.sort_by_key(|&at| &self.0[at].0);
        order
    }
}

type Scheme = fn(usize, usize, usize) -> String;

const SCHEMES: [Scheme; 6] = [
    |at, _, _| format!("pixel{at}"),
    |at, _, _| format!("px{}", at + 1),
    |at, _, _| at.to_string(),
    |_, row, column| format!("{}x{}", row + 1, column + 1),
    |_, row, column| format!("pixel_{row}_{column}"),
    |_, row, column| format!("r{row}c{column}"),
];

#[test]
fn pixels_are_placed_by_name_in_any_order() {
    for images in [5, 300] {
        let data = sample(5, images);
        for scheme in SCHEMES {
            let columns = Columns::of(&data, scheme);
            let reversed = std::iter::once(0).chain((1..26).rev());
            for (order, text) in [
                ("by name", columns.ordered(columns.by_name())),
                ("reversed", columns.ordered(reversed)),
                ("label in the middle", columns.ordered((1..9).chain([0]).chain(9..26))),
            ] {
                let name = format!("{order}, {}", scheme(7, 1, 2));
                let (read, layout, csv) = table(read_every_way(&name, text.as_bytes()), &name);
                assert_eq!(read, data, "{name}");
                assert_eq!(layout.notices, Vec::<String>::new(), "{name}");
                match order {
                    "reversed" => assert!(csv.reordered, "{name}"),
                    "label in the middle" => assert!(!csv.reordered, "{name}"),
                    // Some names are in order as they are.
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn the_layout_reports_an_order_given_by_names() {
    let columns = Columns::of(&sample(4, 3), SCHEMES[0]);
    let text = columns.ordered((0..17).rev());
    let (_, layout, _) = table(read_chunks([text.as_bytes()]), "reversed");
    let expected = "pixels in the order of their names";
    assert!(layout.to_string().contains(expected), "{layout}");
}

#[test]
fn odd_names_keep_the_order_with_a_notice() {
    let data = sample(4, 30);
    let columns = Columns::of(&data, |at, _, _| char::from(b'a' + at as u8).to_string());
    let text = columns.ordered(0..17);
    let (read, layout, _) = table(read_every_way("odd", text.as_bytes()), "odd");
    assert_eq!(read, data);
    assert!(layout.notices[0].contains("'a', 'b', 'c', …"), "{:?}", layout.notices);
}

#[test]
fn contradictory_names_are_refused_with_their_columns() {
    let twice = Columns::of(&sample(4, 30), |at, _, _| format!("pixel{}", at.min(14)));
    let error = read_every_way("twice", twice.ordered(0..17).as_bytes()).unwrap_err();
    assert!(error.problem.contains("columns 16 and 17 are both called 'pixel14'"), "{error}");
    assert_eq!((error.place.row, error.place.column), (Some(1), Some(17)));
}

#[test]
fn ids_of_any_kind_are_kept() {
    let data = sample(4, 40);
    let ids: [(&str, Vec<String>); 4] = [
        ("ImageId", (0..40).map(|row| (5000 + 3 * row).to_string()).collect()),
        ("id", (0..40).map(|row| format!("img {}", 40 - row)).collect()),
        ("Unnamed: 0", (0..40).map(|row| (row * 17 % 40).to_string()).collect()),
        ("file", (0..40).map(|row| format!("{row}.png")).collect()),
    ];
    for (name, values) in ids {
        let mut columns = Columns::of(&data, SCHEMES[0]);
        columns.0.push((name.into(), values.clone()));
        for order in [(17..18).chain(0..17), (0..9).chain(17..18)] {
            let order: Vec<usize> = order.chain(9..17).collect();
            let mut seen = Vec::new();
            let order = order.into_iter().filter(|at| {
                let new = !seen.contains(at);
                seen.push(*at);
                new
            });
            let text = columns.ordered(order);
            let (read, _, _) = table(read_every_way(name, text.as_bytes()), name);
            let found = read.ids().unwrap_or_else(|| panic!("{name} has no ids"));
            assert_eq!(found.iter().collect::<Vec<_>>(), values, "{name}");
            assert_eq!(found.name.as_deref(), Some(name).filter(|&name| name != "Unnamed: 0"));
            assert_eq!((read.pixels(), read.labels()), (data.pixels(), data.labels()), "{name}");
        }
    }
}

#[test]
fn ids_without_a_header() {
    let data = sample(4, 40);
    type Id = fn(usize) -> String;
    let ids: [(&str, Id); 2] =
        [("numbers", |row| (900 + row * 7 % 40).to_string()), ("words", |row| format!("a{row}"))];
    for (name, id) in ids {
        let row = |index: usize, label: bool| {
            let cells = data.image(index).iter().map(u8::to_string);
            let label = label.then(|| data.labels().unwrap()[index].to_string());
            let all: Vec<String> = std::iter::once(id(index)).chain(label).chain(cells).collect();
            all.join(",") + "\n"
        };
        for labelled in [true, false] {
            let text: String = (0..40).map(|index| row(index, labelled)).collect();
            let (read, _, _) = table(read_every_way(name, text.as_bytes()), name);
            let expected: Vec<String> = (0..40).map(id).collect();
            assert_eq!(read.ids().unwrap().iter().collect::<Vec<_>>(), expected, "{name}");
            assert_eq!(read.labels(), data.labels().filter(|_| labelled), "{name}");
            assert_eq!(read.pixels(), data.pixels(), "{name}");
        }
    }
}

#[test]
fn unused_columns_get_a_notice() {
    let data = sample(4, 40);
    let mut columns = Columns::of(&data, SCHEMES[0]);
    columns.0.push(("source".into(), vec!["mnist".into(); 40]));
    let text = columns.ordered(0..18);
    let (read, layout, _) = table(read_every_way("source", text.as_bytes()), "source");
    assert_eq!(read, data);
    assert!(layout.notices[0].contains("18 ('source') is neither"), "{:?}", layout.notices);
    columns.0[0].0 = "what".into();
    let error = read_chunks([columns.ordered(0..18).as_bytes()]).unwrap_err();
    assert!(error.problem.contains("'what', 'source' holds the labels"), "{error}");
}

#[test]
fn the_fuzz_corpus_has_columns() {
    let columns = Columns::of(&sample(4, 3), SCHEMES[0]);
    keep_in_corpus("csv", "named backwards", columns.ordered((0..17).rev()).as_bytes());
    let twice = Columns::of(&sample(4, 3), |at, _, _| format!("pixel{}", at.min(14)));
    keep_in_corpus("csv", "named twice", twice.ordered(0..17).as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_named_columns_gives_the_same_images(
        order in Just((0..26).collect::<Vec<usize>>()).prop_shuffle(),
        scheme in prop::sample::select(SCHEMES.to_vec()),
        images in 5_usize..40,
    ) {
        let data = sample(5, images);
        let text = Columns::of(&data, scheme).ordered(order);
        let (read, layout, _) = table(read_chunks(text.as_bytes().chunks(700)), "any order");
        prop_assert_eq!(read, data);
        prop_assert_eq!(layout.notices, Vec::<String>::new());
    }
}
