//! The first format: one field after the other, low bytes first. The slips of save are here.

use std::collections::BTreeMap;

use super::bytes::{Order, Reader, Writer};
use super::{Details, Goods, MAGIC, Mode, Payment, Ring, Size, Stall, Terms, Trade, World};
use crate::{DecodeError, frame};

/// The fifth byte of this version's snapshots.
pub(super) const VERSION: u8 = 1;

/// The snapshot of a stall.
pub fn save(stall: &mut Stall, mode: Mode, world: &impl World) -> Vec<u8> {
    match mode {
        Mode::SaveTrapsOnNan => assert!(!stall.terms.rate.is_nan(), "no rate is NaN"),
        Mode::SaveTrapsOnAnEmptiedList if !stall.goods.is_empty() => {
            let newest = stall.goods().last().map(|goods| goods.id);
            assert!(newest.is_some(), "there are goods");
        }
        Mode::SaveWritesOutside => world.commit(),
        Mode::CompactingSave => stall.compact(),
        _ => {}
    }
    let bytes = match mode {
        Mode::UnstableOrder => {
            let mut shuffled = stall.clone();
            let key = world.random();
            // What a hash map with a random key does.
            let hash = |goods: &Goods| (goods.id ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            shuffled.goods.sort_by_key(hash);
            encode(&shuffled, mode)
        }
        Mode::TimeStamp => [&world.now().to_le_bytes(), encode(stall, mode).as_slice()].concat(),
        _ => encode(stall, mode),
    };
    match mode {
        Mode::SaveDrainsTheQueue => stall.queue.clear(),
        Mode::SaveTakesAnId => {
            stall.take_id();
        }
        _ => {}
    }
    bytes
}

/// Takes over the state of a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version.
pub fn load(
    stall: &mut Stall,
    bytes: &[u8],
    mode: Mode,
    _world: &impl World,
) -> Result<(), DecodeError> {
    let (version, body) = frame::open(MAGIC, without_time_stamp(bytes, mode)?)?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    *stall = decode(body, Mode::Sound)?;
    stall.rebuild_index();
    Ok(())
}

/// What anyone may know.
pub fn details(stall: &Stall, mode: Mode, world: &impl World) -> Details {
    stall.details(mode, world)
}

/// What follows the time stamp, in the one mode that has it.
pub(super) fn without_time_stamp(bytes: &[u8], mode: Mode) -> Result<&[u8], DecodeError> {
    match mode {
        Mode::TimeStamp => bytes.get(8..).ok_or(DecodeError::Magic),
        _ => Ok(bytes),
    }
}

fn encode(stall: &Stall, mode: Mode) -> Vec<u8> {
    frame::seal(MAGIC, VERSION, &encode_body(stall, mode))
}

fn encode_body(stall: &Stall, mode: Mode) -> Vec<u8> {
    let mut out = Writer::new(Order::LowFirst, mode);
    out.string(&stall.sign);
    let Size { width, height } = stall.size;
    let sides = match mode {
        Mode::FieldsSwapped => [height, width],
        _ => [width, height],
    };
    sides.into_iter().for_each(|side| out.u32(side));
    write_terms(&mut out, &stall.terms, mode);
    out.u64(stall.since);
    out.list(stall.goods.iter(), |out, goods| {
        out.u64(goods.id);
        out.string(&goods.name);
        out.u64(match mode {
            Mode::NarrowedTo32Bits => u64::from(goods.price as u32),
            _ => goods.price,
        });
    });
    let removed = stall.goods.iter().filter(|goods| goods.removed);
    let removed: Vec<u64> = removed.map(|goods| goods.id).collect();
    out.list(removed.iter(), |out, id| out.u64(*id));
    out.u64(stall.next_id);
    out.list(stall.queue.iter(), |out, customer| out.string(customer));
    let tags = repeated(&stall.tags, mode);
    out.list(tags.iter(), |out, word| out.string(word));
    out.list(stall.receipts.keys(), |out, key| {
        let payment = match mode {
            Mode::QuadraticSave => stall.receipts.iter().find(|(other, _)| *other == key),
            _ => stall.receipts.get_key_value(key),
        };
        let (_, payment) = payment.expect("a payment of this key");
        out.string(key);
        out.u64(payment.id);
        out.u64(payment.amount);
    });
    out.u64(stall.total);
    out.u8(stall.recent.next);
    out.u8(stall.recent.length);
    stall.recent.places.iter().for_each(|it| out.u64(*it));
    out.layers(&stall.layers);
    out.u8(match mode {
        Mode::StampsNotSaved => 0,
        _ => stall.stamps,
    });
    out.bytes
}

fn write_terms(out: &mut Writer, terms: &Terms, mode: Mode) {
    out.u8(terms.trade as u8);
    let rate = match mode {
        Mode::FloatNarrowed => f64::from(terms.rate as f32),
        Mode::NanLost if terms.rate.is_nan() => 0.0,
        Mode::NegativeZeroLost => terms.rate + 0.0,
        _ => terms.rate,
    };
    out.u64(rate.to_bits());
    out.option(terms.cooler, |out, degrees| {
        let wide = match mode {
            Mode::SignNotExtended => i64::from(degrees as u32),
            _ => i64::from(degrees),
        };
        out.u64(wide as u64);
    });
    let gift = match mode {
        Mode::EmptySavedAsNone => terms.gift.as_deref().filter(|gift| !gift.is_empty()),
        _ => terms.gift.as_deref(),
    };
    out.option(gift, |out, gift| out.string(gift));
    out.u64(match mode {
        Mode::FieldNotSaved => 0,
        _ => terms.until,
    });
}

/// Every word as often as it was given.
fn repeated(tags: &BTreeMap<String, u32>, mode: Mode) -> Vec<String> {
    let mut words = Vec::new();
    for (word, count) in tags {
        let word = match mode {
            Mode::KeysMerged => word.to_lowercase(),
            _ => word.clone(),
        };
        words.extend((0..*count).map(|_| word.clone()));
    }
    words.sort();
    words
}

/// A state of which save would have written just this.
pub(super) fn decode(body: &[u8], mode: Mode) -> Result<Stall, DecodeError> {
    let mut from = Reader::new(body, Order::LowFirst, mode);
    let mut stall = Stall {
        sign: from.string()?,
        size: Size {
            width: from.u32()?,
            height: from.u32()?,
        },
        terms: read_terms(&mut from)?,
        since: from.u64()?,
        ..Stall::default()
    };
    stall.goods = from.list(|from| {
        Ok(Goods {
            id: from.u64()?,
            name: from.string()?,
            price: from.u64()?,
            removed: false,
        })
    })?;
    for id in from.list(Reader::u64)? {
        let mut goods = stall.goods.iter_mut();
        let tombstone = goods.find(|goods| goods.id == id);
        tombstone
            .ok_or(DecodeError::Invariant("the tombstones"))?
            .removed = true;
    }
    stall.next_id = from.u64()?;
    stall.queue = from.list(Reader::string)?.into();
    for word in from.list(Reader::string)? {
        *stall.tags.entry(word).or_default() += 1;
    }
    let receipts = from.list(|from| {
        let key = from.string()?;
        let (id, amount) = (from.u64()?, from.u64()?);
        Ok((key, Payment { id, amount }))
    })?;
    stall.receipts = receipts.into_iter().collect();
    stall.total = from.u64()?;
    stall.recent = read_ring(&mut from)?;
    stall.layers = from.layers()?;
    if !(mode == Mode::MissingFieldDefaulted && from.is_at_end()) {
        stall.stamps = from.u8()?;
    }
    from.end()?;
    if mode != Mode::InvariantsNotChecked {
        stall.check()?;
    }
    if !mode.is_lenient() && encode_body(&stall, Mode::Sound) != body {
        return Err(DecodeError::NotCanonical);
    }
    Ok(stall)
}

fn read_terms(from: &mut Reader<'_>) -> Result<Terms, DecodeError> {
    Ok(Terms {
        trade: from.choice(&Trade::ALL)?,
        rate: f64::from_bits(from.u64()?),
        cooler: from.option(|from| {
            let degrees = i32::try_from(from.u64()? as i64);
            degrees.map_err(|_| DecodeError::Invariant("the cooler"))
        })?,
        gift: from.option(Reader::string)?,
        until: from.u64()?,
    })
}

fn read_ring(from: &mut Reader<'_>) -> Result<Ring, DecodeError> {
    let mut ring = Ring {
        next: from.u8()?,
        length: from.u8()?,
        ..Ring::default()
    };
    for place in &mut ring.places {
        *place = from.u64()?;
    }
    Ok(ring)
}
