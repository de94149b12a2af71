// Version 2 with a planted fault: load forgets the rate.

import { CartV2 } from './cart-v2.js';
import { guest } from './guest.js';

class ForgetfulCart extends CartV2 {
  static load(bytes) {
    return Object.assign(super.load(bytes), { rate: 0 });
  }
}

const exported = guest(ForgetfulCart);
export const cart = exported.cart;
export const saveSnapshot = exported.saveSnapshot;
export const loadSnapshot = exported.loadSnapshot;
