//! Which agents the versions have in common: each is checked by itself.

use std::sync::Arc;

use anyhow::{Result, bail};

use crate::component::Component;
use crate::component::agent::{Metadata, Snapshotting, common};
use crate::error::Error;
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::worker::Worker;
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
    let chain = |name: &String| {
        let versions = versions.iter().zip(&metadata);
        let agents = versions.filter_map(|(component, it)| component.as_agent(it, name));
        Chain::new(agents.collect(), config)
    };
    let mut chains = Vec::with_capacity(names.len());
    for name in names {
        let chain = chain(&name)?;
        match has_no_snapshots(&chain) {
            Some(reason) => left_out.push((name, reason)),
            None => chains.push(chain),
        }
    }
    if chains.is_empty() {
        if left_out.is_empty() {
            bail!(
                "the components say of themselves that they have no agent at all; a TypeScript bundle must not bring a second copy of the SDK"
            );
        }
        let reasons = left_out.iter();
        let reasons = reasons.map(|(name, reason)| format!("{name}: {reason}"));
        bail!(
            "the versions have no agent in common that can be checked ({})",
            reasons.collect::<Vec<_>>().join("; ")
        );
    }
    Ok(Chains { chains, left_out })
}

/// Why no worker of the first version can be updated, and none is meant to be: its author disabled snapshots, which is what SDKs do
/// where nobody says anything, and save does not work. With a save written by hand, an update by hand does.
fn has_no_snapshots(chain: &Chain) -> Option<String> {
    let old = chain.old();
    let agent = old.agent()?;
    if agent.ty().snapshotting != Snapshotting::Disabled {
        return None;
    }
    let save = old.save()?;
    let founding = chain.default_founding()?;
    let failure = chain.on_its_threads(|| {
        let origin = chain.pooled_workers(chain.whole().from());
        let mut worker = Worker::start_at(origin, 0).ok()?;
        let made = worker.invoke(agent.constructor(), founding, 0);
        match made.failure() {
            Some(_) => None,
            None => worker.save(save, 1).err(),
        }
    })?;
    Some(format!(
        "its snapshotting is disabled, so that it has no state that an update could take along (save fails: {failure})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sample_component::agents::{GOLEM_1_6, file};

    /// The agent of the shop with this name, in both versions, as if its author had disabled snapshots.
    fn disabled(name: &str) -> Chain {
        let config = Config::default();
        let runtime = config.runtime().expect("an engine").without_reuse();
        let versions = ["shop-v1", "shop-v2"].map(|version| {
            let path = file(GOLEM_1_6, version).display().to_string();
            let component = runtime.open(&path).expect("it opens");
            let metadata = discover(&component).expect("it tells").expect("agents");
            let mut metadata = (*metadata).clone();
            for agent in &mut metadata.agents {
                agent.snapshotting = Snapshotting::Disabled;
            }
            component.as_agent(&Arc::new(metadata), name).expect(name)
        });
        Chain::new(versions.to_vec(), &config).expect("a chain")
    }

    #[test]
    fn an_agent_without_snapshots_is_left_out_and_one_with_a_save_of_its_own_is_not() {
        assert_eq!(has_no_snapshots(&disabled("CartAgent")), None);
        let reason = has_no_snapshots(&disabled("AdviceAgent")).expect("a reason");
        assert!(reason.contains("snapshotting is disabled"), "{reason}");
    }
}
