//! Times, durations and quantities as text.

/// Nanoseconds in a second, and seconds in the units of a duration.
const SECOND: u64 = 1_000_000_000;
const DAY: i64 = 86_400;
/// The years that four digits can say.
const YEARS: std::ops::RangeInclusive<i64> = 0..=9999;
/// How far a decimal point is moved at most, on Golem too.
const FARTHEST: u32 = 18;
/// Days from the first of March of the year 0 to the first of January 1970.
const EPOCH: i64 = 719_468;
/// Days in 400 years, in 100, in 4, in one.
const ERA: i64 = 146_097;

/// `2025-04-12T13:14:15.000000000Z`.
pub(super) fn datetime(seconds: i64, nanoseconds: u32) -> Result<String, String> {
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // Years are counted from March here, so that a leap day is the last of its year.
    let days = days + EPOCH;
    let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year + next;
    if !YEARS.contains(&year) {
        return Err(format!("the year {year} has no place in an id"));
    }
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Ok(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanoseconds:09}Z"
    ))
}

/// The seconds and nanoseconds of [`datetime`]'s text; with fewer digits after the point, or none, too.
pub(crate) fn parse_datetime(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, mark| -> Option<[i64; 3]> {
        let mut numbers = text.split(mark).map(digits);
        let found = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(found)
    };
    let (time, nanoseconds) = match time.split_once('.') {
        Some((time, fraction)) => (time, parse_fraction(fraction)?),
        None => (time, 0),
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let is_one = YEARS.contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !is_one {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    let day = (153 * month + 2) / 5 + day - 1 + of_era * 365 + of_era / 4 - of_era / 100;
    let days = era * ERA + day - EPOCH;
    Some((
        days * DAY + hour * 3_600 + minute * 60 + second,
        nanoseconds,
    ))
}

/// ISO 8601: `P1DT2H3M4.5S`.
pub(super) fn duration(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "PT0S".to_owned();
    }
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (seconds, rest) = (
        nanoseconds.unsigned_abs() / SECOND,
        nanoseconds.unsigned_abs() % SECOND,
    );
    let (days, seconds) = (seconds / DAY as u64, seconds % DAY as u64);
    let mut text = format!("{sign}P");
    if days > 0 {
        text += &format!("{days}D");
    }
    if seconds == 0 && rest == 0 {
        return text;
    }
    text.push('T');
    for (number, unit) in [(seconds / 3_600, 'H'), (seconds / 60 % 60, 'M')] {
        if number > 0 {
            text += &format!("{number}{unit}");
        }
    }
    match (seconds % 60, rest) {
        (0, 0) => {}
        (seconds, 0) => text += &format!("{seconds}S"),
        (seconds, rest) => {
            let fraction = format!("{rest:09}");
            text += &format!("{seconds}.{}S", fraction.trim_end_matches('0'));
        }
    }
    text
}

/// The nanoseconds of [`duration`]'s text.
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text),
    };
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, time)) => (days, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let mut seconds = match days {
        "" => 0,
        days => i128::from(digits(days.strip_suffix('D')?)?) * i128::from(DAY),
    };
    let (mut rest, mut nanoseconds) = (time, 0);
    for (unit, length) in [('H', 3_600), ('M', 60), ('S', 1)] {
        let Some((number, behind)) = rest.split_once(unit) else {
            continue;
        };
        let number = match number.split_once('.') {
            Some((number, fraction)) if unit == 'S' => {
                nanoseconds = parse_fraction(fraction)?;
                number
            }
            _ => number,
        };
        seconds += i128::from(digits(number)?) * length;
        rest = behind;
    }
    let total = seconds * i128::from(SECOND) + i128::from(nanoseconds);
    let is_whole = rest.is_empty() && !(days.is_empty() && time.is_empty());
    is_whole.then(|| i64::try_from(sign * total).ok()).flatten()
}

/// A decimal number, without zeros at the end of its fraction.
pub(super) fn decimal(mantissa: i64, scale: i32) -> Result<String, String> {
    let shift = scale.unsigned_abs();
    if shift > FARTHEST {
        return Err(format!(
            "a quantity of the scale {scale} has no place in an id"
        ));
    }
    let sign = if mantissa < 0 { "-" } else { "" };
    let factor = 10_u128.pow(shift);
    let number = u128::from(mantissa.unsigned_abs());
    if scale <= 0 {
        return Ok(format!("{sign}{}", number * factor));
    }
    let fraction = format!("{:0width$}", number % factor, width = shift as usize);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{}{point}{fraction}", number / factor))
}

/// The mantissa, scale and unit of a quantity's text.
pub(super) fn parse_quantity(text: &str) -> Option<(i64, i32, &str)> {
    let is_in_number = |it: char| it.is_ascii_digit() || it == '.';
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let length = unsigned
        .find(|it| !is_in_number(it))
        .unwrap_or(unsigned.len());
    let (number, unit) = text.split_at(text.len() - unsigned.len() + length);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mantissa = format!("{whole}{fraction}").parse().ok()?;
    Some((mantissa, i32::try_from(fraction.len()).ok()?, unit))
}

fn digits(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Nanoseconds, of one to nine digits after a point.
fn parse_fraction(text: &str) -> Option<u32> {
    let is_fraction = (1..=9).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    is_fraction
        .then(|| format!("{text:0<9}").parse().ok())
        .flatten()
}
