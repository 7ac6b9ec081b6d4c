//! Rows as CSV, for spreadsheets. Text that a spreadsheet would take for a formula gets a `'` before it:
//! what agents write must not run where a person looks at it.

use serde_json::Value as Json;
use std::io::Write;

/// Writes a header, if there is one, and rows; null is an empty cell, what is no scalar its JSON.
pub fn write<'a, R>(out: impl Write, names: Option<&[String]>, rows: impl IntoIterator<Item = R>) -> anyhow::Result<()>
where
    R: IntoIterator<Item = &'a Json>,
{
    let mut writer = csv::Writer::from_writer(out);
    if let Some(names) = names {
        writer.write_record(names)?;
    }
    for row in rows {
        writer.write_record(row.into_iter().map(cell))?;
    }
    writer.flush()?;
    Ok(())
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) if is_formula(text) => format!("'{text}"),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number with its sign is none.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_text_and_never_formulas() {
        let rows = [[json!("a,\"b\"\nc"), json!(null), json!(-1.5)], [json!("=1+1"), json!("-2"), json!(["x"])]];
        let mut out = Vec::new();
        write(&mut out, Some(&["x".into(), "y".into(), "z".into()]), &rows).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, "x,y,z\n\"a,\"\"b\"\"\nc\",,-1.5\n'=1+1,-2,\"[\"\"x\"\"]\"\n");
    }
}
