//! Writes the corpus that fuzzing starts from: `seed FIXTURES OPENAPI CORPUS`.
//!
//! Each captured request is taken apart into requests of one span or record, small enough to be mutated
//! to some purpose, in every encoding that a target reads.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use vedette_otlp as otlp;

/// Requests of which a mutation would mostly hit the inside of a long text.
const LARGEST: usize = 16 << 10;

/// No client here writes log records as JSON, so each field of one stands for what they could send.
const LOG_FIELDS: [&str; 8] = [
    r#""traceId":"b8750a2f01f1276fcd112ae98d5a8683","spanId":"d33656d617bea9db""#,
    r#""timeUnixNano":"1795220788772000000""#,
    r#""observedTimeUnixNano":"1""#,
    r#""eventName":"gen_ai.choice""#,
    r#""severityNumber":9"#,
    r#""severityText":"INFO""#,
    r#""body":{"kvlistValue":{"values":[{"key":"index","value":{"intValue":"0"}},{"key":"message","value":{"kvlistValue":
{"values":[{"key":"content","value":{"stringValue":"hello"}}]}}}]}}"#,
    r#""attributes":[{"key":"gen_ai.system","value":{"stringValue":"openai"}},{"key":"n","value":{"arrayValue":{"values":
[{"doubleValue":0.5},{"boolValue":true},{"bytesValue":"AP8="},{}]}}}]"#,
];

/// Of each type of the runs API that is read in its own way.
const EVENTS: [&str; 6] = [
    r#""type":"llm_call","data":{"provider":"openai","model":"gpt-4o","mode":"embedding","input_tokens":8,"output_tokens":0,
"cached_input_tokens":4,"latency_ms":0.5,"finish_reason":"stop","messages":[{"role":"user","content":"hello"}]}"#,
    r#""type":"tool_call","data":{"name":"search","call_id":"1","arguments":{"q":"x"},"error":{"type":"Timeout","message":"late"}}"#,
    r#""type":"log","data":{"message":"here","level":"warn"}"#,
    r#""type":"decision","data":{"name":"route","choice":["a"]}"#,
    r#""type":"score","data":{"name":"quality","value":true,"reason":"good"}"#,
    r#""type":"own","data":{"n":1}"#,
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [fixtures, openapi, corpus] = arguments.as_slice() else { return Err("seed FIXTURES OPENAPI CORPUS".into()) };
    let seed = |target: &str, bytes: &[u8]| write(&corpus.join(target), bytes);
    for client in fs::read_dir(fixtures.join("otlp"))? {
        for file in fs::read_dir(client?.path())? {
            let path = file?.path();
            let bytes = fs::read(&path)?;
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("pb") if path.to_string_lossy().ends_with(".logs.pb") => {
                    for target in ["logs_protobuf", "normalize", "files"] {
                        seed(target, &bytes)?;
                    }
                }
                Some("pb") if path.to_string_lossy().ends_with(".metrics.pb") => seed("files", &bytes)?,
                Some("pb") => {
                    for span in otlp::traces_from_protobuf(&bytes)?.spans {
                        seed("span_codec", &otlp::encode_span(&span))?;
                        seed("span_codec", &otlp::encode_resource(&span.resource))?;
                        seed("span_codec", &otlp::encode_scope(&span.scope))?;
                        let request = otlp::traces_to_protobuf(std::slice::from_ref(&span));
                        for target in ["traces_protobuf", "normalize", "files", "sniff"] {
                            seed(target, &request)?;
                        }
                        seed("spool", &spooled(&request))?;
                        let json = otlp::traces_to_json(&[span]).to_string();
                        seed("traces_json", json.as_bytes())?;
                        seed("files", format!("{json}\n{json}\n").as_bytes())?;
                        seed("sniff", &zstd::encode_all(json.as_bytes(), 1)?)?;
                    }
                }
                _ => {}
            }
        }
    }
    for file in fs::read_dir(fixtures.join("studio"))? {
        let text = fs::read(file?.path())?;
        for lines in text.split(|byte| *byte == b'\n').chain([text.as_slice()]) {
            for target in ["studio", "recording", "sniff"] {
                seed(target, lines)?;
            }
            seed("sniff", &gzip(lines)?)?;
        }
    }
    // A mutation of a small request more often hits something that matters: also each field alone.
    let whole = LOG_FIELDS.join(",");
    for fields in LOG_FIELDS.into_iter().chain([whole.as_str()]) {
        let request = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{fields}}}]}}]}}]}}"#);
        seed("logs_json", request.as_bytes())?;
    }
    // The bodies that the API's document shows.
    let document: Value = serde_json::from_slice(&fs::read(openapi)?)?;
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).ok_or("no schemas")?;
    for example in schemas.values().filter_map(|schema| schema.get("example")) {
        seed("bodies_json", example.to_string().as_bytes())?;
    }
    for event in EVENTS {
        let id = "evt_eu_018f3a2b9c1d7e8fa4b9c2d7e8f10001";
        let body = format!(r#"{{"events":[{{"id":"{id}","ts":1769860802.5,{event}}}]}}"#);
        seed("bodies_json", body.as_bytes())?;
    }
    seed("bodies_json", b"agent=nightly&status=fail&duration_ms=1.5&cost_usd=0.1&metadata=late")?;
    Ok(())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(bytes)?;
    Ok(file.finish()?)
}

/// A file of the spool with one request, twice.
fn spooled(request: &[u8]) -> Vec<u8> {
    let head = [request.len() as u32, 1, 0].map(u32::to_le_bytes).concat();
    [b"vdspool1", &16u64.to_le_bytes()[..], &head, request, &head, request].concat()
}

fn write(folder: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    if bytes.len() > LARGEST {
        return Ok(());
    }
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    fs::create_dir_all(folder)?;
    Ok(fs::write(folder.join(format!("seed-{:016x}", hasher.finish())), bytes)?)
}
