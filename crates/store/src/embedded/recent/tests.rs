use super::{BLOCK_RUNS, LOADED_AT_ONCE, LOADED_AT_ONCE_MAX, Moved, Recent, load};
use crate::embedded::database;
use crate::embedded::hot::{self, Depth};
use crate::figures::{CostsSum, RunFigures};
use crate::{CostBy, CostReport, Range};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::RwLock;
use vedette_model::{AccountId, CostSource, ModelFigures, NanoUsd, RunKey, RunKind, Timestamp};
use vedette_summary::summarize;

const HOUR: i64 = 3_600_000_000_000;
const ACCOUNT: AccountId = AccountId::DEFAULT;

fn key(number: u64) -> RunKey {
    let mut key = [0; 16];
    key[8..].copy_from_slice(&number.to_be_bytes());
    RunKey(key)
}

fn row(agent: &str) -> Vec<u8> {
    let mut run = summarize(RunKey::default(), &[], &Default::default(), &Default::default()).run;
    run.kind = RunKind::Run;
    run.agent = Some(agent.into());
    run.cost = Some(NanoUsd(agent.len() as i64));
    let amount = run.cost.unwrap_or_default();
    run.cost_by_source = match agent.len() % 3 {
        0 => [(CostSource::Computed, amount)].into(),
        1 => [(CostSource::Reported, NanoUsd(1)), (CostSource::Override, NanoUsd(amount.0 - 1))].into(),
        _ => Default::default(),
    };
    run.model_calls = 1;
    let share = ModelFigures { calls: 1, cost: run.cost, ..ModelFigures::default() };
    run.by_model.insert(format!("model {}", agent.len()).into(), share);
    hot::encode(&run).expect("a hot row")
}

/// Starts, rows and agents as a reader sees them.
fn seen(recent: &Recent, range: Range) -> Vec<(i64, i64, String)> {
    let mut seen = Vec::new();
    let each = |row, run: &RunFigures| {
        seen.push((run.started_at.0, row, run.agent.as_deref().unwrap_or_default().to_owned()));
        Ok(true)
    };
    recent.view(ACCOUNT, range).scan(range, Depth::Shares, each).expect("a scan");
    seen
}

/// The costs as they are added up, and as they would be run by run.
fn costs(recent: &Recent, by: CostBy, range: Range) -> (CostReport, CostReport) {
    let mut shared = CostsSum::new(by, &jiff::tz::TimeZone::UTC);
    let mut single = shared.clone();
    recent.view(ACCOUNT, range).costs(range, &mut shared).expect("a sum");
    let each = |_, run: &RunFigures| {
        single.add(run);
        Ok(true)
    };
    recent.view(ACCOUNT, range).scan(range, Depth::Shares, each).expect("a scan");
    (shared.finish(), single.finish())
}

fn known(recent: &Recent) -> usize {
    recent.accounts.values().flat_map(|runs| &runs.blocks).map(|block| block.size()).sum()
}

#[test]
fn memory_follows_commits_and_lets_the_oldest_go() {
    let mut recent = Recent::default();
    recent.extend(ACCOUNT, Timestamp(i64::MIN), &[]).expect("nothing to load");
    let mut model: BTreeMap<(i64, Reverse<u64>), (i64, String)> = BTreeMap::new();
    let mut places: BTreeMap<u64, i64> = BTreeMap::new();
    let mut floor = i64::MIN;
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) % below
    };
    for step in 1..=12_000_u64 {
        // Half come in order of time; many start together; some come again, move, or go.
        let number = if next(2) == 0 { step } else { next(step) };
        let start = if next(2) == 0 { step as i64 / 40 } else { next(300) as i64 };
        let start = start * HOUR;
        let from = places.remove(&number);
        if let Some(from) = from {
            model.remove(&(from, Reverse(number)));
        }
        let agent = format!("agent {}", next(1_500));
        let to = (next(8) > 0).then(|| (Timestamp(start), row(&agent)));
        if to.is_some() {
            places.insert(number, start);
            if start >= floor {
                model.insert((start, Reverse(number)), (number as i64, agent));
            }
        }
        let from = from.map(Timestamp);
        recent.follow(vec![Moved { account: ACCOUNT, key: key(number), row: number as i64, from, to }]).expect("");
        if step % 4_000 == 0 {
            let bytes = recent.accounts.get_mut(&ACCOUNT).expect("known").shed();
            recent.bytes = recent.bytes.saturating_add_signed(bytes);
            floor = recent.floor(ACCOUNT).0;
            model.retain(|(start, _), _| *start >= floor);
        }
        if step % 500 == 0 {
            let since = next(300) as i64 * HOUR;
            for range in [
                Range::default(),
                Range { since: Some(Timestamp(since)), until: Some(Timestamp(since + next(40) as i64 * HOUR)) },
            ] {
                let model = model.iter().rev().filter(|((start, _), _)| range.holds(Timestamp(*start)));
                let expected: Vec<_> = model.map(|((start, _), (row, agent))| (*start, *row, agent.clone())).collect();
                assert_eq!(seen(&recent, range), expected, "after {step} in {range:?}");
                for by in [CostBy::Model, CostBy::Day, CostBy::Agent] {
                    let (shared, single) = costs(&recent, by, range);
                    assert_eq!(shared, single, "by {by:?} after {step} in {range:?}");
                }
            }
            assert_eq!(recent.bytes, known(&recent), "after {step}");
        }
    }
    assert!(floor > i64::MIN && model.len() > 2 * BLOCK_RUNS, "{} runs since {floor}", model.len());
    recent.keep(&BTreeSet::new());
    assert_eq!((recent.bytes, seen(&recent, Range::default())), (0, Vec::new()));
}

#[test]
fn older_runs_come_in_from_the_database_in_pieces() {
    // Runs that start together: some, more than one piece has, more than may come at once.
    for together in [3, LOADED_AT_ONCE + 10, LOADED_AT_ONCE_MAX + 1] {
        let dir = tempfile::tempdir().expect("a folder");
        let db = database::open_writer(&dir.path().join("runs.db")).expect("a database");
        let sql = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
                   INSERT INTO figures(account, started_at, key, run, hot)
                   SELECT ?2, max(n, ?3), unhex(format('%032x', n)), n, ?4 FROM numbers";
        // The older start together, the newer one after the other.
        let last = together + LOADED_AT_ONCE;
        db.execute(sql, rusqlite::params![last as i64, ACCOUNT.0, together as i64, row("an agent")]).expect("rows");
        let recent = RwLock::new(Recent::default());
        while load(&recent, &db, ACCOUNT).expect("a piece") {}
        let recent = recent.into_inner().expect("memory");
        let all = together < LOADED_AT_ONCE_MAX;
        let newer = (together + 1..=last).rev().map(|n| (n as i64, n as i64));
        let older = (0..=together).filter(|_| all).map(|n| (together as i64, n as i64));
        let expected: Vec<(i64, i64)> = newer.chain(older).collect();
        let seen: Vec<(i64, i64)> =
            seen(&recent, Range::default()).into_iter().map(|(start, row, _)| (start, row)).collect();
        assert_eq!(seen, expected, "{together} together");
        assert_eq!(recent.floor(ACCOUNT) > Timestamp(i64::MIN), !all, "{together} together");
        assert!(!recent.has_room(ACCOUNT), "there is nothing more to load");
        assert_eq!(recent.bytes, known(&recent));
    }
}
