-- Version 4. Everything that changes; spans at rest are in segments/*.parquet.
-- BLOB columns named below are postcard of the type in brackets.

CREATE TABLE accounts(
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    retain_ns INTEGER,
    runs INTEGER NOT NULL DEFAULT 0,      -- that are not hidden
    spans INTEGER NOT NULL DEFAULT 0      -- of these
) STRICT;

CREATE TABLE keys(
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,                 -- JSON
    agent TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_account ON keys(account, created_at, id);

CREATE TABLE prices(
    account INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    price TEXT NOT NULL,                  -- JSON
    PRIMARY KEY(account, provider, model, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE scores(
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    run BLOB NOT NULL,                    -- need not exist
    time INTEGER NOT NULL,
    score TEXT NOT NULL,                  -- JSON
    PRIMARY KEY(account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX scores_run ON scores(account, run, time);

-- A run's row. `detail` is its summary [Run]; the columns beside it are what rows are found by.
CREATE TABLE runs(
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
    account INTEGER NOT NULL,
    key BLOB NOT NULL,
    parent BLOB,
    waiting INTEGER NOT NULL,             -- what `settle` looks for, see `Waiting`
    silent_since INTEGER NOT NULL,        -- server's clock
    detail BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX runs_key ON runs(account, key);
CREATE INDEX runs_parent ON runs(account, parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_silence ON runs(account, waiting, silent_since);

-- The figures of listed runs, close together in order of time: what lists filter and statistics add up.
CREATE TABLE figures(
    account INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    key BLOB NOT NULL,
    run INTEGER NOT NULL,
    hot BLOB NOT NULL,                    -- [Figures][Labels]
    PRIMARY KEY(account, started_at, key)
) STRICT, WITHOUT ROWID;

-- What was said of runs directly.
CREATE TABLE controls(
    run INTEGER PRIMARY KEY,
    control BLOB NOT NULL                 -- [Control]
) STRICT;

-- Where runs' spans at rest are; no row while all are in the log.
CREATE TABLE stretches(
    run INTEGER PRIMARY KEY,
    stretches BLOB NOT NULL               -- [Vec<Stretch>]
) STRICT;

-- What segments do not say of runs' spans: see `Patch`. Few rows stay once spans are at rest.
CREATE TABLE patches(
    run INTEGER PRIMARY KEY,
    patch BLOB NOT NULL                   -- [Patch]
) STRICT;

CREATE TABLE response_ids(
    hash INTEGER NOT NULL,                -- of account and response id
    run INTEGER NOT NULL,
    PRIMARY KEY(hash, run)
) STRICT, WITHOUT ROWID;
-- The newest of them. Hashes fall anywhere, so a commit would change almost as many pages of the large table as
-- it brings ids; of this small one it changes few, and many ids move on at once.
CREATE TABLE new_response_ids(
    hash INTEGER NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY(hash, run)
) STRICT, WITHOUT ROWID;

-- The log: spans not yet at rest, in chunks of one account, spans of a run together.
CREATE TABLE log(
    id INTEGER PRIMARY KEY,
    spans BLOB NOT NULL                   -- zstd of resources, scopes, then [Head][Span] and raw bytes of each
) STRICT;
-- What of a chunk still counts; apart, so that it can change without the chunk.
CREATE TABLE log_directory(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    runs BLOB NOT NULL                    -- [Directory]
) STRICT;

CREATE TABLE segments(
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that a file's name is unique
    account INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,               -- of the file
    raw_bytes INTEGER NOT NULL,           -- of the spans in it
    checksum INTEGER NOT NULL,            -- XXH3 of the file
    first_start INTEGER NOT NULL,
    last_start INTEGER NOT NULL,
    dead BLOB,                            -- [Vec<(u32, u32)>], rows of runs that are gone
    purge INTEGER NOT NULL DEFAULT 0      -- their bytes have to go
) STRICT;
CREATE INDEX segments_account ON segments(account, first_start);

-- What the server keeps for an account beside its runs.
CREATE TABLE documents(
    account INTEGER NOT NULL,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,                   -- JSON
    PRIMARY KEY(account, collection, id)
) STRICT, WITHOUT ROWID;

-- Runs that changed since note was taken of them.
CREATE TABLE unseen(
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- grows, so that a later change is told from an earlier one
    account INTEGER NOT NULL,
    run BLOB NOT NULL,
    UNIQUE(account, run)
) STRICT;

-- What `maintain` still has to do, so that a restart does not forget it.
CREATE TABLE chores(name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- The last changes, one row a commit.
CREATE TABLE ring(
    last INTEGER PRIMARY KEY,             -- sequence of its last change
    first INTEGER NOT NULL,
    changes BLOB NOT NULL                 -- [Keys]
) STRICT;
