//! Identifiers: traces in the order of time, spans at random, their spellings.

use std::cell::RefCell;
use std::fmt::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// A trace's 16 bytes: a run's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(pub [u8; 16]);

/// A span's 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanId(pub [u8; 8]);

/// Where a span stands, as it is told to other processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanContext {
    /// Its trace.
    pub trace: TraceId,
    /// Itself.
    pub span: SpanId,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

thread_local! {
    static RANDOM: RefCell<fastrand::Rng> = RefCell::new(fastrand::Rng::with_seed(seed()));
}

fn seed() -> u64 {
    getrandom::u64().unwrap_or_else(|_| nanos(SystemTime::now()) ^ u64::from(std::process::id()) << 32)
}

/// Makes this thread's ids differ from those of the process it was copied from by `fork`.
pub(crate) fn reseed() {
    RANDOM.with_borrow_mut(|random| *random = fastrand::Rng::with_seed(seed()));
}

fn random() -> u64 {
    RANDOM.with_borrow_mut(|random| random.u64(1..))
}

/// Nanoseconds since 1970.
pub(crate) fn nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

impl TraceId {
    /// A new one: a UUID of version 7, so that their order is the order of time.
    #[must_use]
    pub fn new() -> TraceId {
        let ms = nanos(SystemTime::now()) / 1_000_000;
        let high = ms << 16 | 0x7000 | random() & 0x0fff;
        let low = 0x8000_0000_0000_0000 | random() >> 2;
        let mut id = [0; 16];
        for (byte, from) in id.iter_mut().zip(high.to_be_bytes().into_iter().chain(low.to_be_bytes())) {
            *byte = from;
        }
        TraceId(id)
    }

    /// Reads `run_<region>_<32 hex>`, 32 hex digits or a UUID.
    #[must_use]
    pub fn parse(text: &str) -> Option<TraceId> {
        let hex = match text.strip_prefix("run_") {
            Some(rest) => rest.split_once('_').filter(|(region, _)| region.len() == 2)?.1,
            None => text,
        };
        let plain: String = hex.chars().filter(|c| *c != '-').collect();
        if plain.len() != hex.len() && hex.len() != 36 {
            return None;
        }
        parse_hex(&plain).map(TraceId).filter(|id| id.0 != [0; 16])
    }

    /// The spelling of the API: `run_<region>_<32 hex>`.
    #[must_use]
    pub fn run_id(&self, region: &str) -> String {
        format!("run_{region}_{self}")
    }

    /// A number from 0 to 1 that every process draws alike for this trace.
    pub(crate) fn lot(&self) -> f64 {
        let [.., a, b, c, d, e, f, g] = self.0;
        let bits = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
        bits as f64 / (1_u64 << 56) as f64
    }
}

impl Default for TraceId {
    fn default() -> Self {
        TraceId::new()
    }
}

impl SpanId {
    /// A new one.
    #[must_use]
    pub fn new() -> SpanId {
        SpanId(random().to_be_bytes())
    }

    /// Reads 16 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<SpanId> {
        parse_hex(text).map(SpanId).filter(|id| id.0 != [0; 8])
    }
}

impl Default for SpanId {
    fn default() -> Self {
        SpanId::new()
    }
}

impl SpanContext {
    /// Reads the W3C header `traceparent`; `None` if it is none.
    #[must_use]
    pub fn from_traceparent(header: &str) -> Option<SpanContext> {
        let mut parts = header.trim().split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let [version] = parse_hex::<1>(version)?;
        // Later versions may add parts; this one has none.
        if version == 0xff || version == 0 && parts.next().is_some() {
            return None;
        }
        let [flags] = parse_hex::<1>(flags)?;
        let trace = TraceId(parse_hex(trace)?);
        let known = trace.0 != [0; 16];
        known.then_some(())?;
        Some(SpanContext { trace, span: SpanId::parse(span)?, sampled: flags & 1 == 1 })
    }

    /// The W3C header `traceparent`.
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-0{}", self.trace, self.span, u8::from(self.sampled))
    }
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(bytes)
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            f.write_char(char::from_digit(digit.into(), 16).unwrap_or('0'))?;
        }
    }
    Ok(())
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_traces_are_in_the_order_of_time_and_of_version_7() {
        let first = TraceId::new();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let second = TraceId::new();
        assert!(first.to_string() < second.to_string());
        assert_eq!((first.0[6] >> 4, first.0[8] >> 6), (7, 2));
        assert_eq!(TraceId::parse(&first.run_id("eu")), Some(first));
    }

    #[test]
    fn spellings_of_a_run() {
        let id = TraceId::parse("018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6").unwrap();
        for spelling in ["run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "018f3a2b-9c1d-7e8f-a4b9-c2d7e8f1a3b6"] {
            assert_eq!(TraceId::parse(spelling), Some(id), "{spelling}");
        }
        for wrong in ["", "run_eu_", "run_174", "018F3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "0-18f3a2b9c1d7e8fa4b9c2d7e8f1a3b6"]
        {
            assert_eq!(TraceId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn traceparents() {
        let text = "00-018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6-00f067aa0ba902b7-01";
        let context = SpanContext::from_traceparent(text).unwrap();
        assert_eq!(context.traceparent(), text);
        assert!(
            SpanContext::from_traceparent("01-018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6-00f067aa0ba902b7-00-more").is_some()
        );
        for wrong in [
            "",
            "00-018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6-00f067aa0ba902b7",
            "00-018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6-00f067aa0ba902b7-01-more",
            "ff-018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6-0000000000000000-01",
            "00-018F3A2B9C1D7E8FA4B9C2D7E8F1A3B6-00f067aa0ba902b7-01",
        ] {
            assert_eq!(SpanContext::from_traceparent(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lots_are_spread_evenly() {
        let below = (0..10_000).filter(|_| TraceId::new().lot() < 0.25).count();
        assert!((2_200..2_800).contains(&below), "{below}");
    }
}
