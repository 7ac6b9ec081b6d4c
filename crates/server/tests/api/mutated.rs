//! The documented bodies of the doors, changed at random: each is taken or refused with words, none is a fault, and
//! what was taken can be read. (OTLP's decoders are fuzzed: `fuzz/`.)

use crate::server::{Server, answer};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value as Json, json};

const EACH: usize = 150;

/// What nobody expects in a place.
fn odd(random: &mut StdRng) -> Json {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(0.1),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!(" "),
        json!("NaN"),
        json!("\u{0}\u{feff}"),
        json!("-0.00000000000000000001"),
        json!("9".repeat(400)),
        json!("é".repeat(3_000)),
        json!("2026-13-45T99:99:99Z"),
        json!("9999-12-31T23:59:59.999999999Z"),
        json!("0001-01-01T00:00:00Z"),
        json!("run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6"),
        json!([]),
        json!({}),
        json!([[[]], {}, null]),
        (0..100).fold(json!("deep"), |inner, _| json!({ "": [inner] })),
    ];
    odd[random.random_range(0..odd.len())].clone()
}

/// Changes one place, anywhere in it.
fn change(json: &mut Json, random: &mut StdRng) {
    match json {
        Json::Object(map) if !map.is_empty() && random.random_range(0..8) > 0 => {
            let key = map.keys().nth(random.random_range(0..map.len())).unwrap().clone();
            match random.random_range(0..8) {
                0 => drop(map.remove(&key)),
                1 => {
                    let value = map.remove(&key).unwrap();
                    map.insert(format!("{key}_"), value);
                }
                _ => change(&mut map[&key], random),
            }
        }
        Json::Array(items) if !items.is_empty() && random.random_range(0..8) > 0 => {
            let at = random.random_range(0..items.len());
            if random.random_range(0..4) == 0 {
                let item = items[at].clone();
                items.extend(std::iter::repeat_n(item, 60));
            } else {
                change(&mut items[at], random);
            }
        }
        any => *any = odd(random),
    }
}

#[test]
fn whatever_a_body_says_is_taken_or_refused_with_words() {
    let server = Server::memory();
    let document = server.read("/api/openapi.json");
    let mut random = StdRng::seed_from_u64(7);
    let (mut taken, mut refused) = (0, 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        let schema = &item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let schema = schema.as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
        let Some(example) = schema.and_then(|schema| schema.get("example")) else { continue };
        for number in 0..EACH {
            let mut body = example.clone();
            for _ in 0..=random.random_range(0..3) {
                change(&mut body, &mut random);
            }
            let path = path.replace("{id}", &format!("run_eu_{number:032x}"));
            let (status, said) = answer(server.request("POST", &path).json(&body).send().unwrap());
            match status {
                200..300 => taken += 1,
                400..500 => {
                    refused += 1;
                    let words = ["error", "message"].map(|field| said[field].as_str().unwrap_or_default().len());
                    assert!(words.iter().all(|length| *length > 3), "{path} {body}: {said}");
                }
                _ => panic!("{path} {body}: {status} {said}"),
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
    for run in server.runs() {
        let id = run["id"].as_str().unwrap().bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        for span in server.spans(&id) {
            server.read(&format!("/api/v1/runs/{id}/spans/{}", span["id"].as_str().unwrap()));
        }
        server.read(&format!("/api/v1/runs/{id}/export"));
    }
}
