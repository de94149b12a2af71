//! What the benchmarks share: components and snapshots of a wanted size, the ways that are compared, and how their ratios
//! are shown.

pub mod carts;
pub mod child;
pub mod copier;
pub mod interpreted;
pub mod large;
pub mod naive;
pub mod ratios;
pub mod shares;
