//! What every store must do, as tests: an example for each clause of the contract, any order of the same
//! batches ending in the same runs, and random operations answered as the oracle answers them.
//!
//! A backend's test file names how it opens one ([`Subject`]) and calls `conformance!`.

pub mod accounts;
pub mod append;
pub mod changes;
pub mod control;
pub mod copies;
pub mod deletion;
pub mod documents;
pub mod figures;
pub mod lists;
pub mod logs;
pub mod order;
pub mod pieces;
pub mod questions;
#[allow(dead_code, reason = "the oracle is not held against itself")]
pub mod random;
pub mod say;
pub mod scan;
pub mod settle;
pub mod spans;

use std::sync::{Arc, Mutex};
use std::time::Duration;
use vedette_store::{Change, Listener, Store};

/// A store under test.
pub trait Subject {
    /// The store.
    fn store(&self) -> &dyn Store;
    /// What its listener was told since the last call.
    fn said(&self) -> Vec<Change>;
    /// Ends without a word, as if killed, and opens again; false where nothing outlives that.
    fn reopen(&mut self) -> bool;
}

/// How a store is opened for a test. It presumes a run closed after [`Setting::SETTLE`].
#[derive(Clone, Copy, Default)]
pub struct Setting {
    /// How long runs are kept where the account says nothing.
    pub retain: Option<Duration>,
}

impl Setting {
    /// The silence that ends a run.
    pub const SETTLE: Duration = Duration::from_secs(300);
}

/// Keeps what a listener is told.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Vec<Change>>>);

impl Ear {
    /// A listener that tells this ear.
    pub fn listener(&self) -> Listener {
        let heard = self.0.clone();
        Box::new(move |changes: &[Change]| heard.lock().unwrap().extend_from_slice(changes))
    }

    /// What was heard since the last call.
    pub fn take(&self) -> Vec<Change> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The examples and the test of order for one backend: `conformance!(open)` with
/// `fn open(Setting) -> impl Subject`. All but the oracle itself also call
/// [`random::answers_are_the_oracles`].
#[macro_export]
macro_rules! conformance {
    ($open:expr) => {
        $crate::conformance!(@in $open, append: a_repeat_changes_nothing, a_closed_copy_beats_an_open_one,
            of_differing_copies_the_smaller_stays, open_copies_are_no_conflict, spans_come_in_any_shape,
            what_comes_late_is_marked, requests_belong_to_their_account, an_unknown_account_is_refused);
        $crate::conformance!(@in $open, control: a_run_starts_once, a_run_ends_once, many_changes_are_one_commit_in_order,
            what_follows_an_end_does_not_undo_it, a_verdict_may_follow, a_heartbeat_is_a_run);
        $crate::conformance!(@in $open, settle: silence_ends_a_run, an_announced_run_times_out,
            a_process_vouches_for_its_runs, life_undoes_a_presumed_end,
            what_takes_too_long_times_out_until_its_real_end);
        $crate::conformance!(@in $open, logs: a_log_record_alone_is_hidden, a_log_record_joins_its_span,
            a_log_record_is_dropped_in_time);
        $crate::conformance!(@in $open, copies: a_call_in_two_runs_counts_once, a_run_of_copies_is_out_of_sight,
            the_fuller_run_owns_a_call, a_copy_outlives_its_owner, an_id_that_is_everywhere_names_no_call);
        $crate::conformance!(@in $open, spans: spans_come_back_as_they_were, a_span_is_shown_with_its_copies);
        $crate::conformance!(@in $open, lists: every_order_pages_without_gap, a_page_is_stable_under_inserts,
            a_foreign_cursor_is_refused, every_filter_selects, a_tree_is_followed, a_cycle_of_parents_ends);
        $crate::conformance!(@in $open, figures: totals_are_the_sum_of_calls, statistics_follow_the_definitions,
            a_range_bounds_every_figure, agents_are_told_apart, heartbeats_stay_out_of_averages, buckets_add_up,
            costs_are_grouped, costs_say_where_they_come_from, facets_ignore_their_own_part, sessions_are_found,
            tools_are_counted, a_call_is_priced_anew);
        $crate::conformance!(@in $open, scan: tables_hold_what_reads_say, a_scan_is_projected_and_bounded);
        $crate::conformance!(@in $open, accounts: accounts_are_named_once, keys_live_until_revoked,
            prices_are_replaced_and_deleted, scores_are_replaced, nothing_is_kept_beyond_its_time);
        $crate::conformance!(@in $open, deletion: a_deleted_run_is_gone, a_deleted_agent_is_gone,
            a_deleted_account_is_gone);
        $crate::conformance!(@in $open, changes: each_span_is_finished_once, a_reader_catches_up, the_ring_has_an_end,
            ancestors_are_told);
        $crate::conformance!(@in $open, documents: documents_change_together, each_changed_run_is_seen);
        $crate::conformance!(@in $open, order: any_order_ends_in_the_same_runs);
    };
    (@in $open:expr, $module:ident: $($name:ident),+ $(,)?) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    $crate::conformance::$module::$name(&|setting| Box::new($open(setting)));
                }
            )+
        }
    };
}

/// Opens a fresh store.
pub type Open<'a> = &'a dyn Fn(Setting) -> Box<dyn Subject>;

/// A fresh store of the default setting.
pub fn fresh(open: Open<'_>) -> Box<dyn Subject> {
    open(Setting::default())
}
