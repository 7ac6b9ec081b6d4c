//! JSON looked at without being read: the few keys that a preview needs, and a list from its end.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A message or a part, unread.
#[derive(Deserialize)]
pub(super) struct Glance<'a> {
    #[serde(borrow)]
    pub(super) role: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) text: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) parts: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) function: Option<&'a RawValue>,
    #[serde(borrow, rename = "toolUse", alias = "functionCall", alias = "function_call")]
    pub(super) tool_use: Option<&'a RawValue>,
    #[serde(borrow, rename = "toolResult", alias = "functionResponse", alias = "function_response")]
    pub(super) tool_result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) name: Option<&'a RawValue>,
    #[serde(borrow, rename = "toolName")]
    pub(super) tool_name: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) args: Option<&'a RawValue>,
    /// LangChain's constructors and dumps keep the message in it.
    #[serde(borrow, alias = "data")]
    pub(super) kwargs: Option<&'a RawValue>,
}

/// Whether a message or a part is a tool's answer.
pub(super) fn is_of_tool(json: &str) -> bool {
    serde_json::from_str::<Glance<'_>>(json).is_ok_and(|glance| {
        glance.is("tool") || glance.tool_result.is_some() || RESPONSES.iter().any(|kind| glance.kind(kind))
    })
}

const RESPONSES: &[&str] = &["tool_result", "tool_call_response", "tool-result", "function_call_output", "tool"];

impl Glance<'_> {
    pub(super) fn is(&self, role: &str) -> bool {
        let says = |glance: &Glance<'_>| match glance.role {
            Some(said) => said.get().trim_matches('"') == role,
            None => role == "user" && glance.kind("human"),
        };
        says(self)
            || self
                .kwargs
                .and_then(|kwargs| serde_json::from_str::<Glance<'_>>(kwargs.get()).ok())
                .is_some_and(|inner| says(&inner))
    }

    /// A message in the user's name that only gives tools' answers back.
    pub(super) fn answers_a_tool(&self) -> bool {
        let Some(said) = self.parts.or(self.content).map(RawValue::get) else { return false };
        let parts = serde_json::from_str::<Vec<&RawValue>>(said).unwrap_or_default();
        !parts.is_empty() && parts.iter().all(|part| is_of_tool(part.get()))
    }

    pub(super) fn kind(&self, kind: &str) -> bool {
        self.kind.is_some_and(|raw| raw.get().trim_matches('"') == kind)
    }
}

/// A body around messages, unread.
#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub(super) messages: Option<&'a RawValue>,
    #[serde(borrow, alias = "inputs", alias = "input_str")]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) contents: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) prompt: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) choices: Option<&'a RawValue>,
    #[serde(borrow, alias = "outputs")]
    pub(super) output: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) candidates: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) generations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    /// What LangGraph's commands change of the state.
    #[serde(borrow)]
    pub(super) update: Option<&'a RawValue>,
}

/// The elements of a JSON list from its end. Walks back over strings by their quotes, so that a history
/// is read only as far as needed; on text that is no JSON it ends early or gives slices that do not parse.
pub(super) struct Backwards<'a> {
    text: &'a str,
    end: Option<usize>,
}

impl<'a> Backwards<'a> {
    pub(super) fn of(list: &'a str) -> Self {
        let list = list.trim();
        let inner = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or_default();
        Backwards { text: inner, end: (!inner.trim().is_empty()).then_some(inner.len()) }
    }

    /// Where the string begins that a quote ends. Most bytes are in strings: the search looks at many at once.
    fn opening(&self, quote: usize) -> Option<usize> {
        let before = |at| self.text.get(..at)?.rfind('"');
        std::iter::successors(before(quote), |at| before(*at)).find(|at| !is_escaped(self.text.as_bytes(), *at))
    }
}

fn is_escaped(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

impl<'a> Iterator for Backwards<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let end = self.end?;
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        let mut at = end;
        while at > 0 {
            at -= 1;
            match *bytes.get(at)? {
                b'"' if !is_escaped(bytes, at) => at = self.opening(at).unwrap_or(0),
                b']' | b'}' => depth += 1,
                b'[' | b'{' => depth = depth.checked_sub(1)?,
                b',' if depth == 0 => {
                    self.end = Some(at);
                    return self.text.get(at + 1..end).map(str::trim);
                }
                _ => {}
            }
        }
        self.end = None;
        self.text.get(..end).map(str::trim)
    }
}
