//! The fast path: rows of plain small integers, read straight from the text.

use std::ops::Range;

/// Reads a row of integers of one to three digits, one for each element of `row`, that ends with a line end. Columns in
/// `others` (sorted) may hold any text without quotes: `texts` gets its range, and the element is 0. Returns the length
/// of the row in bytes, or `None` if the row is anything else or extends beyond `text`.
#[inline]
pub(super) fn parse(
    text: &[u8],
    delimiter: u8,
    others: &[usize],
    row: &mut [u8],
    texts: &mut Vec<Range<usize>>,
) -> Option<usize> {
    let last = row.len().checked_sub(1)?;
    texts.clear();
    let mut at = 0;
    for (column, value) in row.iter_mut().enumerate() {
        let (number, length) = if others.get(texts.len()) == Some(&column) {
            let length = other(text.get(at..)?, delimiter)?;
            texts.push(at..at + length);
            (0, length)
        } else {
            integer(text.get(at..)?)?
        };
        *value = number;
        at += length;
        if column < last {
            if *text.get(at)? != delimiter {
                return None;
            }
            at += 1;
        }
    }
    match *text.get(at..)? {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\r', _, ..] => Some(at + 1),
        _ => None,
    }
}

/// The length of a text cell without quotes that is not the last of the row.
fn other(text: &[u8], delimiter: u8) -> Option<usize> {
    let ends = |&byte: &u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    let length = text.iter().take(super::MAX_CELL + 1).position(ends)?;
    (text[length] != b'"').then_some(length)
}

/// The number 0–255 at the start of the text and its length, if a non-digit follows.
#[inline]
fn integer(text: &[u8]) -> Option<(u8, usize)> {
    let digit = |at: usize| -> Option<(u32, bool)> {
        let value = text.get(at)?.wrapping_sub(b'0');
        Some((value.into(), value < 10))
    };
    let (ones, true) = digit(0)? else { return None };
    let (second, more) = digit(1)?;
    if !more {
        return Some((ones as u8, 1));
    }
    let (third, more) = digit(2)?;
    if !more {
        return Some(((ones * 10 + second) as u8, 2));
    }
    if let (_, true) = digit(3)? {
        return None;
    }
    u8::try_from(ones * 100 + second * 10 + third).ok().map(|value| (value, 3))
}
