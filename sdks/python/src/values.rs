//! Python's values as those of the recorder.

use crate::json;
use crate::state::State;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use std::borrow::Cow;
use vedette_sdk::{REDACTED, Value, limits};

/// Calls `with` for an attribute's value, borrowed where it can be. `None` sets nothing.
pub fn each<T>(
    state: &State,
    key: &str,
    value: &Bound<'_, PyAny>,
    with: impl FnOnce(&str, Value<'_>) -> T,
) -> PyResult<Option<T>> {
    let changed = redacted(state, key, value);
    let value = changed.as_ref().unwrap_or(value);
    if value.is_none() {
        return Ok(None);
    }
    Ok(Some(with(key, borrowed(value, limits::VALUE_DEPTH)?)))
}

/// What the user's own function makes of it. Where it fails nothing is kept: it may have been a secret.
pub fn redacted<'py>(state: &State, key: &str, value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let call = state.redact.as_ref()?.bind(value.py());
    Some(call.call1((key, value)).unwrap_or_else(|_| PyString::new(value.py(), REDACTED).into_any()))
}

/// A value as the text that is kept: without what keys hide, and as the user's own function leaves it.
pub fn text(state: &State, key: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = json::text(value, Some(&state.recorder.config().redaction))?;
    if state.redact.is_none() {
        return Ok(text);
    }
    let text = PyString::new(value.py(), &text).into_any();
    json::text(&redacted(state, key, &text).unwrap_or(text), None)
}

/// A value that lives as long as the object.
fn borrowed<'v>(value: &'v Bound<'_, PyAny>, depth: usize) -> PyResult<Value<'v>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Value::Str(
            text.to_str().map_or_else(|_| Cow::Owned(text.to_string_lossy().into_owned()), Cow::Borrowed),
        ));
    }
    if let Some(scalar) = number(value)? {
        return Ok(scalar);
    }
    if let Ok(data) = value.cast::<PyBytes>() {
        return Ok(Value::Bytes(Cow::Borrowed(data.as_bytes())));
    }
    nested(value, depth)
}

fn number(value: &Bound<'_, PyAny>) -> PyResult<Option<Value<'static>>> {
    if value.is_instance_of::<PyBool>() {
        return Ok(Some(Value::Bool(value.is_truthy()?)));
    }
    if value.is_instance_of::<PyInt>() {
        // Numbers beyond OTLP's are told by their digits.
        return Ok(Some(match value.extract::<i64>() {
            Ok(number) => Value::Int(number),
            Err(_) => Value::Str(Cow::Owned(value.str()?.to_string_lossy().into_owned())),
        }));
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(Some(Value::Float(number.value())));
    }
    Ok(None)
}

/// A value on its own.
pub fn owned(value: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    owned_to(value, limits::VALUE_DEPTH)
}

fn owned_to(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value<'static>> {
    if value.is_none() {
        return Ok(Value::None);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Value::Str(Cow::Owned(text.to_string_lossy().into_owned())));
    }
    if let Some(scalar) = number(value)? {
        return Ok(scalar);
    }
    if let Ok(data) = value.cast::<PyBytes>() {
        return Ok(Value::Bytes(Cow::Owned(data.as_bytes().to_vec())));
    }
    nested(value, depth)
}

fn nested(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value<'static>> {
    let Some(depth) = depth.checked_sub(1) else { return Ok(Value::from("[nested too deep]")) };
    if let Ok(list) = value.cast::<PyList>() {
        return list.iter().map(|item| owned_to(&item, depth)).collect::<PyResult<_>>().map(Value::List);
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return tuple.iter().map(|item| owned_to(&item, depth)).collect::<PyResult<_>>().map(Value::List);
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        let pair = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            Ok((Cow::Owned(key.str()?.to_string_lossy().into_owned()), owned_to(&value, depth)?))
        };
        return dict.iter().map(pair).collect::<PyResult<_>>().map(Value::Map);
    }
    Ok(Value::Str(Cow::Owned(json::text(value, None)?)))
}

/// A key of a dict as text.
pub fn text_of<'v>(key: &'v Bound<'_, PyAny>) -> PyResult<Cow<'v, str>> {
    match key.cast::<PyString>() {
        Ok(text) => Ok(text.to_str().map_or_else(|_| Cow::Owned(text.to_string_lossy().into_owned()), Cow::Borrowed)),
        Err(_) => Ok(Cow::Owned(key.str()?.to_string_lossy().into_owned())),
    }
}

/// Whether it may tell of a model call: text, numbers and lists do not, nor does a dict that names no usage.
pub fn may_tell_of_call(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(dict.contains("usage")? || dict.contains("usage_metadata")?);
    }
    let is_plain = value.is_none()
        || value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyInt>()
        || value.is_instance_of::<PyFloat>()
        || value.is_instance_of::<PyBytes>()
        || value.is_exact_instance_of::<PyList>()
        || value.is_exact_instance_of::<PyTuple>();
    Ok(!is_plain)
}

/// Calls `with` for each item of a mapping.
pub fn each_item(
    attributes: &Bound<'_, PyAny>,
    mut with: impl FnMut(&str, &Bound<'_, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    if let Ok(dict) = attributes.cast::<PyDict>() {
        for (key, value) in dict.iter() {
            with(&text_of(&key)?, &value)?;
        }
        return Ok(());
    }
    for item in attributes.call_method0("items")?.try_iter()? {
        let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
        with(&text_of(&key)?, &value)?;
    }
    Ok(())
}

/// Attributes on their own.
pub type Pairs = Vec<(String, Value<'static>)>;

/// Attributes of a mapping on their own, as the user's function leaves them.
pub fn owned_items(state: &State, attributes: Option<&Bound<'_, PyAny>>) -> PyResult<Pairs> {
    let mut pairs = Pairs::new();
    if let Some(attributes) = attributes {
        each_item(attributes, |key, value| {
            let changed = redacted(state, key, value);
            pairs.push((key.to_owned(), owned(changed.as_ref().unwrap_or(value))?));
            Ok(())
        })?;
    }
    Ok(pairs)
}
