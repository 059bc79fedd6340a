//! "Did you mean": the nearest of the known names.

/// The candidate most like `name`, if one is near enough to be meant.
///
/// Nearness is the Damerau-Levenshtein distance without regard to case; at most
/// a third of the longer name, and at least one letter, may differ.
#[must_use]
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| {
            *distance <= (name.chars().count().max(candidate.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_a_near_name_and_refuses_a_far_one() {
        assert_eq!(closest("emial", ["id", "email", "name"]), Some("email"));
        assert_eq!(closest("userid", ["userId", "user"]), Some("userId"));
        assert_eq!(closest("zzz", ["id", "email"]), None);
    }
}
