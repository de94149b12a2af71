//! A chat room: members with roles and zones, and the last messages with replies, reactions and pins.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use crate::{Loaded, World, ensure};

modes! {
    NoSlowModeIsZero = "no-slow-mode-is-zero",
    ReplyToTheFirst = "reply-to-the-first",
    SentNotSaved = "sent-not-saved",
    InviteNotSaved = "invite-not-saved",
    EditedPinnedReply = "edited-pinned-reply",
    SaveMissesReactions = "save-misses-reactions",
    ZigzagRead = "zigzag-read",
    ModeratorUnknown = "moderator-unknown",
    TopicCut = "topic-cut",
    ThreadTooDeep = "thread-too-deep",
    PinsUnchecked = "pins-unchecked",

    InviteMasked = "invite-masked",
    PinsAsFlags = "pins-as-flags",
    ReadFromTheEnd = "read-from-the-end",
}

/// How many messages are kept.
const MESSAGES: usize = 40;
/// The longest topic, in characters.
const TOPIC: usize = 64;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    members: BTreeMap<String, Member>,
    /// The last [`MESSAGES`], the oldest first, with consecutive ids.
    messages: VecDeque<Message>,
    /// The next message's id; the first is 0.
    next: u64,
    /// Milliseconds between two messages of one author.
    slow: Option<u32>,
    topic: Option<String>,
    /// What a guest shows to come in, once somebody asked for it.
    invite: Option<u64>,
    /// Messages that are kept, by id.
    pins: Vec<u64>,
    /// What save wrote since something changed; only one mode uses it.
    saved: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub role: Role,
    /// Milliseconds since 1970.
    pub joined: u64,
    /// Minutes east of Greenwich.
    pub zone: i32,
    /// The first message that was not read.
    pub unread: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    #[default]
    Guest,
    Member,
    Moderator,
    Owner,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: u64,
    pub author: String,
    pub text: String,
    /// Milliseconds since 1970.
    pub sent: u64,
    pub reply: Option<u64>,
    pub edited: bool,
    reactions: BTreeMap<String, u32>,
}

impl Role {
    /// In the order of their numbers in both formats.
    const ALL: [Self; 4] = [Self::Guest, Self::Member, Self::Moderator, Self::Owner];
}

impl State {
    /// Whether the member is new.
    pub fn join(&mut self, name: String, role: Role, zone: i32, now: u64) -> bool {
        self.saved = None;
        let is_new = !self.members.contains_key(&name);
        let unread = self.next;
        let member = self.members.entry(name).or_insert(Member {
            role,
            joined: now,
            zone,
            unread,
        });
        (member.role, member.zone) = (role, zone);
        is_new
    }

    pub fn leave(&mut self, name: &str) -> bool {
        self.saved = None;
        self.members.remove(name).is_some()
    }

    /// Returns the message's id, unless the author is no member, is too fast, or answers what is not there.
    pub fn post(
        &mut self,
        author: String,
        text: String,
        reply: Option<u64>,
        now: u64,
    ) -> Option<u64> {
        self.saved = None;
        self.members.get(&author)?;
        if let Some(reply) = reply {
            self.message(reply)?;
        }
        let last = self.messages.iter().rfind(|it| it.author == author);
        let slow = u64::from(self.slow.unwrap_or(0));
        if last.is_some_and(|last| now < last.sent.saturating_add(slow)) {
            return None;
        }
        let id = self.next;
        self.next += 1;
        self.messages.push_back(Message {
            id,
            author,
            text,
            sent: now,
            reply,
            edited: false,
            reactions: BTreeMap::new(),
        });
        if self.messages.len() > MESSAGES
            && let Some(oldest) = self.messages.pop_front()
        {
            self.pins.retain(|pin| *pin != oldest.id);
        }
        Some(id)
    }

    fn message(&self, id: u64) -> Option<&Message> {
        let first = self.messages.front()?.id;
        let place = usize::try_from(id.checked_sub(first)?).ok()?;
        self.messages.get(place)
    }

    fn message_mut(&mut self, id: u64) -> Option<&mut Message> {
        let first = self.messages.front()?.id;
        let place = usize::try_from(id.checked_sub(first)?).ok()?;
        self.messages.get_mut(place)
    }

    pub fn edit(&mut self, id: u64, text: String) -> bool {
        self.saved = None;
        let Some(message) = self.message_mut(id) else {
            return false;
        };
        message.text = text;
        message.edited = true;
        true
    }

    /// Returns how often the message has this reaction now.
    pub fn react(&mut self, id: u64, emoji: String) -> Option<u32> {
        let count = self.message_mut(id)?.reactions.entry(emoji).or_default();
        *count = count.saturating_add(1);
        Some(*count)
    }

    pub fn reactions(&self, id: u64) -> Vec<(String, u32)> {
        let reactions = self.message(id).map(|it| it.reactions.clone());
        reactions.into_iter().flatten().collect()
    }

    /// Pins a message, or takes the pin away; returns whether it is pinned now.
    pub fn pin(&mut self, id: u64) -> bool {
        self.saved = None;
        if self.message(id).is_none() {
            return false;
        }
        match self.pins.binary_search(&id) {
            Ok(place) => {
                self.pins.remove(place);
                false
            }
            Err(place) => {
                self.pins.insert(place, id);
                true
            }
        }
    }

    /// The texts of the pinned messages, by id.
    pub fn pinned(&self) -> Vec<(u64, String)> {
        let text = |id: &u64| {
            let message = self.message(*id).expect("a message that is pinned");
            (*id, message.text.clone())
        };
        self.pins.iter().map(text).collect()
    }

    /// Notes that a member has read up to a message; returns how many are left.
    pub fn read(&mut self, name: &str, id: u64) -> Option<u64> {
        self.saved = None;
        let next = self.next;
        let member = self.members.get_mut(name)?;
        member.unread = member.unread.max(id.saturating_add(1)).min(next);
        Some(next - member.unread)
    }

    /// The newest messages, the oldest of them first.
    pub fn history(&self, count: u8) -> Vec<Message> {
        let skipped = self.messages.len().saturating_sub(usize::from(count));
        self.messages.iter().skip(skipped).cloned().collect()
    }

    /// The message, what it answers, what that answers, as long as they are kept.
    pub fn thread(&self, id: u64) -> Vec<u64> {
        let messages = std::iter::successors(self.message(id), |it| self.message(it.reply?));
        messages.map(|it| it.id).collect()
    }

    /// Returns the milliseconds before.
    pub fn set_slow(&mut self, milliseconds: Option<u32>) -> Option<u32> {
        self.saved = None;
        std::mem::replace(&mut self.slow, milliseconds)
    }

    /// Returns the topic before.
    pub fn set_topic(&mut self, topic: Option<&str>) -> Option<String> {
        self.saved = None;
        let topic = topic.map(|topic| topic.chars().take(TOPIC).collect());
        std::mem::replace(&mut self.topic, topic)
    }

    pub fn members(&self) -> Vec<(String, Member)> {
        let members = self.members.iter();
        members
            .map(|(name, it)| (name.clone(), it.clone()))
            .collect()
    }

    /// The same until the room is gone.
    pub fn invite(&mut self, world: &impl World) -> u64 {
        self.saved = None;
        *self.invite.get_or_insert_with(|| world.random())
    }

    /// What every history leaves true, and the operations rely on.
    fn check(&self, mode: Mode) -> Loaded<()> {
        // No history is so long.
        ensure(self.next < 1 << 63, "the next id")?;
        ensure(self.messages.len() <= MESSAGES, "so many messages")?;
        let first = self.next.checked_sub(self.messages.len() as u64);
        let first = first.ok_or_else(|| "the next id cannot be".to_owned())?;
        let ids = self.messages.iter().map(|it| it.id);
        ensure(ids.eq(first..self.next), "the ids")?;
        ensure(
            first == 0 || self.messages.len() == MESSAGES,
            "so few messages",
        )?;
        let mut replies = self.messages.iter();
        ensure(
            replies.all(|it| it.reply.is_none_or(|reply| reply < it.id)),
            "a reply to what comes later",
        )?;
        ensure(
            self.pins.is_sorted_by(|a, b| a < b),
            "the order of the pins",
        )?;
        if mode != Mode::PinsUnchecked {
            let mut pins = self.pins.iter();
            ensure(pins.all(|id| self.message(*id).is_some()), "a pin")?;
        }
        let mut members = self.members.values();
        ensure(
            members.all(|it| it.unread <= self.next),
            "what a member has read",
        )?;
        let topic = self.topic.as_ref().map_or(0, |it| it.chars().count());
        ensure(topic <= TOPIC, "so long a topic")
    }
}
