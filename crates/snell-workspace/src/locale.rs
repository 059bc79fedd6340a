//! Which files hold the texts of one language.

use camino::Utf8Path;

/// What the path of a file of texts says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale {
    /// The language: `en`, `pt-BR`.
    pub language: String,
    /// The path with a star in the place of the language: what the files of all languages share.
    pub group: String,
}

impl Locale {
    /// `locales/en.json`, `i18n/de/common.json`, `messages/pt-BR.ts`: a folder of languages, and
    /// a file or a folder named after one.
    #[must_use]
    pub fn of(path: &Utf8Path) -> Option<Locale> {
        let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
        let (last, folders) = parts.split_last()?;
        let (stem, extension) = last.rsplit_once('.')?;
        if !folders.iter().any(|folder| is_folder_of_languages(folder)) {
            return None;
        }
        let place = if is_language(stem) {
            folders.len()
        } else {
            folders.iter().rposition(|folder| is_language(folder))?
        };
        let language = if place == folders.len() {
            stem
        } else {
            parts[place]
        };
        let star = format!("*.{extension}");
        let shared = parts.iter().enumerate().map(|(n, part)| match n {
            n if n != place => *part,
            n if n == folders.len() => star.as_str(),
            _ => "*",
        });
        Some(Locale {
            language: language.to_owned(),
            group: shared.collect::<Vec<_>>().join("/"),
        })
    }
}

fn is_folder_of_languages(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("locale")
        || name.contains("i18n")
        || name.contains("translation")
        || matches!(
            name.as_str(),
            "lang" | "langs" | "language" | "languages" | "intl" | "messages" | "l10n"
        )
}

/// `en`, `de-AT`, `zh_Hant`
fn is_language(name: &str) -> bool {
    let (first, rest) = match name.split_once(['-', '_']) {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let letters = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    first.len() == 2
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && rest.is_none_or(|rest| (2..=4).contains(&rest.len()) && letters(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_language_and_group() {
        let of = |path: &str| {
            Locale::of(Utf8Path::new(path)).map(|locale| (locale.language, locale.group))
        };
        let some = |language: &str, group: &str| Some((language.to_owned(), group.to_owned()));
        assert_eq!(
            of("packages/i18n/src/locales/de/common.json"),
            some("de", "packages/i18n/src/locales/*/common.json")
        );
        assert_eq!(
            of("web/messages/pt-BR.ts"),
            some("pt-BR", "web/messages/*.ts")
        );
        assert_eq!(of("web/src/de/index.ts"), None);
        assert_eq!(of("web/locales/index.ts"), None);
    }
}
