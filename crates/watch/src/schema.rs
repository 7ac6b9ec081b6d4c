//! JSON Schema, as far as checks of outputs use it: the keywords below, as draft 2020-12 defines them. A
//! schema with another keyword is refused when the check is made, so that nothing is passed over.

use serde_json::Value as Json;
use vedette_model::limits::SCHEMA_DEPTH;

/// Keywords that say nothing about a value.
const SILENT: [&str; 7] = ["$schema", "$id", "title", "description", "default", "examples", "$comment"];

/// Whether a schema can be asked, and if not, why.
pub fn check(schema: &Json) -> Result<(), String> {
    check_at(schema, 0)
}

fn check_at(schema: &Json, depth: usize) -> Result<(), String> {
    if depth > SCHEMA_DEPTH {
        return Err(format!("the schema has more than {SCHEMA_DEPTH} levels"));
    }
    let object = match schema {
        Json::Bool(_) => return Ok(()),
        Json::Object(object) => object,
        other => return Err(format!("a schema is an object or a boolean, not {other}")),
    };
    let number = |name: &str, value: &Json| match value.is_number() {
        true => Ok(()),
        false => Err(format!("{name} must be a number")),
    };
    let list = |name: &str, value: &Json| -> Result<Vec<Json>, String> {
        value.as_array().filter(|list| !list.is_empty()).cloned().ok_or(format!("{name} must be a list"))
    };
    for (name, value) in object {
        match name.as_str() {
            name if SILENT.contains(&name) => {}
            "type" => {
                let names = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
                let known = |name: &&Json| name.as_str().is_some_and(|name| TYPES.contains(&name));
                if names.is_empty() || !names.iter().all(known) {
                    return Err(format!("type must be one or some of {}", TYPES.join(", ")));
                }
            }
            "enum" => drop(list(name, value)?),
            "const" => {}
            "required" => {
                if !list(name, value)?.iter().all(Json::is_string) {
                    return Err("required must be a list of names".into());
                }
            }
            "properties" => {
                let properties = value.as_object().ok_or("properties must be an object")?;
                properties.values().try_for_each(|schema| check_at(schema, depth + 1))?;
            }
            "additionalProperties" | "items" | "not" => check_at(value, depth + 1)?,
            "allOf" | "anyOf" | "oneOf" => {
                list(name, value)?.iter().try_for_each(|schema| check_at(schema, depth + 1))?;
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minLength" | "maxLength"
            | "minItems" | "maxItems" => number(name, value)?,
            "pattern" => {
                let text = value.as_str().ok_or("pattern must be text")?;
                regex::RegexBuilder::new(text)
                    .size_limit(1 << 20)
                    .build()
                    .map_err(|error| format!("pattern makes no sense: {error}"))?;
            }
            other => return Err(format!("the keyword {other} is not known here")),
        }
    }
    Ok(())
}

const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "integer", "string"];

fn is_of(value: &Json, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => value.is_string(),
    }
}

/// The first place where a value is not of a schema: what was expected there, and what was got.
#[must_use]
pub fn violation(schema: &Json, value: &Json) -> Option<(String, String)> {
    violation_at(schema, value, "")
}

fn violation_at(schema: &Json, value: &Json, path: &str) -> Option<(String, String)> {
    let place = if path.is_empty() { "/" } else { path };
    let wrong = |expected: String| Some((format!("{place}: {expected}"), value.to_string()));
    let object = match schema {
        Json::Bool(true) => return None,
        Json::Object(object) => object,
        _ => return wrong("nothing".into()),
    };
    for (name, bound) in object {
        let number = bound.as_f64().unwrap_or_default();
        let schemas = || bound.as_array().into_iter().flatten();
        let fits = |schema: &&Json| violation_at(schema, value, path).is_none();
        let too = |is: Option<f64>, fits: fn(f64, f64) -> bool| is.is_some_and(|is| !fits(is, number));
        let length = || value.as_str().map(|text| text.chars().count() as f64);
        let items = || value.as_array().map(|items| items.len() as f64);
        let found = match name.as_str() {
            "type" => {
                let names: Vec<&str> = bound.as_str().into_iter().chain(schemas().filter_map(Json::as_str)).collect();
                if names.iter().any(|name| is_of(value, name)) { None } else { wrong(names.join(" or ")) }
            }
            "enum" if !schemas().any(|one| one == value) => wrong(format!("one of {bound}")),
            "const" if bound != value => wrong(bound.to_string()),
            "required" => value.as_object().and_then(|object| {
                let missing = schemas().filter_map(Json::as_str).find(|name| !object.contains_key(*name))?;
                Some((format!("{path}/{missing}: a value"), "nothing".to_owned()))
            }),
            "properties" => value.as_object().and_then(|object| {
                let known = bound.as_object()?.iter();
                known
                    .filter_map(|(name, schema)| Some((name, schema, object.get(name)?)))
                    .find_map(|(name, schema, value)| violation_at(schema, value, &format!("{path}/{name}")))
            }),
            "additionalProperties" => value.as_object().and_then(|values| {
                let known = object.get("properties").and_then(Json::as_object);
                let more = values.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
                more.into_iter().find_map(|(name, value)| violation_at(bound, value, &format!("{path}/{name}")))
            }),
            "items" => value.as_array().and_then(|items| {
                let mut items = items.iter().enumerate();
                items.find_map(|(at, item)| violation_at(bound, item, &format!("{path}/{at}")))
            }),
            "not" if violation_at(bound, value, path).is_none() => wrong(format!("not {bound}")),
            "allOf" => schemas().find_map(|schema| violation_at(schema, value, path)),
            "anyOf" if !schemas().any(|schema| fits(&schema)) => wrong("one of several shapes".into()),
            "oneOf" if schemas().filter(fits).count() != 1 => wrong("exactly one of several shapes".into()),
            "minimum" if too(value.as_f64(), |is, bound| is >= bound) => wrong(format!("at least {bound}")),
            "maximum" if too(value.as_f64(), |is, bound| is <= bound) => wrong(format!("at most {bound}")),
            "exclusiveMinimum" if too(value.as_f64(), |is, bound| is > bound) => wrong(format!("over {bound}")),
            "exclusiveMaximum" if too(value.as_f64(), |is, bound| is < bound) => wrong(format!("under {bound}")),
            "minLength" if too(length(), |is, bound| is >= bound) => wrong(format!("at least {bound} characters")),
            "maxLength" if too(length(), |is, bound| is <= bound) => wrong(format!("at most {bound} characters")),
            "minItems" if too(items(), |is, bound| is >= bound) => wrong(format!("at least {bound} items")),
            "maxItems" if too(items(), |is, bound| is <= bound) => wrong(format!("at most {bound} items")),
            "pattern" => {
                let regex = bound.as_str().and_then(|text| regex::Regex::new(text).ok());
                let text = value.as_str();
                let matches = regex.zip(text).is_none_or(|(regex, text)| regex.is_match(text));
                if matches { None } else { wrong(format!("a match of {bound}")) }
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{check, violation};
    use serde_json::json;

    #[test]
    fn each_keyword_holds_and_is_violated() {
        for (schema, good, bad, expected) in [
            (json!({ "type": "integer" }), json!(3.0), json!(3.5), "/: integer"),
            (json!({ "type": ["string", "null"] }), json!(null), json!(1), "/: string or null"),
            (json!({ "enum": ["a", "b"] }), json!("a"), json!("c"), r#"/: one of ["a","b"]"#),
            (json!({ "const": 1 }), json!(1), json!(2), "/: 1"),
            (json!({ "required": ["a"] }), json!({ "a": null }), json!({}), "/a: a value"),
            (
                json!({ "properties": { "a": { "type": "string" } } }),
                json!({ "b": 1 }),
                json!({ "a": 1 }),
                "/a: string",
            ),
            (
                json!({ "properties": { "a": true }, "additionalProperties": false }),
                json!({ "a": 1 }),
                json!({ "b": 1 }),
                "/b: nothing",
            ),
            (json!({ "items": { "minimum": 1 } }), json!([1, 2]), json!([1, 0]), "/1: at least 1"),
            (json!({ "maximum": 1 }), json!(1), json!(1.5), "/: at most 1"),
            (json!({ "exclusiveMinimum": 1 }), json!(1.5), json!(1), "/: over 1"),
            (json!({ "exclusiveMaximum": 1 }), json!("text"), json!(1), "/: under 1"),
            (json!({ "minLength": 2 }), json!("üü"), json!("ü"), "/: at least 2 characters"),
            (json!({ "maxLength": 2 }), json!("üü"), json!("üüü"), "/: at most 2 characters"),
            (json!({ "minItems": 1 }), json!([1]), json!([]), "/: at least 1 items"),
            (json!({ "maxItems": 1 }), json!([1]), json!([1, 2]), "/: at most 1 items"),
            (json!({ "pattern": "^a" }), json!("ab"), json!("ba"), r#"/: a match of "^a""#),
            (json!({ "not": { "type": "string" } }), json!(1), json!("a"), r#"/: not {"type":"string"}"#),
            (json!({ "allOf": [{ "minimum": 1 }, { "maximum": 2 }] }), json!(1), json!(3), "/: at most 2"),
            (json!({ "anyOf": [{ "const": 1 }, { "const": 2 }] }), json!(2), json!(3), "/: one of several shapes"),
            (
                json!({ "oneOf": [{ "minimum": 1 }, { "maximum": 2 }] }),
                json!(5),
                json!(1),
                "/: exactly one of several shapes",
            ),
        ] {
            check(&schema).expect("known keywords");
            assert_eq!(violation(&schema, &good), None, "{schema}");
            assert_eq!(violation(&schema, &bad).map(|(expected, _)| expected).as_deref(), Some(expected), "{schema}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "type": "text" }),
            json!(1),
            json!({ "properties": { "a": { "minimum": "1" } } }),
        ] {
            assert!(check(&schema).is_err(), "{schema}");
        }
        let deep = |levels: usize| (0..levels).fold(json!(true), |inner, _| json!({ "items": inner }));
        assert!(check(&deep(32)).is_ok() && check(&deep(33)).is_err());
    }
}
