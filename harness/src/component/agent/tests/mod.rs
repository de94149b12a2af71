//! Agents that say everything that can be said, and lie in every way: types are written down as a component would, and read
//! again.

mod codec;
mod generated;
mod guest;
mod ids;
mod lies;
mod metadata;
mod principal;
mod written;
