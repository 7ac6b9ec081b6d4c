//! Any object of Python as bounded JSON text: what functions were given and gave back.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use vedette_sdk::{REDACTED, Redaction, limits};

/// An object as JSON; text stays as it is. What is too large is cut, and says so.
pub fn text(value: &Bound<'_, PyAny>, redaction: Option<&Redaction>) -> PyResult<String> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_string_lossy().into_owned());
    }
    let mut writer = Writer { out: String::new(), redaction };
    writer.value(value, limits::VALUE_DEPTH)?;
    Ok(writer.out)
}

/// Named arguments and the rest, as one JSON object. What has `None` for a name is left out.
pub fn arguments(
    names: &Bound<'_, PyTuple>,
    args: &Bound<'_, PyTuple>,
    kwargs: &Bound<'_, PyDict>,
    redaction: &Redaction,
) -> PyResult<String> {
    let mut writer = Writer { out: String::from("{"), redaction: Some(redaction) };
    let mut first = true;
    for (name, value) in names.iter().zip(args.iter()).filter(|(name, _)| !name.is_none()) {
        writer.member(&name, &value, &mut first, limits::VALUE_DEPTH)?;
    }
    if args.len() > names.len() {
        writer.key("args", &mut first);
        writer.items(args.iter().skip(names.len()), limits::VALUE_DEPTH)?;
    }
    for (name, value) in kwargs.iter() {
        writer.member(&name, &value, &mut first, limits::VALUE_DEPTH)?;
    }
    writer.out.push('}');
    Ok(writer.out)
}

/// Bytes after which nothing is added but the ends, so that the whole is below the bound of a value.
const FULL: usize = limits::VALUE_BYTES - 4_096;

struct Writer<'r> {
    out: String,
    redaction: Option<&'r Redaction>,
}

impl Writer<'_> {
    fn is_full(&self) -> bool {
        self.out.len() >= FULL
    }

    fn value(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        if value.is_none() {
            self.out.push_str("null");
        } else if let Ok(text) = value.cast::<PyString>() {
            self.string(&text.to_string_lossy());
        } else if value.is_instance_of::<PyBool>() {
            self.out.push_str(if value.is_truthy()? { "true" } else { "false" });
        } else if value.is_exact_instance_of::<PyInt>() {
            self.out.push_str(&value.str()?.to_string_lossy());
        } else if let Ok(number) = value.cast_exact::<PyFloat>() {
            let number = number.value();
            // JSON has no infinity.
            if number.is_finite() {
                self.out.push_str(&value.str()?.to_string_lossy())
            } else {
                self.string(&number.to_string())
            }
        } else if let Ok(list) = value.cast::<PyList>() {
            self.nested(depth, |writer, depth| writer.items(list.iter(), depth))?;
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.nested(depth, |writer, depth| writer.items(tuple.iter(), depth))?;
        } else if let Ok(dict) = value.cast::<PyDict>() {
            self.nested(depth, |writer, depth| writer.members(dict, depth))?;
        } else {
            let plain = plain(value)?;
            if plain.is(value) {
                self.string("[not readable]");
            } else {
                self.nested(depth, |writer, depth| writer.value(&plain, depth))?;
            }
        }
        Ok(())
    }

    fn nested(&mut self, depth: usize, write: impl FnOnce(&mut Self, usize) -> PyResult<()>) -> PyResult<()> {
        match depth.checked_sub(1) {
            Some(depth) => write(self, depth),
            None => {
                self.string("[nested too deep]");
                Ok(())
            }
        }
    }

    fn items<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>, depth: usize) -> PyResult<()> {
        self.out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            if self.is_full() {
                self.string("[cut]");
                break;
            }
            self.value(&item, depth)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn members(&mut self, dict: &Bound<'_, PyDict>, depth: usize) -> PyResult<()> {
        self.out.push('{');
        let mut first = true;
        for (key, value) in dict.iter() {
            if self.is_full() {
                self.key("[cut]", &mut first);
                self.out.push_str("true");
                break;
            }
            self.member(&key, &value, &mut first, depth)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn member(
        &mut self,
        key: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        first: &mut bool,
        depth: usize,
    ) -> PyResult<()> {
        let key = match key.cast::<PyString>() {
            Ok(text) => text.to_string_lossy().into_owned(),
            Err(_) => plain(key)?.str()?.to_string_lossy().into_owned(),
        };
        self.key(&key, first);
        if self.redaction.is_some_and(|redaction| redaction.hides(&key)) && !value.is_none() {
            self.string(REDACTED);
            return Ok(());
        }
        self.value(value, depth)
    }

    fn key(&mut self, key: &str, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(',');
        }
        self.string(key);
        self.out.push(':');
    }

    fn string(&mut self, text: &str) {
        let room = FULL.saturating_sub(self.out.len()).max(64);
        let (kept, mark) = if text.len() <= room { (text, "") } else { (cut(text, room), "…[cut]") };
        self.out.push('"');
        let mut rest = kept;
        while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            let (plain, escaped) = rest.split_at(at);
            self.out.push_str(plain);
            let mut letters = escaped.chars();
            match letters.next().unwrap_or_default() {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                control => self.out.push_str(&format!("\\u{:04x}", u32::from(control))),
            }
            rest = letters.as_str();
        }
        self.out.push_str(rest);
        self.out.push_str(mark);
        self.out.push('"');
    }
}

fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// An object that is none of JSON's as one that is: its fields, its items or its text.
fn plain<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    let plain =
        PLAIN.get_or_try_init(py, || Ok::<_, PyErr>(py.import("vedette._plain")?.getattr("plain")?.unbind()))?;
    plain.bind(py).call1((value,))
}
