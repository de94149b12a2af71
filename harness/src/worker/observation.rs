//! What can be observed of a worker: what a call returned, or how it failed.

use std::fmt;

use crate::value::{Val, footprint};

/// What an operation returned, or how it failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// The call returned, with a value if the function has a result.
    Returned(Option<Val>),
    /// The call failed, and the worker cannot be entered again.
    Failed(Failure),
}

impl Observation {
    /// Whether the call returned what usually means that nothing was done: an error, none, false.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Returned(Some(
                Val::Bool(false) | Val::Option(None) | Val::Result(Err(_))
            ))
        )
    }

    /// Whether the call returned a list or a text with nothing in it: a look that found nothing.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Returned(Some(Val::List(items))) => items.is_empty(),
            Self::Returned(Some(Val::Map(entries))) => entries.is_empty(),
            Self::Returned(Some(Val::String(text))) => text.is_empty(),
            _ => false,
        }
    }

    /// How many bytes of memory it takes, about.
    pub(crate) fn footprint(&self) -> usize {
        let own = match self {
            Self::Returned(value) => value.as_ref().map_or(0, footprint),
            // What a guest says of its end is bounded.
            Self::Failed(_) => 0,
        };
        size_of::<Self>() + own
    }

    /// How the call failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Returned(_) => None,
            Self::Failed(failure) => Some(failure),
        }
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned(None) => f.write_str("returns"),
            Self::Returned(Some(value)) => f.write_str(&crate::value::wave(value)),
            Self::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

/// How a call into a worker failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failure {
    /// What happened.
    pub kind: FailureKind,
    /// Names of the guest's functions, innermost first, at most [`BACKTRACE_FRAMES`], without the panic handlers and allocators
    /// that the innermost ones are; their numbers where the guest has no names.
    pub backtrace: Vec<String>,
    /// Whether the guest has names; without them, the backtrace is of numbers, which another build may give to others.
    pub is_named: bool,
    /// The end of what the guest wrote to standard error and to its log in the call that failed: at most [`LAST_WORDS`] lines,
    /// oldest first, each printable and of at most [`LAST_WORD_CHARACTERS`] characters.
    pub last_words: Vec<String>,
}

/// How many lines of a guest's last words are kept: a panic's message and what was logged before it.
pub const LAST_WORDS: usize = 6;
/// How many characters of each of these lines are kept.
pub const LAST_WORD_CHARACTERS: usize = 300;

/// How many frames of a guest's backtrace are kept.
pub const BACKTRACE_FRAMES: usize = 16;

/// The kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// The guest trapped; the text is wasmtime's description of the trap code.
    Trap(String),
    /// The guest used up its fuel: it hangs, or needs more than the limit.
    OutOfFuel,
    /// The guest failed after more memory than the limit was refused to it.
    OutOfMemory,
    /// The guest's stack is exhausted.
    StackExhausted,
    /// The guest called `exit`; whether with success.
    Exit {
        /// Whether it exited with success.
        success: bool,
    },
    /// The guest waits for something that cannot come.
    Blocked {
        /// The host function that it waits in.
        function: String,
    },
    /// The guest called a host function that nobody answers: no fault of the component's.
    UnsupportedHostCall {
        /// The host function.
        function: String,
    },
    /// The agent answered an invocation with an error of its own; the text is the agent's.
    AgentError(String),
    /// What an agent was given or returned does not fit what it says of itself, as a sentence.
    Misfit(String),
    /// A replay called its host otherwise than its record says.
    Departed,
    /// The guest and its host broke off for another reason, such as a result that breaks the canonical ABI or is larger
    /// than the limit; the text is wasmtime's.
    Broken(String),
}

/// The backtrace and the last words are not compared: two versions have different code.
impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// Calls of a function from different places may be different faults; those of its callers rarely are.
const SIGNATURE_FRAMES: usize = 8;
/// How functions of a language's runtime are named: panic handlers and allocators are the innermost frames of most traps.
const RUNTIME: [&str; 11] = [
    "core::",
    "<core::",
    "std::",
    "<std::",
    "alloc::",
    "<alloc::",
    "__rustc",
    "__rust_",
    "rust_",
    "dlmalloc::",
    "<dlmalloc::",
];

/// The frames of a backtrace, innermost first, without those of the language's runtime that the innermost ones are.
pub(crate) fn own_frames(frames: impl Iterator<Item = String>) -> Vec<String> {
    let frames: Vec<String> = frames.collect();
    let is_runtime = |frame: &&String| RUNTIME.iter().any(|prefix| frame.starts_with(prefix));
    let runtime = frames.iter().take_while(is_runtime).count();
    // Where there is nothing else, it says more than nothing.
    let first = if runtime == frames.len() { 0 } else { runtime };
    frames
        .into_iter()
        .skip(first)
        .take(BACKTRACE_FRAMES)
        .collect()
}

/// How the message of a panic or of an exception begins, which a stack may follow that is longer than all that is kept.
const MESSAGES: [&str; 2] = [EXCEPTION, "thread '"];
/// How an exception of JavaScript begins, as its SDK reports it before it traps (the crate `wasm-rquickjs`).
const EXCEPTION: &str = "JavaScript error: ";
/// What Rust adds to a panic, and nobody can do inside a component.
const ADVICE: &str = "note: run with `RUST_BACKTRACE";

/// The last of these lines, as they can be shown: from the last message on, or else those at the end.
pub(crate) fn last_words(lines: &[String]) -> Vec<String> {
    let mut lines: Vec<&String> = lines.iter().collect();
    lines.retain(|it| !it.starts_with(ADVICE));
    let end = lines.len().saturating_sub(LAST_WORDS);
    let is_message = |it: &&String| MESSAGES.iter().any(|begin| it.starts_with(begin));
    let first = lines.iter().rposition(is_message).unwrap_or(end).min(end);
    let kept = lines.into_iter().skip(first).take(LAST_WORDS);
    kept.map(|it| printable(it)).collect()
}

/// A line without control characters, cut where it is too long.
fn printable(line: &str) -> String {
    let mut shown = String::new();
    for (count, character) in line.trim_end().chars().enumerate() {
        if count == LAST_WORD_CHARACTERS {
            shown.push('…');
            break;
        }
        match character {
            '\t' => shown.push(' '),
            it if it.is_control() => shown.extend(it.escape_unicode()),
            it => shown.push(it),
        }
    }
    shown
}

impl Failure {
    /// A failure that no guest's function can be named for.
    pub(crate) fn of(kind: FailureKind) -> Self {
        Self {
            kind,
            backtrace: Vec::new(),
            is_named: false,
            last_words: Vec::new(),
        }
    }

    /// What tells it apart from other failures of any build: its kind, and the innermost functions where these have names.
    pub(crate) fn signature(&self) -> String {
        match self.is_named {
            true => self.place(),
            false => self.kind.to_string(),
        }
    }

    /// What tells it apart from other failures of the same build: its kind, and the innermost functions. Where the stack ended
    /// is chance, so that there it is a set of functions.
    pub(crate) fn place(&self) -> String {
        let mut frames: Vec<&str> = self.backtrace.iter().map(String::as_str).collect();
        if self.kind == FailureKind::StackExhausted {
            frames.sort_unstable();
            frames.dedup();
        } else {
            frames.truncate(SIGNATURE_FRAMES);
        }
        let start = self.kind.to_string();
        frames
            .iter()
            .fold(start, |place, frame| format!("{place} < {frame}"))
    }

    /// Whether the guest used up its fuel, which takes the host long.
    pub fn is_hang(&self) -> bool {
        self.kind == FailureKind::OutOfFuel
    }

    /// Whether it is an exception of a language with exceptions, of which its runtime made a trap.
    pub(crate) fn is_exception(&self) -> bool {
        matches!(self.kind, FailureKind::Trap(_))
            && self.last_words.iter().any(|it| it.starts_with(EXCEPTION))
    }

    /// Whether nobody can say what the worker would have done on the real platform.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.kind, FailureKind::UnsupportedHostCall { .. })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap(code) => write!(f, "trap: {code}"),
            Self::OutOfFuel => f.write_str("out of fuel (it hangs, or the limit is too low)"),
            Self::OutOfMemory => f.write_str("out of memory (the limit is reached)"),
            Self::StackExhausted => f.write_str("stack exhausted"),
            Self::Exit { success: true } => f.write_str("exit called, with success"),
            Self::Exit { success: false } => f.write_str("exit called, with an error"),
            Self::Blocked { function } => {
                write!(f, "blocked: {function} waits for what cannot come")
            }
            Self::UnsupportedHostCall { function } => {
                write!(f, "unsupported host call: {function}")
            }
            Self::AgentError(error) => write!(f, "the agent answers an error: {error}"),
            Self::Misfit(sentence) => f.write_str(sentence),
            Self::Departed => f.write_str("the replay departs from its record"),
            Self::Broken(message) => write!(f, "broken off: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_a_trap_after_which_javascript_had_a_word_is_an_exception() {
        let failure = |kind, word: &str| super::Failure {
            last_words: vec![word.to_owned()],
            ..super::Failure::of(kind)
        };
        let trap = || super::FailureKind::Trap("unreachable".to_owned());
        let word = "JavaScript error: Unexpected end of JSON input";
        assert!(failure(trap(), word).is_exception());
        assert!(!failure(trap(), "thread 'main' panicked at src/lib.rs:1:1:").is_exception());
        assert!(!failure(super::FailureKind::OutOfFuel, word).is_exception());
    }

    #[test]
    fn a_message_is_kept_rather_than_the_end_of_its_stack() {
        let mut lines: Vec<String> = vec!["before".to_owned()];
        lines.push("JavaScript error: not a list".to_owned());
        lines.extend((0..20).map(|frame| format!("    at frame {frame}")));
        lines.push(
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
                .to_owned(),
        );
        let shown = super::last_words(&lines);
        assert_eq!(shown.len(), super::LAST_WORDS);
        assert_eq!(shown[0], "JavaScript error: not a list");
        assert_eq!(shown[1], "    at frame 0");
        // What there is room for beside it stands before it.
        let shown = super::last_words(&lines[..3]);
        assert_eq!(shown[0], "before");
    }

    use super::*;

    #[test]
    fn last_words_are_few_short_and_printable() {
        let mut lines: Vec<String> = (0..10).map(|it| format!("line {it}")).collect();
        lines.push("a\tb\u{1b}[31m".to_owned());
        lines.push("ü".repeat(1_000));
        let shown = last_words(&lines);
        assert_eq!(shown.len(), LAST_WORDS);
        assert_eq!(shown.first().unwrap(), "line 6");
        assert_eq!(shown.get(4).unwrap(), "a b\\u{1b}[31m");
        let longest = shown.last().unwrap();
        assert_eq!(longest.chars().count(), LAST_WORD_CHARACTERS + 1);
        assert!(longest.ends_with('…'));
    }
}
