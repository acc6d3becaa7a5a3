//! The fast path: rows of plain small integers, read straight from the text.

/// Reads a row of integers of one to three digits, one for each element of `row`, that ends with a
/// line end; `skipped` is a column of digits whose value does not matter. Gives the length of the
/// row in bytes, or nothing where the row is anything else or goes on beyond `text`.
#[inline]
pub(super) fn parse(
    text: &[u8],
    delimiter: u8,
    skipped: Option<usize>,
    row: &mut [u8],
) -> Option<usize> {
    let last = row.len().checked_sub(1)?;
    let mut at = 0;
    for (column, value) in row.iter_mut().enumerate() {
        let (number, length) = if Some(column) == skipped {
            (0, text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count())
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

/// The number 0–255 at the start of the text and its length, where a byte that is no digit follows.
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
