//! Between the exported `rooms` interface and `zoo_state::rooms`.

use zoo_state::World;

use crate::{
    Component,
    exports::zoo::services::rooms::{Guest, Member, Message, Role},
    state,
    zoo_glue::{Host, with},
};

impl Guest for Component {
    fn join(name: String, role: Role, zone: i32) -> bool {
        let role = match role {
            Role::Guest => state::Role::Guest,
            Role::Member => state::Role::Member,
            Role::Moderator => state::Role::Moderator,
            Role::Owner => state::Role::Owner,
        };
        with(|room| room.join(name, role, zone, Host.now()))
    }

    fn leave(name: String) -> bool {
        with(|room| room.leave(&name))
    }

    fn members() -> Vec<Member> {
        let members = with(|room| room.members());
        members.into_iter().map(Member::from).collect()
    }

    fn post(author: String, text: String, reply: Option<u64>) -> Option<u64> {
        with(|room| room.post(author, text, reply, Host.now()))
    }

    fn edit(id: u64, text: String) -> bool {
        with(|room| room.edit(id, text))
    }

    fn react(id: u64, emoji: String) -> Option<u32> {
        with(|room| room.react(id, emoji))
    }

    fn reactions(id: u64) -> Vec<(String, u32)> {
        with(|room| room.reactions(id))
    }

    fn pin(id: u64) -> bool {
        with(|room| room.pin(id))
    }

    fn pinned() -> Vec<(u64, String)> {
        with(|room| room.pinned())
    }

    fn read(name: String, id: u64) -> Option<u64> {
        with(|room| room.read(&name, id))
    }

    fn history(count: u8) -> Vec<Message> {
        let messages = with(|room| room.history(count));
        messages.into_iter().map(Message::from).collect()
    }

    fn thread(id: u64) -> Vec<u64> {
        with(|room| room.thread(id))
    }

    fn set_slow(milliseconds: Option<u32>) -> Option<u32> {
        with(|room| room.set_slow(milliseconds))
    }

    fn set_topic(topic: Option<String>) -> Option<String> {
        with(|room| room.set_topic(topic.as_deref()))
    }

    fn invite() -> u64 {
        with(|room| room.invite(&Host))
    }
}

impl From<(String, state::Member)> for Member {
    fn from((name, member): (String, state::Member)) -> Self {
        Self {
            name,
            role: match member.role {
                state::Role::Guest => Role::Guest,
                state::Role::Member => Role::Member,
                state::Role::Moderator => Role::Moderator,
                state::Role::Owner => Role::Owner,
            },
            joined: member.joined,
            zone: member.zone,
        }
    }
}

impl From<state::Message> for Message {
    fn from(message: state::Message) -> Self {
        Self {
            id: message.id,
            author: message.author,
            text: message.text,
            sent: message.sent,
            reply: message.reply,
            edited: message.edited,
        }
    }
}
