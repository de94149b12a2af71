import { CartV2 } from './cart-v2.js';
import { guest } from './guest.js';

const exported = guest(CartV2);
export const cart = exported.cart;
export const saveSnapshot = exported.saveSnapshot;
export const loadSnapshot = exported.loadSnapshot;
