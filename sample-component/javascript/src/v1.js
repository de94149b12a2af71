import { CartV1 } from './cart-v1.js';
import { guest } from './guest.js';

const exported = guest(CartV1);
export const cart = exported.cart;
export const saveSnapshot = exported.saveSnapshot;
export const loadSnapshot = exported.loadSnapshot;
