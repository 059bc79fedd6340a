//! What the editor can do, and what its settings say. Read leniently: a capability that is
//! written in an odd way is one that is not there.

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::Uri;
use serde_json::Value;
use snell_workspace::resolve_root;

use crate::uri;

/// The editor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Client {
    /// Edits may hold snippets with places to fill in (3.18).
    pub(crate) snippets: bool,
    /// Edits may name the version of a document.
    pub(crate) versioned_edits: bool,
    /// It tells of files that change, when it is asked to.
    pub(crate) watches: bool,
    /// It can be told that lenses changed.
    pub(crate) refreshes_lenses: bool,
    /// It can open a page in a browser.
    pub(crate) shows_documents: bool,
    /// It takes links for definitions: with the place that was asked about.
    pub(crate) links: bool,
    /// Commands of its own that it has for us: `snell.explainRule`, `snell.showReferences`.
    pub(crate) commands: Vec<String>,
    /// It wants to know when runs begin and end.
    pub(crate) status: bool,
    /// Its settings.
    pub(crate) settings: Settings,
}

/// What people set in their editor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Texts are judged when they are saved, and not while they are typed.
    pub(crate) on_save: bool,
    /// Files that are not open have no diagnostics.
    pub(crate) open_files_only: bool,
}

impl Settings {
    /// These, changed by what an object says: `{ "run": "onSave", "diagnostics": "openFiles" }`.
    pub(crate) fn with(mut self, said: &Value) -> Self {
        let word = |name: &str| said.get(name).and_then(Value::as_str);
        match word("run") {
            Some("onSave") => self.on_save = true,
            Some("onType") => self.on_save = false,
            _ => {}
        }
        match word("diagnostics") {
            Some("openFiles") => self.open_files_only = true,
            Some("workspace") => self.open_files_only = false,
            _ => {}
        }
        self
    }
}

impl Client {
    /// What `initialize` says.
    pub(crate) fn of(params: &Value) -> Self {
        let can = |pointer: &str| {
            let value = params.pointer(&format!("/capabilities/{pointer}"));
            value.and_then(Value::as_bool).unwrap_or(false)
        };
        let options = params.get("initializationOptions");
        let option = |name: &str| options.and_then(|options| options.get(name));
        let commands = option("commands").and_then(Value::as_array);
        Client {
            snippets: can("workspace/workspaceEdit/snippetEditSupport"),
            versioned_edits: can("workspace/workspaceEdit/documentChanges"),
            watches: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            refreshes_lenses: can("workspace/codeLens/refreshSupport"),
            shows_documents: can("window/showDocument/support"),
            links: can("textDocument/definition/linkSupport"),
            commands: commands
                .into_iter()
                .flatten()
                .filter_map(|command| command.as_str().map(str::to_owned))
                .collect(),
            status: option("status").and_then(Value::as_bool).unwrap_or(false),
            settings: options.map_or_else(Settings::default, |options| {
                Settings::default().with(options)
            }),
        }
    }

    /// Whether the editor has a command for us.
    pub(crate) fn has(&self, command: &str) -> bool {
        self.commands.iter().any(|one| one == command)
    }
}

/// The roots of the folders that `initialize` names.
pub(crate) fn roots(params: &Value) -> Vec<Utf8PathBuf> {
    let folders = params.get("workspaceFolders").and_then(Value::as_array);
    let named = folders
        .into_iter()
        .flatten()
        .filter_map(|folder| folder.get("uri")?.as_str());
    let mut found: Vec<Utf8PathBuf> = named.filter_map(folder).collect();
    if found.is_empty() {
        let old = params.get("rootUri").and_then(Value::as_str);
        found.extend(old.and_then(folder));
    }
    if found.is_empty() {
        let oldest = params.get("rootPath").and_then(Value::as_str);
        found.extend(oldest.map(|path| root(Utf8Path::new(path))));
    }
    found.sort();
    found.dedup();
    found
}

fn folder(uri: &str) -> Option<Utf8PathBuf> {
    uri::path(&Uri::from(uri)).map(|path| root(&path))
}

/// The root that a folder belongs to.
pub(crate) fn root(folder: &Utf8Path) -> Utf8PathBuf {
    resolve_root(&[folder.to_owned()], folder).root
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn capabilities_and_settings_are_read() {
        let client = Client::of(&json!({
            "capabilities": {
                "workspace": {
                    "workspaceEdit": { "snippetEditSupport": true, "documentChanges": "yes" },
                    "didChangeWatchedFiles": { "dynamicRegistration": true },
                },
            },
            "initializationOptions": { "run": "onSave", "commands": ["snell.explainRule", 5] },
        }));
        assert!(client.snippets && client.watches);
        assert!(!client.versioned_edits && !client.shows_documents);
        assert!(client.settings.on_save && !client.settings.open_files_only);
        assert!(client.has("snell.explainRule") && !client.has("snell.showReferences"));
    }

    #[test]
    fn folders_are_roots_and_older_fields_stand_in_for_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8Path::from_path(folder.path()).expect("UTF-8");
        std::fs::write(path.join("snell.jsonc"), "{}").expect("a file");
        std::fs::create_dir_all(path.join("apps/api")).expect("a folder");
        let inside = uri::of_path(&path.join("apps/api")).0;
        let top = uri::of_path(path).0;
        let several = json!({ "workspaceFolders": [{ "uri": inside, "name": "api" }, { "uri": top, "name": "top" }] });
        assert_eq!(roots(&several), [path]);
        assert_eq!(
            roots(&json!({ "workspaceFolders": null, "rootUri": top })),
            [path]
        );
        assert_eq!(roots(&json!({ "rootPath": path.as_str() })), [path]);
        assert!(roots(&json!({ "rootUri": null })).is_empty());
    }
}
