//! When and how a run began and ended.

use crate::tree::{Tree, is_container};
use vedette_model::{Control, Failure, OVERDUE, Settled, Skeleton, Status, Timestamp};

/// See the fields of the same names of [`vedette_model::Run`].
pub(crate) struct State {
    pub(crate) status: Status,
    pub(crate) started_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
    /// The server's conclusion, which the first real close replaces.
    pub(crate) presumed: bool,
    pub(crate) failure: Option<Failure>,
}

impl State {
    /// A direct close decides, else the root's end, else what the server concluded from silence.
    pub(crate) fn of(tree: &Tree, control: &Control) -> Self {
        let (status, finished_at, presumed) = if let Some(closed) = &control.closed {
            (closed.status, Some(closed.finished_at), false)
        } else if let Some((root, end)) = closing_root(tree, control) {
            (ended(root.status, Status::Success), Some(end), false)
        } else {
            let last = last_activity(tree, control);
            match control.settled {
                Some(Settled::Presumed) => {
                    let topmost = tree.root().map_or(Status::Running, |root| root.status);
                    (ended(topmost, Status::Timeout), Some(last), true)
                }
                Some(Settled::TimedOut | Settled::Overdue(_)) => (Status::Timeout, Some(last), true),
                None => (Status::Running, None, false),
            }
        };
        let failure = match control.settled {
            Some(Settled::Overdue(seconds)) if presumed => Some(overdue(seconds)),
            _ if matches!(status, Status::Failed | Status::Timeout | Status::Cancelled) => failure(tree, control),
            _ => None,
        };
        State { status, started_at: started_at(tree, control), finished_at, presumed, failure }
    }

    /// Dated after an end that somebody said: a presumed one is the last activity, with nothing after it.
    pub(crate) fn is_late(&self, span: &Skeleton) -> bool {
        self.finished_at.is_some_and(|end| span.start > end)
    }
}

/// The span whose end is the run's. In an announced run single calls come without a parent, so that only
/// an agent's or a workflow's span can end it.
fn closing_root<'t>(tree: &'t Tree, control: &Control) -> Option<(&'t Skeleton, Timestamp)> {
    let mut roots = tree.top_down().take_while(|node| tree.depth(*node) == 0).map(|node| &tree[node]);
    let root = roots.find(|span| control.opened.is_none() || is_container(span))?;
    root.end.map(|end| (root, end))
}

/// What ended is not running, whatever its status says.
fn ended(status: Status, otherwise: Status) -> Status {
    if status.is_terminal() { status } else { otherwise }
}

fn started_at(tree: &Tree, control: &Control) -> Timestamp {
    let opened = control.opened.as_ref().map(|opened| opened.started_at);
    let closed = control.closed.as_ref().map(|closed| closed.finished_at);
    opened.or_else(|| tree.root().map(|root| root.start)).or(closed).unwrap_or_default()
}

fn last_activity(tree: &Tree, control: &Control) -> Timestamp {
    let spans = tree.spans().map(|span| span.end.unwrap_or(span.start)).max();
    spans.max(control.opened.as_ref().map(|opened| opened.started_at)).unwrap_or_default()
}

fn overdue(seconds: u64) -> Failure {
    let message = format!("it took longer than the {seconds} s that a run of its agent may take");
    Failure { kind: Some(OVERDUE.into()), message: Some(message.into()) }
}

/// What the close says, else the topmost span that failed: the root, if it says why.
fn failure(tree: &Tree, control: &Control) -> Option<Failure> {
    let closed = control.closed.as_ref().and_then(|closed| closed.failure.clone());
    let of_span = || tree.spans().find_map(|span| span.failure.clone().filter(|_| span.status != Status::Success));
    closed.or_else(of_span)
}
