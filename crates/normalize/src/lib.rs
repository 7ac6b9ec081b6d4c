//! From a raw span to what it means. Pure and total: no clock, no I/O, no input panics, none is refused.
//!
//! [`normalize`] gives the facts, on the way in; [`content`] gives messages, arguments and results, when
//! a span is opened. Both go through the dialects in one order: the first to fill a field keeps it.
