// What the guests promise, checked without WebAssembly: both versions observe the same, whenever the update comes, and
// load refuses what save did not write.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Refusal } from '../src/canonical-json.js';
import { CartV1 } from '../src/cart-v1.js';
import { CartV2 } from '../src/cart-v2.js';

const HISTORIES = 300;
const SKUS = ['', 'a', 'b', '10', '__proto__', 'é', '\u0000"\\', '\u{1f600}', '\u2028'];
const QUANTITIES = [1, 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const RATES = [0, -0, 0.1, NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE];
const PIECES = ['[', ']', '{', '}', '"', '\\', ',', '0', '-', '1e999', 'null', '"version":1,', '\ufeff', '\\ud800', ' '];

// A linear congruential generator: the same seed, the same histories.
function generator(seed) {
  let state = BigInt(seed);
  const below = (limit) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return Number((state >> 33n) % BigInt(limit));
  };
  const oneOf = (values) => values[below(values.length)];
  return { below, oneOf };
}

function randomOperation({ oneOf }) {
  const [sku, quantity, rate] = [oneOf(SKUS), oneOf(QUANTITIES), oneOf(RATES)];
  return oneOf([
    (cart) => cart.addItem(sku, quantity),
    (cart) => cart.removeItem(sku),
    (cart) => { cart.note = sku; },
    (cart) => { cart.rate = rate; },
    (cart) => cart.checkout(),
  ]);
}

const observe = (cart) => ({
  items: cart.items().map(({ sku, quantity }) => [sku, quantity]),
  note: cart.note,
  rate: cart.rate,
  orders: cart.orders().map(({ id, count }) => [id, count]),
});

function randomCart(Cart, random) {
  const cart = new Cart();
  for (let count = random.below(20); count > 0; count--) randomOperation(random)(cart);
  return cart;
}

test('an updated cart observes what its twin observes', () => {
  for (let seed = 0; seed < HISTORIES; seed++) {
    const random = generator(seed);
    const twin = new CartV1();
    let updated = new CartV1();
    for (let step = 0; step < 30; step++) {
      if (step === 10 || step === 20) updated = CartV2.load(updated.save());
      const operation = randomOperation(random);
      assert.deepEqual(operation(updated), operation(twin), `seed ${seed}, step ${step}`);
      assert.deepEqual(observe(updated), observe(twin), `seed ${seed}, step ${step}`);
    }
  }
});

test('what is loaded is saved again unchanged', () => {
  for (const Cart of [CartV1, CartV2]) {
    for (let seed = 0; seed < HISTORIES; seed++) {
      const saved = randomCart(Cart, generator(seed)).save();
      assert.deepEqual(Cart.load(saved).save(), saved);
    }
  }
});

test('load answers mutated snapshots with a cart or an error of its own', () => {
  for (const Cart of [CartV1, CartV2]) {
    for (let seed = 0; seed < 10 * HISTORIES; seed++) {
      const random = generator(seed);
      const saved = Buffer.from(randomCart(random.oneOf([CartV1, CartV2]), random).save());
      const [start, end] = [random.below(saved.length), random.below(saved.length)];
      const piece = Buffer.from(random.oneOf([random.oneOf(PIECES), saved.subarray(start)]));
      loadOrRefuse(Cart, Buffer.concat([saved.subarray(0, start), piece, saved.subarray(end)]));
    }
  }
});

test('load refuses bytes that no save writes', () => {
  const snapshot = (changes) => JSON.stringify({
    version: 2, items: [], customerNote: '', discountRate: '0000000000000000', orderCounts: [], ...changes,
  });
  assert.ok(loadOrRefuse(CartV2, Buffer.from(snapshot({}))));
  for (const bytes of [
    '', 'null', '1', '{}', '[]', '[[[[', '['.repeat(1e6), '['.repeat(1e6) + ']'.repeat(1e6), '{"version":1}',
    `\ufeff${snapshot({})}`, `${snapshot({})} `, snapshot({ more: 1 }),
    snapshot({ items: [['b', 1], ['a', 1]] }), snapshot({ items: [['a', 1], ['a', 1]] }), snapshot({ items: [['a', 0]] }),
    snapshot({ items: [['a', 2 ** 32]] }), snapshot({ items: [['a', 1, 1]] }), snapshot({ items: [['a']] }),
    snapshot({ items: [['a', 1.5]] }), snapshot({ items: {} }), snapshot({ customerNote: '\ud800' }),
    snapshot({ discountRate: '7ff8000000000001' }), snapshot({ discountRate: '000000000000000' }),
    snapshot({ orderCounts: ['0'] }), snapshot({ orderCounts: ['01'] }), snapshot({ orderCounts: [1] }),
    snapshot({ orderCounts: ['18446744073709551616'] }),
  ]) {
    assert.equal(loadOrRefuse(CartV2, Buffer.from(bytes)), undefined, bytes.slice(0, 200));
  }
  assert.equal(loadOrRefuse(CartV2, Buffer.from(snapshot({ customerNote: '?' })).map((byte) => byte === 63 ? 255 : byte)), undefined);
});

// The cart, or undefined if load refused. Any other error is a bug.
function loadOrRefuse(Cart, bytes) {
  try {
    return Cart.load(bytes);
  } catch (error) {
    const refused = error instanceof Refusal || error instanceof SyntaxError || error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    if (!refused) throw error;
    return undefined;
  }
}
