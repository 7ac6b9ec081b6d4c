//! One run of an agent in Rust, with a model call, a tool call and its outcome.
//!
//! `cargo run -p vedette-sdk --example agent -- http://127.0.0.1:4318`

use std::time::Duration;
use vedette_sdk::{Config, ConfigError, Kind, Recorder, Value};

fn main() -> Result<(), ConfigError> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:4318".to_owned());
    let recorder = Recorder::start(Config {
        resource: vec![("service.name".into(), "example".into())],
        ..Config::new(&endpoint)
    })?;

    let run = recorder.run("weather-bot").customer("acme-corp").start();
    let mut call = run.child("chat gpt-4o").kind(Kind::Llm);
    call.set("gen_ai.request.model", "gpt-4o");
    let call = call.start();
    call.set("vedette.input", "Is it raining in Paris?");
    call.set("gen_ai.usage.input_tokens", 800);
    call.set("gen_ai.usage.output_tokens", 120);
    call.set("gen_ai.response.finish_reasons", Value::from(vec!["tool_calls"]));
    call.end();

    let tool = run.child("weather").kind(Kind::Tool).start();
    tool.set("vedette.input", r#"{"city":"Paris"}"#);
    tool.set("vedette.output", "21 °C, dry");
    tool.end();

    run.point("log", "log", r#"{"message":"answered from the tool"}"#, [("vedette.level", Value::from("info"))]);
    run.set_outcome(true, Some("answered"));
    run.end();

    println!("{}", run.run_id());
    if !recorder.shutdown(Duration::from_secs(5)) {
        eprintln!("the server is away; what was recorded is sent when one is there");
    }
    Ok(())
}
