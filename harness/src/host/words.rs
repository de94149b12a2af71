//! The last that a guest said before it stopped: the end of its standard error and of its log.

/// The end of a text that is written piece by piece.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: Vec<u8>,
}

impl Words {
    /// What is kept: a panic's message and some lines before it.
    const BYTES: usize = 4 << 10;
    const LINES: usize = 20;

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let start = bytes.len().saturating_sub(Self::BYTES);
        self.text
            .extend_from_slice(bytes.get(start..).unwrap_or_default());
        // Not with each piece, however small the pieces are.
        if self.text.len() > 2 * Self::BYTES {
            self.text.drain(..self.text.len() - Self::BYTES);
        }
    }

    /// Adds a line of its own.
    pub(super) fn push_line(&mut self, line: &str) {
        if self.text.last().is_some_and(|last| *last != b'\n') {
            self.push(b"\n");
        }
        self.push(line.as_bytes());
        self.push(b"\n");
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
    }

    /// The last lines that are not empty. The first of them may be cut.
    pub(super) fn lines(&self) -> Vec<String> {
        let start = self.text.len().saturating_sub(Self::BYTES);
        let text = String::from_utf8_lossy(self.text.get(start..).unwrap_or_default());
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let mut last: Vec<String> = lines.rev().take(Self::LINES).map(str::to_owned).collect();
        last.reverse();
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut words = Words::default();
        for number in 0..1_000 {
            words.push(format!("line {number}").as_bytes());
            words.push(b"\n\n");
        }
        let lines = words.lines();
        assert_eq!(lines.len(), 20);
        assert_eq!(lines.first().unwrap(), "line 980");
        assert_eq!(lines.last().unwrap(), "line 999");
    }

    #[test]
    fn long_and_broken_text_is_cut_and_mended() {
        let mut words = Words::default();
        words.push(&"ü".repeat(10_000).into_bytes());
        words.push(b"\xff");
        let lines = words.lines();
        assert_eq!(lines.len(), 1);
        assert!(lines.first().unwrap().len() < 4_200);
        assert!(lines.first().unwrap().ends_with('\u{fffd}'));
        words.push_line("log");
        assert_eq!(words.lines().last().unwrap(), "log");
        words.clear();
        assert!(words.lines().is_empty());
    }
}
