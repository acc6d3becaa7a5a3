//! The delimiter of a text, detected from its first bytes.

/// Delimiters of a line that is wide enough for an image: 16 pixels have 15 between them.
const WIDE: usize = 15;

/// Character counts of one of the first lines.
#[derive(Default)]
struct Counts {
    semicolons: usize,
    tabs: usize,
    bars: usize,
    commas: usize,
    /// Runs of spaces between cells.
    spaces: usize,
    /// Commas that do not stand between two digits.
    loose_commas: usize,
    /// Letters that do not occur in numbers.
    letters: usize,
}

/// The delimiter of a text that starts with `head`; a space means any run of spaces and tabs.
///
/// The first line wide enough for an image decides, not titles and counts before the table. A semicolon wins
/// over a comma, which may then be a decimal comma; so do tab and bar.
pub(super) fn delimiter(head: &[u8]) -> u8 {
    let told = told(head);
    for line in lines(head) {
        let counts = count(line);
        let of = |byte: u8| match byte {
            b';' => counts.semicolons,
            b'\t' => counts.tabs,
            b'|' => counts.bars,
            b' ' => counts.spaces,
            _ => counts.commas,
        };
        if let Some(told) = told.filter(|&told| of(told) >= WIDE) {
            return told;
        }
        let decimal = counts.loose_commas == 0 && counts.letters == 0;
        let spaced = counts.spaces >= WIDE && (counts.commas == 0 || decimal);
        if let Some(&found) = [b';', b'\t', b'|'].iter().find(|&&byte| of(byte) >= WIDE) {
            return found;
        }
        if spaced {
            return b' ';
        }
        if counts.commas >= WIDE {
            return b',';
        }
    }
    told.unwrap_or_else(|| of_first_line(head))
}

/// The delimiter of a text without wide lines, from its first non-blank line.
fn of_first_line(head: &[u8]) -> u8 {
    let counts = lines(head).find(|line| !line.trim_ascii().is_empty()).map(count);
    match counts.unwrap_or_default() {
        Counts { semicolons: 1.., .. } => b';',
        Counts { tabs: 1.., .. } => b'\t',
        _ => b',',
    }
}

/// The delimiter declared by a first line such as `sep=;`, as spreadsheets write it.
fn told(head: &[u8]) -> Option<u8> {
    let line = lines(head).next()?;
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    match line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"sep=")) {
        true => line.get(4).copied().filter(|byte| b",;\t| ".contains(byte)),
        false => None,
    }
}

/// The lines of a text, the last of which may be incomplete; line ends in quotes do not count.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    text.split(move |&byte| {
        quoted ^= byte == b'"';
        !quoted && matches!(byte, b'\n' | b'\r')
    })
}

fn count(line: &[u8]) -> Counts {
    let mut counts = Counts::default();
    let mut quoted = false;
    let line = line.trim_ascii();
    for (at, &byte) in line.iter().enumerate() {
        let before = at.checked_sub(1).map_or(b' ', |at| line[at]);
        let after = line.get(at + 1).copied().unwrap_or(b' ');
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b';' => counts.semicolons += 1,
            b'\t' => counts.tabs += 1,
            b'|' => counts.bars += 1,
            b',' => {
                counts.commas += 1;
                let between_digits = before.is_ascii_digit() && after.is_ascii_digit();
                counts.loose_commas += usize::from(!between_digits);
            }
            b'e' | b'E' => {}
            _ => counts.letters += usize::from(byte.is_ascii_alphabetic()),
        }
        if !quoted && is_space(byte) && !is_space(before) {
            counts.spaces += 1;
        }
    }
    counts
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Replaces each run of spaces and tabs between cells with one space, and removes those around a
/// line.
#[derive(Default)]
pub(super) struct Squeezer {
    /// Whether the current line has content so far.
    inside: bool,
    /// Whether spaces have come since the last cell.
    pending: bool,
    quoted: bool,
    text: Vec<u8>,
}

impl Squeezer {
    /// Squeezes the next piece of the text.
    pub fn squeeze(&mut self, text: &[u8]) -> &[u8] {
        self.text.clear();
        for &byte in text {
            self.quoted ^= byte == b'"';
            if !self.quoted && is_space(byte) {
                self.pending = self.inside;
                continue;
            }
            let ends = !self.quoted && matches!(byte, b'\n' | b'\r');
            if self.pending && !ends {
                self.text.push(b' ');
            }
            (self.pending, self.inside) = (false, !ends);
            self.text.push(byte);
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(between: &str) -> String {
        vec!["0"; 17].join(between)
    }

    #[test]
    fn the_first_wide_line_decides_the_delimiter() {
        for (text, expected) in [
            (wide(","), b','),
            (wide(", "), b','),
            (wide(" ,"), b','),
            (wide(";"), b';'),
            (wide("\t"), b'\t'),
            (wide("|"), b'|'),
            (wide(" "), b' '),
            (format!("   {}", wide("   ")), b' '),
            (vec!["0,5"; 17].join(" "), b' '),
            (vec!["0,5"; 17].join(";"), b';'),
            (format!("784\n300\n{}", wide(";")), b';'),
            (format!("Digits, of mine; all\n{}", wide(",")), b','),
            (format!("sep=;\n{}", wide(";")), b';'),
            (format!("sep=,\r\n{}", vec!["0;1"; 17].join(",")), b','),
            (vec!["pixel 0"; 17].join(","), b','),
            (vec!["1 x 1"; 17].join(","), b','),
            (format!("\"ankle; boot\",{}", wide(",")), b','),
            ("a;b\n1;2".into(), b';'),
            ("a b".into(), b','),
            (String::new(), b','),
        ] {
            assert_eq!(delimiter(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn runs_of_spaces_become_one_across_any_chunks() {
        let text = b"  1   2\t3  \r\n \n4 \"a  b\"  5 ";
        let whole = Squeezer::default().squeeze(text).to_vec();
        assert_eq!(whole, b"1 2 3\r\n\n4 \"a  b\" 5");
        for size in 1..text.len() {
            let mut squeezer = Squeezer::default();
            let cut: Vec<u8> =
                text.chunks(size).flat_map(|chunk| squeezer.squeeze(chunk).to_vec()).collect();
            assert_eq!(cut, whole, "in pieces of {size}");
        }
    }
}
