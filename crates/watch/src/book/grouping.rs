//! Failures into incidents. A root run belongs to at most one: to that of the run that failed first below
//! it, or of itself. Runs may come in any order, so a root may turn out to belong to a larger tree later.

use super::{Book, HISTORY, Told};
use crate::activity::period;
use crate::fingerprint::{fingerprint, shape};
use crate::incident::{Action, Cause, Incident, IncidentStatus, Member, Said};
use crate::notice::{Notice, NoticeKind, Severity, collections};
use crate::seen::Seen;
use std::time::Duration;
use vedette_model::{RunKey, Status, Timestamp, content_hash, limits};

/// Who does what nobody else did.
const OURSELVES: &str = "vedette";

/// What somebody does to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody looks at it.
    Acknowledge,
    /// It is over.
    Resolve,
    /// It is not over.
    Reopen,
    /// Something to remember.
    Note,
}

/// A way of failing, as a run shows it.
struct Way {
    cause: Cause,
    fingerprint: String,
    title: String,
    what: String,
    /// In the failure's own words.
    said: Option<String>,
    agent: Option<String>,
    step: Option<String>,
}

/// The type of a failure and what it said, at most so many characters of it. Many messages begin with the type, or
/// its last part: it is not told twice.
fn joined(kind: Option<&str>, message: &str, chars: usize) -> Option<String> {
    let message = message.trim();
    let Some(kind) = kind else { return (!message.is_empty()).then(|| message.chars().take(chars).collect()) };
    let names = [kind, kind.rsplit(['.', ':']).next().unwrap_or(kind)];
    let after = |name: &str| {
        let start = message.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name))?;
        message.get(start.len()..)?.trim_start().strip_prefix(':').map(str::trim_start)
    };
    let rest: String = names.into_iter().find_map(after).unwrap_or(message).chars().take(chars).collect();
    Some(if rest.is_empty() { kind.to_owned() } else { format!("{kind}: {rest}") })
}

/// How a run failed, if it did.
fn way(run: &Seen) -> Option<Way> {
    let agent = run.agent_name();
    let owned = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
    if run.has_failed() {
        let kind = run.failure_kind.as_deref();
        let message = shape(run.failure_message.as_deref().unwrap_or_default());
        let step = run.failing_step.as_deref();
        let status = run.status.as_str();
        let place = step.filter(|step| *step != agent).map(|step| format!(" at {step}")).unwrap_or_default();
        let words = run.failure_message.as_deref().unwrap_or_default();
        let line = words.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return Some(Way {
            cause: Cause::RunFailed,
            fingerprint: fingerprint(&["run", agent, step.unwrap_or_default(), kind.unwrap_or(status), &message]),
            title: format!("{agent} fails{place}"),
            what: joined(kind, &message, limits::INCIDENT_TITLE_CHARS).unwrap_or_else(|| status.to_owned()),
            said: joined(kind, line, limits::INCIDENT_SAID_CHARS),
            agent: owned(&run.agent),
            step: step.map(str::to_owned),
        });
    }
    let failed = run.failed_checks.first()?;
    Some(Way {
        cause: Cause::Check,
        fingerprint: fingerprint(&["check", agent, &failed.check]),
        title: format!("{agent} does not pass \"{}\"", failed.name),
        what: format!("expected {}", failed.expected),
        said: None,
        agent: owned(&run.agent),
        step: None,
    })
}

impl Book {
    pub(super) fn group(&mut self, run: &Seen, now: Timestamp) {
        // What was taken for a root is part of a larger tree.
        let below = run.children.iter().copied().chain((run.key != run.root).then_some(run.key));
        for former in below.filter(|former| *former != run.root) {
            self.move_root(former, run.root, now);
        }
        let known = self.members.get(&run.root).cloned();
        let member = known.as_ref().and_then(|id| self.member(id, run.root)).cloned();
        match way(run) {
            Some(way) => {
                let found = Member { root: run.root, run: run.key, at: run.ended_at() };
                let first = member
                    .as_ref()
                    .is_none_or(|member| member.run == run.key || (found.at, found.run) < (member.at, member.run));
                let same = known.as_ref().and_then(|id| self.incidents.get(id));
                if !first || same.is_some_and(|incident| incident.fingerprint == way.fingerprint) {
                    return;
                }
                // What its schedule told of is told once.
                let heartbeat = run.agent.as_deref().and_then(|agent| self.heartbeats.get(agent));
                let quiet = heartbeat.is_some_and(|heartbeat| heartbeat.told_too_long(run.key));
                if let Some(id) = known {
                    if let Some(left) = self.leave(&id, run.root) {
                        self.unsay(left.run);
                    }
                    self.rename_if_empty(&id, &way);
                    let joined = self.join(way, found, quiet, now);
                    self.merge_if_empty(&id, &joined, now);
                } else {
                    self.join(way, found, quiet, now);
                }
            }
            None => {
                if let Some(id) = known.filter(|_| member.is_some_and(|member| member.run == run.key)) {
                    self.leave(&id, run.root);
                    self.unsay(run.key);
                    self.withdraw_if_empty(&id, "its runs ended well after all", now);
                }
                if run.status == Status::Success && run.key == run.root && run.failed_children == 0 {
                    self.note_good_run(run, now);
                }
            }
        }
    }

    /// A run was removed.
    pub(super) fn ungroup(&mut self, run: RunKey, now: Timestamp) {
        let Some(id) = self.members.get(&run).cloned() else { return };
        self.leave(&id, run);
        if self.incidents.get(&id).is_some_and(|incident| incident.count == 0) {
            // What it said came from runs that are to be forgotten.
            self.resolve(&id, OURSELVES, None, now);
            self.drop_incident(&id);
            self.dirty.insert((collections::INCIDENTS, id));
        }
    }

    /// What a run said is shown no more.
    pub(super) fn unsay(&mut self, run: RunKey) {
        let Some(id) = self.speakers.remove(&run) else { return };
        if let Some(incident) = self.incidents.get_mut(&id) {
            incident.said = None;
            self.dirty.insert((collections::INCIDENTS, id));
        }
    }

    fn member(&self, id: &str, root: RunKey) -> Option<&Member> {
        self.incidents.get(id)?.runs.iter().find(|member| member.root == root)
    }

    fn move_root(&mut self, former: RunKey, root: RunKey, now: Timestamp) {
        let Some(id) = self.members.get(&former).cloned() else { return };
        let Some(member) = self.leave(&id, former) else { return };
        let moved = Member { root, ..member };
        match self.members.get(&root).cloned() {
            Some(other) if other == id => {}
            Some(other) => {
                let first = self.member(&other, root).is_none_or(|known| (moved.at, moved.run) < (known.at, known.run));
                if first {
                    self.leave(&other, root);
                    self.add(&id, moved);
                    self.merge_if_empty(&other, &id, now);
                } else {
                    self.merge_if_empty(&id, &other, now);
                }
            }
            None => self.add(&id, moved),
        }
    }

    fn add(&mut self, id: &str, member: Member) {
        self.members.insert(member.root, id.to_owned());
        if let Some(incident) = self.incidents.get_mut(id) {
            incident.join(member);
            self.dirty.insert((collections::INCIDENTS, id.to_owned()));
        }
    }

    fn leave(&mut self, id: &str, root: RunKey) -> Option<Member> {
        self.members.remove(&root);
        self.dirty.insert((collections::INCIDENTS, id.to_owned()));
        self.incidents.get_mut(id)?.leave(root)
    }

    /// The incident of one root, whose first failure turns out to be another one, is that one's.
    fn rename_if_empty(&mut self, id: &str, way: &Way) {
        if self.by_fingerprint.contains_key(&way.fingerprint) {
            return;
        }
        let Some(incident) = self.incidents.get_mut(id).filter(|incident| incident.count == 0) else { return };
        self.by_fingerprint.remove(&incident.fingerprint);
        self.by_fingerprint.insert(way.fingerprint.clone(), id.to_owned());
        (incident.fingerprint, incident.title) = (way.fingerprint.clone(), way.title.clone());
        (incident.what, incident.agent, incident.step) = (way.what.clone(), way.agent.clone(), way.step.clone());
    }

    fn withdraw_if_empty(&mut self, id: &str, why: &str, now: Timestamp) {
        if self.incidents.get(id).is_some_and(|incident| incident.count == 0 && incident.is_unresolved()) {
            self.resolve(id, OURSELVES, Some(why.to_owned()), now);
        }
    }

    /// All its runs turned out to belong to another incident: the two are one.
    fn merge_if_empty(&mut self, id: &str, into: &str, now: Timestamp) {
        let Some(incident) = self.incidents.get_mut(id).filter(|one| one.count == 0 && one.id != into) else { return };
        incident.merged_into = Some(into.to_owned());
        self.dirty.insert((collections::INCIDENTS, id.to_owned()));
        let title = self.incidents.get(into).map(|other| other.title.clone()).unwrap_or_default();
        self.resolve(id, OURSELVES, Some(format!("it belongs to another incident: {title}")), now);
    }

    /// Answers the id of the incident.
    fn join(&mut self, mut way: Way, member: Member, quiet: bool, now: Timestamp) -> String {
        let quiet = quiet || member.at < now.minus(HISTORY);
        let at = member.at;
        let said = way.said.take().map(|text| Said { run: member.run, text });
        let id = match self.by_fingerprint.get(&way.fingerprint) {
            Some(id) => id.clone(),
            None => self.open(way, at, now),
        };
        let Some(incident) = self.incidents.get_mut(&id) else { return id };
        incident.merged_into = None;
        let reopens = !incident.is_unresolved() && incident.resolved_at.is_none_or(|resolved| at > resolved);
        let opens = incident.openings == 0;
        if reopens || opens {
            incident.status = IncidentStatus::Open;
            incident.openings += 1;
            incident.write_down(now, OURSELVES, if opens { Action::Opened } else { Action::Reopened }, None);
        }
        if at > incident.last_seen || reopens {
            incident.good_runs.clear();
        }
        if let Some(said) = said.filter(|_| at >= incident.last_seen || incident.said.is_none()) {
            self.speakers.insert(said.run, id.clone());
            if let Some(before) = incident.said.replace(said) {
                self.speakers.remove(&before.run);
            }
        }
        self.add(&id, member);
        if (reopens || opens) && !quiet {
            let kind = if opens { NoticeKind::IncidentOpened } else { NoticeKind::IncidentReopened };
            self.tell_of(&id, kind, at, now);
        }
        id
    }

    fn open(&mut self, way: Way, at: Timestamp, now: Timestamp) -> String {
        let id = format!("inc_{:016x}", content_hash(format!("{} {}", self.account.0, way.fingerprint).as_bytes()));
        if self.incidents.len() >= limits::INCIDENTS {
            let resolved = self.incidents.values().filter(|incident| !incident.is_unresolved());
            if let Some(oldest) = resolved.min_by_key(|incident| incident.last_seen).map(|incident| incident.id.clone())
            {
                self.drop_incident(&oldest);
            }
        }
        self.by_fingerprint.insert(way.fingerprint.clone(), id.clone());
        let incident = Incident {
            id: id.clone(),
            fingerprint: way.fingerprint,
            cause: way.cause,
            status: IncidentStatus::Open,
            title: way.title,
            what: way.what,
            said: None,
            agent: way.agent,
            step: way.step,
            first_seen: at.min(now),
            last_seen: at,
            count: 0,
            runs: Vec::new(),
            good_runs: Vec::new(),
            resolved_at: None,
            history: Vec::new(),
            openings: 0,
            told: false,
            merged_into: None,
        };
        self.incidents.insert(id.clone(), incident);
        id
    }

    fn drop_incident(&mut self, id: &str) {
        if let Some(incident) = self.incidents.remove(id) {
            self.by_fingerprint.remove(&incident.fingerprint);
            incident.runs.iter().for_each(|member| drop(self.members.remove(&member.root)));
            incident.said.iter().for_each(|said| drop(self.speakers.remove(&said.run)));
            self.dirty.insert((collections::INCIDENTS, id.to_owned()));
        }
    }

    fn note_good_run(&mut self, run: &Seen, now: Timestamp) {
        let after = self.settings.resolve_after;
        let agent = run.agent.as_deref();
        let mended: Vec<String> = self
            .incidents
            .values_mut()
            .filter(|incident| incident.is_unresolved() && incident.agent.as_deref() == agent)
            .filter(|incident| run.ended_at() > incident.last_seen && !incident.good_runs.contains(&run.key))
            .filter_map(|incident| {
                incident.good_runs.push(run.key);
                self.dirty.insert((collections::INCIDENTS, incident.id.clone()));
                (after > 0 && incident.good_runs.len() as u64 >= after).then(|| incident.id.clone())
            })
            .collect();
        for id in mended {
            let times = if after == 1 { "a good run".to_owned() } else { format!("{after} good runs in a row") };
            self.resolve(&id, OURSELVES, Some(times), now);
        }
    }

    fn resolve(&mut self, id: &str, author: &str, note: Option<String>, now: Timestamp) {
        let Some(incident) = self.incidents.get_mut(id).filter(|incident| incident.is_unresolved()) else { return };
        incident.status = IncidentStatus::Resolved;
        incident.resolved_at = Some(now);
        incident.write_down(now, author, Action::Resolved, note);
        let told = std::mem::take(&mut incident.told);
        let since = incident.first_seen;
        self.dirty.insert((collections::INCIDENTS, id.to_owned()));
        self.outbox.resolved.push(id.to_owned());
        if told {
            self.tell_of(id, NoticeKind::IncidentResolved, since, now);
        }
    }

    fn tell_of(&mut self, id: &str, kind: NoticeKind, since: Timestamp, now: Timestamp) {
        let Some(incident) = self.incidents.get_mut(id) else { return };
        let good = kind.is_good_news();
        incident.told = !good;
        let (title, what) = if good {
            let note = incident.history.last().and_then(|entry| entry.note.clone());
            let lasted = Duration::from_nanos(incident.last_seen.0.saturating_sub(since.0).max(0).unsigned_abs());
            let what = format!("{} runs failed within {}", incident.count, period(lasted));
            (format!("over: {}", incident.title), note.map_or(what.clone(), |note| format!("{note}; {what}")))
        } else {
            let again = if kind == NoticeKind::IncidentReopened { " again" } else { "" };
            (format!("{}{again}", incident.title), incident.what.clone())
        };
        let notice = Notice {
            id: format!("ntc_{:016x}", content_hash(format!("{id}\n{kind}\n{}", incident.openings).as_bytes())),
            account: self.account,
            kind,
            severity: if good { Severity::Info } else { Severity::Warning },
            title,
            what,
            since,
            count: incident.count,
            agent: incident.agent.clone(),
            run: incident.runs.last().map(|member| member.run),
            incident: Some(id.to_owned()),
            rule: None,
            link_path: format!("/incidents/{id}"),
            occurred_at: now,
        };
        self.outbox.told.push(Told { notice, channels: Vec::new() });
    }

    /// What somebody does to an incident; `None` if there is none. Doing again what is so changes nothing.
    pub fn act(
        &mut self,
        id: &str,
        step: &Step,
        author: &str,
        note: Option<String>,
        now: Timestamp,
    ) -> Option<&Incident> {
        let note = note
            .map(|note| note.chars().take(limits::INCIDENT_NOTE_CHARS).collect::<String>())
            .filter(|note| !note.is_empty());
        let incident = self.incidents.get_mut(id)?;
        let action = match step {
            Step::Acknowledge if incident.status == IncidentStatus::Open => {
                incident.status = IncidentStatus::Acknowledged;
                Some(Action::Acknowledged)
            }
            Step::Reopen if !incident.is_unresolved() => {
                incident.status = IncidentStatus::Open;
                incident.openings += 1;
                incident.good_runs.clear();
                Some(Action::Reopened)
            }
            Step::Resolve if incident.is_unresolved() => {
                self.resolve(id, author, note, now);
                return self.incidents.get(id);
            }
            _ if note.is_some() => Some(Action::Noted),
            _ => None,
        };
        if let Some(action) = action {
            incident.write_down(now, author, action, note);
            self.dirty.insert((collections::INCIDENTS, id.to_owned()));
        }
        self.incidents.get(id)
    }
}
