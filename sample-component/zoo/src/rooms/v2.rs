//! Protocol buffers, the second schema: what is told of the room as a whole is a message of its own, and reactions are rows.
//! It reads the first schema too.

use prost::Message as _;

use super::{Member, Message, Mode, Role, State, v1};
use crate::{Loaded, World, cut};

/// The first bytes: field 15, with the format's number.
const MAGIC: [u8; 2] = [0x78, 2];
/// How many answers to answers load follows.
const DEPTH: usize = 16;

#[derive(Clone, PartialEq, prost::Message)]
struct Snapshot {
    #[prost(message, optional, tag = "1")]
    room: Option<Room>,
    #[prost(message, repeated, tag = "2")]
    members: Vec<MemberRow>,
    #[prost(message, repeated, tag = "3")]
    messages: Vec<MessageRow>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Room {
    #[prost(string, optional, tag = "1")]
    topic: Option<String>,
    #[prost(uint32, optional, tag = "2")]
    slow: Option<u32>,
    #[prost(fixed64, optional, tag = "3")]
    invite: Option<u64>,
    #[prost(uint64, repeated, tag = "4")]
    pins: Vec<u64>,
    /// The first message's id.
    #[prost(uint64, tag = "5")]
    first: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MemberRow {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "2")]
    role: i32,
    #[prost(fixed64, tag = "3")]
    joined: u64,
    #[prost(sint32, tag = "4")]
    zone: i32,
    #[prost(uint64, tag = "5")]
    unread: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MessageRow {
    #[prost(string, tag = "1")]
    author: String,
    #[prost(string, tag = "2")]
    text: String,
    #[prost(fixed64, tag = "3")]
    sent: u64,
    #[prost(uint64, optional, tag = "4")]
    reply: Option<u64>,
    #[prost(bool, tag = "5")]
    edited: bool,
    #[prost(bool, tag = "6")]
    pinned: bool,
    #[prost(message, repeated, tag = "7")]
    reactions: Vec<Reaction>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Reaction {
    #[prost(string, tag = "1")]
    emoji: String,
    #[prost(uint32, tag = "2")]
    count: u32,
}

/// The snapshot of a room.
pub fn save(state: &mut State, mode: Mode, _world: &impl World) -> Vec<u8> {
    let member = |(name, member): (&String, &Member)| MemberRow {
        name: name.clone(),
        role: member.role as i32,
        joined: member.joined,
        zone: member.zone,
        unread: match mode {
            Mode::ReadFromTheEnd => state.next - member.unread,
            _ => member.unread,
        },
    };
    let message = |message: &Message| MessageRow {
        author: message.author.clone(),
        text: message.text.clone(),
        sent: message.sent,
        reply: message.reply,
        edited: message.edited,
        pinned: mode == Mode::PinsAsFlags && state.pins.contains(&message.id),
        reactions: message.reactions.iter().map(reaction).collect(),
    };
    let snapshot = Snapshot {
        room: Some(Room {
            topic: state.topic.clone(),
            slow: state.slow,
            invite: state.invite,
            pins: match mode {
                Mode::PinsAsFlags => Vec::new(),
                _ => state.pins.clone(),
            },
            first: state.next - state.messages.len() as u64,
        }),
        members: state.members.iter().map(member).collect(),
        messages: state.messages.iter().map(message).collect(),
    };
    [MAGIC.as_slice(), &snapshot.encode_to_vec()].concat()
}

fn reaction((emoji, count): (&String, &u32)) -> Reaction {
    Reaction {
        emoji: emoji.clone(),
        count: *count,
    }
}

/// The state in a snapshot of this version or the old one.
///
/// # Errors
/// The bytes are neither.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let mut state = match bytes.starts_with(&v1::MAGIC) {
        true => {
            let mut state = v1::decode(bytes, mode)?;
            migrate(&mut state, mode);
            state
        }
        false => decode(bytes, mode)?,
    };
    if mode == Mode::TopicCut {
        let topic = state.topic.as_deref();
        state.topic = topic.map(|topic| cut(topic, super::TOPIC).to_owned());
    }
    state.check(mode)?;
    if mode == Mode::ThreadTooDeep {
        let mut ids = state.messages.iter().map(|it| it.id);
        if ids.any(|id| state.thread(id).len() > DEPTH) {
            return Err("a thread is too deep".to_owned());
        }
    }
    Ok(state)
}

/// The slips on the way from the first schema.
fn migrate(state: &mut State, mode: Mode) {
    for member in state.members.values_mut() {
        match mode {
            Mode::ZigzagRead => {
                // What the other kind of number makes of the same bytes.
                let bits = member.zone as u32;
                member.zone = (bits >> 1) as i32 ^ -((bits & 1) as i32);
            }
            // The schema forgot a name, and what has none is the first.
            Mode::ModeratorUnknown if member.role == Role::Moderator => {
                member.role = Role::default();
            }
            _ => {}
        }
    }
}

fn decode(bytes: &[u8], mode: Mode) -> Loaded<State> {
    let Some(fields) = bytes.strip_prefix(&MAGIC) else {
        return Err("it is no snapshot of a room".to_owned());
    };
    let snapshot = Snapshot::decode(fields).map_err(|error| error.to_string())?;
    let room = snapshot.room.ok_or_else(|| "there is no room".to_owned())?;
    let ids = room.first..;
    let next = room.first.checked_add(snapshot.messages.len() as u64);
    let mut state = State {
        next: next.ok_or_else(|| "the first id cannot be".to_owned())?,
        slow: room.slow,
        topic: room.topic,
        invite: room.invite,
        pins: room.pins,
        ..State::default()
    };
    for row in snapshot.members {
        let unread = match mode {
            Mode::ReadFromTheEnd => state.next.checked_sub(row.unread),
            _ => Some(row.unread),
        };
        let member = Member {
            role: v1::role(row.role)?,
            joined: row.joined,
            zone: row.zone,
            unread: unread.ok_or_else(|| "what a member has read cannot be".to_owned())?,
        };
        state.members.insert(row.name, member);
    }
    for (row, id) in snapshot.messages.into_iter().zip(ids) {
        if row.pinned && mode == Mode::PinsAsFlags {
            state.pins.push(id);
        }
        let reactions = row.reactions.into_iter().map(|it| (it.emoji, it.count));
        state.messages.push_back(Message {
            id,
            author: row.author,
            text: row.text,
            sent: row.sent,
            reply: row.reply,
            edited: row.edited,
            reactions: reactions.collect(),
        });
    }
    Ok(state)
}
