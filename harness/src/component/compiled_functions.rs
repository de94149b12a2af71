//! Compiled functions, kept one by one: components have most of theirs in common with the next version, above all where a language
//! runtime is inside (12 MB of QuickJS in every agent of TypeScript), and only what is new is compiled.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wasmtime::CacheStore;

use super::cache::{Cache, Key};

/// Bytes of all functions that are kept: those of three components with a language runtime inside, as they are and rewritten.
const LIMIT: usize = 256 << 20;
/// The smallest component, in bytes, whose functions outlive the process. One that is smaller is compiled in a second.
const LASTING: usize = 2 << 20;
/// Under which name they are in the cache.
const NAME: &[u8] = b"the functions of large components";

/// The functions that were compiled.
#[derive(Default)]
pub(super) struct CompiledFunctions(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    functions: HashMap<Vec<u8>, Vec<u8>>,
    bytes: usize,
    /// Which of them a component of this process has: only these are written again.
    used: HashSet<Vec<u8>>,
    was_read: bool,
    is_written: bool,
}

impl CompiledFunctions {
    /// Compiles a component with what earlier processes compiled, and leaves what it compiles to later ones, where it is large.
    /// `settings` are the engine's.
    pub(super) fn lasting<R>(
        &self,
        cache: &Cache,
        settings: u128,
        component: &[u8],
        compile: impl FnOnce() -> R,
    ) -> R {
        if component.len() < LASTING {
            return compile();
        }
        let key = Key::new(settings, NAME);
        self.read(cache, &key);
        let compiled = compile();
        self.write(cache, &key);
        compiled
    }

    fn read(&self, cache: &Cache, key: &Key) {
        let mut kept = self.kept();
        if std::mem::replace(&mut kept.was_read, true) {
            return;
        }
        let bytes = cache.find(key).unwrap_or_default();
        let functions: Vec<(&[u8], &[u8])> = postcard::from_bytes(&bytes).unwrap_or_default();
        for (hash, function) in functions {
            kept.keep(hash, function.to_vec());
        }
        kept.is_written = true;
    }

    fn write(&self, cache: &Cache, key: &Key) {
        let mut kept = self.kept();
        if std::mem::replace(&mut kept.is_written, true) {
            return;
        }
        let mut functions: Vec<_> = kept.functions.iter().collect();
        functions.retain(|(hash, _)| kept.used.contains(*hash));
        if let Ok(bytes) = postcard::to_allocvec(&functions) {
            cache.keep(key, &bytes);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // What is kept is whole after each step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, hash: &[u8], function: Vec<u8>) -> bool {
        let bytes = self.bytes.saturating_add(function.len());
        if bytes > LIMIT {
            return false;
        }
        self.bytes = bytes;
        self.functions.insert(hash.to_vec(), function);
        true
    }
}

impl CacheStore for CompiledFunctions {
    fn get(&self, hash: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut kept = self.kept();
        let function = kept.functions.get(hash)?.clone();
        kept.used.insert(hash.to_vec());
        Some(Cow::Owned(function))
    }

    fn insert(&self, hash: &[u8], function: Vec<u8>) -> bool {
        let mut kept = self.kept();
        kept.used.insert(hash.to_vec());
        kept.is_written = false;
        kept.keep(hash, function)
    }
}

impl fmt::Debug for CompiledFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("CompiledFunctions")
            .field("functions", &kept.functions.len())
            .field("bytes", &kept.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_compiled_of_a_large_component_the_next_one_has() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let large = vec![0; LASTING];
        let first = CompiledFunctions::default();
        first.lasting(&cache, 1, &large, || {
            first.insert(b"hash", b"code".to_vec())
        });
        let second = CompiledFunctions::default();
        let found = second.lasting(&cache, 1, &large, || second.get(b"hash"));
        assert_eq!(found.as_deref(), Some(&b"code"[..]));
        let other = CompiledFunctions::default();
        assert_eq!(
            other.lasting(&cache, 2, &large, || other.get(b"hash")),
            None
        );
        let small = CompiledFunctions::default();
        assert_eq!(small.lasting(&cache, 1, b"", || small.get(b"hash")), None);
    }

    #[test]
    fn only_what_is_used_again_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let large = vec![0; LASTING];
        let after = |used: Option<&[u8]>, new: &[u8]| {
            let functions = CompiledFunctions::default();
            functions.lasting(&cache, 1, &large, || {
                let found = used.map(|it| functions.get(it).is_some());
                functions.insert(new, new.to_vec());
                found
            })
        };
        assert_eq!(after(None, b"a"), None);
        assert_eq!(after(None, b"b"), None);
        assert_eq!(after(Some(b"a"), b"c"), Some(false));
        assert_eq!(after(Some(b"c"), b"d"), Some(true));
        assert_eq!(after(Some(b"c"), b"e"), Some(true));
    }

    #[test]
    fn more_than_the_limit_is_not_kept() {
        let functions = CompiledFunctions::default();
        assert!(!functions.insert(b"large", vec![0; LIMIT + 1]));
        assert!(functions.insert(b"small", vec![0; 1]));
    }
}
