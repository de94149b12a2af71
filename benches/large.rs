//! Guests with much to hand over, or that take much.

/// A guest, and what is done with it.
pub struct Large {
    /// What is large about it.
    pub name: &'static str,
    /// Makes it, with something that is so many bytes large.
    pub make: fn(usize) -> Vec<u8>,
    /// The sizes in bytes, ascending; the first is as good as none.
    pub sizes: [usize; 3],
    /// The arguments of commands, without the component's path, which stands for each `GUEST`.
    pub commands: &'static [&'static str],
}

const CHECK: &str = "check GUEST GUEST --cases 16";
const FUZZ: &str = "fuzz GUEST --runs 200";
const SMALL: usize = 1024;
const MIB: usize = 1 << 20;

/// All of them.
pub const ALL: [Large; 5] = [
    Large {
        name: "a snapshot of letters",
        make: |size| Bulk::of(size).saved(size).wasm(),
        sizes: [SMALL, 10 * MIB, 100 * MIB],
        commands: &[CHECK, FUZZ],
    },
    Large {
        name: "a snapshot in JSON, a list of digits",
        make: |size| Bulk::of(size).saved(size).filled(DIGITS).wasm(),
        sizes: [SMALL, MIB, 10 * MIB],
        commands: &[CHECK, FUZZ],
    },
    Large {
        name: "a text that an operation returns",
        make: |size| Bulk::of(size).returned(size).wasm(),
        sizes: [SMALL, 10 * MIB, 60 * MIB],
        commands: &[CHECK],
    },
    Large {
        name: "a load that takes memory and touches it",
        make: |size| Bulk::of(SMALL).touching(size).wasm(),
        sizes: [SMALL, 64 * MIB, 460 * MIB],
        commands: &[CHECK, FUZZ],
    },
    Large {
        name: "a parameter with a number for each four bytes",
        make: wide,
        sizes: [SMALL, MIB / 16, MIB],
        commands: &["check GUEST GUEST --cases 4 --mode automatic"],
    },
];

/// A guest whose memory is full from the second page on.
struct Bulk {
    size: usize,
    fill: &'static str,
    saved: usize,
    returned: usize,
    touched: usize,
}

/// Letters.
const LETTERS: &str = "(memory.fill (i32.const 65536) (i32.const 97) (global.get $size))";
/// `[1,1,1,…]`, with a space before its end if there is no other way.
const DIGITS: &str = "
    (local $at i32)
    (loop $pairs
      (i32.store16 (i32.add (i32.const 65535) (local.get $at)) (i32.const 0x312c))
      (br_if $pairs (i32.lt_u
        (local.tee $at (i32.add (local.get $at) (i32.const 2)))
        (i32.sub (global.get $size) (i32.const 1)))))
    (i32.store16 (i32.add (i32.const 65534) (global.get $size)) (i32.const 0x5d20))
    (i32.store8 (i32.const 65536) (i32.const 0x5b))
    (i32.store8 (i32.const 65537) (i32.const 0x31))";

impl Bulk {
    fn of(size: usize) -> Self {
        Self {
            size,
            fill: LETTERS,
            saved: 4,
            returned: 4,
            touched: 0,
        }
    }

    fn filled(self, fill: &'static str) -> Self {
        Self { fill, ..self }
    }

    /// Save returns so many bytes.
    fn saved(self, saved: usize) -> Self {
        Self { saved, ..self }
    }

    /// The operation returns so many.
    fn returned(self, returned: usize) -> Self {
        Self { returned, ..self }
    }

    /// Load takes so many more, and writes to each page of them.
    fn touching(self, touched: usize) -> Self {
        Self { touched, ..self }
    }

    fn wasm(&self) -> Vec<u8> {
        let pages = |bytes: usize| bytes.div_ceil(1 << 16);
        let text = WAT
            .replace("{pages}", &(2 + pages(self.size)).to_string())
            .replace("{size}", &self.size.to_string())
            .replace("{saved}", &self.saved.to_string())
            .replace("{returned}", &self.returned.to_string())
            .replace("{touched}", &pages(self.touched).to_string())
            .replace("{fill}", self.fill);
        wat::parse_str(text).expect("the guest is a component")
    }
}

/// What load is given lies behind all that the guest has, again and again.
const WAT: &str = r#"(component
    (core module $guest
      (memory (export "memory") {pages})
      (global $size i32 (i32.const {size}))
      (global $given (mut i32) (i32.const 0))
      (func $fill {fill})
      (start $fill)
      (func $page (result i32)
        (i32.shl (memory.size) (i32.const 16)))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $missing i32)
        (if (i32.eqz (global.get $given)) (then (global.set $given (call $page))))
        (local.set $missing (i32.sub
          (i32.shr_u (i32.add (i32.add (global.get $given) (local.get 3)) (i32.const 65535)) (i32.const 16))
          (memory.size)))
        (if (i32.gt_s (local.get $missing) (i32.const 0))
          (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then (unreachable)))))
        (global.get $given))
      (func $answer (param $length i32) (result i32)
        (i32.store (i32.const 8) (i32.const 65536))
        (i32.store (i32.const 12) (local.get $length))
        (i32.const 8))
      (func (export "save") (result i32) (call $answer (i32.const {saved})))
      (func (export "all") (result i32) (call $answer (i32.const {returned})))
      (func (export "load") (param i32 i32) (result i32)
        (local $at i32)
        (local.set $at (call $page))
        (if (i32.ne (memory.grow (i32.const {touched})) (i32.const -1)) (then
          (loop $touch
            (if (i32.lt_u (local.get $at) (call $page)) (then
              (i32.store8 (local.get $at) (i32.const 1))
              (local.set $at (i32.add (local.get $at) (i32.const 4096)))
              (br $touch))))))
        (i32.store8 (i32.const 16) (i32.const 0))
        (i32.const 16)))
    (core instance $guest (instantiate $guest))
    (alias core export $guest "memory" (core memory $memory))
    (alias core export $guest "realloc" (core func $realloc))
    (func $save (result (list u8)) (canon lift (core func $guest "save") (memory $memory)))
    (func $load (param "bytes" (list u8)) (result (result (error string)))
      (canon lift (core func $guest "load") (memory $memory) (realloc $realloc)))
    (func $all (result string) (canon lift (core func $guest "all") (memory $memory)))
    (instance $saves (export "save" (func $save)))
    (instance $loads (export "load" (func $load)))
    (export "golem:api/save-snapshot@1.1.0" (instance $saves))
    (export "golem:api/load-snapshot@1.1.0" (instance $loads))
    (export "all" (func $all)))"#;

/// One operation, whose parameter is tuples of tuples; so many bytes of numbers in all, about.
fn wide(size: usize) -> Vec<u8> {
    const EACH: usize = 16;
    let mut types = format!("(type $t0 (tuple{}))\n", " u32".repeat(EACH));
    let (mut depth, mut leaves) = (0, EACH);
    while leaves * EACH <= size / 4 {
        let inner = format!(" $t{depth}").repeat(EACH);
        (depth, leaves) = (depth + 1, leaves * EACH);
        types += &format!("(type $t{depth} (tuple{inner}))\n");
    }
    let text = format!(
        r#"(component
        (core module $guest
          (memory (export "memory") 2)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (drop (memory.grow (i32.shr_u (i32.add (local.get 3) (i32.const 65535)) (i32.const 16))))
            (i32.const 65536))
          (func (export "take") (param i32) (result i32) (i32.load (local.get 0))))
        (core instance $guest (instantiate $guest))
        (alias core export $guest "memory" (core memory $memory))
        (alias core export $guest "realloc" (core func $realloc))
        {types}
        (func $take (param "all" $t{depth}) (result u32)
          (canon lift (core func $guest "take") (memory $memory) (realloc $realloc)))
        (export "take" (func $take)))"#
    );
    wat::parse_str(text).expect("the guest is a component")
}
