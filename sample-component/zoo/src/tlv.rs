//! Tag, length, value, written by hand: a tag is a byte, a length a little-endian base-128 number.

use crate::Loaded;

/// Fields one after the other.
#[derive(Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    /// A field whose value is made by `write`.
    pub fn field(&mut self, tag: u8, write: impl FnOnce(&mut Self)) {
        let mut value = Self::default();
        write(&mut value);
        self.bytes.push(tag);
        self.length(value.bytes.len());
        self.bytes.extend(value.bytes);
    }

    pub fn length(&mut self, length: usize) {
        let mut rest = length;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    pub fn u64(&mut self, tag: u8, number: u64) {
        self.field(tag, |out| out.bytes.extend(number.to_be_bytes()));
    }

    pub fn data(&mut self, tag: u8, data: &[u8]) {
        self.field(tag, |out| out.bytes.extend(data));
    }
}

/// What a [`Writer`] has written, field by field.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next field's tag, if there is one.
    pub fn tag(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// The value of the next field, which has this tag.
    pub fn field(&mut self, tag: u8) -> Loaded<Reader<'a>> {
        if self.tag() != Some(tag) {
            return Err(format!("field {tag} is missing"));
        }
        self.bytes = &self.bytes[1..];
        let length = self.length()?;
        Ok(Reader::new(self.take(length)?))
    }

    pub fn length(&mut self) -> Loaded<usize> {
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let [byte] = *self.take(1)? else {
                break;
            };
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(length);
            }
        }
        Err("a length has too many bytes".to_owned())
    }

    pub fn take(&mut self, length: usize) -> Loaded<&'a [u8]> {
        let Some((taken, rest)) = self.bytes.split_at_checked(length) else {
            return Err("the snapshot ends too early".to_owned());
        };
        self.bytes = rest;
        Ok(taken)
    }

    pub fn u64(&mut self, tag: u8) -> Loaded<u64> {
        let value = self.field(tag)?.bytes;
        let bytes = value.try_into();
        Ok(u64::from_be_bytes(
            bytes.map_err(|_| format!("field {tag} has another length"))?,
        ))
    }

    pub fn data(&mut self, tag: u8) -> Loaded<&'a [u8]> {
        Ok(self.field(tag)?.bytes)
    }

    pub fn text(&mut self, tag: u8) -> Loaded<String> {
        let text = String::from_utf8(self.data(tag)?.to_vec());
        text.map_err(|_| format!("field {tag} is no text"))
    }

    /// All that remains, as fields of this tag.
    pub fn each<T>(
        &mut self,
        tag: u8,
        mut read: impl FnMut(&mut Reader<'a>) -> Loaded<T>,
    ) -> Loaded<Vec<T>> {
        let mut items = Vec::new();
        while self.tag() == Some(tag) {
            let mut item = self.field(tag)?;
            items.push(read(&mut item)?);
            item.end()?;
        }
        Ok(items)
    }

    pub fn end(&self) -> Loaded<()> {
        match self.is_at_end() {
            true => Ok(()),
            false => Err("something follows the last field".to_owned()),
        }
    }
}
