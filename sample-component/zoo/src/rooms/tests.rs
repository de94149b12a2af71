use super::*;
use crate::testing::{Accepted, Shown};

const LATER: u64 = 0;
const CORRECT: &[Mode] = &[Mode::InviteMasked, Mode::PinsAsFlags, Mode::ReadFromTheEnd];

fn history() -> State {
    let mut room = State::default();
    for (name, role, zone) in [
        ("Ann", Role::Moderator, -90),
        ("Bob", Role::Guest, 0),
        ("ß", Role::Owner, i32::MIN),
    ] {
        assert!(room.join(name.to_owned(), role, zone, 5));
    }
    room.set_slow(Some(0));
    let mut last = None;
    for now in 0..45 {
        last = room.post("Ann".to_owned(), format!("text {now}"), last, now);
        assert!(last.is_some());
        if now % 7 == 0 {
            assert!(room.pin(now));
        }
    }
    room.react(44, "👍".to_owned());
    assert!(room.edit(42, "new".to_owned()) && !room.pin(42));
    room.read("Bob", 20);
    room.set_topic(Some(&"ä".repeat(70)));
    room.invite(&Still(7));
    room
}

fn observed(mut room: State) -> String {
    let invite = room.invite(&Still(8));
    let left = room.read("Bob", 0);
    let messages = room.history(255);
    format!(
        "{invite} {left:?} {messages:?} {:?} {:?} {:?}",
        room.members(),
        room.pinned(),
        room.reactions(44)
    )
}

fn one_message() -> State {
    let mut room = State::default();
    room.join("Ann".to_owned(), Role::Owner, 0, 5);
    room.post("Ann".to_owned(), "hello".to_owned(), None, 7);
    room
}

const FAULTS: &[Shown<Mode, State>] = &[
    (
        Mode::NoSlowModeIsZero,
        || {
            let mut it = State::default();
            it.set_slow(Some(0));
            it
        },
        |it| format!("{:?}", it.set_slow(None)),
    ),
    (
        Mode::ReplyToTheFirst,
        || {
            let mut it = one_message();
            it.post("Ann".to_owned(), String::new(), Some(0), 9);
            it
        },
        |it| format!("{:?}", it.thread(1)),
    ),
    (Mode::SentNotSaved, one_message, |it| {
        format!("{:?}", it.history(1))
    }),
    (
        Mode::InviteNotSaved,
        || {
            let mut it = State::default();
            it.invite(&Still(1));
            it
        },
        |it| it.invite(&Still(2)).to_string(),
    ),
    (
        Mode::EditedPinnedReply,
        || {
            let mut it = one_message();
            it.post("Ann".to_owned(), String::new(), Some(0), 9);
            it.pin(1);
            it.edit(1, String::new());
            it
        },
        |it| format!("{:?}", it.history(1)),
    ),
    (
        Mode::SaveMissesReactions,
        || {
            let mut it = one_message();
            v1::save(&mut it, Mode::SaveMissesReactions, &Still(0));
            it.react(0, "x".to_owned());
            it
        },
        |it| format!("{:?}", it.reactions(0)),
    ),
    (
        Mode::ZigzagRead,
        || {
            let mut it = State::default();
            it.join("Ann".to_owned(), Role::Guest, 60, 0);
            it
        },
        |it| format!("{:?}", it.members()),
    ),
    (
        Mode::ModeratorUnknown,
        || {
            let mut it = State::default();
            it.join("Ann".to_owned(), Role::Moderator, 0, 0);
            it
        },
        |it| format!("{:?}", it.members()),
    ),
    (
        Mode::TopicCut,
        || {
            let mut it = State::default();
            it.set_topic(Some(&"ä".repeat(40)));
            it
        },
        |it| format!("{:?}", it.set_topic(None)),
    ),
    (Mode::ThreadTooDeep, history, |it| it.next.to_string()),
];

const UNCHECKED: &[Accepted<Mode, State>] = &[(Mode::PinsUnchecked, || State {
    pins: vec![3],
    ..one_message()
})];

const ELSEWHERE: &[Mode] = &[];

round_trips!();

#[test]
fn the_oldest_messages_go_and_take_their_pins_along() {
    let room = history();
    assert_eq!(room.history(255).len(), MESSAGES);
    assert_eq!(room.thread(44).len(), MESSAGES);
    let pins: Vec<u64> = room.pinned().into_iter().map(|(id, _)| id).collect();
    assert_eq!(pins, [7, 14, 21, 28, 35]);
}
