//! What the agents of the same component answer when one of them is called from another: a value of the result that the method
//! declares.

use std::sync::Arc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::metadata::Metadata;
use crate::host::RemoteMethods;
use crate::value::{Val, parse, strategy};

/// The methods of a component's agents, as another agent sees them.
#[derive(Debug)]
pub(super) struct Remote(pub(super) Arc<Metadata>);

impl RemoteMethods for Remote {
    fn result(
        &self,
        agent_type: &str,
        method: &str,
        written: Option<&str>,
        seed: u64,
    ) -> Result<Option<Val>, String> {
        let agent = self.0.agent(agent_type);
        let agent = agent.ok_or_else(|| format!("the component has no agent {agent_type}"))?;
        let known = agent.methods.iter().find(|it| it.name == method);
        let known = known.ok_or_else(|| format!("{agent_type} has no method {method}"))?;
        let Some(ty) = &known.result else {
            return Ok(None);
        };
        let value = match written {
            Some(text) => parse(text, ty).map_err(|error| format!("{error:#}"))?,
            None => {
                let values = strategy::values(ty);
                let values = values.ok_or_else(|| format!("no {ty:#} can be made"))?;
                let tree = values.new_tree(&mut runner(seed));
                tree.map_err(|reason| reason.to_string())?.current()
            }
        };
        Ok(match agent.dialect.output(Some(ty), Some(&value))? {
            Val::Option(Some(tree)) => Some(*tree),
            wire => Some(wire),
        })
    }
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config::default(), rng)
}
