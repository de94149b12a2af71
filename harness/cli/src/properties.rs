//! Properties as people name them on the command line.

use anyhow::{Result, bail};

use handover::properties::{self, Property};

/// Two names are as alike as this (Jaro and Winkler, 0 to 1) where one is likely to be meant for the other.
const ALIKE: f64 = 0.8;

/// The property of this name.
///
/// # Errors
/// There is none: which are there, or which one is likely to be meant.
pub fn named(id: &str) -> Result<&'static Property> {
    if let Some(property) = properties::named(id) {
        return Ok(property);
    }
    let likeness = |property: &&Property| strsim::jaro_winkler(id, property.id);
    let by_likeness = |one: &&'static Property, other: &&'static Property| {
        likeness(one).total_cmp(&likeness(other))
    };
    match properties::ALL.into_iter().max_by(by_likeness) {
        Some(likeliest) if likeness(&likeliest) >= ALIKE => bail!("did you mean {}?", likeliest.id),
        _ => {
            let known: Vec<&str> = properties::ALL.iter().map(|property| property.id).collect();
            bail!("there are {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_with_the_name_that_is_meant() {
        for (slip, meant) in [
            ("load-is-totl", "load-is-total"),
            ("acepts-saved", "accepts-saved"),
            ("upgrade_equivalence", "upgrade-equivalence"),
        ] {
            let error = named(slip).expect_err("no property has this name");
            assert_eq!(error.to_string(), format!("did you mean {meant}?"));
        }
    }

    #[test]
    fn what_is_like_no_name_is_answered_with_all_of_them() {
        let error = named("xyz").expect_err("no property has this name");
        assert!(error.to_string().starts_with("there are accepts-saved, "));
    }
}
