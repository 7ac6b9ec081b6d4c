//! Every bound on what is taken in, kept and answered, in one place; in what steps work is done stands beside
//! the loop that does it. A value that is cut says so on its span (`vedette.truncated` lists the keys); a
//! request that is refused names the limit.

use std::time::Duration;

/// Bytes of one request body as sent.
pub const BODY_BYTES: usize = 64 << 20;
/// Bytes of one request body after decompression.
pub const BODY_DECOMPRESSED_BYTES: usize = 256 << 20;
/// Spans (or log records, or events) of one request.
pub const SPANS_PER_REQUEST: usize = 100_000;
/// Attributes of one span, resource, scope or event; the rest is dropped and counted.
pub const ATTRIBUTES_PER_SPAN: usize = 1_024;
/// Events of one span, and links.
pub const EVENTS_PER_SPAN: usize = 1_024;
/// Levels of arrays and maps inside one attribute value, and of JSON inside a string.
pub const VALUE_DEPTH: usize = 64;
/// Bytes of one attribute key, of a span's name, and of each name, id or tag that a run is found by.
pub const NAME_BYTES: usize = 1_024;
/// Bytes of one string value; longer ones are cut at a character boundary.
pub const STRING_BYTES: usize = 4 << 20;
/// Bytes of one encoded span; a larger one is refused alone.
pub const SPAN_BYTES: usize = 16 << 20;
/// Bytes of the attributes of one encoded resource, or scope; those without room are dropped and their keys listed.
pub const RESOURCE_BYTES: usize = 1 << 20;
/// Bytes by which the text of a body may grow as what is no UTF-8 in it becomes U+FFFD; beyond it `?` stands there.
pub const REPLACED_BYTES: usize = 1 << 20;
/// Attribute values (nested ones too), events and links of one request; the spans beyond are refused.
pub const VALUES_PER_REQUEST: usize = 4 << 20;
/// Values as which an object of a JSON body counts: however small it is, it takes the room of eleven entries once read.
pub const JSON_OBJECT_VALUES: usize = 12;
/// Keys that `vedette.truncated` lists; one more entry says that there are more.
pub const CUT_KEYS_LISTED: usize = 256;
/// Distinct reasons for which items of one request are refused; further ones count as the last.
pub const REFUSAL_REASONS: usize = 32;
/// Characters of a name that are told of a refused item.
pub const REFUSAL_NAME_CHARS: usize = 80;
/// Bytes of an error's message, and of the reason why a line was passed over; a longer one, which repeats what was
/// sent, is cut.
pub const MESSAGE_BYTES: usize = 1_024;
/// Bytes of the name of the field that an error is about.
pub const FIELD_BYTES: usize = 256;
/// Bytes of the body of a ping.
pub const PING_BODY_BYTES: usize = 64 << 10;
/// Characters of a ping's note.
pub const PING_NOTE_CHARS: usize = 256;
/// Characters of the previews in lists.
pub const PREVIEW_CHARS: usize = 256;
/// Levels of lists, messages and parts that are looked into for one.
pub const PREVIEW_DEPTH: u8 = 8;
/// Bytes that are searched for one, backwards from the end of a history.
pub const PREVIEW_SEARCH_BYTES: usize = 64 << 10;
/// Bodies inside bodies and JSON inside JSON that are followed to a message.
pub const MESSAGE_DEPTH: usize = 8;
/// Distinct names (models, tools, agents, tags) kept on a run's summary.
pub const NAMES_PER_RUN: usize = 64;
/// Pairs of metadata kept on a run's summary.
pub const METADATA_PER_RUN: usize = 64;
/// Bytes of one value of them, and of a score's or failure's words; spans keep them whole among their attributes.
pub const METADATA_BYTES: usize = 4 << 10;
/// Levels of parents that are followed when a tree is walked; a deeper tree or a cycle is cut here.
pub const TREE_DEPTH: usize = 10_000;
/// Calls of one response id at one time among which a copy's owner is looked for.
pub const COPY_OWNERS: usize = 1_000;
/// Runs in which calls of one response id are compared: an id that is in more names no call, such as a
/// stand-in model's constant.
pub const RESPONSE_RUNS: usize = 32;
/// Bytes of an event's data in which a score or a verdict is looked for.
pub const TOLD_BYTES: usize = 256 << 10;
/// Spans of a run in which its output is looked for, where checks ask for it.
pub const OUTPUT_SPANS: usize = 8;

/// Bytes that one group commit may hold before the next one is formed.
pub const COMMIT_BYTES: usize = 8 << 20;
/// Bytes of batches waiting for the committer; beyond it the doors answer 429.
pub const QUEUE_BYTES: usize = 128 << 20;
/// Bytes of skeletons of active runs in memory, but for one larger run: that which was used last.
pub const SKELETON_BYTES: usize = 32 << 20;
/// Bytes of recent runs' figures in memory: those of some 200,000 runs; older ones are read from the database.
pub const FIGURES_BYTES: usize = 32 << 20;
/// Models whose costs are kept for each block of them; a block with more is summed each time.
pub const SHARE_MODELS: usize = 64;
/// Bytes of segments' footers in memory.
pub const FOOTER_BYTES: u64 = 16 << 20;
/// Bytes of one span with its resource and scope as they are stored; the doors' bounds are tighter.
pub const STORED_SPAN_BYTES: usize = 3 * SPAN_BYTES;
/// Bytes of one stored blob once unpacked; a length that says more is damage.
pub const BLOB_BYTES: usize = SPAN_BYTES + (64 << 20);
/// Bytes that are read of what the owner of a data folder announces there.
pub const ANNOUNCEMENT_BYTES: u64 = 4 << 10;
/// Spans in the log that start a flush, however young their runs.
pub const FLUSH_SPANS: usize = 24_000;
/// Bytes in the log that start a flush.
pub const FLUSH_BYTES: usize = 80 << 20;
/// Spans of the log that are also in memory; with more in it, appends wait for the flush that is under way, ...
pub const LOG_SPANS: usize = 2 * FLUSH_SPANS;
/// ... as with more bytes, ...
pub const LOG_BYTES: usize = 2 * FLUSH_BYTES;
/// ... but no longer than this.
pub const APPEND_WAIT: Duration = Duration::from_secs(5);
/// Quiet time after a run's end before its spans may leave the log.
pub const FLUSH_QUIET: Duration = Duration::from_secs(30);
/// Spans of quiet runs that are worth a segment; fewer wait for company, ...
pub const FLUSH_QUIET_SPANS: usize = 2_000;
/// ... but no longer than this.
pub const FLUSH_WAIT: Duration = Duration::from_secs(10 * 60);
/// Segments of one size that are merged into one.
pub const MERGE_SEGMENTS: usize = 8;
/// Runs that one commit settles: each is in memory until it ends.
pub const SETTLE_RUNS: usize = 1_000;
/// Silence after which a run without an explicit end is presumed closed (`--settle`).
pub const SETTLE: Duration = Duration::from_secs(5 * 60);
/// Silence after which a run known to be open becomes `timeout`.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// Silence of an announcing process after which its open runs become `timeout`.
pub const LIVENESS_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a log record waits for its run.
pub const LOG_WAIT: Duration = Duration::from_secs(10 * 60);
/// Changes that a reconnecting stream can catch up on.
pub const STREAM_RING: usize = 50_000;
/// Changes that a slow reader of the stream may be behind before it is dropped.
pub const STREAM_LAG: usize = 10_000;

/// Spans that `--memory` holds; beyond it writes are refused.
pub const MEMORY_SPANS: usize = 300_000;
/// Encoded bytes of spans that `--memory` holds; beyond it writes are refused.
pub const MEMORY_BYTES: usize = 512 << 20;

/// Bytes of one document: a rule, an incident, a delivery.
pub const DOCUMENT_BYTES: usize = 1 << 20;

/// Rows of a page when none is asked for, and at most.
pub const PAGE_ROWS: usize = 50;
/// Rows of a page at most.
pub const PAGE_ROWS_MAX: usize = 1_000;
/// Values of one facet, and outcome labels of one statistic.
pub const FACET_VALUES: usize = 100;
/// Buckets of one statistic; a finer one is refused.
pub const BUCKETS: usize = 10_000;
/// Spans of one run answered without paging.
pub const SPANS_PER_RUN: usize = 100_000;
/// Rows of one Arrow batch of a scan, ...
pub const SCAN_ROWS: usize = 8_192;
/// ... which takes no more spans once they have so many raw bytes.
pub const SCAN_BYTES: usize = 8 << 20;
/// Rows of one SQL answer.
pub const SQL_ROWS: usize = 10_000;
/// Bytes of one SQL answer; the rows beyond are not in it.
pub const SQL_ANSWER_BYTES: usize = 16 << 20;
/// Bytes of the text of one SQL query.
pub const SQL_QUERY_BYTES: usize = 1 << 20;
/// Memory that one SQL query keeps, ...
pub const SQL_BYTES: usize = 256 << 20;
/// ... and all that its process has, with what it makes on the way.
pub const SQL_PROCESS_BYTES: usize = 2 * SQL_BYTES;
/// Bytes of one message between that process and the server: no batch and no answer comes near.
pub const SQL_FRAME_BYTES: u32 = 1 << 30;
/// Time of one SQL query (`--sql-time`).
pub const SQL_TIME: Duration = Duration::from_secs(30);
/// SQL queries at once, each a process; others wait, ...
pub const SQL_QUERIES: usize = 4;
/// ... as they do for others of their account, ...
pub const SQL_QUERIES_PER_ACCOUNT: usize = 2;
/// ... and are refused after this.
pub const SQL_WAIT: Duration = Duration::from_secs(10);
/// Bytes of one line of an imported file.
pub const LINE_BYTES: usize = 16 << 20;
/// Refused lines that are reported one by one; the rest is counted.
pub const SKIPPED_LINES: usize = 1_000;
/// Bytes of an upload as sent: of one file, or of all files of a form.
pub const UPLOAD_BYTES: usize = 4 << 30;
/// Bytes of an uploaded file after decompression.
pub const UPLOAD_OPENED_BYTES: u64 = 16 << 30;
/// Parts of an uploaded form.
pub const UPLOAD_PARTS: usize = 1_000;
/// Bytes of such a form that are read ahead of its parts, and of what stands between them.
pub const UPLOAD_AHEAD_BYTES: usize = 16 << 20;
/// Runs of one file that are told apart to count them; of more, so many are counted.
pub const UPLOAD_RUNS: usize = 1_000_000;

/// Runs of an imported Studio file of which something waits for its other half.
pub const STUDIO_RUNS_OPEN: usize = 10_000;
/// Bytes of lines of such a file that wait.
pub const STUDIO_BYTES_OPEN: usize = 64 << 20;
/// Distinct lines of it that are remembered to tell repeats apart.
pub const STUDIO_LINES_REMEMBERED: usize = 100_000;
/// Spans of one kind that wait in one of its runs; beyond it the oldest goes out as it is.
pub const STUDIO_SPANS_WAITING: usize = 1_000;
/// Model calls of one record that is played back.
pub const REPLAY_CALLS: usize = 10_000;
/// Runs of one such record: the run and those below it.
pub const REPLAY_RUNS: usize = 1_000;
/// Bytes of the header that says how a call differs from the record.
pub const REPLAY_DIFFERS_BYTES: usize = 2_000;

/// Bytes of request bodies, as sent and decompressed, in the doors at once; beyond it they answer 429.
pub const INGEST_BYTES: usize = 384 << 20;
/// Requests that are decoded, normalized and appended at once; others wait their turn.
pub const INGEST_REQUESTS: usize = 32;
/// Uploads at once, each a thread; further ones get 429.
pub const UPLOADS: usize = 4;
/// Silence of a sender after which its body is given up.
pub const BODY_SILENCE: Duration = Duration::from_secs(30);
/// Time that a body may take to arrive, however steadily; an upload may take longer.
pub const BODY_TIME: Duration = Duration::from_secs(5 * 60);
/// Connections at once, of half as many open files as the system allows at most; further ones wait to be accepted.
pub const CONNECTIONS: usize = 4_096;
/// Time in which a connection must have sent the head of its first or next request. Longer than the minute for which
/// load balancers keep an idle connection, so that they never send a request into one that is just being closed.
pub const HEAD_TIME: Duration = Duration::from_secs(75);
/// Silence of an HTTP/2 connection after which its client is asked whether it is still there, ...
pub const HTTP2_SILENCE: Duration = Duration::from_secs(30);
/// ... and how long it may take to say so.
pub const HTTP2_ANSWER: Duration = Duration::from_secs(20);
/// Sessions of logged-in browsers at once; beyond it the oldest ends.
pub const LOGIN_SESSIONS: usize = 10_000;
/// How long a login lasts.
pub const LOGIN_TIME: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Readers of the stream at once, ...
pub const STREAM_READERS: usize = 1_000;
/// ... and of one account; further ones get 429, ...
pub const STREAM_READERS_PER_ACCOUNT: usize = 250;
/// ... and may ask again after this.
pub const STREAM_WAIT: Duration = Duration::from_secs(10);
/// Events that wait for the connection of one of them; beyond them its place in the ring falls behind.
pub const STREAM_AHEAD: usize = 256;
/// How long the stream goes on to a reader that must go, at most: its key was revoked, or it is too far behind.
pub const STREAM_GRACE: Duration = Duration::from_secs(1);
/// Silence on the stream after which a comment is sent, so that nobody between cuts it.
pub const STREAM_KEEPALIVE: Duration = Duration::from_secs(15);
/// How long requests under way may take to end when the server stops.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Notices of one account that are kept.
pub const NOTICES: usize = 1_000;
/// Characters of a notice's title, ...
pub const NOTICE_TITLE_CHARS: usize = 200;
/// ... of its description, ...
pub const NOTICE_TEXT_CHARS: usize = 2_000;
/// ... and of an input or output in it.
pub const NOTICE_CONTENT_CHARS: usize = 256;

/// Rates read off the price table that are kept.
pub const PRICES_ASKED: usize = 16_384;

/// Runs of an account whose changes still move the figures of its rules; beyond it the oldest stand as they are.
pub const WATCHED_RUNS: usize = 200_000;
/// Rules, schedules and checks of an account, each.
pub const DEFINITIONS: usize = 5_000;
/// Conditions inside conditions of one rule, ...
pub const RULE_DEPTH: usize = 4;
/// ... and of one rule.
pub const RULE_CONDITIONS: usize = 16;
/// The longest window of a rule.
pub const RULE_WINDOW: Duration = Duration::from_secs(31 * 86_400);
/// Times the server was down that are remembered.
pub const DOWNTIMES: usize = 256;
/// Incidents kept; beyond it the oldest resolved ones go.
pub const INCIDENTS: usize = 10_000;
/// Characters of what an incident's failures say alike.
pub const INCIDENT_TITLE_CHARS: usize = 120;
/// Characters of what its newest failure said.
pub const INCIDENT_SAID_CHARS: usize = 400;
/// Root runs that an incident keeps; the count goes on, ...
pub const INCIDENT_RUNS: usize = 1_000;
/// ... and of these, those that a list of incidents shows.
pub const INCIDENT_RUNS_LISTED: usize = 5;
/// Entries of an incident's history.
pub const INCIDENT_HISTORY: usize = 200;
/// Characters of a note in it.
pub const INCIDENT_NOTE_CHARS: usize = 4_000;
/// Characters of a failure's message that tell it apart from others.
pub const FINGERPRINT_CHARS: usize = 512;
/// Expected times that a schedule remembers: answered ahead of judgement, or missed and perhaps answered late.
pub const HEARTBEAT_TIMES: usize = 64;
/// Runs that it remembers to have told of, so that each is told once.
pub const HEARTBEAT_RUNS_TOLD: usize = 256;
/// Levels of a schema that outputs are checked by.
pub const SCHEMA_DEPTH: usize = 32;
/// Bytes of a check's compiled expression; a larger one is refused.
pub const CHECK_REGEX_BYTES: usize = 1 << 20;
/// Characters that are told of what a check got.
pub const CHECK_GOT_CHARS: usize = 120;
/// Steps in which the past is gone through when a rule is tried, besides the moments at which something happened.
pub const TRIAL_STEPS: u64 = 2_000;
/// Such moments that are looked at; of more, evenly spread ones.
pub const TRIAL_MOMENTS: usize = 50_000;
/// Runs whose silences are read for it, newest first.
pub const SILENT_RUNS: usize = 2_000;

/// Channels of one account.
pub const CHANNELS: usize = 100;
/// Receivers of one channel of mail.
pub const CHANNEL_RECEIVERS: usize = 50;
/// Characters of a channel's name.
pub const CHANNEL_NAME_CHARS: usize = 64;
/// Attempts of one delivery before it is given up.
pub const DELIVERY_ATTEMPTS: u32 = 7;
/// Pause after the first of them that fails (`--notify-pause`); each one after is longer.
pub const DELIVERY_PAUSE: Duration = Duration::from_secs(10);
/// Longest pause that a receiver may ask for.
pub const RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// Time of one attempt.
pub const DELIVERY_TIME: Duration = Duration::from_secs(15);
/// Bytes of a receiver's answer that are read.
pub const ANSWER_BYTES: usize = 1_024;
/// Characters of it that the list of attempts keeps.
pub const ANSWER_CHARS: usize = 200;
/// Deliveries that a channel may give up in a row before it is paused.
pub const CHANNEL_FAILURES: u32 = 3;
/// Attempts under way at once; one at a time for each channel.
pub const DELIVERIES_AT_ONCE: usize = 32;
/// Deliveries of one account that are kept after they ended; the oldest go.
pub const DELIVERIES_KEPT: usize = 1_000;
/// Deliveries that wait for one channel, which may be paused; beyond them the oldest are given up.
pub const DELIVERIES_WAITING: usize = 1_000;
