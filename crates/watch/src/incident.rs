//! Incidents: failures of the same kind over many root runs, from the first to the repair.

use serde::{Deserialize, Serialize};
use vedette_model::{RunKey, Timestamp, limits};

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    /// Nobody looks at it yet.
    Open,
    /// Somebody does.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// What kind of failure it gathers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Runs that failed or timed out.
    RunFailed,
    /// Runs that did not pass a check.
    Check,
}

/// A root run in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The root.
    pub root: RunKey,
    /// The run that failed: the root or one below it, the first.
    pub run: RunKey,
    /// When it failed.
    pub at: Timestamp,
}

/// What a failure said, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The run that failed.
    pub run: RunKey,
    /// The failure's type and the first line of its message, bounded.
    pub text: String,
}

/// What was done to it, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The key's name, or `vedette`.
    pub author: String,
    /// What.
    pub action: Action,
    /// What was said with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// See [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Action {
    Opened,
    Acknowledged,
    Resolved,
    Reopened,
    Noted,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Names it: `inc_...`.
    pub id: String,
    /// Which failures it gathers.
    pub fingerprint: String,
    /// What kind of failure.
    pub cause: Cause,
    /// Where it stands.
    pub status: IncidentStatus,
    /// One line for people.
    pub title: String,
    /// What was said, without what differs each time: what all its failures have in common.
    pub what: String,
    /// The same as its newest failure said it; gone with the run, and of incidents of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// Whose runs.
    pub agent: Option<String>,
    /// The step that fails.
    pub step: Option<String>,
    /// The first failure.
    pub first_seen: Timestamp,
    /// The last.
    pub last_seen: Timestamp,
    /// Root runs that failed so.
    pub count: u64,
    /// The newest of them, oldest first.
    pub runs: Vec<Member>,
    /// Runs of the agent that went well since the last failure.
    pub good_runs: Vec<RunKey>,
    /// When it was resolved last.
    pub resolved_at: Option<Timestamp>,
    /// Every change.
    pub history: Vec<Entry>,
    /// How often it was opened: names its notices.
    pub openings: u64,
    /// Somebody was told that it is open, and is told when it is over.
    #[serde(default)]
    pub told: bool,
    /// All its runs turned out to belong to this incident: it is not listed any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
}

impl Incident {
    /// Open or acknowledged.
    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        self.status != IncidentStatus::Resolved
    }

    /// What was said, in the newest failure's own words if they are kept.
    #[must_use]
    pub fn said(&self) -> &str {
        self.said.as_ref().map_or(&self.what, |said| &said.text)
    }

    /// A root run joins it.
    pub(crate) fn join(&mut self, member: Member) {
        self.first_seen = self.first_seen.min(member.at);
        self.last_seen = self.last_seen.max(member.at);
        self.count += 1;
        self.runs.push(member);
        self.runs.sort_by_key(|member| (member.at, member.root));
        self.runs.drain(..self.runs.len().saturating_sub(limits::INCIDENT_RUNS));
    }

    /// A root run leaves it: it succeeded after all, belongs elsewhere, or was deleted.
    pub(crate) fn leave(&mut self, root: RunKey) -> Option<Member> {
        let at = self.runs.iter().position(|member| member.root == root)?;
        self.count = self.count.saturating_sub(1);
        let member = self.runs.remove(at);
        if let (Some(first), Some(last)) = (self.runs.first(), self.runs.last()) {
            if self.count as usize == self.runs.len() {
                self.first_seen = first.at;
            }
            self.last_seen = last.at;
        }
        Some(member)
    }

    pub(crate) fn write_down(&mut self, at: Timestamp, author: &str, action: Action, note: Option<String>) {
        self.history.push(Entry { at, author: author.to_owned(), action, note });
        self.history.drain(..self.history.len().saturating_sub(limits::INCIDENT_HISTORY));
    }
}
