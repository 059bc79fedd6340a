//! Reads typed values out of JSON and says precisely what is wrong with them.

use camino::{Utf8Path, Utf8PathBuf};
use snell_source::{SourceFile, Span, closest};

use super::{ConfigError, Origin, Sourced};
use crate::files::join;
use crate::json::{Json, Member};

/// One configuration file while it is read.
pub(super) struct Reader<'a> {
    /// The file, for places.
    pub(super) file: &'a SourceFile,
    /// The folder that its paths are relative to.
    pub(super) base: &'a Utf8Path,
    /// The faults so far.
    pub(super) errors: Vec<ConfigError>,
}

impl Reader<'_> {
    pub(super) fn error(&mut self, span: Span, message: String, help: Option<String>) {
        self.errors.push(ConfigError {
            file: self.file.path.clone(),
            span,
            at: self.file.position(span.start),
            message,
            help,
        });
    }

    fn wrong_type(&mut self, json: &Json, key: &str, wanted: &str) {
        let message = format!("`{key}` must be {wanted}, not {}", json.kind());
        self.error(json.span, message, None);
    }

    pub(super) fn origin(&self, span: Span) -> Origin {
        Origin::File {
            file: self.file.path.clone(),
            span,
            at: self.file.position(span.start),
        }
    }

    pub(super) fn sourced<T>(&self, value: T, span: Span) -> Sourced<T> {
        Sourced {
            value,
            origin: self.origin(span),
        }
    }

    /// The members of an object whose keys are known and stand once.
    pub(super) fn object<'j>(
        &mut self,
        json: &'j Json,
        key: &str,
        keys: &[&str],
    ) -> Vec<&'j Member> {
        let members = self.any_object(json, key);
        let (known, unknown): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|member| keys.contains(&member.name.value.as_str()));
        for member in unknown {
            let name = &member.name.value;
            // `$schema` is for editors: never what was meant.
            let nearest = closest(name, keys.iter().copied().filter(|key| *key != "$schema"));
            let help = nearest.map_or_else(
                || format!("known keys: {}", keys.join(", ")),
                |nearest| format!("did you mean `{nearest}`?"),
            );
            self.error(
                member.name.span,
                format!("unknown key `{name}`"),
                Some(help),
            );
        }
        known
    }

    /// The members of an object whose keys are names of the user's, each once.
    pub(super) fn any_object<'j>(&mut self, json: &'j Json, key: &str) -> Vec<&'j Member> {
        if !matches!(json.value, crate::JsonValue::Object(_)) {
            self.wrong_type(json, key, "an object");
        }
        let mut kept: Vec<&Member> = Vec::new();
        for member in json.members() {
            let name = &member.name.value;
            if kept.iter().any(|other| other.name.value == *name) {
                self.error(
                    member.name.span,
                    format!("`{name}` stands here twice"),
                    None,
                );
            } else {
                kept.push(member);
            }
        }
        kept
    }

    /// The elements of an array.
    pub(super) fn array<'j>(&mut self, json: &'j Json, key: &str) -> &'j [Json] {
        if !matches!(json.value, crate::JsonValue::Array(_)) {
            self.wrong_type(json, key, "an array");
        }
        json.elements()
    }

    pub(super) fn string(&mut self, json: &Json, key: &str) -> Option<String> {
        let string = json.as_str().filter(|string| !string.trim().is_empty());
        if string.is_none() {
            self.wrong_type(json, key, "a string that is not empty");
        }
        string.map(str::to_owned)
    }

    pub(super) fn bool(&mut self, json: &Json, key: &str) -> Option<bool> {
        let bool = json.as_bool();
        if bool.is_none() {
            self.wrong_type(json, key, "true or false");
        }
        bool
    }

    /// A list of strings; a single string is a list of one.
    pub(super) fn strings(&mut self, json: &Json, key: &str) -> Vec<Sourced<String>> {
        let elements = match json.as_str() {
            Some(_) => std::slice::from_ref(json),
            None => self.array(json, key),
        };
        let read = |element: &Json| {
            let string = self.string(element, key)?;
            Some(self.sourced(string, element.span))
        };
        elements.iter().filter_map(read).collect()
    }

    /// A list of paths or globs, from the root.
    pub(super) fn paths(&mut self, json: &Json, key: &str) -> Vec<Sourced<String>> {
        let mut paths = self.strings(json, key);
        paths.retain_mut(|path| match join(self.base, &path.value) {
            Some(joined) => {
                path.value = joined.into_string();
                true
            }
            None => {
                let span = match &path.origin {
                    Origin::File { span, .. } => *span,
                    Origin::Default => json.span,
                };
                self.outside(span, key, &path.value);
                false
            }
        });
        paths
    }

    /// One path, from the root.
    pub(super) fn path(&mut self, json: &Json, key: &str) -> Option<Sourced<Utf8PathBuf>> {
        let path = self.string(json, key)?;
        let joined = join(self.base, &path);
        if joined.is_none() {
            self.outside(json.span, key, &path);
        }
        Some(self.sourced(joined?, json.span))
    }

    fn outside(&mut self, span: Span, key: &str, path: &str) {
        self.error(
            span,
            format!("`{key}`: `{path}` leads out of the workspace"),
            Some("paths are relative to this file and stay below the workspace's root".to_owned()),
        );
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        json: &Json,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let names = || words.iter().map(|(name, _)| *name);
        let quoted: Vec<String> = names().map(|name| format!("\"{name}\"")).collect();
        let wanted = format!("one of {}", quoted.join(", "));
        let Some(given) = json.as_str() else {
            self.wrong_type(json, key, &wanted);
            return None;
        };
        let found = words.iter().find(|(name, _)| *name == given);
        if found.is_none() {
            let help =
                closest(given, names()).map(|nearest| format!("did you mean \"{nearest}\"?"));
            let message = format!("`{key}` must be {wanted}, not \"{given}\"");
            self.error(json.span, message, help);
        }
        found.map(|(_, value)| *value)
    }
}
