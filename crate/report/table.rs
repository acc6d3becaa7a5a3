//! Tables as Markdown whose columns also line up on a terminal.

/// A table: the first column to the left, the others to the right.
pub fn markdown(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
        let lengths = cells.chain([head[column]]).map(|cell| cell.chars().count());
        lengths.max().unwrap_or_default().max(3)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded =
            cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 => format!(" {cell:<width$} |"),
                _ => format!(" {cell:>width$} |"),
            });
        format!("|{}\n", padded.collect::<String>())
    };
    let rule = widths.iter().enumerate().map(|(column, width)| match column {
        0 => format!(" {} |", "-".repeat(*width)),
        _ => format!(" {}: |", "-".repeat(width - 1)),
    });
    let rule = format!("|{}\n", rule.collect::<String>());
    let body: String =
        rows.iter().map(|row| line(row.iter().map(String::as_str).collect())).collect();
    line(head.to_vec()) + &rule + &body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_are_valid_markdown() {
        let rows = [["none", "99.3 %"], ["rotation −30°", "7 %"]]
            .map(|row| row.map(String::from).to_vec());
        let expected = "\
            | what          |  right |\n\
            | ------------- | -----: |\n\
            | none          | 99.3 % |\n\
            | rotation −30° |    7 % |\n";
        assert_eq!(markdown(&["what", "right"], &rows), expected);
        assert_eq!(markdown(&["a"], &[]), "| a   |\n| --- |\n");
    }
}
