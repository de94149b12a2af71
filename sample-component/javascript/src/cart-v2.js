// Version 2: a map from SKU to quantity, and of each order only its count, because the ids follow from the places.

import { CartV1 } from './cart-v1.js';
import {
  U32_MAX, bitsOfF64, decode, encode, f64OfBits, field, list, quantity, require, requireSame, text, u64,
} from './canonical-json.js';

export class CartV2 {
  quantities = new Map();
  note = '';
  rate = 0;
  orderCounts = [];

  addItem(sku, added) {
    const sum = Math.min((this.quantities.get(sku) ?? 0) + added, U32_MAX);
    this.quantities.set(sku, sum);
    return sum;
  }

  removeItem(sku) {
    return this.quantities.delete(sku);
  }

  items() {
    return [...this.quantities.keys()].sort().map((sku) => ({ sku, quantity: this.quantities.get(sku) }));
  }

  // Undefined if the cart is empty.
  checkout() {
    if (this.quantities.size === 0) return undefined;
    let count = 0n;
    for (const quantity of this.quantities.values()) count += BigInt(quantity);
    this.quantities.clear();
    return BigInt(this.orderCounts.push(count));
  }

  orders() {
    return this.orderCounts.map((count, at) => ({ id: BigInt(at + 1), count }));
  }

  save() {
    return encode({
      version: 2,
      items: this.items().map(({ sku, quantity }) => [sku, quantity]),
      customerNote: this.note,
      discountRate: bitsOfF64(this.rate),
      orderCounts: this.orderCounts.map(String),
    });
  }

  static load(bytes) {
    const snapshot = decode(bytes);
    if (field(snapshot, 'version') === 1) return CartV2.fromV1(CartV1.load(bytes));
    require(field(snapshot, 'version') === 2, 'this is not a snapshot of version 1 or 2');

    const cart = new CartV2();
    for (const item of list(field(snapshot, 'items'))) {
      cart.quantities.set(text(field(list(item), 0)), quantity(field(item, 1)));
    }
    cart.note = text(field(snapshot, 'customerNote'));
    cart.rate = f64OfBits(field(snapshot, 'discountRate'));
    cart.orderCounts = list(field(snapshot, 'orderCounts')).map(u64);

    require(cart.orderCounts.every((count) => count > 0n), 'an order is empty');
    requireSame(cart.save(), bytes);
    return cart;
  }

  static fromV1(old) {
    const cart = new CartV2();
    for (const { sku, quantity } of old.lines) cart.quantities.set(sku, quantity);
    cart.note = old.note;
    cart.rate = old.rate;
    cart.orderCounts = old.placed.map(({ count }) => count);
    return cart;
  }
}
