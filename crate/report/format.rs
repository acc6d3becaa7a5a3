//! Readable numbers: grouped digits, percentages, durations and dates.

/// A no-break space: keeps a number and its unit on one line.
const NBSP: char = '\u{a0}';

/// A whole number with its digits in groups of three: `139,018`.
pub fn integer(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, which takes an "s" unless the count is one: `1,500 images`.
pub fn counted(value: u64, noun: &str) -> String {
    let end = if value == 1 { "" } else { "s" };
    format!("{} {noun}{end}", integer(value))
}

/// A share as a percentage with `decimals` digits after the point: `98.31 %`; a dash for NaN.
pub fn percent(share: f64, decimals: usize) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    format!("{:.decimals$}{NBSP}%", share * 100.0)
}

/// A loss with four digits after the point, large ones as a power of ten; a dash for NaN.
pub fn loss(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "–".to_owned(),
        _ if value.abs() >= 1e5 => format!("{value:.1e}"),
        _ => format!("{value:.4}"),
    }
}

/// A duration: `42.3 s`, `3 min 20 s`, `1 h 02 min`; a dash for NaN.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    if seconds < 59.95 {
        return format!("{seconds:.1}{NBSP}s");
    }
    let whole = seconds.round() as u64;
    if whole < 3600 {
        format!("{}{NBSP}min {:02}{NBSP}s", whole / 60, whole % 60)
    } else {
        format!("{}{NBSP}h {:02}{NBSP}min", whole / 3600, whole % 3600 / 60)
    }
}

/// A time, in seconds since 1970, as date and time in UTC: `2026-01-31 13:05 UTC`.
pub fn moment(unix_seconds: u64) -> String {
    let (year, month, day) = date(unix_seconds / 86_400);
    let second = unix_seconds % 86_400;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3600, second % 3600 / 60)
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar.
fn date(days: u64) -> (u64, u64, u64) {
    let (mut year, mut left) = (1970, days);
    // Whole cycles of 400 years first, so that the loop is short for any number of days.
    year += left / 146_097 * 400;
    left %= 146_097;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let mut month = 0;
    for length in month_lengths(is_leap(year)) {
        month += 1;
        if left < length {
            break;
        }
        left -= length;
    }
    (year, month, left + 1)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn month_lengths(leap: bool) -> [u64; 12] {
    [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_for_people() {
        assert_eq!(integer(0), "0");
        assert_eq!(integer(999), "999");
        assert_eq!(integer(139_018), "139,018");
        assert_eq!(integer(1_000_000), "1,000,000");
        assert_eq!(percent(0.98314, 2), "98.31\u{a0}%");
        assert_eq!(percent(f64::NAN, 2), "–");
        assert_eq!(loss(0.051_26), "0.0513");
        assert_eq!(loss(f64::INFINITY), "–");
        assert_eq!(loss(2.54e30), "2.5e30");
        assert_eq!(duration(42.34), "42.3\u{a0}s");
        assert_eq!(duration(59.99), "1\u{a0}min 00\u{a0}s");
        assert_eq!(duration(200.0), "3\u{a0}min 20\u{a0}s");
        assert_eq!(duration(3725.0), "1\u{a0}h 02\u{a0}min");
        assert_eq!(duration(-1.0), "–");
    }

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(moment(0), "1970-01-01 00:00 UTC");
        assert_eq!(moment(951_827_696), "2000-02-29 12:34 UTC");
        assert_eq!(moment(1_709_251_199), "2024-02-29 23:59 UTC");
        assert_eq!(moment(1_735_689_600), "2025-01-01 00:00 UTC");
        assert_eq!(moment(4_107_542_400), "2100-03-01 00:00 UTC");
        assert!(moment(u64::MAX).ends_with("UTC"));
    }
}
