//! Commands that the user can copy into a shell.

use std::borrow::Cow;
use std::path::Path;

/// A path as one word of a command line.
pub fn word(path: &Path) -> String {
    let text = path.display().to_string();
    // A word that begins with a dash would be parsed as an option.
    let text = if text.starts_with('-') { format!("./{text}") } else { text };
    if cfg!(windows) { quoted_for_windows(&text) } else { quoted(&text) }
}

/// For Unix shells. A path cannot contain the one character that they cannot quote.
fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// For cmd and PowerShell: paths there contain no double quotes, and a backslash is not special.
fn quoted_for_windows(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "\\/:._-+~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_unchanged_and_others_quoted() {
        for (path, due) in [
            ("runs/tiny-001", "runs/tiny-001"),
            ("my run2", "'my run2'"),
            ("$HOME/a;b", "'$HOME/a;b'"),
            ("it's", "\"it's\""),
        ] {
            assert_eq!(quoted(path), due);
        }
        for (path, due) in [
            (r"runs\tiny-001", r"runs\tiny-001"),
            (r"C:\Users\Ann\my run", "\"C:\\Users\\Ann\\my run\""),
            ("a&b", "\"a&b\""),
        ] {
            assert_eq!(quoted_for_windows(path), due);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_is_never_parsed_as_an_option() {
        assert_eq!(word(Path::new("--help")), "./--help");
        assert_eq!(word(Path::new("my run")), "'my run'");
    }
}
