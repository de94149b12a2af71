//! The state of the workers in production survives the update to this version.

use std::path::Path;

use handover::judging::verdict::Status;
use handover::{Check, Config, Error};

/// The component that runs in production.
const OLD: &str = "embedded:cart-v1";
/// The component that this package builds.
const NEW: &str = "embedded:cart-v2";
/// What changes on purpose.
const CONFIG: &str = "src/init/files/handover.toml";
/// Cases of each property: more find more, and take longer.
const CASES: usize = 2;

#[test]
fn the_state_survives_the_update() -> Result<(), Error> {
    let config = Config::read(Path::new(CONFIG))?;
    let check = Check::new([OLD, NEW]).config(config).config_file(CONFIG);
    let checked = check.cases(CASES).run()?;
    assert_eq!(checked.verdict(), Status::Pass, "{checked}");
    Ok(())
}
