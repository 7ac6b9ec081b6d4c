//! Ended spans by their scope, and the OTLP requests made of them.

use crate::wire;

/// Ended spans of one scope, each an encoded field `spans` of `ScopeSpans`.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The `ScopeSpans` without spans.
    pub(crate) scope: std::sync::Arc<[u8]>,
    pub(crate) bytes: Vec<u8>,
    /// Where each span ends, so that a batch can be cut.
    pub(crate) ends: Vec<usize>,
}

/// One `ExportTraceServiceRequest`.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) body: Vec<u8>,
    pub(crate) spans: u32,
}

/// Requests of at most about `max` bytes; a larger span goes alone.
pub(crate) fn requests(resource: &[u8], batches: &[Batch], max: usize) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut parts: Vec<(&[u8], &[u8])> = Vec::new();
    let (mut size, mut spans) = (0, 0);
    for batch in batches {
        let (mut from, mut done) = (0, 0);
        while let Some(rest) = batch.ends.get(done..).filter(|rest| !rest.is_empty()) {
            let room = max.saturating_sub(size);
            let fit = rest.partition_point(|end| end - from <= room);
            let fit = if fit == 0 && parts.is_empty() { 1 } else { fit };
            if let Some(end) = fit.checked_sub(1).and_then(|last| rest.get(last)) {
                parts.push((&batch.scope, batch.bytes.get(from..*end).unwrap_or_default()));
                size += end - from;
                spans += fit as u32;
                (from, done) = (*end, done + fit);
            }
            if batch.ends.len() > done {
                requests.push(request(resource, &parts, std::mem::take(&mut spans)));
                parts.clear();
                size = 0;
            }
        }
    }
    if !parts.is_empty() {
        requests.push(request(resource, &parts, spans));
    }
    requests
}

fn request(resource: &[u8], parts: &[(&[u8], &[u8])], spans: u32) -> Request {
    let scopes: usize = parts.iter().map(|(scope, bytes)| wire::field_len(2, scope.len() + bytes.len())).sum();
    let inner = wire::field_len(1, resource.len()) + scopes;
    let mut body = Vec::with_capacity(wire::field_len(1, inner));
    wire::prefix(&mut body, 1, inner);
    wire::bytes(&mut body, 1, resource);
    for (scope, bytes) in parts {
        wire::prefix(&mut body, 2, scope.len() + bytes.len());
        body.extend_from_slice(scope);
        body.extend_from_slice(bytes);
    }
    Request { body, spans }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use prost::Message;

    fn batch(scope: &str, sizes: &[usize]) -> Batch {
        let mut head = Vec::new();
        wire::message(&mut head, 1, |out| wire::bytes(out, 1, scope.as_bytes()));
        let mut batch = Batch { scope: head.into(), ..Batch::default() };
        for (index, size) in sizes.iter().enumerate() {
            wire::message(&mut batch.bytes, 2, |out| {
                wire::bytes(out, 5, format!("{scope}{index}{}", "x".repeat(*size)).as_bytes())
            });
            batch.ends.push(batch.bytes.len());
        }
        batch
    }

    #[test]
    fn every_span_is_in_one_request_with_its_scope_whatever_the_size() {
        let batches = [batch("a", &[10, 500, 10, 10]), batch("b", &[900]), batch("c", &[1, 1, 1])];
        for max in [1, 100, 300, 600, 2_000, 1 << 20] {
            let mut seen = Vec::new();
            for request in requests(b"", &batches, max) {
                let decoded = ExportTraceServiceRequest::decode(&*request.body).unwrap();
                let mut count = 0;
                for scope in &decoded.resource_spans[0].scope_spans {
                    let name = scope.scope.as_ref().unwrap().name.clone();
                    for span in &scope.spans {
                        assert!(span.name.starts_with(&name));
                        seen.push(span.name[..2].to_owned());
                        count += 1;
                    }
                }
                assert_eq!(count, request.spans);
                assert!(count == 1 || request.body.len() <= max + 100, "{} bytes at {max}", request.body.len());
            }
            assert_eq!(seen, ["a0", "a1", "a2", "a3", "b0", "c0", "c1", "c2"], "{max}");
        }
    }
}
