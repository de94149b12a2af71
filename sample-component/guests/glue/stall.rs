//! Between the exported `stall` interface and `cart_state::stall`. Both stalls include this file; it expects `version`, the
//! format, and the generated bindings in the crate's root.

use std::cell::{OnceCell, RefCell};

use cart_state::stall::{self as state, Mode, Stall, VARIABLE, World};

use crate::{
    Component,
    exports::{
        golem::api::{load_snapshot, save_snapshot},
        shop::stall::stall::{Details, Goods, Guest, Layer, Receipt, Size, Terms, Trade},
    },
    golem::api::host,
    version,
    wasi::{
        cli::{environment, exit},
        clocks::wall_clock,
        random::random,
    },
};

thread_local! {
    static STALL: RefCell<Stall> = RefCell::default();
    static MODE: OnceCell<Mode> = const { OnceCell::new() };
}

fn with<R>(work: impl FnOnce(&mut Stall, Mode) -> R) -> R {
    STALL.with_borrow_mut(|stall| work(stall, mode()))
}

/// The mode that the environment names, looked up once.
fn mode() -> Mode {
    MODE.with(|mode| {
        *mode.get_or_init(|| {
            let variables = environment::get_environment();
            let named = variables.iter().find(|(name, _)| name == VARIABLE);
            named.map_or(Mode::Sound, |(_, value)| {
                Mode::named(value).expect("a mode of this name")
            })
        })
    })
}

struct Host;

impl World for Host {
    fn now(&self) -> u64 {
        wall_clock::now().seconds
    }

    fn random(&self) -> u64 {
        random::get_random_u64()
    }

    fn commit(&self) {
        host::oplog_commit(1);
    }

    fn exit(&self) {
        exit::exit(Ok(()));
    }
}

impl save_snapshot::Guest for Component {
    fn save() -> Vec<u8> {
        with(|stall, mode| version::save(stall, mode, &Host))
    }
}

impl load_snapshot::Guest for Component {
    fn load(bytes: Vec<u8>) -> Result<(), String> {
        with(|stall, mode| version::load(stall, &bytes, mode, &Host)).map_err(|e| e.to_string())
    }
}

impl Guest for Component {
    fn rename(sign: String) -> String {
        with(|stall, _| stall.rename(sign))
    }

    fn resize(size: Size) -> Size {
        with(|stall, _| stall.resize(size.into())).into()
    }

    fn set_terms(terms: Terms) {
        with(|stall, _| stall.set_terms(terms.into()));
    }

    fn look() -> Details {
        with(|stall, mode| version::details(stall, mode, &Host)).into()
    }

    fn put(name: String, price: u64) -> u64 {
        with(|stall, _| stall.put(name, price))
    }

    fn remove(id: u64) -> bool {
        with(|stall, _| stall.remove(id))
    }

    fn goods_there() -> Vec<Goods> {
        let goods = with(|stall, _| stall.goods());
        goods.into_iter().map(Goods::from).collect()
    }

    fn find(name: String) -> Option<u64> {
        with(|stall, mode| stall.find(&name, mode))
    }

    fn join(customer: String) -> u32 {
        with(|stall, _| stall.join(customer))
    }

    fn serve() -> Option<String> {
        with(|stall, _| stall.serve())
    }

    fn tag(word: String) {
        with(|stall, _| stall.tag(word));
    }

    fn tags() -> Vec<(String, u32)> {
        with(|stall, _| stall.tags())
    }

    fn pay(key: String, amount: u64) -> Receipt {
        with(|stall, _| stall.pay(key, amount)).into()
    }

    fn recent() -> Vec<u64> {
        with(|stall, _| stall.recent())
    }

    fn stamp() -> bool {
        with(|stall, _| stall.stamp())
    }

    fn wrap(layer: Layer) {
        with(|stall, _| stall.wrap(layer.into()));
    }

    fn unwrap() -> Option<Layer> {
        with(|stall, _| stall.unwrap()).map(Layer::from)
    }
}

/// Enums and records that are the same on both sides.
macro_rules! same {
    (enum $name:ident: $($case:ident),*) => {
        impl From<$name> for state::$name {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$case => Self::$case,)*
                }
            }
        }

        impl From<state::$name> for $name {
            fn from(value: state::$name) -> Self {
                match value {
                    $(state::$name::$case => Self::$case,)*
                }
            }
        }
    };
    ($from:ty => $to:ty: $($field:ident),*) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                Self { $($field: value.$field.into(),)* }
            }
        }
    };
}

same!(enum Trade: Open, Busy, Closed);
same!(enum Layer: Paper, Carton, Crate);
same!(Size => state::Size: width, height);
same!(state::Size => Size: width, height);
same!(Terms => state::Terms: trade, rate, cooler, gift, until);
same!(state::Terms => Terms: trade, rate, cooler, gift, until);
same!(state::Details => Details: sign, size, terms, total, since);
same!(state::Goods => Goods: id, name, price);
same!(state::Receipt => Receipt: id, amount, total);
