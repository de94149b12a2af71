//! Compiled components that are kept in a folder, so that nothing is compiled twice.
//!
//! wasmtime's own cache (its feature `cache`) would bring a compressor in C and two dozen crates, and hands what it reads to
//! the engine as it is. Here each file ends with a checksum of its name and its contents: what a crash or a disk has
//! mangled is compiled again. No checksum helps against who can write to the folder: machine code is run from it, so one that
//! others can write to is not used.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

/// Bytes that the folder may hold: some thirty builds of components that have a whole language runtime inside.
const LIMIT: u64 = 2 << 30;
/// What a finished file and one that is still written to are named, after 64 hexadecimal digits.
const FINISHED: &str = "compiled";
const UNFINISHED: &str = "part";
/// A file that is unfinished after so long belongs to a process that is gone.
const ABANDONED: Duration = Duration::from_secs(3_600);
/// Bytes of the checksum.
const CHECKSUM: usize = 32;

/// Where compiled components are kept; nowhere by default. All clones are the same cache.
#[derive(Clone, Default)]
pub struct Cache(Option<Arc<Folder>>);

struct Folder {
    path: PathBuf,
    /// Bytes that it may hold.
    limit: u64,
    is_ready: OnceLock<bool>,
    complaint: OnceLock<String>,
}

impl Cache {
    /// In this folder, which is made when it is needed.
    pub fn in_folder(path: impl Into<PathBuf>) -> Self {
        Self::bounded(path.into(), LIMIT)
    }

    /// Why it could not be used, if that happened: the first reason. It costs time, and nothing else.
    pub fn complaint(&self) -> Option<&str> {
        self.0.as_ref()?.complaint.get().map(String::as_str)
    }

    fn bounded(path: PathBuf, limit: u64) -> Self {
        Self(Some(Arc::new(Folder {
            path,
            limit,
            is_ready: OnceLock::new(),
            complaint: OnceLock::new(),
        })))
    }

    /// What was kept under this key, unchanged.
    pub(super) fn find(&self, key: &Key) -> Option<Vec<u8>> {
        let folder = self.ready()?;
        folder.or_complain(folder.find(key)).flatten()
    }

    /// Keeps something under this key.
    pub(super) fn keep(&self, key: &Key, bytes: &[u8]) {
        if let Some(folder) = self.ready() {
            folder.or_complain(folder.keep(key, bytes));
        }
    }

    fn ready(&self) -> Option<&Folder> {
        let folder = self.0.as_ref()?;
        let is_ready = || folder.or_complain(folder.make()).is_some();
        folder.is_ready.get_or_init(is_ready).then_some(folder)
    }
}

impl PartialEq for Cache {
    fn eq(&self, other: &Self) -> bool {
        let path = |cache: &Self| cache.0.as_ref().map(|it| it.path.clone());
        path(self) == path(other)
    }
}

impl Eq for Cache {}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cache")
            .field(&self.0.as_ref().map(|it| &it.path))
            .finish()
    }
}

/// What a compiled component was made of.
pub(super) struct Key(String);

impl Key {
    /// The component's bytes, compiled by an engine with these settings.
    pub(super) fn new(settings: u128, bytes: &[u8]) -> Self {
        let digest = Sha256::new_with_prefix(settings.to_le_bytes());
        Self(crate::files::hex(&digest.chain_update(bytes).finalize()))
    }

    fn file(&self) -> String {
        format!("{}.{FINISHED}", self.0)
    }

    fn checksum(&self, bytes: &[u8]) -> [u8; CHECKSUM] {
        let digest = Sha256::new_with_prefix(&self.0);
        digest.chain_update(bytes).finalize().into()
    }
}

impl Folder {
    /// Makes the folder if it is missing, and sees that nobody else can write to it.
    fn make(&self) -> Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path).context("it cannot be made")?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let metadata = fs::metadata(&self.path)?;
            let user = nix::unistd::geteuid().as_raw();
            is_nobody_elses(metadata.uid(), metadata.mode(), user)?;
        }
        Ok(())
    }

    fn find(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        let mut file = match File::open(self.path.join(key.file())) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.context("it cannot be read")?,
        };
        let mut bytes = Vec::new();
        Read::by_ref(&mut file)
            .take(self.limit)
            .read_to_end(&mut bytes)
            .context("it cannot be read")?;
        let end = bytes.len().saturating_sub(CHECKSUM);
        if key.checksum(&bytes[..end]) != bytes[end..] {
            // It will be written again.
            return Ok(None);
        }
        bytes.truncate(end);
        // What was not used for the longest time goes first. Where this fails, what was written first does.
        let _ = file.set_modified(SystemTime::now());
        Ok(Some(bytes))
    }

    fn keep(&self, key: &Key, bytes: &[u8]) -> Result<()> {
        let length = u64::try_from(bytes.len() + CHECKSUM)?;
        if length > self.limit {
            return Ok(());
        }
        // The number of a process is not enough: containers share a folder, and theirs are alike.
        let writer = RandomState::new().hash_one(std::process::id());
        let unfinished = self
            .path
            .join(format!("{}.{writer:016x}.{UNFINISHED}", key.0));
        // Readers see all of the file or nothing, and the last of several writers wins with the same contents.
        let kept = write(&unfinished, [bytes, &key.checksum(bytes)])
            .and_then(|()| fs::rename(&unfinished, self.path.join(key.file())));
        if kept.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        kept.context("it cannot be written to")?;
        self.tidy_up(key).context("it cannot be tidied up")
    }

    /// Removes what was not used for the longest time until the rest is within the limit, but not what is `new`.
    fn tidy_up(&self, new: &Key) -> std::io::Result<()> {
        let mut total = 0_u64;
        let mut finished = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            // Another process may have removed it just now.
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            let used = metadata.modified()?;
            match kind(&path) {
                Some(FINISHED) => {
                    total = total.saturating_add(metadata.len());
                    finished.push((used, metadata.len(), path));
                }
                Some(UNFINISHED) if used.elapsed().is_ok_and(|it| it > ABANDONED) => {
                    let _ = fs::remove_file(path);
                }
                _ => {}
            }
        }
        finished.sort();
        let new = self.path.join(new.file());
        for (_, length, path) in finished {
            if total <= self.limit {
                break;
            }
            if path != new {
                let _ = fs::remove_file(path);
                total = total.saturating_sub(length);
            }
        }
        Ok(())
    }

    fn or_complain<T>(&self, result: Result<T>) -> Option<T> {
        let complain = |error: anyhow::Error| {
            let shown = self.path.display();
            // Only the first complaint is kept.
            let _ = self.complaint.set(format!(
                "compiled components are not kept in {shown}: {error:#}"
            ));
        };
        result.map_err(complain).ok()
    }
}

/// Whether it is a finished file, an unfinished one, or none of the cache's.
fn kind(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let digits = name.bytes().take_while(u8::is_ascii_hexdigit).count();
    let extension = path.extension().and_then(OsStr::to_str)?;
    let kinds = [FINISHED, UNFINISHED].into_iter();
    kinds.filter(|_| digits == 64).find(|it| *it == extension)
}

fn write(path: &Path, parts: [&[u8]; 2]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    Ok(())
}

/// Refuses a folder that somebody other than this user can write to.
#[cfg(unix)]
fn is_nobody_elses(owner: u32, mode: u32, user: u32) -> Result<()> {
    // A folder of root's is as safe as the system itself.
    ensure!(
        owner == 0 || owner == user,
        "it belongs to somebody else, and what is in it is run"
    );
    ensure!(
        mode & 0o022 == 0,
        "others can write to it, and what is in it is run"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_own_or_can_write_to_is_refused() {
        let me = 1_000;
        for (owner, mode, hint) in [
            (me, 0o700, ""),
            (me, 0o755, ""),
            (0, 0o700, ""),
            (me + 1, 0o700, "somebody else"),
            (me + 1, 0o777, "somebody else"),
            (me, 0o720, "others can write"),
            (me, 0o702, "others can write"),
            (0, 0o1777, "others can write"),
        ] {
            let refused = is_nobody_elses(owner, mode, me).err();
            let said = refused.map_or(String::new(), |it| it.to_string());
            assert_eq!(said.is_empty(), hint.is_empty(), "{owner} {mode:o}: {said}");
            assert!(said.contains(hint), "{owner} {mode:o}: {said}");
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn set_age(path: &Path, age: Duration) {
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::bounded(folder.path().to_owned(), 1_000);
        let keys: Vec<Key> = (0..4).map(|it| Key::new(it, b"component")).collect();
        for (age, key) in (1..).zip(&keys[..3]) {
            cache.keep(key, &[7; 300]);
            set_age(&folder.path().join(key.file()), Duration::from_secs(age));
        }
        assert!(cache.find(&keys[2]).is_some(), "the oldest, used just now");
        cache.keep(&keys[3], &[7; 300]);
        let found: Vec<bool> = keys.iter().map(|it| cache.find(it).is_some()).collect();
        assert_eq!(found, [true, false, true, true]);
        cache.keep(&keys[1], &[7; 2_000]);
        assert_eq!(cache.find(&keys[1]), None, "larger than all may be");
        assert_eq!(cache.complaint(), None);
    }

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_is_not_the_caches_stays() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::new(0, b"component");
        let abandoned = format!("{}.0.{UNFINISHED}", key.0);
        let written_to = format!("{}.1.{UNFINISHED}", key.0);
        let foreign = ["notes.part", "notes.compiled"];
        for name in foreign
            .iter()
            .copied()
            .chain([abandoned.as_str(), &written_to])
        {
            fs::write(folder.path().join(name), [7; 2_000]).unwrap();
        }
        for name in foreign.iter().copied().chain([abandoned.as_str()]) {
            set_age(&folder.path().join(name), 2 * ABANDONED);
        }
        let cache = Cache::bounded(folder.path().to_owned(), 1_000);
        cache.keep(&key, &[7; 300]);
        assert_eq!(cache.find(&key), Some(vec![7; 300]));
        let mut expected = vec![
            key.file(),
            written_to,
            foreign[0].to_owned(),
            foreign[1].to_owned(),
        ];
        expected.sort();
        assert_eq!(names(folder.path()), expected);
    }
}
