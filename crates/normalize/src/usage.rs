//! Token arithmetic (`conventions.md` §4.3): what producers count in or leave out, brought to one
//! meaning. `input` includes cache reads and writes, `output` includes reasoning.

use crate::draft::{Count, Draft};
use vedette_model::Usage;

/// Scopes that report input without the cached part.
const EXCLUSIVE_SCOPES: &[&str] = &[
    "com.anthropic.claude_code",
    "openlit.instrumentation.anthropic",
    "opentelemetry.instrumentation.bedrock",
    "opentelemetry.instrumentation.botocore.bedrock-runtime",
    "opentelemetry.instrumentation.genai.bedrock",
];

/// The inclusive usage of a draft; `None` if it reports no tokens.
#[must_use]
pub fn usage(draft: &Draft<'_>) -> Option<Usage> {
    let scope = draft.raw.scope.name.as_str();
    let exclusive = draft.exclusive_input || EXCLUSIVE_SCOPES.iter().any(|name| scope.starts_with(name));
    let counts = Counts {
        input: draft.get_count(Count::Input),
        output: draft.get_count(Count::Output),
        total: draft.get_count(Count::Total),
        cache_read: draft.get_count(Count::CacheRead),
        cache_write: draft.get_count(Count::CacheWrite),
        reasoning: draft.get_count(Count::Reasoning),
    };
    let usage = counts.inclusive(exclusive);
    (!usage.is_empty()).then_some(usage)
}

/// Counts as sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// With or without cache.
    pub input: Option<u64>,
    /// With or without reasoning.
    pub output: Option<u64>,
    /// Input plus output as the provider sums them.
    pub total: Option<u64>,
    /// As sent.
    pub cache_read: Option<u64>,
    /// As sent.
    pub cache_write: Option<u64>,
    /// As sent.
    pub reasoning: Option<u64>,
}

impl Counts {
    /// `exclusive`: the producer is known to leave cached tokens out of `input`. Without that, input
    /// smaller than its cached part shows it.
    #[must_use]
    pub fn inclusive(self, exclusive: bool) -> Usage {
        let cached = self.cache_read.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0));
        // What the provider's total holds beside both sides: thoughts (Gemini) or what is cached (Bedrock).
        let beside = match (self.total, self.input, self.output) {
            (Some(total), Some(input), Some(output)) => total.saturating_sub(input).saturating_sub(output),
            _ => 0,
        };
        let thoughts_apart = beside > 0 && self.reasoning == Some(beside);
        let exclusive = exclusive || (beside == cached && !thoughts_apart);
        let input = self.input.map(|input| {
            if cached > 0 && (exclusive || cached > input) { input.saturating_add(cached) } else { input }
        });
        let output = match (self.output, self.reasoning, self.total, self.input) {
            (Some(output), Some(thoughts), ..) if thoughts_apart => output.checked_add(thoughts),
            // Only a total and one side: the other side follows.
            (None, _, Some(total), Some(sent)) => total.checked_sub(sent),
            (output, ..) => output,
        };
        let input = match (input, output, self.total) {
            (None, Some(output), Some(total)) => total.checked_sub(output),
            (input, ..) => input,
        };
        Usage { input, output, cache_read: self.cache_read, cache_write: self.cache_write, reasoning: self.reasoning }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::Counts;

    #[test]
    fn every_way_of_counting_gives_inclusive_tokens() {
        struct Case {
            name: &'static str,
            /// input, output, total, cache read, cache write, reasoning; -1 is absent
            sent: [i64; 6],
            exclusive: bool,
            /// input, output
            is: [i64; 2],
        }
        let cases = [
            Case {
                name: "anthropic native, inclusive",
                sent: [180, 20, -1, 100, 50, -1],
                exclusive: false,
                is: [180, 20],
            },
            Case { name: "claude code, exclusive", sent: [30, 20, -1, 100, 50, -1], exclusive: true, is: [180, 20] },
            Case {
                name: "raw anthropic usage shows by its size",
                sent: [30, 20, -1, 100, 50, -1],
                exclusive: false,
                is: [180, 20],
            },
            Case { name: "bedrock 42 with 16 + 4 apart", sent: [42, 20, -1, 16, 4, -1], exclusive: true, is: [62, 20] },
            Case { name: "openai: cache is a part", sent: [60, 20, 80, 16, -1, 8], exclusive: false, is: [60, 20] },
            Case { name: "openai: reasoning is a part", sent: [60, 20, 80, -1, -1, 8], exclusive: false, is: [60, 20] },
            Case { name: "gemini: thoughts apart", sent: [42, 12, 62, 16, -1, 8], exclusive: false, is: [42, 20] },
            Case { name: "gemini: thoughts in", sent: [42, 20, 62, 16, -1, 8], exclusive: false, is: [42, 20] },
            Case {
                name: "bedrock: cache apart in the total",
                sent: [42, 20, 82, 16, 4, -1],
                exclusive: false,
                is: [62, 20],
            },
            Case {
                name: "gemini: as many thoughts as cached",
                sent: [42, 12, 62, 8, -1, 8],
                exclusive: false,
                is: [42, 20],
            },
            Case {
                name: "total alone gives the other side",
                sent: [42, -1, 62, -1, -1, -1],
                exclusive: false,
                is: [42, 20],
            },
            Case {
                name: "exclusive without cache is plain",
                sent: [42, 20, -1, -1, -1, -1],
                exclusive: true,
                is: [42, 20],
            },
            Case { name: "nothing", sent: [-1, -1, -1, -1, -1, -1], exclusive: false, is: [-1, -1] },
            Case {
                name: "absurd numbers hold",
                sent: [i64::MAX, i64::MAX, 3, i64::MAX, i64::MAX, 1],
                exclusive: true,
                is: [-2, i64::MAX],
            },
        ];
        let known = |n: i64| u64::try_from(n).ok();
        for case in cases {
            let [input, output, total, cache_read, cache_write, reasoning] = case.sent.map(known);
            let usage = Counts { input, output, total, cache_read, cache_write, reasoning }.inclusive(case.exclusive);
            let expected = match case.is[0] {
                -2 => Some(u64::MAX),
                n => known(n),
            };
            assert_eq!((usage.input, usage.output), (expected, known(case.is[1])), "{}", case.name);
        }
    }
}
