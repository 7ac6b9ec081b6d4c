//! Protobuf as far as OTLP's trace messages need it: appended to bytes, nothing allocated.

use crate::value::Value;

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;
const FIXED32: u32 = 5;

/// A variable-length integer.
pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that [`varint`] writes.
pub(crate) const fn varint_len(value: u64) -> usize {
    ((64 - (value | 1).leading_zeros()) as usize).div_ceil(7)
}

fn tag(out: &mut Vec<u8>, field: u32, wire_type: u32) {
    varint(out, u64::from(field << 3 | wire_type));
}

/// An integer or enum field.
pub(crate) fn uint(out: &mut Vec<u8>, field: u32, value: u64) {
    tag(out, field, VARINT);
    varint(out, value);
}

/// A time.
pub(crate) fn fixed64(out: &mut Vec<u8>, field: u32, value: u64) {
    tag(out, field, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Flags.
pub(crate) fn fixed32(out: &mut Vec<u8>, field: u32, value: u32) {
    tag(out, field, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Text, an id or a finished message.
pub(crate) fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    prefix(out, field, value.len());
    out.extend_from_slice(value);
}

/// The head of a field of `len` bytes that the caller writes next.
pub(crate) fn prefix(out: &mut Vec<u8>, field: u32, len: usize) {
    tag(out, field, BYTES);
    varint(out, len as u64);
}

/// Bytes of a field of `len` bytes with its head.
pub(crate) const fn field_len(field: u32, len: usize) -> usize {
    varint_len((field << 3) as u64) + varint_len(len as u64) + len
}

/// A message whose length is known only after it is written.
pub(crate) fn message(out: &mut Vec<u8>, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
    tag(out, field, BYTES);
    // Room for the length of up to 16 kB; what is longer is moved, which is rare.
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    write(out);
    let len = out.len() - at - 2;
    let mut head = Vec::with_capacity(varint_len(len as u64));
    varint(&mut head, len as u64);
    out.splice(at..at + 2, head);
}

/// A `KeyValue`.
pub(crate) fn key_value(out: &mut Vec<u8>, field: u32, key: &str, value: &Value<'_>) {
    let scalar = scalar_len(value);
    let Some(value_len) = scalar else {
        message(out, field, |out| {
            bytes(out, 1, key.as_bytes());
            message(out, 2, |out| any_value(out, value));
        });
        return;
    };
    prefix(out, field, field_len(1, key.len()) + field_len(2, value_len));
    bytes(out, 1, key.as_bytes());
    prefix(out, 2, value_len);
    any_value(out, value);
}

/// Bytes of an `AnyValue` that holds no others.
fn scalar_len(value: &Value<'_>) -> Option<usize> {
    Some(match value {
        Value::None => 0,
        Value::Str(text) => field_len(1, text.len()),
        Value::Bool(_) => 2,
        Value::Int(number) => 1 + varint_len(*number as u64),
        Value::Float(_) => 9,
        Value::Bytes(data) => field_len(7, data.len()),
        Value::List(_) | Value::Map(_) => return None,
    })
}

fn any_value(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::None => {}
        Value::Str(text) => bytes(out, 1, text.as_bytes()),
        Value::Bool(flag) => uint(out, 2, u64::from(*flag)),
        Value::Int(number) => uint(out, 3, *number as u64),
        Value::Float(number) => fixed64(out, 4, number.to_bits()),
        Value::List(items) => message(out, 5, |out| {
            for item in items {
                message(out, 1, |out| any_value(out, item));
            }
        }),
        Value::Map(pairs) => message(out, 6, |out| {
            for (key, value) in pairs {
                key_value(out, 1, key, value);
            }
        }),
        Value::Bytes(data) => bytes(out, 7, data),
    }
}
