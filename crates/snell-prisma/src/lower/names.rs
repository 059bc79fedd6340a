//! The database names that Prisma makes for constraints and indexes.
//!
//! Source: `constraint_names.rs` of prisma-engines: table, columns and suffix joined by `_`,
//! what stands before the suffix cut to the longest name of the provider.

use smol_str::SmolStr;

use crate::datamodel::Provider;

/// `table_pkey`.
pub(super) fn primary_key(provider: Provider, table: &str) -> SmolStr {
    with_suffix(provider, table.to_owned(), "_pkey")
}

/// `table_columns_key`.
pub(super) fn unique(provider: Provider, table: &str, columns: &[&str]) -> SmolStr {
    with_suffix(provider, joined(table, columns), "_key")
}

/// The name that Prisma gives the index of these columns: `table_columns_idx`.
#[must_use]
pub fn index(provider: Provider, table: &str, columns: &[&str]) -> SmolStr {
    with_suffix(provider, joined(table, columns), "_idx")
}

/// `table_columns_fkey`.
pub(super) fn foreign_key(provider: Provider, table: &str, columns: &[&str]) -> SmolStr {
    with_suffix(provider, joined(table, columns), "_fkey")
}

fn joined(table: &str, columns: &[&str]) -> String {
    format!("{table}_{}", columns.join("_"))
}

fn with_suffix(provider: Provider, mut stem: String, suffix: &str) -> SmolStr {
    let limit = provider.max_identifier_length() - suffix.len();
    if stem.len() > limit {
        stem.truncate(stem.floor_char_boundary(limit));
    }
    stem.push_str(suffix);
    SmolStr::new(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_before_the_suffix_at_a_character() {
        let table = "a".repeat(60);
        let name = unique(Provider::PostgreSql, &table, &["email"]);
        assert_eq!(name.len(), 63);
        assert!(name.ends_with("_key"));
        let name = primary_key(Provider::PostgreSql, &"é".repeat(40));
        assert_eq!(name.len(), 63);
        let name = primary_key(Provider::PostgreSql, &format!("a{}", "é".repeat(40)));
        assert_eq!(name.len(), 62);
    }

    #[test]
    fn short_names_are_joined() {
        assert_eq!(
            index(Provider::PostgreSql, "users", &["a", "b"]),
            "users_a_b_idx"
        );
        assert_eq!(
            foreign_key(Provider::Unknown, "posts", &["author_id"]),
            "posts_author_id_fkey"
        );
    }
}
