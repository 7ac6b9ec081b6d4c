//! How the command line writes things: money, time, tokens, names, bars, columns, trees. Pure text in
//! one place, so that every command spells a thing the same way.
//!
//! Text from traces is hostile: [`plain`] takes out whatever could steer a terminal, and everything
//! printed goes through it. Colour only ever repeats what a word says, and only on a terminal.

mod columns;
mod run;
mod tree;

pub use columns::{Align, columns};
pub use run::{RunLine, SpanLine, failure_text, more, run_label, trailing_digits};
pub use tree::{Branch, tree};

use vedette_model::{NanoUsd, Timestamp};

/// Columns of a bar that is full.
const BAR_COLUMNS: usize = 24;

/// One line without control characters, marks that turn the direction of text, or runs of space.
#[must_use]
pub fn plain(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut line = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !turns(*c)) {
        match c {
            c if c.is_whitespace() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c if c.is_control() => line.push('\u{fffd}'),
            c => line.push(c),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// [`plain`] in at most so many terminal columns; what is cut ends in `…`.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    // A megabyte of prompt is not measured for one line of it.
    let head: String = text.chars().take(columns.saturating_mul(4)).collect();
    let mut line = plain(&head);
    if head.len() < text.len() {
        line.push('…');
    }
    console::truncate_str(&line, columns, "…").into_owned()
}

/// `1,240`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 run`, `1,240 spans`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `$0.0089` to so many places; what is more than nothing but rounds to it is `<$0.0001`.
#[must_use]
pub fn money(amount: NanoUsd, places: usize) -> String {
    let unit = 10_i64.pow(9_u32.saturating_sub(places as u32));
    let rounded = amount.0.saturating_add(unit / 2).div_euclid(unit);
    if rounded == 0 && amount.0 > 0 {
        return format!("<{}", dollars(unit, places));
    }
    dollars(rounded.saturating_mul(unit), places)
}

/// Cents, or as many places as two digits that say something take: `$24.80`, `$0.035`.
#[must_use]
pub fn money_short(amount: NanoUsd) -> String {
    let first_digit = (0..=9).find(|place| amount.0.unsigned_abs() >= 10_u64.pow(9 - place)).unwrap_or(0);
    let places = (first_digit as usize + 1).clamp(2, 9);
    let text = money(amount, places);
    // `$0.10` stays, `$0.030` is written shorter.
    if places > 2 { text.trim_end_matches('0').to_owned() } else { text }
}

fn dollars(nanos: i64, places: usize) -> String {
    let fraction = format!("{:09}", nanos.unsigned_abs() % 1_000_000_000);
    let sign = if nanos < 0 { "-" } else { "" };
    let whole = count(nanos.unsigned_abs() / 1_000_000_000);
    match fraction.get(..places) {
        Some(fraction) if !fraction.is_empty() => format!("{sign}${whole}.{fraction}"),
        _ => format!("{sign}${whole}"),
    }
}

/// `(72%)` is a share of 0.72; what is more than nothing but rounds to it is `<1%`.
#[must_use]
pub fn percent(share: f64) -> String {
    let whole = (share * 100.0).round();
    if whole < 1.0 && share > 0.0 { "<1%".to_owned() } else { format!("{whole}%") }
}

/// `3.4s`; below what that can tell `12ms`, above a minute `2m 05s` and `1h 05m`.
#[must_use]
pub fn duration(milliseconds: f64) -> String {
    let seconds = milliseconds / 1e3;
    if milliseconds > 0.0 && milliseconds < 50.0 {
        return if milliseconds < 1.0 { "<1ms".to_owned() } else { format!("{milliseconds:.0}ms") };
    }
    if seconds < 59.95 {
        return format!("{seconds:.1}s");
    }
    let seconds = seconds.round() as u64;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    if hours > 0 { format!("{hours}h {minutes:02}m") } else { format!("{minutes}m {:02}s", seconds % 60) }
}

/// `180→140 tok`; a part that is unknown is `?`.
#[must_use]
pub fn tokens(input: Option<u64>, output: Option<u64>) -> Option<String> {
    let part = |tokens: Option<u64>| tokens.map_or_else(|| "?".to_owned(), count);
    (input.is_some() || output.is_some()).then(|| format!("{}→{} tok", part(input), part(output)))
}

/// `claude-haiku` of `claude-haiku-3-5-20241022`: without the date, of Claude's also without the version.
#[must_use]
pub fn short_model(model: &str) -> &str {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let cut = |model: &str| model.rsplit_once('-').filter(|(_, last)| number(last)).map(|(head, _)| head.len());
    let mut short = model;
    if let Some((head, last)) = model.rsplit_once('-')
        && last.len() == 8
        && number(last)
    {
        short = head;
    } else if let [.., year, month, day] = model.split('-').collect::<Vec<_>>().as_slice()
        && (year.len(), month.len(), day.len()) == (4, 2, 2)
        && [year, month, day].into_iter().all(|part| number(part))
    {
        short = model.get(..model.len() - "-2025-01-31".len()).unwrap_or(model);
    }
    if short.starts_with("claude-") {
        while let Some(head) = cut(short).and_then(|end| short.get(..end)).filter(|head| *head != "claude") {
            short = head;
        }
    }
    short
}

/// A bar for a part of the largest, to an eighth of a column; something is never drawn as nothing.
#[must_use]
pub fn bar(part: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (part.clamp(0.0, 1.0) * (BAR_COLUMNS * 8) as f64).round() as usize;
    let eighths = if part > 0.0 { eighths.max(1) } else { 0 };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS.get(eighths % 8).unwrap_or(&""))
}

/// `2025-06-09 14:32:01 UTC`.
#[must_use]
pub fn time(at: Timestamp) -> String {
    let text = at.to_string();
    let (date, clock) = (text.get(..10), text.get(11..19));
    date.zip(clock).map_or(text.clone(), |(date, clock)| format!("{date} {clock} UTC"))
}

/// What went wrong, in red where colour is wanted: on a terminal, unless `NO_COLOR` says otherwise.
#[must_use]
pub fn bad(text: &str) -> String {
    console::style(text).red().to_string()
}

/// What matters less, as [`bad`].
#[must_use]
pub fn faint(text: &str) -> String {
    console::style(text).dim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_spelled_as_in_the_document() {
        let nano = |usd: &str| NanoUsd::parse(usd).expect(usd);
        for (is, expected) in [
            (money(nano("0.00892"), 4), "$0.0089"),
            (money(nano("0.0084"), 5), "$0.00840"),
            (money(nano("0"), 4), "$0.0000"),
            (money(nano("0.00004"), 4), "<$0.0001"),
            (money(nano("0.00005"), 4), "$0.0001"),
            (money(nano("1234.5"), 2), "$1,234.50"),
            (money(NanoUsd(-1_500_000_000), 2), "-$1.50"),
            (money_short(nano("24.8")), "$24.80"),
            (money_short(nano("0.3506")), "$0.35"),
            (money_short(nano("0.03516")), "$0.035"),
            (money_short(nano("0.03")), "$0.03"),
            (money_short(nano("0.000000001")), "$0.000000001"),
            (money_short(nano("0")), "$0.00"),
            (percent(0.7209), "72%"),
            (percent(0.001), "<1%"),
            (percent(0.0), "0%"),
            (duration(3_400.0), "3.4s"),
            (duration(2_401.0), "2.4s"),
            (duration(12.4), "12ms"),
            (duration(0.4), "<1ms"),
            (duration(0.0), "0.0s"),
            (duration(59_960.0), "1m 00s"),
            (duration(125_000.0), "2m 05s"),
            (duration(3_900_000.0), "1h 05m"),
            (tokens(Some(180), Some(140)).unwrap_or_default(), "180→140 tok"),
            (tokens(Some(12_345), None).unwrap_or_default(), "12,345→? tok"),
            (counted(1, "run"), "1 run"),
            (counted(1_240, "span"), "1,240 spans"),
            (count(1_234_567), "1,234,567"),
            (bar(1.0), "████████████████████████"),
            (bar(0.0), ""),
            (bar(1e-9), "▏"),
            (bar(0.5), "████████████"),
        ] {
            assert_eq!(is, expected);
        }
        assert_eq!(tokens(None, None), None);
    }

    #[test]
    fn model_names_lose_their_date_and_claude_its_version() {
        for (model, short) in [
            ("claude-haiku-3-5-20241022", "claude-haiku"),
            ("claude-sonnet-4-20250514", "claude-sonnet"),
            ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
            ("claude-sonnet-4.5", "claude-sonnet"),
            ("claude-2", "claude-2"),
            ("gpt-4o-mini", "gpt-4o-mini"),
            ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
            ("gpt-4", "gpt-4"),
            ("gemini-2.5-pro", "gemini-2.5-pro"),
            ("", ""),
            ("20241022", "20241022"),
        ] {
            assert_eq!(short_model(model), short, "{model}");
        }
    }

    #[test]
    fn nothing_printed_can_steer_the_terminal() {
        for (text, printed) in [
            ("two\nlines\t\tand more ", "two lines and more"),
            ("\u{1b}[31mred\u{7}", "\u{fffd}[31mred\u{fffd}"),
            ("\u{9b}2J", "\u{fffd}2J"),
            ("abc\u{202e}txt.exe", "abctxt.exe"),
            ("日本", "日本"),
        ] {
            assert_eq!(plain(text), printed);
        }
        assert_eq!(cut("日本語のテキスト", 7), "日本語…");
        assert_eq!(cut("short", 7), "short");
        assert_eq!(cut(&"x".repeat(1_000), 4), "xxx…");
    }
}
