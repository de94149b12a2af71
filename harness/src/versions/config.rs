//! The config file: what changes on purpose, so that nobody has to switch a check off, and what the world answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::component::{Cache, Runtime, SnapshotNames};
use crate::error::{Error, ErrorKind};
use crate::files::read_text;
use crate::host::limits::Limits;
use crate::host::{HttpAnswer, RpcAnswer, RpcReply, WorldSettings};

/// The largest file that is read as a config: people write them.
pub(crate) const MAX_FILE: u64 = 16 << 20;

/// A parsed config file. Every key is optional, unknown keys are errors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Old functions whose observations another new function must repeat.
    pub same: Vec<Same>,
    /// Observations that differ on purpose.
    pub differs: Vec<Differs>,
    /// Functions that no history calls.
    pub ignore: Vec<String>,
    /// How often a function is called compared with others; 1 where nothing is said, 0 is never.
    pub weights: BTreeMap<String, u32>,
    /// The limits of every worker.
    pub limits: LimitsConfig,
    /// Environment variables of every worker.
    pub environment: BTreeMap<String, String>,
    /// Answers to outgoing HTTP requests, the first that matches; 200 and an empty body where none does.
    pub http: Vec<HttpConfig>,
    /// Answers to calls of other agents, the first that matches; where none does, one is made of what is known of the method.
    pub rpc: Vec<RpcConfig>,
    /// What happens at the call of an import that nobody answers.
    pub unknown_imports: UnknownImports,
    /// Host functions (`namespace:package/interface.function`) that only read, so that load may call them.
    pub reads: BTreeSet<String>,
    /// What becomes of a worker's files in an update.
    pub files: FilesConfig,
    /// Other names of save and load.
    pub snapshot: SnapshotConfig,
    /// Bytes of memory that all workers may have together; half of the machine's where nothing is said. No key of the file.
    #[serde(skip)]
    pub memory: Option<usize>,
    /// Where compiled components are kept. No key of the file.
    #[serde(skip)]
    pub cache: Cache,
}

/// An old function and the new function that must observe the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Same {
    /// Function of the old version.
    pub old: String,
    /// Function of the new version, of the same type.
    pub new: String,
}

/// A function whose observations may differ after the update.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differs {
    /// The function, by the old version's name.
    pub function: String,
    /// The part of its result that may differ, as reports show it (`.lines[0].quantity`; `[]` stands for any index);
    /// the whole result where this is missing.
    pub field: Option<String>,
    /// Why; shown in the report.
    pub reason: String,
}

/// `[limits]`, see [`Limits`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LimitsConfig {
    /// Fuel of a call.
    pub fuel: Option<u64>,
    /// Fuel on top for each byte of the snapshot.
    pub fuel_per_byte: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<usize>,
    /// Bytes of stack.
    pub stack: Option<usize>,
    /// Bytes that one call may hand to the host.
    pub transfer: Option<usize>,
}

/// One `[[http]]` answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpConfig {
    /// The request's method; any where this is missing.
    pub method: Option<String>,
    /// How the request's URL starts.
    #[serde(default)]
    pub url_prefix: String,
    /// Status code of the answer.
    #[serde(default = "ok")]
    pub status: u16,
    /// Headers of the answer.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body of the answer.
    #[serde(default)]
    pub body: String,
}

/// One `[[rpc]]` answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RpcConfig {
    /// Type of the agent that is called; any where this is missing.
    pub agent: Option<String>,
    /// The method that is called; any where this is missing.
    pub method: Option<String>,
    /// What it returns, in WAVE or JSON.
    pub result: Option<String>,
    /// The message with which the call fails, instead of a result.
    pub error: Option<String>,
}

impl RpcConfig {
    fn answer(&self) -> Result<RpcAnswer> {
        let reply = match (&self.result, &self.error) {
            (Some(result), None) => RpcReply::Returns(result.clone()),
            (None, Some(error)) => RpcReply::Fails(error.clone()),
            _ => bail!("an answer in rpc needs either `result` or `error`"),
        };
        Ok(RpcAnswer {
            agent: self.agent.clone(),
            method: self.method.clone(),
            reply,
        })
    }
}

fn ok() -> u16 {
    200
}

/// `unknown-imports`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownImports {
    /// Calling one ends the operation as *unsupported host call*.
    #[default]
    Trap,
    /// It answers with a value made from its WIT type.
    Synthesize,
}

/// `files`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilesConfig {
    /// The next version starts without any, as on Golem 1.5.
    #[default]
    Empty,
    /// The next version has them, as with Golem 1.6's snapshots of the file system.
    Carried,
}

/// `[snapshot]`, see [`SnapshotNames`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotConfig {
    /// Name of save.
    pub save: Option<String>,
    /// Name of load.
    pub load: Option<String>,
}

impl Config {
    /// Reads a config file.
    ///
    /// # Errors
    /// It cannot be read, is no TOML, or has an unknown key.
    pub fn read(path: &Path) -> Result<Self, Error> {
        ErrorKind::Config.of(|| {
            let text = read_text(path, MAX_FILE)
                .with_context(|| format!("cannot read the config file {}", path.display()))?;
            Self::parse(&text).with_context(|| format!("in the config file {}", path.display()))
        })
    }

    /// Parses the text of a config file.
    ///
    /// # Errors
    /// It is no TOML, has an unknown key, or a value that cannot be.
    pub fn parse(text: &str) -> Result<Self, Error> {
        ErrorKind::Config.of(|| {
            let config: Self = toml::from_str(text)?;
            if let Some(stack) = config.limits.stack {
                ensure!(
                    (1..=Limits::MAX_STACK).contains(&stack),
                    "limits.stack is {stack}, but must be from 1 to {}",
                    Limits::MAX_STACK
                );
            }
            for name in config.environment.keys() {
                ensure!(
                    !name.is_empty() && !name.contains(['=', '\0']),
                    "environment has the name {name:?}, but a variable's name is neither empty nor has `=` or NUL in it"
                );
            }
            for rpc in &config.rpc {
                rpc.answer()?;
            }
            for HttpConfig { status, .. } in &config.http {
                ensure!(
                    (100..=599).contains(status),
                    "http.status is {status}, which is no HTTP status (100 to 599)"
                );
            }
            Ok(config)
        })
    }

    /// What components are opened with.
    ///
    /// # Errors
    /// As [`Runtime::new`].
    pub fn runtime(&self) -> Result<Runtime, Error> {
        let runtime = Runtime::new(self.limits(), self.world(), self.snapshot_names())?;
        let runtime = runtime.with_cache(self.cache.clone());
        Ok(match self.memory {
            Some(bytes) => runtime.with_memory(bytes),
            None => runtime,
        })
    }

    /// The limits, with the defaults where nothing is said.
    pub fn limits(&self) -> Limits {
        let LimitsConfig {
            fuel,
            fuel_per_byte,
            memory,
            stack,
            transfer,
        } = self.limits;
        Limits {
            fuel: fuel.unwrap_or(Limits::FUEL),
            fuel_per_byte: fuel_per_byte.unwrap_or(Limits::FUEL_PER_BYTE),
            memory: memory.unwrap_or(Limits::MEMORY),
            stack: stack.unwrap_or(Limits::STACK),
            transfer: transfer.unwrap_or(Limits::TRANSFER),
        }
    }

    /// What the world answers.
    pub fn world(&self) -> WorldSettings {
        WorldSettings {
            environment: self.environment.clone().into_iter().collect(),
            http: self
                .http
                .iter()
                .map(|answer| HttpAnswer {
                    method: answer.method.clone(),
                    url_prefix: answer.url_prefix.clone(),
                    status: answer.status,
                    headers: answer.headers.clone().into_iter().collect(),
                    body: answer.body.clone().into_bytes(),
                })
                .collect(),
            // Those that are none were refused when the file was read.
            rpc: self.rpc.iter().flat_map(RpcConfig::answer).collect(),
            synthesize_unknown: self.unknown_imports == UnknownImports::Synthesize,
            reads: self.reads.clone(),
            files_are_carried: self.files == FilesConfig::Carried,
        }
    }

    /// The names of save and load.
    pub fn snapshot_names(&self) -> SnapshotNames {
        let default = SnapshotNames::default();
        SnapshotNames {
            save: self.snapshot.save.clone().unwrap_or(default.save),
            load: self.snapshot.load.clone().unwrap_or(default.load),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named() {
        let error = Config::parse("ignor = [\"clear\"]").unwrap_err();
        assert!(error.to_string().contains("ignor"), "{error}");
    }

    #[test]
    fn an_answer_of_another_agent_is_a_result_or_an_error() {
        for rpc in ["", "result = '7'\nerror = 'on fire'"] {
            let error = Config::parse(&format!("[[rpc]]\n{rpc}")).unwrap_err();
            assert!(error.to_string().contains("rpc"), "{error}");
        }
    }

    #[test]
    fn every_key_is_read() {
        let config = Config::parse(
            r#"
            ignore = ["clear"]
            unknown-imports = "synthesize"
            reads = ["shop:stock/levels.level"]
            weights = { checkout = 3 }
            files = "carried"
            same = [{ old = "total", new = "sum" }]
            differs = [{ function = "version", reason = "it says which version runs" }]
            [limits]
            fuel = 7
            [environment]
            SHOP = "1"
            [snapshot]
            save = "my:api/state.export"
            [[http]]
            url-prefix = "https://example.com/"
            status = 503
            [[rpc]]
            agent = "ShopAgent"
            method = "price"
            result = "7"
            "#,
        )
        .unwrap();
        let reply = RpcReply::Returns("7".to_owned());
        assert_eq!(config.world().rpc[0].reply, reply);
        assert_eq!(config.limits().fuel, 7);
        assert_eq!(config.limits().memory, Limits::MEMORY);
        assert_eq!(config.snapshot_names().save, "my:api/state.export");
        assert_eq!(config.world().http[0].status, 503);
        assert!(config.world().synthesize_unknown);
        assert!(config.world().files_are_carried);
    }
}
