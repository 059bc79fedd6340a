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

/// The rule, or the pattern of a category, that is most likely meant: names of rules are often written
/// without their category, and a category alone for all of its rules.
#[must_use]
pub fn closest_rule<'a>(
    name: &str,
    rules: impl Iterator<Item = &'a str> + Clone,
) -> Option<String> {
    if name.contains('/') {
        return closest(name, rules).map(str::to_owned);
    }
    let parts = rules.clone().filter_map(|rule| rule.split_once('/'));
    let categories = parts.clone().map(|(category, _)| category);
    let category = closest(name, categories).map(|category| format!("{category}/*"));
    let own = || {
        let near = closest(name, parts.map(|(_, own)| own))?;
        let mut rules = rules;
        rules.find(|rule| rule.split_once('/').is_some_and(|(_, own)| own == near))
    };
    category.or_else(|| own().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::{closest, closest_rule};

    #[test]
    fn rules_are_known_without_their_category() {
        let rules = ["query/n-plus-one", "isolation/unverified-owner"].into_iter();
        let near = |name| closest_rule(name, rules.clone());
        assert_eq!(
            near("qeury/n-plus-one").as_deref(),
            Some("query/n-plus-one")
        );
        assert_eq!(
            near("unverified-owner").as_deref(),
            Some("isolation/unverified-owner")
        );
        assert_eq!(near("query").as_deref(), Some("query/*"));
        assert_eq!(near("zzzz"), None);
    }

    #[test]
    fn finds_a_near_name_and_refuses_a_far_one() {
        assert_eq!(closest("emial", ["id", "email", "name"]), Some("email"));
        assert_eq!(closest("userid", ["userId", "user"]), Some("userId"));
        assert_eq!(closest("zzz", ["id", "email"]), None);
    }
}
