//! Labels as they are read, and whether they are a plausible set of classes.

use crate::error::{Error, Result};

/// Up to this label no question is asked: files of digits may hold any few of them.
const DIGITS: usize = 9;

/// What labels a file may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A set that looks like classes.
    LikeClasses,
    /// Those below a number of classes.
    Classes(usize),
    /// Any.
    Any,
}

impl Expected {
    /// The number of classes, where it is given.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::Classes(classes) => Some(classes),
            Self::LikeClasses | Self::Any => None,
        }
    }
}

/// Collects labels and remembers where each was seen first.
pub(super) struct Labels {
    values: Vec<u8>,
    counts: [usize; 256],
    first_rows: [u64; 256],
    expected: Expected,
}

impl Labels {
    /// No labels yet.
    pub fn new(expected: Expected) -> Self {
        Self { values: Vec::new(), counts: [0; 256], first_rows: [0; 256], expected }
    }

    /// Takes the label of `row`.
    ///
    /// # Errors
    /// Where the number of classes is given and the label is not below it; without a place.
    pub fn push(&mut self, row: u64, label: u8) -> Result<()> {
        let index = usize::from(label);
        if let Some(classes) = self.expected.classes().filter(|&classes| index >= classes) {
            let last = classes.saturating_sub(1);
            return Err(Error::data(format!("label {label} where {classes} classes are expected"))
                .setting("classes")
                .help(format!("Correct the label to one of 0–{last}, or allow more classes")));
        }
        if self.counts[index] == 0 {
            self.first_rows[index] = row;
        }
        self.counts[index] += 1;
        self.values.push(label);
        Ok(())
    }

    /// The labels, once they look like a set of classes.
    ///
    /// # Errors
    /// Where a label stands apart from the others; with its row.
    pub fn finish(self) -> Result<Vec<u8>> {
        match self.stray().filter(|_| self.expected == Expected::LikeClasses) {
            Some(label) => Err(self.stray_error(label)),
            None => Ok(self.values),
        }
    }

    /// The labels as they are, where their form alone (letters) says that they are classes.
    pub fn into_values(self) -> Vec<u8> {
        self.values
    }

    /// A label above 9 that is no class like the others: the labels leave more gaps than they fill,
    /// or it is seen less than a quarter as often as the median class.
    fn stray(&self) -> Option<usize> {
        let present: Vec<usize> = (0..256).filter(|&label| self.counts[label] > 0).collect();
        let largest = present.last().copied().filter(|&largest| largest > DIGITS)?;
        if present.len() * 2 < largest + 1 {
            return Some(largest);
        }
        let mut counts: Vec<usize> = present.iter().map(|&label| self.counts[label]).collect();
        counts.sort_unstable();
        let median = counts[counts.len() / 2];
        present.into_iter().rfind(|&label| label > DIGITS && self.counts[label] * 4 < median)
    }

    fn stray_error(&self, stray: usize) -> Error {
        let mut others = (0..256).filter(|&label| label != stray && self.counts[label] > 0);
        let problem = match (others.next(), others.next_back()) {
            (Some(low), Some(high)) => {
                format!("label {stray}, where the others are {low}–{high}")
            }
            (Some(only), None) => format!("label {stray}, where the others are {only}"),
            _ => format!("label {stray}, where digits have labels 0–9"),
        };
        Error::data(problem)
            .setting("classes")
            .help("Correct the label, or give the number of classes if the labels are right")
            .at_row(self.first_rows[stray])
    }
}
