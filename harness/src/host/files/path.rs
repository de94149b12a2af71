//! Paths, each relative to a directory that it cannot leave.

use super::FileError;
use super::tree::{Files, NO_ENTRY, NodeId};

/// What a path leads to.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The directory itself, or one above its last part: what has no name here.
    Directory(NodeId),
    /// A name in a directory, whether or not something has it.
    Name {
        directory: NodeId,
        name: &'a str,
        /// The path ends with a slash, so that only a directory may have the name.
        is_directory: bool,
    },
}

/// Bytes of a path, as on most systems.
const LONGEST: usize = 4_096;

/// Follows a path up to its last part.
pub(super) fn resolve<'a>(
    files: &Files,
    start: NodeId,
    path: &'a str,
) -> Result<Place<'a>, FileError> {
    if path.len() > LONGEST {
        return Err(FileError("name-too-long"));
    }
    if path.is_empty() {
        return Err(NO_ENTRY);
    }
    if path.contains('\0') {
        return Err(FileError("invalid"));
    }
    if path.starts_with('/') {
        return Err(FileError("not-permitted"));
    }
    files.entries(start)?;
    let mut above = Vec::new();
    let mut directory = start;
    let mut parts = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .peekable();
    while let Some(part) = parts.next() {
        if part == ".." {
            directory = above.pop().ok_or(FileError("not-permitted"))?;
        } else if parts.peek().is_none() {
            return Ok(Place::Name {
                directory,
                name: part,
                is_directory: path.ends_with('/') || path.ends_with("/."),
            });
        } else {
            let next = files.child(directory, part)?;
            files.entries(next)?;
            above.push(directory);
            directory = next;
        }
    }
    Ok(Place::Directory(directory))
}

impl Place<'_> {
    /// What is there.
    pub(super) fn node(&self, files: &Files) -> Result<NodeId, FileError> {
        match *self {
            Self::Directory(directory) => Ok(directory),
            Self::Name {
                directory,
                name,
                is_directory,
            } => {
                let node = files.child(directory, name)?;
                if is_directory {
                    files.entries(node)?;
                }
                Ok(node)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Birth;
    use super::*;

    #[test]
    fn a_path_leads_to_a_name_and_never_out_of_its_directory() {
        let mut files = Files::default();
        let mut make = |directory, name, is_directory| {
            let made = files.create(directory, name, is_directory, Birth::default());
            made.unwrap()
        };
        let shelf = make(Files::ROOT, "shelf", true);
        let book = make(shelf, "book", false);
        let node = |path| resolve(&files, Files::ROOT, path).and_then(|it| it.node(&files));
        for path in [
            "shelf/book",
            "./shelf//book",
            "shelf/../shelf/book",
            "shelf/./book",
        ] {
            assert_eq!(node(path), Ok(book), "{path}");
        }
        for path in ["shelf", "shelf/", "shelf/.", "./shelf/./"] {
            assert_eq!(node(path), Ok(shelf), "{path}");
        }
        for path in [".", "shelf/..", "./"] {
            assert_eq!(node(path), Ok(Files::ROOT), "{path}");
        }
        let long = "a".repeat(5_000);
        for (path, code) in [
            ("", "no-entry"),
            ("..", "not-permitted"),
            ("shelf/../../etc", "not-permitted"),
            ("/shelf", "not-permitted"),
            ("shelf/book/page", "not-directory"),
            ("shelf/book/", "not-directory"),
            ("shelf/pen", "no-entry"),
            ("pen/book", "no-entry"),
            ("a\0b", "invalid"),
            (&long, "name-too-long"),
        ] {
            assert_eq!(node(path), Err(FileError(code)), "{path}");
        }
    }
}
