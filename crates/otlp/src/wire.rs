//! The protobuf wire format, read field by field and written back to front.
//!
//! Reading borrows and never recurses, so that depth is the caller's to bound. Writing back to front
//! makes the length of a nested message known when it is needed, in one pass.

/// The value of one field; of 32 bits there are only flags, which nobody reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payload<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32,
}

impl<'a> Payload<'a> {
    /// The bytes of a string, bytes or message field; `None` if it is a number.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Payload::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Why bytes are no protobuf message.
pub(crate) const MALFORMED: &str = "malformed protobuf: a field is cut short or of an unknown wire type";

/// The fields of one message, in the order they stand.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next field's number and value; `None` at the end.
    ///
    /// # Errors
    /// [`MALFORMED`] if no field can be read where one should begin.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Payload<'a>)>, &'static str> {
        if self.0.is_empty() {
            return Ok(None);
        }
        self.field().map(Some).ok_or(MALFORMED)
    }

    #[inline(always)]
    fn field(&mut self) -> Option<(u64, Payload<'a>)> {
        let key = self.varint()?;
        let payload = match key & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(*self.array()?)),
            2 => {
                let len = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(len)?;
                self.0 = rest;
                Payload::Bytes(bytes)
            }
            5 => {
                self.array::<4>()?;
                Payload::Fixed32
            }
            _ => return None,
        };
        Some((key >> 3, payload))
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(array)
    }

    #[inline]
    fn varint(&mut self) -> Option<u64> {
        match self.0.split_first() {
            Some((byte, rest)) if *byte < 0x80 => {
                self.0 = rest;
                Some(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

/// A buffer that is filled from its end.
pub(crate) struct Writer {
    buffer: Vec<u8>,
    start: usize,
}

impl Writer {
    /// With room for so many bytes; it grows.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Writer { buffer: vec![0; capacity], start: capacity }
    }

    /// What was written, in reading order.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.buffer.drain(..self.start);
        self.buffer
    }

    /// Begins anew in the same memory.
    pub(crate) fn clear(&mut self) {
        self.start = self.buffer.len();
    }

    /// What was written so far, in reading order.
    pub(crate) fn written(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    fn prepend(&mut self, bytes: &[u8]) {
        if bytes.len() > self.start {
            let grown = (self.len() + bytes.len()) * 2;
            let mut buffer = vec![0; grown];
            let start = grown - self.len();
            if let (Some(to), Some(from)) = (buffer.get_mut(start..), self.buffer.get(self.start..)) {
                to.copy_from_slice(from);
            }
            (self.buffer, self.start) = (buffer, start);
        }
        let end = self.start;
        self.start -= bytes.len();
        if let Some(to) = self.buffer.get_mut(self.start..end) {
            to.copy_from_slice(bytes);
        }
    }

    fn varint(&mut self, mut number: u64) {
        let mut bytes = [0; 10];
        let mut len = 0;
        for byte in &mut bytes {
            *byte = (number & 0x7f) as u8 | 0x80;
            number >>= 7;
            len += 1;
            if number == 0 {
                *byte &= 0x7f;
                break;
            }
        }
        self.prepend(bytes.get(..len).unwrap_or(&bytes));
    }

    /// A varint field, written even if it is 0.
    pub(crate) fn varint_field(&mut self, field: u64, number: u64) {
        self.varint(number);
        self.varint(field << 3);
    }

    /// A 64-bit field, written even if it is 0.
    pub(crate) fn fixed64_field(&mut self, field: u64, number: u64) {
        self.prepend(&number.to_le_bytes());
        self.varint(field << 3 | 1);
    }

    /// A string or bytes field, written even if it is empty.
    pub(crate) fn bytes_field(&mut self, field: u64, bytes: &[u8]) {
        self.prepend(bytes);
        self.varint(bytes.len() as u64);
        self.varint(field << 3 | 2);
    }

    /// A nested message; `body` writes its fields, the last first.
    pub(crate) fn message_field(&mut self, field: u64, body: impl FnOnce(&mut Self)) {
        let after = self.len();
        body(self);
        self.varint((self.len() - after) as u64);
        self.varint(field << 3 | 2);
    }
}
