//! What the host does for a service.

/// The clock and the random numbers.
pub trait World {
    /// Milliseconds since 1970.
    fn now(&self) -> u64;
    /// A random number.
    fn random(&self) -> u64;
}
