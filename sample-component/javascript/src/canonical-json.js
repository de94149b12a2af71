// Snapshots as JSON, read so strictly that only what a save wrote is accepted.
//
// A cart reads its fields with the functions below, each of which checks a type and a range, and then compares what it
// would save with what it was given (`requireSame`). That comparison is what refuses unknown fields, duplicate keys,
// white space and every other spelling of the same state.

export const U32_MAX = 0xffff_ffff;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const CANONICAL_NAN = '7ff8000000000000';
const DEEPEST = 3;

export class Refusal extends Error {}

export const encode = (value) => new TextEncoder().encode(JSON.stringify(value));

export function decode(bytes) {
  const json = fromUtf8(bytes);
  requireShallow(json);
  return JSON.parse(json);
}

export function requireSame(saved, given) {
  require(fromUtf8(saved) === fromUtf8(given), 'this is not what save writes');
}

const fromUtf8 = (bytes) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

// A million brackets are more than a parser inside a guest can take.
function requireShallow(json) {
  const pieces = json.replaceAll('\\\\', '').replaceAll('\\"', '').split('"');
  const outsideOfTexts = pieces.filter((_, at) => at % 2 === 0).join('');
  let depth = 0;
  for (let at = 0; at < outsideOfTexts.length; at++) {
    const character = outsideOfTexts[at];
    if (character === '[' || character === '{') require(++depth <= DEEPEST, 'nested too deeply');
    if (character === ']' || character === '}') depth--;
  }
}

export function require(condition, complaint) {
  if (!condition) throw new Refusal(complaint);
}

export function field(record, name) {
  require(typeof record === 'object' && record !== null && Object.hasOwn(record, name), `${name} is missing`);
  return record[name];
}

export function list(value) {
  require(Array.isArray(value), 'not a list');
  return value;
}

export function text(value) {
  require(typeof value === 'string' && value.isWellFormed(), 'not a text');
  return value;
}

export function quantity(value) {
  require(Number.isInteger(value) && 1 <= value && value <= U32_MAX, 'not a quantity');
  return value;
}

// A `u64` does not fit into a JSON number, so it is a text of decimal digits.
export function u64(value) {
  require(typeof value === 'string' && /^[0-9]{1,20}$/.test(value), 'not a whole number');
  require(BigInt(value) <= U64_MAX, 'more than 64 bits');
  return BigInt(value);
}

// NaN, −0 and the infinities do not fit into a JSON number, so an `f64` is its bits as hexadecimal digits.
export function bitsOfF64(number) {
  if (Number.isNaN(number)) return CANONICAL_NAN;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

export function f64OfBits(value) {
  require(typeof value === 'string' && /^[0-9a-f]{16}$/.test(value), 'not the bits of a number');
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${value}`));
  return view.getFloat64(0);
}
