//! What most of a project's parts do: habits, and conventions, which are asked more of.
//!
//! The difference is meant. A habit is about tables that have a column or have not: there are two
//! ways, and it costs one finding for each table without. A convention is one way of many
//! (`conventions`, names of migrations), is shown and declared as the project's own, and is held
//! against every name: it has to be plainer.

use std::collections::BTreeMap;

/// The parts that there must be at least, and how many of how many do the thing.
#[derive(Debug, Clone, Copy)]
struct Threshold {
    least: usize,
    doing: usize,
    of: usize,
}

/// Three in four of four.
const HABIT: Threshold = Threshold {
    least: 4,
    doing: 3,
    of: 4,
};

/// Four in five of five.
const CONVENTION: Threshold = Threshold {
    least: 5,
    doing: 4,
    of: 5,
};

/// How many of some do a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// Those that do.
    pub doing: usize,
    /// All of them.
    pub of: usize,
}

impl Share {
    /// Counts.
    pub(crate) fn of<T>(all: &[T], does: impl Fn(&T) -> bool) -> Self {
        Share {
            doing: all.iter().filter(|one| does(one)).count(),
            of: all.len(),
        }
    }

    /// The thing that most do, with their share: each says what it does.
    pub(crate) fn most<T: Ord>(said: impl IntoIterator<Item = T>) -> Option<(T, Self)> {
        let mut counts: BTreeMap<T, usize> = BTreeMap::new();
        let mut of = 0;
        for thing in said {
            *counts.entry(thing).or_default() += 1;
            of += 1;
        }
        let (thing, doing) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        Some((thing, Share { doing, of }))
    }

    /// Whether it is what the project does, of two ways.
    pub(crate) fn is_habit(self) -> bool {
        self.of >= HABIT.least && self.reaches(HABIT)
    }

    /// Whether it is what the project has agreed on, of many ways.
    pub(crate) fn is_convention(self) -> bool {
        self.of >= CONVENTION.least && self.reaches(CONVENTION)
    }

    /// The same of parts of which there are few: one is enough to say how it is done.
    pub(crate) fn is_convention_of_few(self) -> bool {
        self.of > 0 && self.reaches(CONVENTION)
    }

    fn reaches(self, threshold: Threshold) -> bool {
        self.doing * threshold.of >= self.of * threshold.doing
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn three_in_four_of_several_are_a_habit() {
        let share = |doing, of| Share { doing, of }.is_habit();
        assert!(share(3, 4));
        assert!(share(9, 12));
        assert!(!share(2, 4));
        assert!(!share(3, 3));
    }

    #[test]
    fn four_in_five_are_a_convention() {
        let share = |doing, of| Share { doing, of };
        assert!(share(4, 5).is_convention());
        assert!(!share(3, 4).is_convention());
        assert!(!share(4, 4).is_convention());
        assert!(share(1, 1).is_convention_of_few());
        assert!(!share(0, 0).is_convention_of_few());
    }

    #[test]
    fn what_most_say_is_counted() {
        let most = Share::most(["a", "b", "b"]);
        assert_eq!(most, Some(("b", Share { doing: 2, of: 3 })));
        assert_eq!(Share::most::<u8>([]), None);
    }
}
