//! Why a model stopped, in any provider's word.

use std::borrow::Cow;

/// The word for why the model stopped: `stop length tool_calls content_filter error`, else as sent in
/// lower case. Takes a JSON list too and reads its first.
#[must_use]
pub fn finish_reason(sent: &str) -> Cow<'_, str> {
    let word = sent.trim().trim_start_matches('[').split(',').next().unwrap_or_default();
    let word = word.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ']'));
    let word = word.rsplit_once('.').map_or(word, |(_, last)| last);
    let is = |options: &[&str]| options.iter().any(|option| option.eq_ignore_ascii_case(word));
    Cow::Borrowed(
        if is(&["stop", "end_turn", "stop_sequence", "completed", "complete", "eos", "eos_token", "finish_reason_stop"])
        {
            "stop"
        } else if is(&[
            "length",
            "max_tokens",
            "max_output_tokens",
            "max_completion_tokens",
            "model_length",
            "incomplete",
            "model_context_window_exceeded",
        ]) {
            "length"
        } else if is(&["tool_calls", "tool_call", "tool-calls", "tool_use", "function_call", "tooluse"]) {
            "tool_calls"
        } else if is(&[
            "content_filter",
            "content-filter",
            "content_filtered",
            "safety",
            "image_safety",
            "prohibited_content",
            "spii",
            "error_toxic",
            "refusal",
            "guardrail_intervened",
            "blocklist",
            "recitation",
        ]) {
            "content_filter"
        } else if is(&["error", "failed", "malformed_function_call", "unexpected_tool_call"]) {
            "error"
        } else if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(word.to_ascii_lowercase());
        } else {
            return Cow::Borrowed(word);
        },
    )
}
