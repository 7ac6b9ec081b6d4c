//! The nouns of Vedette. What arrived ([`RawSpan`]), what it means ([`Span`]), the little of it that a
//! run's summary needs ([`Skeleton`]), and the run itself ([`Run`]). No I/O, no clock, no wire format.

pub mod limits;

mod attributes;
mod content;
mod id;
mod kind;
mod money;
mod raw;
mod run;
mod skeleton;
mod span;
mod text;
mod time;
mod usage;

pub use attributes::{Attributes, Value};
pub use content::{Content, Direction, Message, Part};
pub use id::{AccountId, Id, RunKey, SpanKey, content_hash};
pub use kind::{Kind, RunKind, Status};
pub use money::NanoUsd;
pub use raw::{OtelKind, RawEvent, RawLink, RawLog, RawSpan, RawStatus, Resource, Scope, StatusCode};
pub use run::{
    Closed, Control, Copies, Mark, ModelFigures, OVERDUE, Opened, Run, Score, ScoreValue, Settled, Summary,
    ToolFigures, Verdict,
};
pub use skeleton::{RunFacts, Skeleton};
pub use span::{Failure, FilledBy, Session, Span};
pub use text::{cut, json_values};
pub use time::{Timestamp, duration_ms};
pub use usage::{Cost, CostSource, Usage};
