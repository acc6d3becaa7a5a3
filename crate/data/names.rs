//! Class names. Without a name a class goes by its number.

use std::collections::HashSet;

use crate::error::{Error, Result};

/// The most classes that can have names.
pub const MAX_NAMES: usize = 256;

/// The most characters of a class name.
pub const MAX_LENGTH: usize = 60;

/// The most names in a message before it says how many more there are.
const LISTED: usize = 12;

const DIGITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// The digit that a word names, in upper or lower case.
pub fn digit(word: &str) -> Option<usize> {
    DIGITS.iter().position(|digit| digit.eq_ignore_ascii_case(word))
}

/// The word for a digit.
pub fn digit_word(digit: usize) -> &'static str {
    DIGITS[digit]
}

/// The name of `class`: its number if it has none.
pub fn of(names: &[String], class: usize) -> String {
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// The name of each of `classes` classes; empty if none has a name.
pub fn all(names: &[String], classes: usize) -> Vec<String> {
    match names {
        [] => Vec::new(),
        _ => (0..classes.max(names.len())).map(|class| of(names, class)).collect(),
    }
}

/// The key for comparing names: `zero` and `0` name the same class.
pub(super) fn key(name: &str) -> String {
    digit(name).map_or_else(|| name.into(), |digit| digit.to_string())
}

/// The comparison key of each of `classes` classes.
pub fn keys(names: &[String], classes: usize) -> Vec<String> {
    (0..classes.max(names.len())).map(|class| key(&of(names, class))).collect()
}

/// The names in a message: `A, B, C and 23 more`, or `0–9` for classes without names.
pub fn list(names: &[String], classes: usize) -> String {
    if names.is_empty() {
        return format!("0–{}", classes.saturating_sub(1));
    }
    let shown = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Checks that names can be the names of classes.
///
/// # Errors
/// If there are too many, one is empty or too long, or two name the same class.
pub fn check(names: &[String]) -> Result<()> {
    let refuse =
        |problem: String| Err(Error::data(problem).help("Give each class a short name of its own"));
    if names.len() > MAX_NAMES {
        return refuse(format!("{} class names are more than {MAX_NAMES}", names.len()));
    }
    let mut seen = HashSet::new();
    for name in names {
        if name.trim().is_empty() {
            return refuse("a class has an empty name".into());
        }
        if name.chars().count() > MAX_LENGTH {
            let start: String = name.chars().take(24).collect();
            return refuse(format!(
                "the class name '{start}…' has more than {MAX_LENGTH} characters"
            ));
        }
        if name.chars().any(char::is_control) {
            return refuse("a class name holds control characters".into());
        }
        if !seen.insert(key(name)) {
            return refuse(format!("two classes are called '{name}'"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn classes_without_a_name_go_by_their_number() {
        let two = names(&["cat", "dog"]);
        assert_eq!(all(&two, 3), names(&["cat", "dog", "2"]));
        assert_eq!(all(&[], 3), Vec::<String>::new());
        assert_eq!((of(&two, 1), of(&[], 1)), ("dog".into(), "1".into()));
    }

    #[test]
    fn digit_words_and_numerals_are_one_class() {
        assert_eq!(keys(&names(&["Zero", "ONE"]), 3), keys(&[], 3));
        assert_eq!(digit("nine").map(digit_word), Some("nine"));
        assert_eq!(digit("ten"), None);
    }

    #[test]
    fn messages_list_some_names() {
        assert_eq!(list(&[], 10), "0–9");
        assert_eq!(list(&names(&["A", "B"]), 2), "A, B");
        let many: Vec<String> = (0..15).map(|number| format!("n{number}")).collect();
        assert!(list(&many, 15).ends_with("n11 and 3 more"));
    }

    #[test]
    fn impossible_names_are_refused() {
        assert!(check(&names(&["A", "a", "ä", "猫"])).is_ok());
        for bad in [vec!["A", "A"], vec!["zero", "0"], vec![" "], vec!["a\nb"]] {
            assert!(check(&names(&bad)).is_err(), "{bad:?}");
        }
        assert!(check(&["x".repeat(61)]).is_err());
        let many: Vec<String> = (0..257).map(|number| number.to_string()).collect();
        assert!(check(&many).is_err());
        assert!(check(&many[..256]).is_ok());
    }
}
