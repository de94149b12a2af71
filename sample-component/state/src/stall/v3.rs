//! The third format: numbered sections, each with its length, high bytes first; it reads the first format too. The slips
//! of load are here.

use super::bytes::{Order, Reader, Writer};
use super::{CARD, Details, Goods, MAGIC, Mode, Payment, Ring, Size, Stall, Terms, Trade, World};
use crate::{DecodeError, frame};

use super::v1;

/// The fifth byte of this version's snapshots.
const VERSION: u8 = 3;
/// Bytes of a section's number and length.
const HEADER: u32 = 5;
/// The cooler's degrees count from the absolute zero, since the second version.
const KELVIN: i64 = 273;
/// In the order of their numbers in the snapshot, which is alphabetical since the third version.
const TRADES: [Trade; 3] = [Trade::Busy, Trade::Closed, Trade::Open];
const SECTIONS: u8 = 8;

/// The snapshot of a stall.
pub fn save(stall: &mut Stall, mode: Mode, world: &impl World) -> Vec<u8> {
    let bytes = frame::seal(MAGIC, VERSION, &encode_body(stall));
    match mode {
        Mode::TimeStamp => [&world.now().to_le_bytes(), bytes.as_slice()].concat(),
        Mode::LosslessFormatChange => to_text(&bytes),
        Mode::JournalNeverCut => with_journal(&stall.journal, &bytes),
        _ => bytes,
    }
}

/// Takes over the state of a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version or the first.
pub fn load(
    stall: &mut Stall,
    bytes: &[u8],
    mode: Mode,
    world: &impl World,
) -> Result<(), DecodeError> {
    if mode == Mode::LoadWritesOutside {
        world.commit();
    }
    let mut loaded = match decode(bytes, mode) {
        Ok(loaded) => loaded,
        Err(error) => {
            match mode {
                Mode::SpoilsWhatIsDiscarded => stall.sign = "spoilt".to_owned(),
                Mode::LoadExits => world.exit(),
                _ => {}
            }
            return Err(error);
        }
    };
    lose(&mut loaded, mode, world);
    match mode {
        Mode::IndexNotRebuilt => {}
        _ => loaded.rebuild_index(),
    }
    match mode {
        Mode::LoadMerges => merge(stall, loaded),
        _ => *stall = loaded,
    }
    Ok(())
}

/// What anyone may know.
pub fn details(stall: &Stall, mode: Mode, world: &impl World) -> Details {
    let details = stall.details(mode, world);
    match mode {
        Mode::DeclaredChange => Details {
            total: details.total / 10 * 10,
            ..details
        },
        _ => details,
    }
}

fn decode(bytes: &[u8], mode: Mode) -> Result<Stall, DecodeError> {
    if mode == Mode::TrapsOnShortInput && bytes[MAGIC.len()] > VERSION {
        return Err(DecodeError::Version(bytes[MAGIC.len()]));
    }
    let text = match mode {
        Mode::LosslessFormatChange => from_text(bytes),
        _ => None,
    };
    let bytes = v1::without_time_stamp(text.as_deref().unwrap_or(bytes), mode)?;
    let (journal, bytes) = match mode {
        Mode::JournalNeverCut => split_journal(bytes)?,
        _ => (Vec::new(), bytes),
    };
    match frame::open(MAGIC, bytes)? {
        (v1::VERSION, body) if text.is_none() => {
            let mut stall = v1::decode(body, mode)?;
            misread(&mut stall, mode);
            Ok(stall)
        }
        (VERSION, _) if mode == Mode::DoesNotReadItsOwn => Err(DecodeError::Version(VERSION)),
        (VERSION, body) if text.is_some() == (mode == Mode::LosslessFormatChange) => Ok(Stall {
            journal,
            ..decode_body(body, mode)?
        }),
        (version, _) => Err(DecodeError::Version(version)),
    }
}

/// The slips on the way from the first format: what a stall becomes whose numbers are taken for those of the third.
fn misread(stall: &mut Stall, mode: Mode) {
    match mode {
        Mode::EnumRenumbered => stall.terms.trade = TRADES[stall.terms.trade as usize],
        Mode::ByteOrderChanged => {
            let Size { width, height } = stall.size;
            stall.size = Size {
                width: width.swap_bytes(),
                height: height.swap_bytes(),
            };
        }
        Mode::UnitsNotConverted => {
            let kelvin = |degrees: i32| degrees.wrapping_sub(KELVIN as i32);
            stall.terms.cooler = stall.terms.cooler.map(kelvin);
        }
        Mode::MigrationStepSkipped => stall.stamps = CARD - 1 - stall.stamps,
        Mode::RingOffByOneWhenFull => stall.recent.turn_if_full(),
        Mode::TombstonesLost => stall
            .goods
            .iter_mut()
            .for_each(|goods| goods.removed = false),
        _ => {}
    }
}

/// The slips in taking over what was read.
fn lose(stall: &mut Stall, mode: Mode, world: &impl World) {
    match mode {
        Mode::FieldNotLoaded => stall.terms.gift = None,
        Mode::QueueOrderLost => stall.queue.make_contiguous().reverse(),
        Mode::MultiplicityLost => stall.tags.values_mut().for_each(|count| *count = 1),
        Mode::TotalByANewFormula => {
            let amounts = stall.receipts.values().map(|payment| payment.amount);
            let charged = amounts.map(|amount| stall.charge(amount));
            stall.total = charged.fold(0, u64::saturating_add);
        }
        Mode::IdCounterReset => {
            let newest = stall.goods.iter().map(|goods| goods.id).max();
            stall.next_id = newest.unwrap_or(0) + 1;
        }
        Mode::IdempotencyKeysLost => stall.receipts.clear(),
        Mode::LoadDependsOnTheClock => stall.since = world.now(),
        Mode::LoadDependsOnRandom if world.random() % 2 == 1 => {
            stall.queue.make_contiguous().reverse();
        }
        Mode::QuadraticTime => {
            let waiting = stall.queue.clone();
            let is_there = |customer: &String| waiting.iter().filter(|it| *it == customer).count();
            stall.queue.retain(|customer| is_there(customer) > 0);
        }
        Mode::QuadraticMemory => {
            let waiting: Vec<String> = std::mem::take(&mut stall.queue).into();
            let met = |customer| {
                let mut met = Vec::with_capacity(waiting.len());
                met.push(customer);
                met
            };
            let behind: Vec<Vec<&String>> = waiting.iter().skip(1).map(met).collect();
            let first = waiting.first().into_iter();
            stall.queue = first.chain(behind.into_iter().flatten()).cloned().collect();
        }
        Mode::JournalNeverCut => stall.journal.push(world.now()),
        _ => {}
    }
}

/// A fresh stall has nothing that could stay.
fn merge(stall: &mut Stall, loaded: Stall) {
    let mut goods = std::mem::take(&mut stall.goods);
    goods.extend(loaded.goods);
    let mut queue = std::mem::take(&mut stall.queue);
    queue.extend(loaded.queue);
    let mut receipts = std::mem::take(&mut stall.receipts);
    receipts.extend(loaded.receipts);
    *stall = Stall {
        goods,
        queue,
        receipts,
        ..loaded
    };
}

fn encode_body(stall: &Stall) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 1..=SECTIONS {
        let mut out = Writer::new(Order::HighFirst, Mode::Sound);
        write_section(&mut out, number, stall);
        bytes.push(number);
        bytes.extend((out.bytes.len() as u32 + HEADER).to_be_bytes());
        bytes.extend(out.bytes);
    }
    bytes
}

fn write_section(out: &mut Writer, number: u8, stall: &Stall) {
    match number {
        1 => {
            out.string(&stall.sign);
            out.u32(stall.size.width);
            out.u32(stall.size.height);
        }
        2 => write_terms(out, stall),
        3 => {
            out.u64(stall.next_id);
            out.list(stall.goods.iter(), |out, goods| {
                out.u64(goods.id);
                out.string(&goods.name);
                out.u64(goods.price);
                out.u8(u8::from(goods.removed));
            });
        }
        4 => out.list(stall.queue.iter(), |out, customer| out.string(customer)),
        5 => out.list(stall.tags.iter(), |out, (word, count)| {
            out.string(word);
            out.u32(*count);
        }),
        6 => {
            out.list(stall.receipts.iter(), |out, (key, payment)| {
                out.string(key);
                out.u64(payment.id);
                out.u64(payment.amount);
            });
            out.u64(stall.total);
            out.list(stall.recent.oldest_first().into_iter(), Writer::u64);
        }
        7 => out.layers(&stall.layers),
        _ => out.u8((CARD - 1).wrapping_sub(stall.stamps)),
    }
}

fn write_terms(out: &mut Writer, stall: &Stall) {
    let terms = &stall.terms;
    let number = TRADES.iter().position(|trade| *trade == terms.trade);
    out.u8(number.unwrap_or_default() as u8);
    out.u64(terms.rate.to_bits());
    out.option(terms.cooler, |out, degrees| {
        out.u64((i64::from(degrees) + KELVIN) as u64);
    });
    out.option(terms.gift.as_deref(), Writer::string);
    out.u64(terms.until);
    out.u64(stall.since);
}

/// A state of which save would have written just this.
fn decode_body(body: &[u8], mode: Mode) -> Result<Stall, DecodeError> {
    let mut stall = Stall::default();
    let mut from = Reader::new(body, Order::HighFirst, mode);
    match mode {
        Mode::EndlessLoop => {
            while !from.is_at_end() {
                let start = from.at;
                let number = from.u8()?;
                let length = from.u32()?;
                read_section(&mut from, number, &mut stall)?;
                from.at = start + length as usize;
            }
        }
        _ => read_sections(&mut from, &mut stall, mode)?,
    }
    from.end()?;
    if mode != Mode::InvariantsNotChecked {
        stall.check()?;
    }
    if !mode.is_lenient() && encode_body(&stall) != body {
        return Err(DecodeError::NotCanonical);
    }
    Ok(stall)
}

fn read_sections(from: &mut Reader<'_>, stall: &mut Stall, mode: Mode) -> Result<(), DecodeError> {
    for number in 1..=SECTIONS {
        if mode == Mode::MissingFieldDefaulted && number == SECTIONS && from.is_at_end() {
            break;
        }
        let start = from.at;
        let found = from.u8()?;
        let length = from.u32()?;
        if found != number {
            return Err(DecodeError::Body("a section is missing".to_owned()));
        }
        read_section(from, number, stall)?;
        if from.at - start != length as usize && !mode.is_lenient() {
            return Err(DecodeError::Body("a section has another length".to_owned()));
        }
    }
    Ok(())
}

fn read_section(from: &mut Reader<'_>, number: u8, stall: &mut Stall) -> Result<(), DecodeError> {
    match number {
        1 => {
            stall.sign = from.string()?;
            stall.size = Size {
                width: from.u32()?,
                height: from.u32()?,
            };
        }
        2 => {
            stall.terms = read_terms(from)?;
            stall.since = from.u64()?;
        }
        3 => {
            stall.next_id = from.u64()?;
            stall.goods = from.list(|from| {
                Ok(Goods {
                    id: from.u64()?,
                    name: from.string()?,
                    price: from.u64()?,
                    removed: from.bool()?,
                })
            })?;
        }
        4 => stall.queue = from.list(Reader::string)?.into(),
        5 => {
            let tags = from.list(|from| Ok((from.string()?, from.u32()?)))?;
            stall.tags = tags.into_iter().collect();
        }
        6 => {
            let receipts = from.list(|from| {
                let key = from.string()?;
                let (id, amount) = (from.u64()?, from.u64()?);
                Ok((key, Payment { id, amount }))
            })?;
            stall.receipts = receipts.into_iter().collect();
            stall.total = from.u64()?;
            let recent = from.list(Reader::u64)?;
            stall.recent =
                Ring::of(&recent).ok_or(DecodeError::Invariant("the recent payments"))?;
        }
        7 => stall.layers = from.layers()?,
        8 => stall.stamps = (CARD - 1).wrapping_sub(from.u8()?),
        _ => return Err(DecodeError::Body("a section is unknown".to_owned())),
    }
    Ok(())
}

fn read_terms(from: &mut Reader<'_>) -> Result<Terms, DecodeError> {
    let trade = from.choice(&TRADES)?;
    Ok(Terms {
        trade,
        rate: f64::from_bits(from.u64()?),
        cooler: from.option(|from| {
            let degrees = (from.u64()? as i64).checked_sub(KELVIN);
            let degrees = degrees.and_then(|it| i32::try_from(it).ok());
            degrees.ok_or(DecodeError::Invariant("the cooler"))
        })?,
        gift: from.option(Reader::string)?,
        until: from.u64()?,
    })
}

/// A snapshot behind the times of all updates.
fn with_journal(journal: &[u64], bytes: &[u8]) -> Vec<u8> {
    let mut out = Writer::new(Order::HighFirst, Mode::Sound);
    out.list(journal.iter(), |out, time| out.u64(*time));
    [&out.bytes, bytes].concat()
}

/// What [`with_journal`] put together; the first version writes no journal.
fn split_journal(bytes: &[u8]) -> Result<(Vec<u64>, &[u8]), DecodeError> {
    if bytes.starts_with(MAGIC) {
        return Ok((Vec::new(), bytes));
    }
    let mut from = Reader::new(bytes, Order::HighFirst, Mode::Sound);
    let journal = from.list(Reader::u64)?;
    Ok((journal, &bytes[from.at..]))
}

/// Two hexadecimal digits for each byte.
fn to_text(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
    bytes.iter().flat_map(digits).collect()
}

/// What [`to_text`] made text of; none if it is nothing of the kind.
fn from_text(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    pairs.collect()
}
