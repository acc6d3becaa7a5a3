//! One-hot labels: one column per class, 1 for the class of the image and 0 elsewhere.

use std::ops::Range;

use super::cell::{self, Cells};
use crate::data::labels::{Classes, Expected, Labels};
use crate::data::names::MAX_NAMES;

/// The most classes.
pub(super) const MOST: usize = MAX_NAMES;

/// The columns of one-hot labels.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OneHot {
    /// The class of each column.
    classes: Vec<u8>,
    /// Class names; empty if the classes are plain numbers.
    pub names: Vec<String>,
}

impl OneHot {
    /// For this many columns; their names, if any, are interpreted as labels.
    pub fn new(columns: usize, names: &[String]) -> Self {
        let words = without_common_start(names);
        let named =
            (words.len() == columns && !only_count(&words)).then(|| classes(&words)).flatten();
        let numbered = || Classes {
            labels: (0..columns).map(|column| column as u8).collect(),
            names: Vec::new(),
            form: Default::default(),
            notices: Vec::new(),
        };
        let found = named.unwrap_or_else(numbered);
        Self { classes: found.labels, names: found.names }
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.classes.len()
    }

    /// The class of an image, given its cells in these columns; `None` unless exactly one is 1 and the others 0.
    pub fn class(&self, row: &[u8]) -> Option<u8> {
        let column = row.iter().position(|&value| value == 1)?;
        let others = row.iter().enumerate().filter(|&(at, _)| at != column);
        others.into_iter().all(|(_, &value)| value == 0).then(|| self.classes[column])
    }
}

/// Whether names only number the columns, starting where classes would not.
fn only_count(words: &[&str]) -> bool {
    let numbers: Option<Vec<u32>> = words.iter().map(|word| word.parse().ok()).collect();
    numbers.is_some_and(|numbers| {
        numbers.first().is_some_and(|&first| first > 1)
            && numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]))
    })
}

/// The names of columns as labels; `None` if two are the same.
fn classes(words: &[&str]) -> Option<Classes> {
    let mut labels = Labels::new(Expected::Any);
    for (row, word) in (1..).zip(words) {
        match word.parse() {
            Ok(number) => labels.push(row, number).ok()?,
            Err(_) if word.is_empty() => return None,
            Err(_) => labels.push_word(row, word.as_bytes()).ok()?,
        }
    }
    let found = labels.finish().ok()?;
    let mut seen = found.labels.clone();
    seen.sort_unstable();
    seen.dedup();
    (seen.len() == words.len()).then_some(found)
}

/// Names without their common prefix up to a separator or a number: `label_cat` is `cat`, `class3` is `3`.
fn without_common_start(names: &[String]) -> Vec<&str> {
    let Some(first) = names.first() else { return Vec::new() };
    let common = |end: &usize| {
        let start = &first[..*end];
        let separated = start.ends_with(['_', '=', ':', '.', ' ', '-', '/']);
        let numbered = names.iter().all(|name| {
            name.get(*end..).is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
        (separated || (numbered && !start.ends_with(|last: char| last.is_ascii_digit())))
            && names.iter().all(|name| name.starts_with(start))
    };
    let end = first.char_indices().map(|(at, _)| at).rfind(common).unwrap_or_default();
    names.iter().map(|name| name[end..].trim()).collect()
}

/// Whether exactly one of these columns is 1 and the others are 0 in all rows.
pub(super) fn is(columns: Range<usize>, rows: &[Cells]) -> bool {
    columns.len() > 1
        && !rows.is_empty()
        && rows.iter().all(|row| {
            let mut ones = 0;
            let binary = columns.clone().all(|column| {
                let value = value(row.get(column));
                ones += usize::from(value == Some(1));
                value.is_some()
            });
            binary && ones == 1
        })
}

/// A cell that is 0 or 1, as a number or as pandas writes it.
pub(super) fn value(cell: &[u8]) -> Option<u8> {
    match cell::number(cell) {
        Some(0.0) => Some(0),
        Some(1.0) => Some(1),
        _ if cell.eq_ignore_ascii_case(b"false") => Some(0),
        _ if cell.eq_ignore_ascii_case(b"true") => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> (Vec<u8>, String) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let one_hot = OneHot::new(3, &names);
        (one_hot.classes, one_hot.names.join(" "))
    }

    #[test]
    fn column_names_become_class_names() {
        for (names, classes, expected) in [
            (&[][..], [0, 1, 2], ""),
            (&["0", "1", "2"], [0, 1, 2], ""),
            (&["class2", "class0", "class1"], [2, 0, 1], ""),
            (&["label_cat", "label_dog", "label_bird"], [1, 2, 0], "bird cat dog"),
            (&["is_one", "is_zero", "is_two"], [1, 0, 2], "zero one two"),
            (&["A", "C", "B"], [0, 2, 1], "A B C"),
            (&["same", "same", "other"], [0, 1, 2], ""),
            (&["784", "785", "786"], [0, 1, 2], ""),
        ] {
            assert_eq!(found(names), (classes.to_vec(), expected.to_string()), "{names:?}");
        }
    }

    #[test]
    fn a_row_has_exactly_one_class() {
        let one_hot = OneHot::new(3, &[]);
        assert_eq!(one_hot.class(&[0, 0, 1]), Some(2));
        for bad in [[0, 0, 0], [1, 0, 1], [1, 2, 0]] {
            assert_eq!(one_hot.class(&bad), None, "{bad:?}");
        }
        assert_eq!((value(b"True"), value(b"1.0"), value(b"0.5")), (Some(1), Some(1), None));
    }
}
