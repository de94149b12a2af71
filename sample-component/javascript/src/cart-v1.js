// Version 1: lines in the order in which they came, orders as records, a counter for the order ids.

import {
  U32_MAX, bitsOfF64, decode, encode, f64OfBits, field, list, quantity, require, requireSame, text, u64,
} from './canonical-json.js';

export class CartV1 {
  lines = [];
  note = '';
  rate = 0;
  nextOrder = 1n;
  placed = [];

  addItem(sku, added) {
    const line = this.lines.find((line) => line.sku === sku);
    const sum = Math.min((line?.quantity ?? 0) + added, U32_MAX);
    if (line) line.quantity = sum;
    else this.lines.push({ sku, quantity: sum });
    return sum;
  }

  removeItem(sku) {
    const at = this.lines.findIndex((line) => line.sku === sku);
    if (at >= 0) this.lines.splice(at, 1);
    return at >= 0;
  }

  items() {
    return this.lines.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
  }

  // Undefined if the cart is empty.
  checkout() {
    if (this.lines.length === 0) return undefined;
    const count = this.lines.reduce((sum, line) => sum + BigInt(line.quantity), 0n);
    this.placed.push({ id: this.nextOrder, count });
    this.lines = [];
    return this.nextOrder++;
  }

  orders() {
    return this.placed;
  }

  save() {
    return encode({
      version: 1,
      lines: this.lines.map(({ sku, quantity }) => ({ sku, quantity })),
      note: this.note,
      rate: bitsOfF64(this.rate),
      nextOrder: this.nextOrder.toString(),
      orders: this.placed.map(({ id, count }) => ({ id: id.toString(), count: count.toString() })),
    });
  }

  static load(bytes) {
    const snapshot = decode(bytes);
    require(field(snapshot, 'version') === 1, 'this is not a snapshot of version 1');

    const cart = new CartV1();
    for (const line of list(field(snapshot, 'lines'))) {
      cart.lines.push({ sku: text(field(line, 'sku')), quantity: quantity(field(line, 'quantity')) });
    }
    cart.note = text(field(snapshot, 'note'));
    cart.rate = f64OfBits(field(snapshot, 'rate'));
    cart.nextOrder = u64(field(snapshot, 'nextOrder'));
    for (const order of list(field(snapshot, 'orders'))) {
      cart.placed.push({ id: u64(field(order, 'id')), count: u64(field(order, 'count')) });
    }

    require(new Set(cart.lines.map((line) => line.sku)).size === cart.lines.length, 'an article is there twice');
    require(cart.placed.every(({ id }, at) => id === BigInt(at + 1)), 'the order ids have a gap');
    require(cart.nextOrder === BigInt(cart.placed.length + 1), 'the next order id does not follow the last');
    require(cart.placed.every(({ count }) => count > 0n), 'an order is empty');
    requireSame(cart.save(), bytes);
    return cart;
  }
}
