//! Cells set below each other, as wide as the terminal shows them.

/// On which side the space goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// After the text.
    Left,
    /// Before the text: figures.
    Right,
}

/// One line for each row, cells three columns apart; columns that are empty in every row take none.
/// A row may have fewer cells than `alignments`, or more, which are then set left.
#[must_use]
pub fn columns(rows: &[Vec<String>], alignments: &[Align], gap: usize) -> Vec<String> {
    let wide = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..wide)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (at, (cell, columns)) in row.iter().zip(&widths).enumerate().filter(|(_, (_, columns))| **columns > 0) {
                if !line.is_empty() {
                    line.push_str(&" ".repeat(gap));
                }
                let space = " ".repeat(columns.saturating_sub(width(cell)));
                match alignments.get(at).unwrap_or(&Align::Left) {
                    Align::Left => line.extend([cell, &*space]),
                    Align::Right => line.extend([&*space, cell]),
                }
            }
            line.truncate(line.trim_end().len());
            line
        })
        .collect()
}

fn width(cell: &str) -> usize {
    console::measure_text_width(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other_however_wide_their_characters() {
        let rows = [["日本", "", "1"], ["a", "", "100"]].map(|row| row.map(str::to_owned).to_vec());
        let lines = columns(&rows, &[Align::Left, Align::Left, Align::Right], 3);
        assert_eq!(lines, ["日本     1", "a      100"]);
    }
}
