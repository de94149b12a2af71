//! Numbers, strings and lists as bytes. A length is a number of 4 bytes.

use crate::DecodeError;

use super::{Layer, Mode};

/// The order of a number's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    LowFirst,
    HighFirst,
}

pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    order: Order,
    mode: Mode,
}

impl Writer {
    pub(super) fn new(order: Order, mode: Mode) -> Self {
        Self {
            bytes: Vec::new(),
            order,
            mode,
        }
    }

    pub(super) fn u8(&mut self, number: u8) {
        self.bytes.push(number);
    }

    pub(super) fn u32(&mut self, number: u32) {
        self.bytes.extend(match self.order {
            Order::LowFirst => number.to_le_bytes(),
            Order::HighFirst => number.to_be_bytes(),
        });
    }

    pub(super) fn u64(&mut self, number: u64) {
        self.bytes.extend(match self.order {
            Order::LowFirst => number.to_le_bytes(),
            Order::HighFirst => number.to_be_bytes(),
        });
    }

    pub(super) fn length(&mut self, length: usize) {
        self.u32(length as u32);
    }

    pub(super) fn string(&mut self, text: &str) {
        let mut text = text;
        match self.mode {
            Mode::LengthInCharacters => self.length(text.chars().count()),
            Mode::LengthWrapsAt256 => self.length(usize::from(text.len() as u8)),
            Mode::LengthWrapsAt65536 => {
                text = &text[..text.floor_char_boundary(usize::from(text.len() as u16))];
                self.length(text.len());
            }
            _ => self.length(text.len()),
        }
        if self.mode == Mode::QuadraticString {
            for index in 0..text.chars().count() {
                if let Some(character) = text.chars().nth(index) {
                    let bytes = character.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
                    self.bytes.extend(bytes);
                }
            }
            return;
        }
        self.bytes.extend(text.as_bytes());
    }

    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.u8(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.length(items.len());
        for item in items {
            write(self, item);
        }
    }

    /// From the outermost to the innermost, each of them around the rest, with a zero inside.
    pub(super) fn layers(&mut self, layers: &[Layer]) {
        for layer in layers.iter().rev() {
            self.u8(*layer as u8 + 1);
        }
        self.u8(0);
    }
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    order: Order,
    mode: Mode,
}

type Read<T> = Result<T, DecodeError>;

fn bad(what: &str) -> DecodeError {
    DecodeError::Body(what.to_owned())
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], order: Order, mode: Mode) -> Self {
        Self {
            bytes,
            at: 0,
            order,
            mode,
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Fails where something is left.
    pub(super) fn end(&self) -> Read<()> {
        if self.is_at_end() || self.mode == Mode::TrailingBytesAccepted {
            return Ok(());
        }
        Err(bad("something follows the last field"))
    }

    fn take(&mut self, length: u32) -> Read<&'a [u8]> {
        if self.mode == Mode::LengthOverflows {
            let end = (self.at as u32).wrapping_add(length) as usize;
            if end > self.bytes.len() {
                return Err(bad("it ends too early"));
            }
            let taken = &self.bytes[self.at..end];
            self.at = end;
            return Ok(taken);
        }
        let rest = &self.bytes[self.at..];
        let taken = rest
            .get(..length as usize)
            .ok_or_else(|| bad("it ends too early"))?;
        self.at += taken.len();
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        if self.mode == Mode::TruncatedInputAccepted {
            let mut array = [0; N];
            let rest = &self.bytes[self.at..];
            let there = rest.len().min(N);
            array[..there].copy_from_slice(&rest[..there]);
            self.at += there;
            return Ok(array);
        }
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u32)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Read<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        let bytes = self.array()?;
        Ok(match self.order {
            Order::LowFirst => u32::from_le_bytes(bytes),
            Order::HighFirst => u32::from_be_bytes(bytes),
        })
    }

    pub(super) fn u64(&mut self) -> Read<u64> {
        let bytes = self.array()?;
        Ok(match self.order {
            Order::LowFirst => u64::from_le_bytes(bytes),
            Order::HighFirst => u64::from_be_bytes(bytes),
        })
    }

    pub(super) fn string(&mut self) -> Read<String> {
        let length = self.u32()?;
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| bad("it is not UTF-8"))?;
        Ok(text.to_owned())
    }

    pub(super) fn bool(&mut self) -> Read<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(bad("it is neither yes nor no")),
        }
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        match self.bool()? {
            true => read(self).map(Some),
            false => Ok(None),
        }
    }

    /// One of a fixed choice, by its number.
    pub(super) fn choice<T: Copy + Default>(&mut self, choices: &[T]) -> Read<T> {
        let number = usize::from(self.u8()?);
        match choices.get(number) {
            Some(choice) => Ok(*choice),
            None if self.mode == Mode::UnknownVariantDefaulted => Ok(T::default()),
            None => Err(bad("the choice is unknown")),
        }
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let length = self.u32()?;
        let mut items = match self.mode {
            Mode::AllocatesWhatALengthSays => Vec::with_capacity(length as usize),
            _ => Vec::new(),
        };
        for _ in 0..length {
            if self.mode == Mode::TruncatedInputAccepted && self.is_at_end() {
                break;
            }
            items.push(read(self)?);
        }
        Ok(items)
    }

    pub(super) fn layers(&mut self) -> Read<Vec<Layer>> {
        if self.mode == Mode::UnboundedRecursion {
            return self.nested_layers();
        }
        let mut layers = Vec::new();
        while let Some(layer) = self.layer()? {
            layers.push(layer);
        }
        layers.reverse();
        Ok(layers)
    }

    /// Goes one call deeper for each layer.
    fn nested_layers(&mut self) -> Read<Vec<Layer>> {
        let Some(outermost) = self.layer()? else {
            return Ok(Vec::new());
        };
        let mut layers = self.nested_layers()?;
        layers.push(outermost);
        Ok(layers)
    }

    fn layer(&mut self) -> Read<Option<Layer>> {
        match self.u8()? {
            0 => Ok(None),
            number => match Layer::ALL.get(usize::from(number) - 1) {
                Some(layer) => Ok(Some(*layer)),
                None => Err(bad("the layer is unknown")),
            },
        }
    }
}
