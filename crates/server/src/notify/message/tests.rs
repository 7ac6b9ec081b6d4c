//! Each channel's message is a reviewed snapshot; hostile and overlong text is tamed in every one of them.

use super::*;
use vedette_model::{AccountId, RunKey};
use vedette_watch::{NoticeKind, Severity};

fn letterhead() -> Letterhead {
    Letterhead {
        public_url: "https://vedette.example.com".into(),
        region: Region::Eu,
        from: Some("Vedette <vedette@example.com>".parse().expect("an address")),
    }
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect(text)
}

fn incident() -> Notice {
    Notice {
        id: "ntc_0123456789abcdef".into(),
        account: AccountId::DEFAULT,
        kind: NoticeKind::IncidentOpened,
        severity: Severity::Critical,
        title: "billing fails at search_orders".into(),
        what: "ConnectionError: cannot reach orders.internal\nThe last good run was 2026-02-01 02:00 UTC.".into(),
        since: time("2026-02-01T03:00:07.5Z"),
        count: 14,
        agent: Some("billing".into()),
        run: RunKey::parse_exact("018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6"),
        incident: Some("inc_7".into()),
        rule: None,
        link_path: "/incidents/inc_7".into(),
        occurred_at: time("2026-02-01T03:05:00Z"),
    }
}

fn heartbeat() -> Notice {
    Notice {
        id: "ntc_00000000000000fe".into(),
        kind: NoticeKind::HeartbeatMissed,
        severity: Severity::Warning,
        title: "nightly-report did not run".into(),
        what: "Expected at 02:00 Europe/Berlin, with 15 minutes of grace; nothing came.".into(),
        since: time("2026-02-01T01:00:00Z"),
        count: 1,
        agent: Some("nightly-report".into()),
        run: None,
        incident: None,
        rule: Some("hbt_1".into()),
        link_path: "/heartbeats".into(),
        occurred_at: time("2026-02-01T01:15:00Z"),
        ..incident()
    }
}

fn recovered() -> Notice {
    Notice {
        id: "ntc_00000000000000ff".into(),
        kind: NoticeKind::IncidentResolved,
        severity: Severity::Info,
        title: "billing works again".into(),
        what: "5 good runs in a row.".into(),
        ..incident()
    }
}

/// Whatever an agent may call itself.
fn hostile() -> Notice {
    Notice {
        title: "<!channel> @everyone\r\nBcc: victim@example.com\u{202e}\u{1b}[2J".into(),
        what: format!("key sk-proj-abc123def456ghi789 & <https://evil.example|click>\n{}", "x".repeat(10_000)),
        agent: Some("<script>alert(1)</script> *bold* `code`\n\n@here".into()),
        ..incident()
    }
}

fn channel(kind: ChannelKind) -> Channel {
    Channel {
        id: "chn_1".into(),
        name: "ops".into(),
        kind,
        agents: vec![],
        min_severity: Severity::Info,
        include_content: false,
        paused: false,
        paused_because: None,
        consecutive_failures: 0,
        created_at: Timestamp::default(),
    }
}

fn channels() -> [(&'static str, Channel); 4] {
    [
        ("webhook", ChannelKind::Webhook { url: "https://example.com/".into(), secret: "whsec_1".into() }),
        ("slack", ChannelKind::Slack { url: "https://hooks.slack.com/services/1".into() }),
        ("email", ChannelKind::Email { to: vec!["Ops <ops@example.com>".into(), "eve@example.org".into()] }),
        ("pagerduty", ChannelKind::Pagerduty { routing_key: "R0UT1NGKEY".into(), url: None }),
    ]
    .map(|(name, kind)| (name, channel(kind)))
}

#[test]
fn every_channel_says_what_since_when_how_often_and_where() {
    let notices = [("incident", incident()), ("heartbeat", heartbeat()), ("recovered", recovered())];
    for (kind, channel) in channels() {
        for (what, notice) in &notices {
            let written = write(notice, &Content::default(), &channel, &letterhead()).expect(kind);
            assert_eq!(
                write(notice, &Content::default(), &channel, &letterhead()).expect(kind),
                written,
                "the same bytes each time"
            );
            let shown = match serde_json::from_str::<serde_json::Value>(&written) {
                Ok(json) => serde_json::to_string_pretty(&json).expect("JSON"),
                Err(_) => written.replace("\r\n", "\n"),
            };
            insta::assert_snapshot!(format!("{kind}-{what}"), shown);
        }
    }
}

fn hostile_content() -> Content {
    let text =
        |word: &str| Some(format!("{word} <!channel> @here sk-proj-abc123def456ghi789 \u{202e}{}", "y".repeat(9_000)));
    Content { input: text("asked"), output: text("answered") }
}

#[test]
fn a_channel_that_asks_is_told_the_prompt_without_secrets() {
    let content = Content {
        input: Some("Refund order 7, my password=hunter2secret".into()),
        output: Some("I cannot do that.".into()),
    };
    for (kind, channel) in channels() {
        let written = write(&incident(), &content, &channel, &letterhead()).expect(kind);
        for (word, told) in [("Refund order 7", true), ("I cannot do that.", true), ("hunter2", false)] {
            assert_eq!(written.contains(word), told, "{kind} {word}: {written}");
        }
    }
}

#[test]
fn hostile_text_steers_nothing_and_says_no_secret() {
    for (kind, channel) in channels() {
        let written = write(&hostile(), &hostile_content(), &channel, &letterhead()).expect(kind);
        assert!(written.len() < 12_000, "{kind}: {} bytes", written.len());
        for forbidden in ["sk-proj-abc123", "\u{202e}", "\\u001b", "\u{1b}", "\nBcc:", "\r\nBcc"] {
            assert!(!written.contains(forbidden), "{kind} says {forbidden:?}: {written}");
        }
        if kind == "slack" {
            for forbidden in ["<!channel>", "<https:", "<script>", "@everyone", "@here"] {
                assert!(!written.contains(forbidden), "{kind} says {forbidden:?}: {written}");
            }
        }
    }
}

#[test]
fn what_begins_and_what_ends_are_one_event_in_pagerduty() {
    let key = |notice: &Notice| {
        let body = pagerduty::body(&Message::of(notice, &Content::default(), &letterhead()), "KEY");
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        (body["event_action"].as_str().map(str::to_owned), body["dedup_key"].as_str().map(str::to_owned))
    };
    let (opened, resolved) = (key(&incident()), key(&recovered()));
    assert_eq!((opened.0.as_deref(), resolved.0.as_deref()), (Some("trigger"), Some("resolve")));
    assert_eq!(opened.1, resolved.1);
    let come = Notice { id: "ntc_2".into(), kind: NoticeKind::HeartbeatRecovered, ..heartbeat() };
    assert_eq!(key(&heartbeat()).1, key(&come).1);
    let other = Notice { agent: Some("other".into()), ..heartbeat() };
    assert_ne!(key(&heartbeat()).1, key(&other).1);
}

#[test]
fn mail_needs_a_sender_and_receivers_that_are_addresses() {
    let mail = |to: &str, from| {
        let channel = channel(ChannelKind::Email { to: vec![to.into()] });
        write(&incident(), &Content::default(), &channel, &Letterhead { from, ..letterhead() })
    };
    assert!(matches!(mail("ops@example.com", None), Err(Unwritable::NoMail)));
    assert!(matches!(mail("ops at example", letterhead().from), Err(Unwritable::Address(_))));
}
