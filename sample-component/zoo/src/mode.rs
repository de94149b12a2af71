//! Which slip, or which suspicious change, a service was asked for.

/// The environment variable that names the mode.
pub const VARIABLE: &str = "MODE";

/// The enum `Mode` of one domain.
macro_rules! modes {
    ($($variant:ident = $name:literal,)*) => {
        /// One fault, or one suspicious change. `sample_component::faults` says what each is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mode {
            /// Nothing of the kind.
            Sound,
            $(#[doc = $name] $variant,)*
        }

        impl Mode {
            /// The names of all modes but the sound one.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The mode of this name.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
