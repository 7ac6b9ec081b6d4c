//! The floor: decoding the bytes once, zstd -1 as the log needs it, zstd -3 as a segment needs it.

use crate::load::Bodies;
use anyhow::{Context, Result};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

/// Bytes of one block of a segment.
const BLOCK_BYTES: usize = 1 << 20;

/// CPU microseconds a span of the floor, on a sample of the bodies.
pub fn measure(bodies: &Bodies, sample: usize) -> Result<f64> {
    let started = thread_cpu_us()?;
    let mut spans = 0;
    for body in bodies.iter().take(sample) {
        let body = body?;
        let request = ExportTraceServiceRequest::decode(body.as_slice())?;
        spans += request
            .resource_spans
            .iter()
            .flat_map(|resource| &resource.scope_spans)
            .map(|scope| scope.spans.len())
            .sum::<usize>();
        drop(request);
        zstd::bulk::compress(&body, 1)?;
        for block in body.chunks(BLOCK_BYTES) {
            zstd::bulk::compress(block, 3)?;
        }
    }
    Ok((thread_cpu_us()? - started) / spans.max(1) as f64)
}

/// Microseconds that this thread has spent on a CPU.
fn thread_cpu_us() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos: f64 = text.split_whitespace().next().context("schedstat is empty")?.parse()?;
    Ok(nanos / 1_000.0)
}
