//! The files themselves: what is in them and what they are called.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FileError, Stamp};

/// A file or directory, under whatever name.
pub(in crate::host) type NodeId = u64;

/// The files of one worker. A clone costs nothing until one of the two is written to.
#[derive(Debug, Clone, Default)]
pub(in crate::host) struct Files(Option<Arc<Tree>>);

#[derive(Debug, Clone)]
struct Tree {
    nodes: BTreeMap<NodeId, Node>,
    next: NodeId,
    /// Bytes in all files.
    bytes: usize,
    /// Files without a name, which descriptors may still be open on.
    unnamed: Vec<NodeId>,
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) content: Content,
    /// Stands for the node wherever the guest asks for its identity.
    pub(super) identity: u64,
    pub(super) accessed: Stamp,
    pub(super) modified: Stamp,
    pub(super) changed: Stamp,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    File(Arc<Vec<u8>>),
    Directory {
        parent: NodeId,
        entries: BTreeMap<Box<str>, NodeId>,
    },
}

/// When a node is made, and what its identity is from then on.
#[derive(Debug, Copy, Clone, Default)]
pub(super) struct Birth {
    pub(super) identity: u64,
    pub(super) at: Stamp,
}

pub(super) const NO_ENTRY: FileError = FileError("no-entry");
pub(super) const NOT_DIRECTORY: FileError = FileError("not-directory");
const IS_DIRECTORY: FileError = FileError("is-directory");
const FULL: FileError = FileError("insufficient-space");

impl Files {
    /// The root directory, which is always there.
    pub(super) const ROOT: NodeId = 0;
    /// Bytes in all files of a worker: enough for a database of a test, and little enough for a dozen workers a thread.
    pub(super) const BYTES: usize = 16 << 20;
    /// Files and directories of a worker.
    const NODES: usize = 4_096;
    /// Bytes of a name, as on most systems.
    const NAME: usize = 255;

    fn tree(&mut self) -> &mut Tree {
        Arc::make_mut(self.0.get_or_insert_with(|| Arc::new(Tree::new())))
    }

    pub(super) fn node(&self, node: NodeId) -> Result<&Node, FileError> {
        match &self.0 {
            Some(tree) => tree.nodes.get(&node).ok_or(NO_ENTRY),
            None => (node == Self::ROOT).then_some(&EMPTY_ROOT).ok_or(NO_ENTRY),
        }
    }

    pub(super) fn node_mut(&mut self, node: NodeId) -> Result<&mut Node, FileError> {
        self.tree().nodes.get_mut(&node).ok_or(NO_ENTRY)
    }

    pub(super) fn entries(&self, node: NodeId) -> Result<&BTreeMap<Box<str>, NodeId>, FileError> {
        match &self.node(node)?.content {
            Content::Directory { entries, .. } => Ok(entries),
            Content::File(_) => Err(NOT_DIRECTORY),
        }
    }

    fn entries_mut(&mut self, node: NodeId) -> Result<&mut BTreeMap<Box<str>, NodeId>, FileError> {
        match &mut self.node_mut(node)?.content {
            Content::Directory { entries, .. } => Ok(entries),
            Content::File(_) => Err(NOT_DIRECTORY),
        }
    }

    pub(super) fn child(&self, directory: NodeId, name: &str) -> Result<NodeId, FileError> {
        self.entries(directory)?.get(name).copied().ok_or(NO_ENTRY)
    }

    pub(super) fn is_directory(&self, node: NodeId) -> bool {
        self.entries(node).is_ok()
    }

    /// The bytes of a file.
    pub(in crate::host) fn bytes(&self, node: NodeId) -> Result<&[u8], FileError> {
        match &self.node(node)?.content {
            Content::File(bytes) => Ok(bytes),
            Content::Directory { .. } => Err(IS_DIRECTORY),
        }
    }

    /// Makes an empty file, or a directory.
    pub(super) fn create(
        &mut self,
        directory: NodeId,
        name: &str,
        is_directory: bool,
        birth: Birth,
    ) -> Result<NodeId, FileError> {
        if name.len() > Self::NAME {
            return Err(FileError("name-too-long"));
        }
        self.entries(directory)?;
        let tree = self.tree();
        if tree.nodes.len() >= Self::NODES {
            return Err(FULL);
        }
        let node = tree.next;
        tree.next += 1;
        let content = match is_directory {
            false => Content::File(Arc::default()),
            true => Content::Directory {
                parent: directory,
                entries: BTreeMap::new(),
            },
        };
        tree.nodes.insert(node, Node::new(content, birth));
        self.entries_mut(directory)?.insert(name.into(), node);
        Ok(node)
    }

    /// Writes into a file from `at` on, or at its end; what lies between is zeroes.
    pub(in crate::host) fn write(
        &mut self,
        node: NodeId,
        at: Option<u64>,
        bytes: &[u8],
        now: Stamp,
    ) -> Result<(), FileError> {
        let length = self.bytes(node)?.len();
        let at = at.map_or(Ok(length), |at| usize::try_from(at).map_err(|_| FULL))?;
        let end = at.checked_add(bytes.len()).ok_or(FULL)?;
        if end > length && !bytes.is_empty() {
            self.resize(node, end, now)?;
        }
        let node = self.node_mut(node)?;
        (node.modified, node.changed) = (now, now);
        if let Content::File(content) = &mut node.content
            && let Some(target) = Arc::make_mut(content).get_mut(at..end)
        {
            target.copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Cuts a file, or fills it up with zeroes.
    pub(super) fn resize(
        &mut self,
        node: NodeId,
        length: usize,
        now: Stamp,
    ) -> Result<(), FileError> {
        let before = self.bytes(node)?.len();
        let tree = self.tree();
        let total = (tree.bytes - before).checked_add(length).ok_or(FULL)?;
        if total > Self::BYTES {
            return Err(FULL);
        }
        tree.bytes = total;
        let node = self.node_mut(node)?;
        (node.modified, node.changed) = (now, now);
        if let Content::File(content) = &mut node.content {
            Arc::make_mut(content).resize(length, 0);
        }
        Ok(())
    }

    /// Takes a file's name away; it is gone when nobody has it open.
    pub(super) fn unlink(&mut self, directory: NodeId, name: &str) -> Result<(), FileError> {
        let node = self.child(directory, name)?;
        self.bytes(node)?;
        self.entries_mut(directory)?.remove(name);
        self.tree().unnamed.push(node);
        Ok(())
    }

    /// Removes an empty directory.
    pub(super) fn remove_directory(
        &mut self,
        directory: NodeId,
        name: &str,
    ) -> Result<(), FileError> {
        let node = self.child(directory, name)?;
        if !self.entries(node)?.is_empty() {
            return Err(FileError("not-empty"));
        }
        self.entries_mut(directory)?.remove(name);
        self.tree().nodes.remove(&node);
        Ok(())
    }

    /// Gives a node another name, in place of what has that name.
    pub(super) fn rename(
        &mut self,
        (from, old): (NodeId, &str),
        (to, new): (NodeId, &str),
    ) -> Result<(), FileError> {
        let node = self.child(from, old)?;
        if new.len() > Self::NAME {
            return Err(FileError("name-too-long"));
        }
        if self.is_within(to, node) {
            return Err(FileError("invalid"));
        }
        match self.child(to, new) {
            Ok(same) if same == node => return Ok(()),
            Ok(other) => match (self.is_directory(node), self.is_directory(other)) {
                (true, true) => self.remove_directory(to, new)?,
                (false, false) => self.unlink(to, new)?,
                (true, false) => return Err(NOT_DIRECTORY),
                (false, true) => return Err(IS_DIRECTORY),
            },
            Err(NO_ENTRY) => {}
            Err(error) => return Err(error),
        }
        self.entries_mut(from)?.remove(old);
        self.entries_mut(to)?.insert(new.into(), node);
        if let Content::Directory { parent, .. } = &mut self.node_mut(node)?.content {
            *parent = to;
        }
        Ok(())
    }

    /// Whether a directory is another one or lies somewhere in it.
    fn is_within(&self, mut directory: NodeId, other: NodeId) -> bool {
        // A path is not longer than there are directories.
        for _ in 0..=Self::NODES {
            if directory == other {
                return true;
            }
            match self.node(directory).map(|node| &node.content) {
                Ok(Content::Directory { parent, .. }) if directory != Self::ROOT => {
                    directory = *parent;
                }
                _ => return false,
            }
        }
        false
    }

    /// Lets go of the files without a name that are not open.
    pub(super) fn forget_unless(&mut self, mut is_open: impl FnMut(NodeId) -> bool) {
        if self.0.as_ref().is_none_or(|tree| tree.unnamed.is_empty()) {
            return;
        }
        let tree = self.tree();
        for node in std::mem::take(&mut tree.unnamed) {
            if is_open(node) {
                tree.unnamed.push(node);
            } else if let Some(gone) = tree.nodes.remove(&node) {
                tree.bytes -= gone.size();
            }
        }
    }
}

/// The root directory of a worker that has never written a file.
static EMPTY_ROOT: Node = Node {
    content: Content::Directory {
        parent: Files::ROOT,
        entries: BTreeMap::new(),
    },
    identity: 0,
    accessed: (0, 0),
    modified: (0, 0),
    changed: (0, 0),
};

impl Tree {
    fn new() -> Self {
        Self {
            nodes: [(Files::ROOT, EMPTY_ROOT.clone())].into(),
            next: Files::ROOT + 1,
            bytes: 0,
            unnamed: Vec::new(),
        }
    }
}

impl Node {
    fn new(content: Content, birth: Birth) -> Self {
        Self {
            content,
            identity: birth.identity,
            accessed: birth.at,
            modified: birth.at,
            changed: birth.at,
        }
    }

    pub(super) fn size(&self) -> usize {
        match &self.content {
            Content::File(bytes) => bytes.len(),
            Content::Directory { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Stamp = (1, 2);

    fn file(files: &mut Files, name: &str) -> NodeId {
        let file = files.create(Files::ROOT, name, false, Birth::default());
        file.unwrap()
    }

    #[test]
    fn a_clone_does_not_see_what_is_written_later() {
        let mut files = Files::default();
        let log = file(&mut files, "log");
        files.write(log, None, b"one", NOW).unwrap();
        let copy = files.clone();
        files.write(log, None, b" two", NOW).unwrap();
        files.write(log, Some(0), b"O", NOW).unwrap();
        assert_eq!(files.bytes(log).unwrap(), b"One two");
        assert_eq!(copy.bytes(log).unwrap(), b"one");
    }

    #[test]
    fn a_write_past_the_end_leaves_zeroes_and_an_empty_one_changes_no_length() {
        let mut files = Files::default();
        let log = file(&mut files, "log");
        files.write(log, Some(3), b"x", NOW).unwrap();
        files.write(log, Some(9), b"", NOW).unwrap();
        assert_eq!(files.bytes(log).unwrap(), b"\0\0\0x");
    }

    #[test]
    fn bytes_and_nodes_are_bounded_and_come_free_again() {
        let mut files = Files::default();
        let big = file(&mut files, "big");
        assert_eq!(files.resize(big, Files::BYTES + 1, NOW), Err(FULL));
        files.resize(big, Files::BYTES, NOW).unwrap();
        let other = file(&mut files, "other");
        assert_eq!(files.write(other, None, b"x", NOW), Err(FULL));
        assert_eq!(files.write(other, Some(u64::MAX), b"x", NOW), Err(FULL));
        files.unlink(Files::ROOT, "big").unwrap();
        files.forget_unless(|node| node == big);
        assert_eq!(files.write(other, None, b"x", NOW), Err(FULL), "it is open");
        files.forget_unless(|_| false);
        files.write(other, None, b"x", NOW).unwrap();
        let made = (0..).take_while(|number: &u32| {
            let made = files.create(Files::ROOT, &number.to_string(), true, Birth::default());
            made.is_ok()
        });
        assert_eq!(made.count(), Files::NODES - 2);
    }

    #[test]
    fn a_directory_cannot_be_moved_into_itself() {
        let mut files = Files::default();
        let outer = files.create(Files::ROOT, "outer", true, Birth::default());
        let outer = outer.unwrap();
        let inner = files
            .create(outer, "inner", true, Birth::default())
            .unwrap();
        let moved = files.rename((Files::ROOT, "outer"), (inner, "outer"));
        assert_eq!(moved, Err(FileError("invalid")));
        files
            .rename((outer, "inner"), (Files::ROOT, "free"))
            .unwrap();
        files
            .rename((Files::ROOT, "outer"), (inner, "outer"))
            .unwrap();
        assert!(files.is_within(outer, inner));
    }

    #[test]
    fn a_file_takes_the_place_of_a_file_and_not_of_a_directory() {
        let mut files = Files::default();
        let draft = file(&mut files, "draft");
        file(&mut files, "final");
        let shelf = files.create(Files::ROOT, "shelf", true, Birth::default());
        let over =
            |files: &mut Files, old, new| files.rename((Files::ROOT, old), (Files::ROOT, new));
        assert_eq!(over(&mut files, "draft", "shelf"), Err(IS_DIRECTORY));
        assert_eq!(over(&mut files, "shelf", "draft"), Err(NOT_DIRECTORY));
        over(&mut files, "draft", "final").unwrap();
        assert_eq!(files.child(Files::ROOT, "final"), Ok(draft));
        assert_eq!(files.child(Files::ROOT, "draft"), Err(NO_ENTRY));
        files
            .create(shelf.unwrap(), "book", false, Birth::default())
            .unwrap();
        let removed = files.remove_directory(Files::ROOT, "shelf");
        assert_eq!(removed, Err(FileError("not-empty")));
    }
}
