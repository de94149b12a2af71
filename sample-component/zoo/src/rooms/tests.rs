use super::*;

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
    room.invite(&crate::testing::Still(7));
    room
}

fn observed(mut room: State) -> String {
    let invite = room.invite(&crate::testing::Still(8));
    let left = room.read("Bob", 0);
    let messages = room.history(255);
    format!(
        "{invite} {left:?} {messages:?} {:?} {:?} {:?}",
        room.members(),
        room.pinned(),
        room.reactions(44)
    )
}

round_trips!();

#[test]
fn the_oldest_messages_go_and_take_their_pins_along() {
    let room = history();
    assert_eq!(room.history(255).len(), MESSAGES);
    assert_eq!(room.thread(44).len(), MESSAGES);
    let pins: Vec<u64> = room.pinned().into_iter().map(|(id, _)| id).collect();
    assert_eq!(pins, [7, 14, 21, 28, 35]);
}
