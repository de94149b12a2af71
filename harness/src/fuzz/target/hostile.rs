//! A component with changed bytes, or one that is made of bytes, through all that this crate does with one: it is opened, described,
//! rewritten, checked with two cases, and its load is fed. Nothing of that may panic, and the rewritten component must answer as the
//! component itself does.

use proptest::test_runner::TestCaseError;

use super::Target;
use crate::component::{self, Component, Runtime};
use crate::error::Error;
use crate::fuzz::executor::{Answer, Executor};
use crate::fuzz::substitution::Substitution;
use crate::search::check::check;
use crate::search::options::Options;
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::worker::Worker;
use crate::worker::snapshot::Snapshot;
use handover_instrument::{Probes, Rewrite};

/// Seed of the world that every worker lives in.
const SEED: u64 = 0;
/// Bytes of an input that stand for one change: two for the kind, three for the place, and one for the byte.
const CHANGE: usize = 6;
/// Load is fed with what an input begins with: nothing, a third, two thirds, all of it.
const PIECES: usize = 3;
/// More changes leave hardly anything that is valid.
const MOST_CHANGES: usize = 8;

/// A config with limits that stop a component in milliseconds.
pub const SMALL: &str =
    "[limits]\nfuel = 1000000\nfuel-per-byte = 100\nmemory = 8388608\ntransfer = 4194304\n";

/// What is rewritten in place of a component.
type Hook = dyn Fn(&[u8]) -> Vec<u8>;
/// A component that bytes stand for, if they do.
type Generate = dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// The target `hostile`. The first byte of an input chooses one of the components, which the other bytes
/// change, or that a component is made of these.
pub struct Hostile {
    originals: Vec<Vec<u8>>,
    generate: Option<Box<Generate>>,
    runtime: Runtime,
    config: Config,
    hook: Option<Box<Hook>>,
}

impl Hostile {
    /// Changes these components, `.wasm` files or `embedded:NAME`. What they may use is the config's to say.
    ///
    /// # Errors
    /// One of them cannot be read, or the config cannot be used.
    pub fn open(paths: &[&str], config: Config) -> Result<Self, Error> {
        let originals = paths.iter().map(|path| component::read(path));
        Self::new(originals.collect::<Result<_, _>>()?, config)
    }

    /// Changes these components.
    ///
    /// # Errors
    /// The config cannot be used.
    pub fn new(originals: Vec<Vec<u8>>, config: Config) -> Result<Self, Error> {
        Ok(Self {
            originals,
            generate: None,
            runtime: config.runtime()?,
            config,
            hook: None,
        })
    }

    /// Makes components of bytes, too: as many of them as there are changes of one component.
    #[must_use]
    pub fn generating(mut self, generate: impl Fn(&[u8]) -> Option<Vec<u8>> + 'static) -> Self {
        self.generate = Some(Box::new(generate));
        self
    }

    /// Rewrites what `hook` makes of a component in its place: a rewriter that changes what it rewrites must be noticed.
    #[must_use]
    pub fn rewriting(mut self, hook: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    fn component(&self, input: &[u8]) -> Option<Vec<u8>> {
        let (which, changes) = input.split_first()?;
        let ways = self.originals.len() + usize::from(self.generate.is_some());
        let which = usize::from(*which).checked_rem(ways)?;
        let Some(original) = self.originals.get(which) else {
            return self.generate.as_ref()?(changes);
        };
        let mut bytes = original.clone();
        for change in changes.chunks_exact(CHANGE).take(MOST_CHANGES) {
            apply(&mut bytes, change);
        }
        Some(bytes)
    }

    /// The components that record and that can be put back, each beside the answers of the one itself.
    fn compare(&self, exact: &Component, bytes: &[u8], input: &[u8]) -> Result<(), TestCaseError> {
        let Some(mut executor) = Executor::new(exact, SEED) else {
            return Ok(());
        };
        let saved = exact.save().and_then(|save| {
            let mut worker = Worker::start(exact, SEED).ok()?;
            worker.save(save, 0).ok()
        });
        let pieces = (0..=PIECES).map(|it| Snapshot::octets(&input[..input.len() * it / PIECES]));
        let loads: Vec<Snapshot> = saved.into_iter().chain(pieces).collect();
        let expected: Vec<Answer> = loads.iter().map(|it| executor.run_long(it).0).collect();
        let rewritten = self.hook.as_ref().map(|hook| hook(bytes));
        let rewritten = rewritten.as_deref().unwrap_or(bytes);
        for probes in [Probes::Edges, Probes::Comparisons] {
            let rewrite = Rewrite {
                probes,
                reset: true,
            };
            let probed = self.runtime.open_probed("rewritten", rewritten, rewrite);
            let probed = probed.map_err(|error| {
                TestCaseError::fail(format!("it cannot be opened to be rewritten: {error:#}"))
            })?;
            let Some(mut executor) = Executor::new(&probed.component, SEED) else {
                return Err(TestCaseError::fail("the rewritten component has no load"));
            };
            for (load, expected) in loads.iter().zip(&expected) {
                let (answer, _) = executor.run_long(load);
                // What is added needs fuel and stack of its own.
                if !uses_limits_up(expected) && !uses_limits_up(&answer) && answer != *expected {
                    return Err(TestCaseError::fail(format!(
                        "rewritten with {probes:?}, load({load}) answers {answer:?} in place of {expected:?}"
                    )));
                }
            }
        }
        Ok(())
    }
}

impl Target for Hostile {
    fn run(&mut self, input: &[u8]) -> Result<(), TestCaseError> {
        let reject = |error: Error| TestCaseError::reject(format!("{error:#}"));
        let Some(bytes) = self.component(input) else {
            return Err(TestCaseError::reject("the bytes stand for no component"));
        };
        let opened = self.runtime.open_bytes("hostile", &bytes).map_err(reject)?;
        self.compare(&opened, &bytes, input)?;
        let pair = Chain::new(vec![opened.clone(), opened], &self.config).map_err(reject)?;
        let options = Options {
            cases: 2,
            operations: 8,
            seed: SEED,
            ..Options::default()
        };
        check(&pair, &options, &()).map_err(reject)?;
        Ok(())
    }

    fn counters(&self) -> &[u8] {
        &[]
    }

    fn substitutions(&mut self, _input: &[u8]) -> Vec<Substitution> {
        Vec::new()
    }
}

/// Makes one change: a byte is replaced, added to, inserted or left out, or a piece is left out, repeated or moved.
fn apply(bytes: &mut Vec<u8>, change: &[u8]) {
    let &[kind, size, a, b, c, byte] = change else {
        return;
    };
    let place = usize::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]);
    let Some(at) = place.checked_rem(bytes.len()) else {
        return;
    };
    let end = at.saturating_add(usize::from(size)).min(bytes.len());
    // Most often one that leaves the length of each section as it says.
    match kind % 16 {
        0 => bytes.insert(at, byte),
        1 => {
            bytes.remove(at);
        }
        2 => {
            bytes.drain(at..end);
        }
        3 => bytes.extend_from_within(at..end),
        4 => bytes[at..end].reverse(),
        5 => bytes.truncate(at),
        6..=10 => bytes[at] = bytes[at].wrapping_add(byte % 8),
        _ => bytes[at] = byte,
    }
}

fn uses_limits_up(answer: &Answer) -> bool {
    use crate::worker::observation::FailureKind::{OutOfFuel, OutOfMemory, StackExhausted};
    match answer {
        Answer::Failed(failure) => {
            matches!(failure.kind, OutOfFuel | OutOfMemory | StackExhausted)
        }
        Answer::Accepted | Answer::Refused => false,
    }
}
