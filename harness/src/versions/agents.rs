//! Which agents the versions have in common: each is checked by itself.

use std::sync::Arc;

use anyhow::{Result, bail};

use crate::component::Component;
use crate::component::agent::{Metadata, common};
use crate::error::Error;
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::worker::agents::discover;

/// The versions of each agent type that all components have.
#[derive(Debug)]
pub struct Chains {
    /// One chain for each agent type, by name; of ordinary components, the one chain that there is.
    pub chains: Vec<Chain>,
    /// Agent types that cannot be checked, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// One chain for each agent type that all components have; `only` names the one that is wanted.
pub(super) fn each(
    versions: Vec<Component>,
    only: Option<&str>,
    config: &Config,
) -> Result<Chains> {
    let metadata = versions
        .iter()
        .map(discover)
        .collect::<Result<Vec<_>, Error>>()?;
    let known: Option<Vec<Arc<Metadata>>> = metadata.iter().cloned().collect();
    let Some(metadata) = known else {
        if let Some(number) = metadata.iter().position(Option::is_some)
            && let Some(other) = metadata.iter().position(Option::is_none)
        {
            bail!(
                "{} has agents and {} has none, so that no worker of the one can be updated to the other",
                versions[number].label(),
                versions[other].label()
            );
        }
        if let Some(name) = only {
            bail!("the components have no agents, and so none that is called {name:?}");
        }
        return Ok(Chains {
            chains: vec![Chain::new(versions, config)?],
            left_out: Vec::new(),
        });
    };
    let (mut names, mut left_out) = common(&metadata);
    if let Some(wanted) = only {
        if !names.iter().any(|name| name == wanted) {
            let reason = left_out.iter().find(|(name, _)| name == wanted);
            match reason {
                Some((name, reason)) => bail!("the agent {name} cannot be checked: {reason}"),
                None => bail!(
                    "there is no agent {wanted:?}; there are {}",
                    names.join(", ")
                ),
            }
        }
        names.retain(|name| name == wanted);
        left_out.clear();
    }
    if names.is_empty() {
        let reasons = left_out.iter();
        let reasons = reasons.map(|(name, reason)| format!("{name}: {reason}"));
        bail!(
            "the versions have no agent in common that can be checked ({})",
            reasons.collect::<Vec<_>>().join("; ")
        );
    }
    let chain = |name: &String| {
        let versions = versions.iter().zip(&metadata);
        let agents = versions.filter_map(|(component, it)| component.as_agent(it, name));
        Chain::new(agents.collect(), config)
    };
    Ok(Chains {
        chains: names.iter().map(chain).collect::<Result<_, Error>>()?,
        left_out,
    })
}
