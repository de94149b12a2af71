//! Asks a component which agents it has.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};

use super::Worker;
use super::pool::Pool;
use crate::component::Component;
use crate::component::agent::Metadata;
use crate::error::{Error, ErrorKind};
use crate::worker::observation::Observation;

/// What the component says about its agents; none if it has none.
///
/// # Errors
/// It does not start, or does not tell.
pub fn discover(component: &Component) -> Result<Option<Arc<Metadata>>, Error> {
    ErrorKind::Component.of(|| {
        let Some(guest) = component.guest() else {
            return Ok(None);
        };
        let pool = Pool::of(std::slice::from_ref(component));
        let told = || {
            let mut worker = Worker::start_at(pool.origin(0), 0)
                .map_err(|failure| anyhow!("it does not start: {failure}"))?;
            let started = worker.fuel_spent();
            let told = worker.invoke(&guest.discover, &[], 0);
            component.has_told(worker.fuel_spent().saturating_sub(started));
            match told {
                Observation::Returned(Some(returned)) => {
                    Metadata::read(guest.dialect, &returned).map_err(|sentence| anyhow!(sentence))
                }
                Observation::Returned(None) => Err(anyhow!("it returns nothing")),
                Observation::Failed(failure) => match failure.last_words.as_slice() {
                    [] => Err(anyhow!("{failure}")),
                    words => Err(anyhow!("{failure}; it said: {}", words.join("; "))),
                },
            }
        };
        let metadata = told().with_context(|| {
            format!(
                "{} does not tell which agents it has (`discover-agent-types`)",
                component.label()
            )
        })?;
        Ok(Some(Arc::new(metadata)))
    })
}
