//! Files that the user names: read only where they are files, and never without a bound; written whole or not at all.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

/// The bytes of a regular file of at most `limit` bytes. A pipe or a device is refused before it is opened: the one would wait
/// for a writer, the other may have no end.
pub(crate) fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path, limit)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= limit, "it grew while it was read");
    Ok(bytes)
}

/// The same as text.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String> {
    String::from_utf8(read_regular(path, limit)?).context("it is no UTF-8 text")
}

/// SHA-256 as reports and failure files name it: hexadecimal, in small letters.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal, in small letters.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens a regular file of at most `limit` bytes.
pub(crate) fn open_regular(path: &Path, limit: u64) -> Result<File> {
    ensure!(
        fs::metadata(path)?.is_file(),
        "it is not a file, but a folder, a pipe or a device"
    );
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    ensure!(
        bytes <= limit,
        "it has {bytes} bytes, more than the {limit} that such a file may have"
    );
    Ok(file)
}

/// Writes a file under its name only when all of it is there: a full disk leaves neither half of it nor nothing of the one
/// that was there before.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}.{}", std::process::id()));
    fs::write(&unfinished, bytes)
        .and_then(|()| fs::rename(&unfinished, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&unfinished);
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_or_too_long_is_refused() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("file");
        fs::write(&path, "12345")?;
        assert_eq!(read_regular(&path, 5)?, b"12345");
        let said = |path: &Path, limit| format!("{:#}", read_regular(path, limit).unwrap_err());
        assert!(said(&path, 4).contains("5 bytes, more than the 4"));
        assert!(said(folder.path(), 4).contains("not a file"));
        #[cfg(unix)]
        assert!(said(Path::new("/dev/zero"), 4).contains("not a file"));
        fs::write(&path, [0xff])?;
        assert!(read_text(&path, 5).is_err());
        Ok(())
    }

    #[test]
    fn a_file_is_replaced_or_stays_as_it_was() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("file");
        write_whole(&path, b"old")?;
        write_whole(&path, b"new")?;
        assert_eq!(fs::read(&path)?, b"new");
        // A folder in the way of the new name.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken)?;
        assert!(write_whole(&taken, b"new").is_err());
        assert_eq!(fs::read_dir(folder.path())?.count(), 2);
        Ok(())
    }
}
