//! Finds the configuration and follows `extends`.

use camino::{Utf8Path, Utf8PathBuf};
use snell_source::{SourceFile, Span};

use super::reader::Reader;
use super::{Config, ConfigError, NAMES, settings};
use crate::files::{FileSystem, ReadError, join, read_text};
use crate::json::{Json, Spanned};
use crate::packages::Package;

pub(super) fn read(fs: &dyn FileSystem, packages: &[Package]) -> Result<Config, Vec<ConfigError>> {
    let mut loader = Loader {
        fs,
        packages,
        open: Vec::new(),
        config: Config::default(),
        errors: Vec::new(),
    };
    if let Some(path) = loader.find() {
        loader.config.file = Some(path.clone());
        loader.load(&path, Utf8Path::new(""));
    }
    if loader.errors.is_empty() {
        Ok(loader.config)
    } else {
        Err(loader.errors)
    }
}

struct Loader<'a> {
    fs: &'a dyn FileSystem,
    packages: &'a [Package],
    /// The files that are being followed, outermost first.
    open: Vec<Utf8PathBuf>,
    config: Config,
    errors: Vec<ConfigError>,
}

impl Loader<'_> {
    /// The root's one configuration. Two are a fault: which one counts would be a guess.
    fn find(&mut self) -> Option<Utf8PathBuf> {
        let mut found: Vec<(Utf8PathBuf, Span)> = Vec::new();
        for name in NAMES {
            match read_text(self.fs, Utf8Path::new(name)) {
                Err(ReadError::Missing) => {}
                _ => found.push((name.into(), Span::empty(0))),
            }
        }
        let root = self.packages.iter().find(|p| p.folder.as_str().is_empty());
        if let Some(json) = root.and_then(|root| root.manifest.snell.as_ref()) {
            found.push(("package.json".into(), json.span));
        }
        if let [(first, _), (second, span), ..] = found.as_slice() {
            let file = self.source(second);
            let file = file.unwrap_or_else(|_| SourceFile::new(second, ""));
            self.error(
                &file,
                *span,
                format!("a second configuration beside {first}"),
                Some("keep one of them".to_owned()),
            );
            return None;
        }
        found.into_iter().next().map(|(path, _)| path)
    }

    fn source(&self, path: &Utf8Path) -> Result<SourceFile, ReadError> {
        read_text(self.fs, path).map(|text| SourceFile::new(path, text.text))
    }

    fn error(&mut self, file: &SourceFile, span: Span, message: String, help: Option<String>) {
        self.errors.push(ConfigError {
            file: file.path.clone(),
            span,
            at: file.position(span.start),
            message,
            help,
        });
    }

    /// Puts a file, and before it what it extends, over what is there. Its paths
    /// are relative to `base`.
    fn load(&mut self, path: &Utf8Path, base: &Utf8Path) {
        let file = match self.source(path) {
            Ok(file) => file,
            Err(error) => {
                let empty = SourceFile::new(path, "");
                self.error(
                    &empty,
                    Span::empty(0),
                    format!("cannot be read: {error}"),
                    None,
                );
                return;
            }
        };
        let (json, error) = Json::parse(&file.text);
        if let Some(error) = error {
            self.error(&file, error.span, error.message, None);
            return;
        }
        let json = match path.file_name() {
            Some("package.json") => json.get("snell"),
            _ => Some(&json),
        };
        let Some(json) = json else {
            return;
        };
        self.open.push(path.to_owned());
        self.extend(&file, json);
        self.open.pop();
        let mut reader = Reader {
            file: &file,
            base,
            errors: Vec::new(),
        };
        settings::apply(&mut self.config, json, &mut reader);
        reader.errors.sort_by_key(|error| error.span);
        self.errors.append(&mut reader.errors);
    }

    fn extend(&mut self, file: &SourceFile, json: &Json) {
        let Some(value) = json.get("extends") else {
            return;
        };
        let names = match value.spanned_str() {
            Some(name) => vec![name],
            None => value.spanned_strings(),
        };
        let strings = names.len();
        if value.as_str().is_none() && (strings == 0 || strings != value.elements().len()) {
            let message = "`extends` must be a string or an array of strings".to_owned();
            self.error(file, value.span, message, None);
        }
        for name in names {
            self.extend_one(file, &name);
        }
    }

    fn extend_one(&mut self, file: &SourceFile, name: &Spanned<String>) {
        let places = places(&file.path, &name.value, self.packages);
        let found = places
            .iter()
            .find(|place| !matches!(read_text(self.fs, &place.path), Err(ReadError::Missing)));
        let Some(found) = found else {
            let looked: Vec<&str> = places.iter().map(|place| place.path.as_str()).collect();
            self.error(
                file,
                name.span,
                format!("`extends`: `{}` is not there", name.value),
                Some(format!("looked for {}", looked.join(", "))),
            );
            return;
        };
        if let Some(start) = self.open.iter().position(|open| *open == found.path) {
            let mut circle: Vec<&str> = self.open[start..].iter().map(|p| p.as_str()).collect();
            circle.push(found.path.as_str());
            let message = format!("`extends` goes round in a circle: {}", circle.join(" -> "));
            self.error(file, name.span, message, None);
            return;
        }
        let (path, base) = (found.path.clone(), found.base.clone());
        self.load(&path, &base);
        if !self.config.extended.contains(&path) {
            self.config.extended.push(path);
        }
    }
}

/// A file that `extends` may mean.
struct Place {
    path: Utf8PathBuf,
    /// What its paths are relative to: its own folder; the root when it comes
    /// from a package, which cannot know the workspace's folders.
    base: Utf8PathBuf,
}

/// The files that `extends` may mean, in the order in which they are tried.
fn places(from: &Utf8Path, name: &str, packages: &[Package]) -> Vec<Place> {
    let folder = from.parent().unwrap_or(Utf8Path::new(""));
    let is_file = name.ends_with(".json") || name.ends_with(".jsonc");
    let mut places = Vec::new();
    if name.starts_with('.') || is_file {
        if let Some(path) = join(folder, name) {
            let base = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
            places.push(Place { path, base });
        }
        if name.starts_with('.') {
            return places;
        }
    }
    let (package, inside) = split_package(name);
    let own = packages.iter().filter(|candidate| {
        let own_name = candidate.manifest.name.as_ref();
        candidate.member && own_name.is_some_and(|own_name| own_name.value == package)
    });
    let own = own.map(|package| package.folder.clone());
    let installed = folder
        .ancestors()
        .map(|above| above.join("node_modules").join(package));
    for folder in own.chain(installed) {
        let files = match inside {
            "" => vec!["snell.jsonc".to_owned(), "snell.json".to_owned()],
            file if is_file => vec![file.to_owned()],
            file => vec![format!("{file}.jsonc"), format!("{file}.json")],
        };
        places.extend(files.iter().filter_map(|file| {
            Some(Place {
                path: join(&folder, file)?,
                base: Utf8PathBuf::new(),
            })
        }));
    }
    places
}

/// `@scope/name/a/b` -> (`@scope/name`, `a/b`).
fn split_package(name: &str) -> (&str, &str) {
    let skip = if name.starts_with('@') { 1 } else { 0 };
    name.match_indices('/')
        .nth(skip)
        .map_or((name, ""), |(at, _)| (&name[..at], &name[at + 1..]))
}
