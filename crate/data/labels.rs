//! Labels as numbers or words, and whether they are a plausible set of classes.

use std::collections::{BTreeMap, HashMap};

use crate::data::layout::{self, LabelForm};
use crate::data::names::{self, MAX_LENGTH, MAX_NAMES};
use crate::error::{Error, Result};

/// Labels up to this one are never questioned: files of digits may contain any few of them.
const DIGITS: usize = 9;

/// A word among numbers that occurs less often is more likely a typo than a class.
const FEWEST: usize = 3;

/// The most odd words to list.
const LISTED: usize = 3;

/// The labels that a file may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A plausible set of classes.
    LikeClasses,
    /// Labels below a number of classes.
    Classes(usize),
    /// Any labels.
    Any,
}

impl Expected {
    /// The number of classes, if given.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::Classes(classes) => Some(classes),
            Self::LikeClasses | Self::Any => None,
        }
    }
}

/// Collects labels and remembers where each occurred first.
pub(super) struct Labels {
    /// A code for each label: the number itself unless a word has it.
    values: Vec<u8>,
    counts: [usize; 256],
    first_rows: [u64; 256],
    /// The code of each number that occurred.
    numbers: [Option<u8>; 256],
    words: HashMap<String, u8>,
    expected: Expected,
}

/// The labels of a file as classes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Classes {
    pub labels: Vec<u8>,
    /// Class names; empty if the classes are plain numbers.
    pub names: Vec<String>,
    pub form: LabelForm,
    /// Notices about the labels.
    pub notices: Vec<String>,
}

impl Labels {
    /// No labels yet.
    pub fn new(expected: Expected) -> Self {
        Self {
            values: Vec::new(),
            counts: [0; 256],
            first_rows: [0; 256],
            numbers: [None; 256],
            words: HashMap::new(),
            expected,
        }
    }

    /// Whether some label is a word.
    pub fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Takes the label of `row`.
    ///
    /// # Errors
    /// If there are too many classes; without a place.
    #[inline]
    pub fn push(&mut self, row: u64, label: u8) -> Result<()> {
        let code = match self.numbers[usize::from(label)] {
            Some(code) => code,
            None => self.code_of_number(label)?,
        };
        self.count(row, code);
        Ok(())
    }

    /// Takes the label of `row`, which is a word.
    ///
    /// # Errors
    /// If it cannot be a class name, or there are too many; without a place.
    pub fn push_word(&mut self, row: u64, word: &[u8]) -> Result<()> {
        let word = std::str::from_utf8(word).map_err(|_| {
            Error::data("the label is no text in UTF-8").help("Save the file as UTF-8")
        })?;
        let code = match self.words.get(word) {
            Some(&code) => code,
            None => self.code_of_word(word)?,
        };
        self.count(row, code);
        Ok(())
    }

    #[inline]
    fn count(&mut self, row: u64, code: u8) {
        let index = usize::from(code);
        if self.counts[index] == 0 {
            self.first_rows[index] = row;
        }
        self.counts[index] += 1;
        self.values.push(code);
    }

    fn code_of_number(&mut self, number: u8) -> Result<u8> {
        let own = self.counts[usize::from(number)] == 0;
        let code = if own { number } else { self.free_code()? };
        self.numbers[usize::from(number)] = Some(code);
        Ok(code)
    }

    fn code_of_word(&mut self, word: &str) -> Result<u8> {
        let start: String = word.chars().take(24).collect();
        if word.chars().count() > MAX_LENGTH || word.chars().any(char::is_control) {
            return Err(Error::data(format!(
                "the label '{}…' is no name of a class",
                start.escape_debug()
            ))
            .help(format!(
                "Labels are whole numbers from 0, or words of up to {MAX_LENGTH} letters"
            )));
        }
        let code = self.free_code()?;
        self.words.insert(word.into(), code);
        Ok(code)
    }

    /// An unused code.
    fn free_code(&self) -> Result<u8> {
        // From the end, so that later numbers can be their own codes.
        let free = (0..=u8::MAX).rev().find(|&code| self.counts[usize::from(code)] == 0);
        free.ok_or_else(|| {
            Error::data(format!("there are more than {MAX_NAMES} different labels"))
                .help("Check whether this column holds labels; a column of ids needs the name 'id'")
        })
    }

    /// The labels, if they are a plausible set of classes.
    ///
    /// # Errors
    /// If a label stands apart from the others or is beyond the number of classes; with its row.
    pub fn finish(self) -> Result<Classes> {
        if self.has_words() { self.finish_words() } else { self.finish_numbers() }
    }

    fn finish_numbers(self) -> Result<Classes> {
        if let Some(classes) = self.expected.classes() {
            self.refuse_beyond(classes)?;
        }
        if let Some(label) = self.stray().filter(|_| self.expected == Expected::LikeClasses) {
            return Err(self.stray_error(label));
        }
        Ok(Classes {
            labels: self.values,
            names: Vec::new(),
            form: LabelForm::Numbers,
            notices: Vec::new(),
        })
    }

    /// Refuses labels that are not below `classes`.
    fn refuse_beyond(&self, classes: usize) -> Result<()> {
        let beyond = (classes..256).filter(|&label| self.counts[label] > 0);
        let Some(label) = beyond.min_by_key(|&label| self.first_rows[label]) else { return Ok(()) };
        let last = classes.saturating_sub(1);
        Err(Error::data(format!("label {label} where {classes} classes are expected"))
            .setting("classes")
            .help(format!("Correct the label to one of 0–{last}, or allow more classes"))
            .at_row(self.first_rows[label]))
    }

    fn finish_words(self) -> Result<Classes> {
        if self.are_digits() {
            return self.finish_digits();
        }
        if let Some(word) = self.misspelt_number() {
            return Err(self.misspelt_error(word));
        }
        let (form, classes) = match self.letters() {
            Some(letters) => (LabelForm::Letters, letters),
            None => (LabelForm::Words, self.sorted()),
        };
        let notices = self.rare_labels().into_iter().chain(self.alike_words()).collect();
        Ok(self.classes(form, classes, notices))
    }

    /// The labels of classes, each with its name and its code, if any.
    fn classes(
        self,
        form: LabelForm,
        classes: Vec<(String, Option<u8>)>,
        notices: Vec<String>,
    ) -> Classes {
        let mut class_of = [0; 256];
        for (class, (_, code)) in (0..=u8::MAX).zip(&classes) {
            if let Some(code) = code {
                class_of[usize::from(*code)] = class;
            }
        }
        let labels = self.values.iter().map(|&code| class_of[usize::from(code)]).collect();
        let names = classes.into_iter().map(|(name, _)| name).collect();
        Classes { labels, names, form, notices }
    }

    /// Whether all labels are digits, as words or numerals.
    fn are_digits(&self) -> bool {
        let number_of_two_digits = self.numbers[DIGITS + 1..].iter().any(Option::is_some);
        !number_of_two_digits && self.words.keys().all(|word| names::digit(word).is_some())
    }

    /// Digits written as words keep these words as names, unless most are numerals.
    fn finish_digits(self) -> Result<Classes> {
        let mixed = self.numbers.iter().any(Option::is_some);
        let few = self.images_of_numbers() > self.images_of_words();
        let example = self.words.keys().min().cloned().unwrap_or_default();
        let plain = self.into_figures();
        let largest = (0..=DIGITS).rfind(|&digit| plain.counts[digit] > 0).unwrap_or_default();
        let mut found = plain.finish_numbers()?;
        if mixed {
            let digit = names::digit(&example).unwrap_or_default();
            found.notices.push(format!(
                "Some labels are digits in words, others in figures: '{example}' is read as {digit}"
            ));
        }
        if !few {
            found.form = LabelForm::Words;
            found.names = (0..=largest).map(|digit| names::digit_word(digit).into()).collect();
        }
        Ok(found)
    }

    /// The same labels with words replaced by digits.
    fn into_figures(self) -> Self {
        let mut digits = [0; 256];
        for (word, &code) in &self.words {
            digits[usize::from(code)] = names::digit(word).unwrap_or_default() as u8;
        }
        for (number, code) in (0..=u8::MAX).zip(self.numbers) {
            if let Some(code) = code {
                digits[usize::from(code)] = number;
            }
        }
        let mut plain = Self::new(self.expected);
        plain.values = self.values.iter().map(|&code| digits[usize::from(code)]).collect();
        for code in (0..256).filter(|&code| self.counts[code] > 0) {
            let (digit, row) = (usize::from(digits[code]), self.first_rows[code]);
            let before = plain.counts[digit] > 0;
            plain.first_rows[digit] = if before { row.min(plain.first_rows[digit]) } else { row };
            plain.counts[digit] += self.counts[code];
        }
        plain
    }

    /// Classes of single letters of one case, A to the last that occurred.
    fn letters(&self) -> Option<Vec<(String, Option<u8>)>> {
        let letter = |word: &String| match word.as_bytes() {
            [letter] if letter.is_ascii_alphabetic() => Some(*letter),
            _ => None,
        };
        let letters: BTreeMap<u8, u8> = self
            .words
            .iter()
            .map(|(word, &code)| Some((letter(word)?, code)))
            .collect::<Option<_>>()?;
        let (&low, &high) = (letters.keys().next()?, letters.keys().next_back()?);
        let one_case = low.is_ascii_uppercase() == high.is_ascii_uppercase();
        if !one_case || self.numbers.iter().any(Option::is_some) {
            return None;
        }
        let first = if low.is_ascii_uppercase() { b'A' } else { b'a' };
        let class = |letter: u8| (char::from(letter).to_string(), letters.get(&letter).copied());
        Some((first..=high).map(class).collect())
    }

    /// Classes of words: numbers first, then the words by name.
    fn sorted(&self) -> Vec<(String, Option<u8>)> {
        let numbers = (0..256).filter(|&number| self.numbers[number].is_some());
        let words: BTreeMap<&String, u8> =
            self.words.iter().map(|(word, &code)| (word, code)).collect();
        numbers
            .map(|number| (number.to_string(), self.numbers[number]))
            .chain(words.into_iter().map(|(word, code)| (word.clone(), Some(code))))
            .collect()
    }

    fn images_of_numbers(&self) -> usize {
        self.numbers.iter().flatten().map(|&code| self.counts[usize::from(code)]).sum()
    }

    fn images_of_words(&self) -> usize {
        self.words.values().map(|&code| self.counts[usize::from(code)]).sum()
    }

    /// The number of images of the median class.
    fn median(&self) -> usize {
        let mut counts: Vec<usize> =
            self.counts.iter().copied().filter(|&count| count > 0).collect();
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied().unwrap_or_default()
    }

    /// The first word among many numbers that is too rare to be a class.
    fn misspelt_number(&self) -> Option<&str> {
        if self.expected == Expected::Any || self.images_of_numbers() <= self.images_of_words() {
            return None;
        }
        let median = self.median();
        let is_rare = |code: u8| {
            let count = self.counts[usize::from(code)];
            count < FEWEST || count * 4 < median
        };
        let rare = self.words.iter().filter(|&(_, &code)| is_rare(code));
        let first = rare.min_by_key(|&(_, &code)| self.first_rows[usize::from(code)])?;
        Some(first.0)
    }

    fn misspelt_error(&self, word: &str) -> Error {
        let shown: String = word.chars().take(24).flat_map(char::escape_debug).collect();
        Error::data(format!("the label is '{shown}', not a whole number 0–255 as most others are"))
            .help("Correct the label: labels are whole numbers from 0, or words")
            .at_row(self.first_rows[usize::from(self.words[word])])
    }

    /// The notice about labels that are far rarer than others.
    fn rare_labels(&self) -> Option<String> {
        let median = self.median();
        let count = |code: Option<u8>| code.map_or(0, |code| self.counts[usize::from(code)]);
        let all = self.sorted().into_iter().map(|(label, code)| (label, count(code)));
        let rare: Vec<(String, usize)> = all.filter(|(_, count)| count * 4 < median).collect();
        let shown: Vec<String> = rare
            .iter()
            .take(LISTED)
            .map(|(label, count)| format!("'{label}' ({})", layout::count(*count, "image")))
            .collect();
        let more = if rare.len() > LISTED { ", …" } else { "" };
        (!rare.is_empty()).then(|| {
            format!(
                "Some labels are far rarer than others, which have about {}: {}{more}. Check that they are not misspelt",
                layout::count(median, "image"),
                shown.join(", "),
            )
        })
    }

    /// The notice about words that differ only in case; letters are separate classes.
    fn alike_words(&self) -> Option<String> {
        let mut seen: BTreeMap<String, &String> = BTreeMap::new();
        let mut words: Vec<&String> =
            self.words.keys().filter(|word| word.chars().count() > 1).collect();
        words.sort_unstable();
        words.into_iter().find_map(|word| {
            let other = seen.insert(word.to_lowercase(), word)?;
            Some(format!("The labels '{other}' and '{word}' differ in upper and lower case only: they are two classes"))
        })
    }

    /// A label above 9 that stands apart: the labels leave more gaps than they fill, or it occurs
    /// less than a quarter as often as the median class.
    fn stray(&self) -> Option<usize> {
        let present: Vec<usize> = (0..256).filter(|&label| self.counts[label] > 0).collect();
        let largest = present.last().copied().filter(|&largest| largest > DIGITS)?;
        if present.len() * 2 < largest + 1 {
            return Some(largest);
        }
        let median = self.median();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(labels: &[&str]) -> Result<Classes> {
        let mut all = Labels::new(Expected::LikeClasses);
        for (row, label) in (1..).zip(labels) {
            match label.parse() {
                Ok(number) => all.push(row, number)?,
                Err(_) => all.push_word(row, label.as_bytes())?,
            }
        }
        all.finish()
    }

    fn found(labels: &[&str]) -> (Vec<u8>, String, LabelForm) {
        let classes = read(labels).unwrap();
        assert_eq!(classes.notices, Vec::<String>::new(), "{labels:?}");
        (classes.labels, classes.names.join(" "), classes.form)
    }

    #[test]
    fn words_are_classes_sorted_by_name() {
        assert_eq!(
            found(&["dog", "cat", "dog"]),
            (vec![1, 0, 1], "cat dog".into(), LabelForm::Words)
        );
        assert_eq!(found(&["b", "7", "A", "12"]).1, "7 12 A b");
        assert_eq!(found(&["b", "7", "A", "12"]).0, [3, 0, 2, 1]);
    }

    #[test]
    fn digit_words_become_numbers() {
        let (labels, names, form) = found(&["Seven", "zero", "SEVEN"]);
        assert_eq!((labels, form), (vec![7, 0, 7], LabelForm::Words));
        assert_eq!(names, "zero one two three four five six seven");
        let mixed = read(&["7", "zero", "seven", "3", "3"]).unwrap();
        assert_eq!((mixed.labels, mixed.names.len()), (vec![7, 0, 7, 3, 3], 0));
        assert!(mixed.notices[0].contains("'seven' is read as 7"), "{:?}", mixed.notices);
    }

    #[test]
    fn letters_of_one_case_are_numbered_from_a() {
        assert_eq!(found(&["C", "A"]), (vec![2, 0], "A B C".into(), LabelForm::Letters));
        assert_eq!(found(&["b"]), (vec![1], "a b".into(), LabelForm::Letters));
        assert_eq!(found(&["C", "a"]).1, "C a");
    }

    #[test]
    fn a_word_among_numbers_is_refused_with_its_row() {
        let mut labels = ["0", "1", "2", "3"].repeat(10);
        labels[17] = "l";
        let error = read(&labels).unwrap_err();
        assert!(error.problem.contains("'l', not a whole number"), "{error}");
        assert_eq!(error.place.row, Some(18));
        let eleven: Vec<String> = (0..44)
            .map(|at| if at % 11 == 10 { "x".into() } else { (at % 11).to_string() })
            .collect();
        let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
        assert_eq!(found(&eleven).1, "0 1 2 3 4 5 6 7 8 9 x", "as often as the others: a class");
    }

    #[test]
    fn rare_and_similar_words_get_a_notice() {
        let mut labels = ["cat", "dog"].repeat(10);
        labels[3] = "dgo";
        let notices = read(&labels).unwrap().notices;
        assert!(notices[0].contains("'dgo' (1 image)"), "{notices:?}");
        let notices = read(&["Cat", "cat"]).unwrap().notices;
        assert!(notices[0].contains("'Cat' and 'cat'"), "{notices:?}");
    }

    #[test]
    fn numbers_after_a_word_keep_their_images() {
        let labels = ["word", "255", "255", "254", "word", "word"];
        let (labels, names, _) = found(&labels);
        assert_eq!((labels, names.as_str()), (vec![2, 1, 1, 0, 2, 2], "254 255 word"));
    }

    #[test]
    fn there_are_at_most_256_classes() {
        let many: Vec<String> = (0..257).map(|at| format!("word{at}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(read(&many[..256]).unwrap().names.len(), 256);
        assert!(read(&many).unwrap_err().problem.contains("more than 256"));
        let mut labels = Labels::new(Expected::Any);
        assert!(labels.push_word(1, "x".repeat(61).as_bytes()).is_err());
        assert!(labels.push_word(1, b"caf\xe9").unwrap_err().problem.contains("UTF-8"));
    }
}
