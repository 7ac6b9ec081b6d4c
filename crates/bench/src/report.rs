//! The table of figures.

use comfy_table::{CellAlignment, Table, presets::UTF8_HORIZONTAL_ONLY};
use std::fmt;

/// Rows in the order measured; printed as they come too, since a run takes minutes.
#[derive(Default)]
pub struct Report(Vec<Row>);

struct Row {
    what: String,
    value: String,
    target: String,
    reached: Option<bool>,
}

/// What a figure is held to.
#[derive(Clone, Copy)]
pub enum Target {
    /// Only told.
    None,
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Report {
    /// A figure with its unit.
    pub fn add(&mut self, what: impl Into<String>, value: f64, unit: &str, target: Target) {
        let (what, value_text) = (what.into(), format!("{} {unit}", number(value)));
        let (target, reached) = match target {
            Target::None => (String::new(), None),
            Target::AtMost(limit) => (format!("≤ {} {unit}", number(limit)), Some(value <= limit)),
            Target::AtLeast(limit) => (format!("≥ {} {unit}", number(limit)), Some(value >= limit)),
        };
        println!("{what}: {value_text}  {target}");
        self.0.push(Row { what, value: value_text, target, reached });
    }
}

fn number(value: f64) -> String {
    let digits = if value.abs() >= 100.0 || value.fract() == 0.0 { 0 } else { 2 };
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let grouped: Vec<String> =
        whole.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    fraction.map_or_else(|| grouped.join(","), |fraction| format!("{}.{fraction}", grouped.join(",")))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY).set_header(["figure", "measured", "to reach", ""]);
        for row in &self.0 {
            let mark = match row.reached {
                None => "",
                Some(true) => "reached",
                Some(false) => "NOT REACHED",
            };
            table.add_row([&row.what, &row.value, &row.target, mark]);
        }
        for column in table.column_iter_mut().skip(1).take(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        write!(f, "{table}")
    }
}
