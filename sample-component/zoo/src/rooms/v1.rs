//! Protocol buffers, the first schema.

use prost::Message as _;

use super::{Member, Message, Mode, Role, State};
use crate::{Loaded, World};

/// The first bytes: field 15, with the format's number.
pub(super) const MAGIC: [u8; 2] = [0x78, 1];

#[derive(Clone, PartialEq, prost::Message)]
struct Snapshot {
    #[prost(message, repeated, tag = "1")]
    members: Vec<MemberRow>,
    #[prost(message, repeated, tag = "2")]
    messages: Vec<MessageRow>,
    #[prost(uint64, tag = "3")]
    next: u64,
    #[prost(uint32, optional, tag = "4")]
    slow: Option<u32>,
    /// Where the schema does not say that it may be absent.
    #[prost(uint32, tag = "5")]
    plain_slow: u32,
    #[prost(string, optional, tag = "6")]
    topic: Option<String>,
    #[prost(fixed64, optional, tag = "7")]
    invite: Option<u64>,
    #[prost(uint64, repeated, tag = "8")]
    pins: Vec<u64>,
    #[prost(fixed64, tag = "9")]
    mask: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MemberRow {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "2")]
    role: i32,
    #[prost(uint64, tag = "3")]
    joined: u64,
    #[prost(int32, tag = "4")]
    zone: i32,
    #[prost(uint64, tag = "5")]
    unread: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MessageRow {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    author: String,
    #[prost(string, tag = "3")]
    text: String,
    #[prost(uint64, tag = "4")]
    sent: u64,
    #[prost(uint64, optional, tag = "5")]
    reply: Option<u64>,
    /// Where the schema does not say that it may be absent.
    #[prost(uint64, tag = "6")]
    plain_reply: u64,
    #[prost(bool, tag = "7")]
    edited: bool,
    #[prost(btree_map = "string, uint32", tag = "8")]
    reactions: std::collections::BTreeMap<String, u32>,
}

/// The snapshot of a room.
pub fn save(state: &mut State, mode: Mode, world: &impl World) -> Vec<u8> {
    if mode != Mode::SaveMissesReactions {
        return encode(state, mode, world);
    }
    let saved = state.saved.take();
    let bytes = saved.unwrap_or_else(|| encode(state, mode, world));
    state.saved = Some(bytes.clone());
    bytes
}

/// The state in a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let state = decode(bytes, mode)?;
    state.check(Mode::Sound)?;
    Ok(state)
}

fn encode(state: &State, mode: Mode, world: &impl World) -> Vec<u8> {
    let member = |(name, member): (&String, &Member)| MemberRow {
        name: name.clone(),
        role: member.role as i32,
        joined: member.joined,
        zone: member.zone,
        unread: member.unread,
    };
    let mut snapshot = Snapshot {
        members: state.members.iter().map(member).collect(),
        messages: state
            .messages
            .iter()
            .map(|message| message_row(state, message, mode))
            .collect(),
        next: state.next,
        slow: state.slow,
        plain_slow: 0,
        topic: state.topic.clone(),
        invite: state.invite,
        pins: state.pins.clone(),
        mask: 0,
    };
    match mode {
        Mode::NoSlowModeIsZero => {
            snapshot.plain_slow = state.slow.unwrap_or_default();
            snapshot.slow = None;
        }
        Mode::InviteNotSaved => snapshot.invite = None,
        Mode::InviteMasked => {
            snapshot.mask = world.random();
            snapshot.invite = state.invite.map(|invite| invite ^ snapshot.mask);
        }
        _ => {}
    }
    [MAGIC.as_slice(), &snapshot.encode_to_vec()].concat()
}

fn message_row(state: &State, message: &Message, mode: Mode) -> MessageRow {
    let mut row = MessageRow {
        id: message.id,
        author: message.author.clone(),
        text: message.text.clone(),
        sent: message.sent,
        reply: message.reply,
        plain_reply: 0,
        edited: message.edited,
        reactions: message.reactions.clone(),
    };
    match mode {
        Mode::ReplyToTheFirst => {
            row.plain_reply = message.reply.unwrap_or_default();
            row.reply = None;
        }
        Mode::SentNotSaved => row.sent = 0,
        Mode::EditedPinnedReply if message.reply.is_some() && state.pins.contains(&message.id) => {
            row.edited = false;
        }
        _ => {}
    }
    row
}

pub(super) fn decode(bytes: &[u8], mode: Mode) -> Loaded<State> {
    let Some(fields) = bytes.strip_prefix(&MAGIC) else {
        return Err("it is no snapshot of a room".to_owned());
    };
    let snapshot = Snapshot::decode(fields).map_err(|error| error.to_string())?;
    let mut state = State {
        next: snapshot.next,
        slow: match mode {
            Mode::NoSlowModeIsZero => Some(snapshot.plain_slow).filter(|slow| *slow > 0),
            _ => snapshot.slow,
        },
        topic: snapshot.topic,
        invite: match mode {
            Mode::InviteMasked => snapshot.invite.map(|invite| invite ^ snapshot.mask),
            _ => snapshot.invite,
        },
        pins: snapshot.pins,
        ..State::default()
    };
    for row in snapshot.members {
        let member = Member {
            role: role(row.role)?,
            joined: row.joined,
            zone: row.zone,
            unread: row.unread,
        };
        state.members.insert(row.name, member);
    }
    let message = |row: MessageRow| Message {
        id: row.id,
        author: row.author,
        text: row.text,
        sent: row.sent,
        reply: match mode {
            Mode::ReplyToTheFirst => Some(row.plain_reply).filter(|reply| *reply > 0),
            _ => row.reply,
        },
        edited: row.edited,
        reactions: row.reactions,
    };
    state.messages = snapshot.messages.into_iter().map(message).collect();
    Ok(state)
}

pub(super) fn role(number: i32) -> Loaded<Role> {
    let number = usize::try_from(number).ok();
    let role = number.and_then(|number| Role::ALL.get(number));
    role.copied()
        .ok_or_else(|| "the role is unknown".to_owned())
}
