//! Edits of a list, whatever it is a list of: an item is dropped, doubled, moved, and a cut tail stays well-formed.

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

/// How often a list is repeated at most: more than one byte counts, and more than small tables hold.
const REPEATS: [usize; 4] = [2, 4, 16, 300];
/// A list is not made longer than this.
const LONGEST: usize = 1_024;

/// Changes one thing about the list, if there is anything in it. `is_small` says whether many more of its items are cheap.
pub(super) fn edit<T: Clone>(items: &mut Vec<T>, is_small: bool, rng: &mut TestRng) {
    let length = items.len();
    if length == 0 {
        return;
    }
    let one = rng.random_range(0..length);
    let other = rng.random_range(0..length);
    match rng.random_range(0..14u32) {
        0 | 1 => {
            items.remove(one);
        }
        2 => {
            items.remove(0);
        }
        3 => {
            items.pop();
        }
        4 => items.truncate(one),
        5 => {
            items.drain(..one);
        }
        6 => items.clear(),
        7 | 8 => {
            let item = items[one].clone();
            items.insert(other, item);
        }
        9 => {
            let item = items[one].clone();
            items.push(item);
        }
        10 => items.swap(one, other),
        11 => {
            let item = items.remove(one);
            items.insert(other, item);
        }
        12 => items.reverse(),
        _ => {
            let times = REPEATS[rng.random_range(0..REPEATS.len())];
            let most = if is_small { LONGEST } else { length * 2 };
            let repeated: Vec<T> = items.iter().cycle().take(length * times).cloned().collect();
            *items = repeated;
            items.truncate(most.max(length));
        }
    }
}
