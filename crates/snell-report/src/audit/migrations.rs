//! What is told of a migration in more than one format.

use super::Migration;

impl Migration {
    /// How what it did is undone, in a word or two.
    #[must_use]
    pub fn way_back(&self) -> &'static str {
        let kinds = (self.destructive, self.altering, self.data);
        match (self.down, kinds) {
            (true, _) => "down.sql",
            (false, _) if self.irreversible => "no",
            (false, (0, 0, 0)) => "adds only",
            (false, (0, ..)) => "by hand",
            (false, _) => "no",
        }
    }
}
