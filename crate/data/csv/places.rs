//! Pixel positions from column names, such as `pixel12`, `3x4` or `row3_col4`.

use std::collections::HashMap;

use crate::error::{Error, Result};

/// Stands for a number in a name's kind. No name contains it, so a kind has as many marks as numbers.
const NUMBER: char = '\0';

/// A column name split into its kind, shared by similar names, and its numbers: `r3c4` is `r` and `c`, each before a
/// number, with 3 and 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub kind: String,
    numbers: Vec<u32>,
}

impl Name {
    /// Splits a name; case, spaces and quotes are ignored.
    pub fn new(name: &str) -> Self {
        let mut kind = String::new();
        let mut numbers = Vec::new();
        let mut digits = String::new();
        let name = name.to_lowercase();
        for character in name.chars().chain([NUMBER]) {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            if !digits.is_empty() {
                kind.push(NUMBER);
                // A number with too many digits cannot be a position.
                numbers.push(digits.parse().unwrap_or(u32::MAX));
                digits.clear();
            }
            if !matches!(character, ' ' | '"' | '\'' | NUMBER) {
                kind.push(character);
            }
        }
        Self { kind, numbers }
    }

    /// Whether the name contains a number.
    pub fn is_numbered(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Whether the name is just a number.
    pub fn is_only_a_number(&self) -> bool {
        self.kind.chars().eq([NUMBER])
    }

    /// Whether the second of two numbers is the row: `c3r4`, `x3y4`, `col3_row4`.
    fn is_column_first(&self) -> bool {
        let letters =
            |part: &str| -> String { part.chars().filter(|c| c.is_alphabetic()).collect() };
        let mut parts = self.kind.split(NUMBER).map(letters);
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let is = |part: &str, words: [&str; 4]| words.iter().any(|word| part.ends_with(word));
        is(&first, ["c", "col", "column", "x"]) && is(&second, ["r", "row", "y", "line"])
    }
}

/// The pixel order from the names of the pixel columns.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The columns are in the order of the image; with a notice if something is odd.
    AsTheyAre(Option<String>),
    /// The position of each column in the image.
    Named(Vec<usize>),
}

/// Determines pixel positions from column names, each with its column number counted from 0.
///
/// # Errors
/// If names contradict each other; the error quotes two columns.
pub(super) fn order(columns: &[(usize, String)], side: usize) -> Result<Order> {
    let names: Vec<Name> = columns.iter().map(|(_, name)| Name::new(name)).collect();
    if names.iter().any(|name| name.kind != names[0].kind) || !names[0].is_numbered() {
        return Ok(Order::AsTheyAre(Some(unknown(columns))));
    }
    let mut numbers = varying(&names);
    if names[0].is_column_first() {
        numbers.iter_mut().for_each(|numbers| numbers.reverse());
    }
    refuse_twice(columns, &numbers)?;
    let places = match numbers[0].len() {
        1 => counted(&numbers),
        2 => gridded(&numbers, side),
        _ => return Ok(Order::AsTheyAre(Some(unknown(columns)))),
    };
    match places {
        Some(places) if places.is_sorted() => Ok(Order::AsTheyAre(None)),
        Some(places) => Ok(Order::Named(places)),
        None if numbers.is_sorted() => Ok(Order::AsTheyAre(Some(format!(
            "The names of the pixel columns ('{}' to '{}') leave some out: the pixels are taken in the order of the file",
            columns[0].1,
            columns[columns.len() - 1].1
        )))),
        None => Err(out_of_order(columns, &numbers)),
    }
}

/// The numbers of each name that differ between names.
fn varying(names: &[Name]) -> Vec<Vec<u32>> {
    let count = names[0].numbers.len();
    let varies = |at: &usize| names.iter().any(|name| name.numbers[*at] != names[0].numbers[*at]);
    let varying: Vec<usize> = (0..count).filter(varies).collect();
    names.iter().map(|name| varying.iter().map(|&at| name.numbers[at]).collect()).collect()
}

/// Positions of pixels that are numbered from 0, 1 or any other number.
fn counted(numbers: &[Vec<u32>]) -> Option<Vec<usize>> {
    let first = numbers.iter().map(|numbers| numbers[0]).min()?;
    let place = |numbers: &Vec<u32>| Some((numbers[0] - first) as usize);
    numbers.iter().map(|one| place(one).filter(|&place| place < numbers.len())).collect()
}

/// Positions of pixels by row and column, counted from 0 or 1.
fn gridded(numbers: &[Vec<u32>], side: usize) -> Option<Vec<usize>> {
    let first = numbers.iter().flatten().min().copied().filter(|&first| first <= 1)?;
    let place = |numbers: &Vec<u32>| {
        let (row, column) = ((numbers[0] - first) as usize, (numbers[1] - first) as usize);
        (row < side && column < side).then_some(row * side + column)
    };
    numbers.iter().map(place).collect()
}

fn unknown(columns: &[(usize, String)]) -> String {
    let shown: Vec<String> =
        columns.iter().take(3).map(|(_, name)| format!("'{}'", short(name))).collect();
    format!(
        "The names of the pixel columns ({}, …) do not say where a pixel stands: they are taken in the order of the file",
        shown.join(", ")
    )
}

/// Refuses two columns for one pixel.
fn refuse_twice(columns: &[(usize, String)], numbers: &[Vec<u32>]) -> Result<()> {
    let mut seen: HashMap<&[u32], usize> = HashMap::new();
    for ((column, name), numbers) in columns.iter().zip(numbers) {
        if let Some(before) = seen.insert(numbers, *column) {
            return Err(Error::data(format!(
                "the columns {} and {} are both called '{}'",
                before + 1,
                column + 1,
                short(name)
            ))
            .help("Give each pixel a column of its own, or take the header away if the order is right")
            .at_column(*column as u64 + 1));
        }
    }
    Ok(())
}

/// The error for names that are out of order and skip positions.
fn out_of_order(columns: &[(usize, String)], numbers: &[Vec<u32>]) -> Error {
    let at = numbers.windows(2).position(|pair| pair[0] > pair[1]).unwrap_or_default();
    let ((_, one), (column, next)) = (&columns[at], &columns[at + 1]);
    Error::data(format!(
        "the names of the pixel columns are in no order ('{}' comes before '{}') and leave places out",
        short(one),
        short(next)
    ))
    .help("Name the pixels pixel0, pixel1, … without gaps, or take the header away if the order is right")
    .at_column(*column as u64 + 1)
}

/// A name for a message.
fn short(name: &str) -> String {
    name.chars().take(24).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: impl IntoIterator<Item = String>) -> Vec<(usize, String)> {
        names.into_iter().enumerate().collect()
    }

    /// Column names of 16 pixels in the order `at`; `name` formats pixel, row and column.
    fn names(at: &[usize], name: impl Fn(usize, usize, usize) -> String) -> Vec<(usize, String)> {
        named(at.iter().map(|&at| name(at, at / 4, at % 4)))
    }

    type Scheme = fn(usize, usize, usize) -> String;

    const SCHEMES: [Scheme; 14] = [
        |at, _, _| format!("pixel{at}"),
        |at, _, _| format!("Pixel {}", at + 1),
        |at, _, _| format!("px_{at:03}"),
        |at, _, _| format!("p{at}"),
        |at, _, _| at.to_string(),
        |at, _, _| format!("V{}", at + 2),
        |at, _, _| format!("28x28_{at}"),
        |_, row, column| format!("{}x{}", row + 1, column + 1),
        |_, row, column| format!("pixel_{row}_{column}"),
        |_, row, column| format!("r{row}c{column}"),
        |_, row, column| format!("({row}, {column})"),
        |_, row, column| format!("c{column}r{row}"),
        |_, row, column| format!("x{column}_y{row}"),
        |_, row, column| format!("col{column}_row{row}"),
    ];

    #[test]
    fn names_give_the_pixel_positions() {
        let straight: Vec<usize> = (0..16).collect();
        let mut sorted = straight.clone();
        sorted.sort_by_key(usize::to_string);
        let reversed: Vec<usize> = (0..16).rev().collect();
        for scheme in SCHEMES {
            let found = |at: &[usize]| order(&names(at, scheme), 4).unwrap();
            assert_eq!(found(&straight), Order::AsTheyAre(None), "{}", scheme(5, 1, 1));
            assert_eq!(found(&sorted), Order::Named(sorted.clone()), "{}", scheme(5, 1, 1));
            assert_eq!(found(&reversed), Order::Named(reversed.clone()), "{}", scheme(5, 1, 1));
        }
    }

    #[test]
    fn odd_names_keep_the_order_with_a_notice() {
        for odd in [
            named((0..16).map(|at| char::from(b'a' + at).to_string())),
            named((0..16).map(|at| format!("a{at}b{}c{}", at * 2, at * 3))),
            named((0..16).map(|at| if at == 3 { "what".into() } else { format!("pixel{at}") })),
            named((0..16).map(|_| "pixel".into())),
            // A mark or a NUL in a name is not a number.
            named((0..16).map(|at| if at == 3 { "p#".into() } else { format!("p{at}") })),
            named((0..16).map(|at| if at == 3 { "p\0".into() } else { format!("p{at}") })),
        ] {
            let Ok(Order::AsTheyAre(Some(notice))) = order(&odd, 4) else { panic!("{odd:?}") };
            assert!(notice.contains("order of the file"), "{notice}");
        }
        let gap = named((0..16).map(|at| format!("pixel{}", if at > 7 { at + 1 } else { at })));
        let Ok(Order::AsTheyAre(Some(notice))) = order(&gap, 4) else { panic!("a gap") };
        assert!(notice.contains("leave some out"), "{notice}");
    }

    #[test]
    fn contradictory_names_are_refused() {
        let twice = named((0..16).map(|at| format!("pixel{}", if at == 9 { 4 } else { at })));
        let error = order(&twice, 4).unwrap_err();
        assert!(error.problem.contains("columns 5 and 10 are both called 'pixel4'"), "{error}");
        assert_eq!(error.place.column, Some(10));
        let gap =
            named((0..16).rev().map(|at| format!("pixel{}", if at > 7 { 20 } else { 0 } + at)));
        let error = order(&gap, 4).unwrap_err();
        assert!(error.problem.contains("'pixel35' comes before 'pixel34'"), "{error}");
        let outside = names(&(0..16).rev().collect::<Vec<_>>(), |_, row, column| {
            format!("{row}x{}", 3 * column)
        });
        assert!(order(&outside, 4).is_err());
    }
}
