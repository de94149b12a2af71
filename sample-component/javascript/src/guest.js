// What the component exports, for whichever version of the cart it is given.
//
// In a function whose WIT type is a `result`, a thrown text is the error.

export function guest(Cart) {
  let worker = new Cart();

  return {
    cart: {
      addItem(sku, quantity) {
        if (quantity === 0) throw 'the quantity is 0';
        return worker.addItem(sku, quantity);
      },
      removeItem: (sku) => worker.removeItem(sku),
      items: () => worker.items(),
      setNote(note) { worker.note = note; },
      note: () => worker.note,
      setRate(rate) { worker.rate = rate; },
      rate: () => worker.rate,
      checkout() {
        const order = worker.checkout();
        if (order === undefined) throw 'the cart is empty';
        return order;
      },
      orders: () => worker.orders(),
    },

    saveSnapshot: {
      save: () => worker.save(),
    },

    loadSnapshot: {
      load(bytes) {
        try {
          worker = Cart.load(bytes);
        } catch (error) {
          throw String(error);
        }
      },
    },
  };
}
