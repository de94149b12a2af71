//! Strategies for whole states: any that a history of operations can lead to, most of them small and full of edges.
//!
//! A state of v2 or v3 is a migrated state of v1, since the migrations lose nothing.

use std::collections::BTreeMap;

use proptest::{
    collection::{btree_map, btree_set, vec},
    option,
    prelude::*,
    sample::{Index, select},
};

use crate::{
    Coupon, Delivery, Line, OrderState, Rate, Reduction, Status,
    v1::{self, Goods, PastOrder},
    v2, v3,
};

const MAX_LINES: usize = 5;
const MAX_ORDERS: usize = 6;

/// Implements `Arbitrary` with a module's own `strategy`.
macro_rules! arbitrary {
    ($($version:ident),*) => {$(
        impl Arbitrary for $version::Cart {
            type Parameters = ();
            type Strategy = BoxedStrategy<Self>;

            fn arbitrary_with((): ()) -> Self::Strategy {
                $version::strategy().boxed()
            }
        }
    )*};
}

arbitrary!(v1, v2, v3);

/// States of v1. Public as `v1::strategy`.
pub(crate) fn cart() -> impl Strategy<Value = v1::Cart> {
    let basket = btree_map(text(), goods(), 0..MAX_LINES);
    let terms = (option::of(coupon()), rate(), delivery());
    (basket, terms, text(), status(), past()).prop_map(|(lines, terms, note, status, past)| {
        let (coupon, discount, delivery) = terms;
        v1::Cart {
            status: status.fit(&lines, &past),
            lines,
            coupon,
            discount,
            delivery,
            note,
            orders: past.orders,
            next_order: past.next_order,
            checkouts: past.checkouts,
            history: past.history,
        }
    })
}

fn text() -> impl Strategy<Value = String> {
    let words = vec![
        "",
        "a",
        "b",
        "tea",
        "Jasmintee",
        "grün",
        "茶",
        "🛒",
        "e\u{301}",
        "\0",
    ];
    prop_oneof![
        4 => select(words).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (1..300_usize).prop_map(|length| "x".repeat(length)),
    ]
}

fn cents() -> impl Strategy<Value = u64> {
    let beyond_u32 = u64::from(u32::MAX) + 1;
    prop_oneof![
        3 => 0..2_000_u64,
        1 => select(vec![beyond_u32 - 1, beyond_u32, 1 << 53, u64::MAX - 1, u64::MAX]),
        1 => any::<u64>(),
    ]
}

fn quantity() -> impl Strategy<Value = u32> {
    prop_oneof![
        3 => 1..10_u32,
        1 => select(vec![127, 128, 255, 256, u32::MAX - 1, u32::MAX]),
        1 => 1..=u32::MAX,
    ]
}

fn goods() -> impl Strategy<Value = Goods> {
    (quantity(), cents()).prop_map(|(quantity, unit_price)| Goods {
        quantity,
        unit_price,
    })
}

fn coupon() -> impl Strategy<Value = Coupon> {
    let reduction = prop_oneof![
        (0..=100_u8).prop_map(Reduction::Percent),
        cents().prop_map(Reduction::Amount)
    ];
    (text(), reduction).prop_map(|(code, reduction)| Coupon { code, reduction })
}

fn rate() -> impl Strategy<Value = Rate> {
    let edges = vec![
        0.0,
        -0.0,
        0.1,
        1.0,
        1.5,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::MIN_POSITIVE,
        5e-324,
    ];
    prop_oneof![
        2 => select(edges),
        1 => 0.0..1.0,
        1 => any::<u64>().prop_map(f64::from_bits),
    ]
    .prop_map(Rate)
}

fn delivery() -> impl Strategy<Value = Delivery> {
    any::<(bool, bool, bool)>().prop_map(|(express, gift_wrap, leave_with_neighbour)| Delivery {
        express,
        gift_wrap,
        leave_with_neighbour,
    })
}

/// A status before it is known which orders there are.
#[derive(Clone, Debug)]
enum Wanted {
    Open,
    OnHold(String),
    Ordered(Index),
}

fn status() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        Just(Wanted::Open),
        text().prop_map(Wanted::OnHold),
        any::<Index>().prop_map(Wanted::Ordered),
    ]
}

impl Wanted {
    /// Only an empty cart with orders can have been ordered last.
    fn fit(self, lines: &BTreeMap<String, Goods>, past: &Past) -> Status {
        match self {
            Self::OnHold(reason) => Status::OnHold(reason),
            Self::Ordered(index) if lines.is_empty() && !past.orders.is_empty() => {
                let ids = past.orders.keys().copied().collect::<Vec<_>>();
                Status::Ordered(*index.get(&ids))
            }
            Self::Open | Self::Ordered(_) => Status::Open,
        }
    }
}

/// The part of a cart that tells of orders.
#[derive(Debug)]
struct Past {
    orders: BTreeMap<u64, PastOrder>,
    next_order: u64,
    checkouts: BTreeMap<String, u64>,
    history: Vec<(u64, OrderState)>,
}

/// An order before its id is known.
#[derive(Clone, Debug)]
struct Draft {
    lines: BTreeMap<String, Goods>,
    total: u64,
    /// How many ids are left out before this one.
    gap: u64,
    /// How many orders are placed between this one and its cancellation.
    cancelled_after: Option<usize>,
}

fn past() -> impl Strategy<Value = Past> {
    let first_id = prop_oneof![4 => Just(1), 1 => 1..300_u64, 1 => u64::MAX - 100..u64::MAX - 50];
    let keys = btree_set(text(), 0..MAX_ORDERS)
        .prop_map(Vec::from_iter)
        .prop_shuffle();
    let last_gap = prop_oneof![6 => gap(), 1 => Just(u64::MAX)];
    (first_id, keys, vec(draft(), MAX_ORDERS), last_gap).prop_map(
        |(first_id, keys, drafts, last_gap)| tell(first_id, keys.into_iter().zip(drafts), last_gap),
    )
}

fn draft() -> impl Strategy<Value = Draft> {
    (
        btree_map(text(), goods(), 1..MAX_LINES),
        cents(),
        gap(),
        option::of(0..MAX_ORDERS),
    )
        .prop_map(|(lines, total, gap, cancelled_after)| Draft {
            lines,
            total,
            gap,
            cancelled_after,
        })
}

/// Few, so that ids near the maximum stay below it.
fn gap() -> impl Strategy<Value = u64> {
    prop_oneof![4 => Just(0), 1 => 1..4_u64]
}

/// Places the orders one after the other, and cancels each when its time has come.
fn tell(first_id: u64, drafts: impl Iterator<Item = (String, Draft)>, last_gap: u64) -> Past {
    let mut past = Past {
        orders: BTreeMap::new(),
        next_order: first_id,
        checkouts: BTreeMap::new(),
        history: Vec::new(),
    };
    let mut events = Vec::new();
    for (time, (key, draft)) in drafts.enumerate() {
        let id = past.next_order + draft.gap;
        past.next_order = id + 1;
        past.checkouts.insert(key, id);
        events.push(((time, false), (id, OrderState::Placed)));
        let mut state = OrderState::Placed;
        if let Some(delay) = draft.cancelled_after {
            state = OrderState::Cancelled;
            events.push(((time + delay, true), (id, state)));
        }
        let lines = draft.lines.into_iter().map(
            |(
                sku,
                Goods {
                    quantity,
                    unit_price,
                },
            )| Line {
                sku,
                quantity,
                unit_price,
            },
        );
        past.orders.insert(
            id,
            PastOrder {
                lines: lines.collect(),
                total: draft.total,
                state,
            },
        );
    }
    past.next_order = past.next_order.saturating_add(last_gap);
    events.sort_by_key(|(time, _)| *time);
    past.history = events.into_iter().map(|(_, event)| event).collect();
    past
}
