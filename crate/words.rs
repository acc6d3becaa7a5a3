//! Numbers with their nouns.

/// The noun for a count: `plural(1, "image", "images")` is "image".
pub fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// A count with its noun, which takes an "s": `counted(2, "image")` is "2 images".
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", plural(count, "", "s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(0, "image"), "0 images");
        assert_eq!(counted(1, "epoch"), "1 epoch");
        assert_eq!(counted(12, "epoch"), "12 epochs");
        assert_eq!(plural(1, "class", "classes"), "class");
    }
}
