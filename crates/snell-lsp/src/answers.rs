//! Questions, answered from what the last run understood.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use camino::Utf8Path;
use crossbeam_channel::{Receiver, Sender};
use gen_lsp_types::{
    CodeLens, Command, Contents, Hover, Location, LocationLink, MarkupContent, MarkupKind,
    Position, Range, Uri,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use rustc_hash::FxHashSet;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use snell_correlate::rules;
use snell_report::Tool;
use snell_source::{FileId, SourceFile, Span};

use crate::{
    actions,
    client::Client,
    documents::{Document, Documents},
    position::{self, Shift},
    snapshot::Snapshot,
    understand::{self, Found},
    uri,
    worker::{below, words},
};

/// The methods that are answered here.
pub(crate) const METHODS: [&str; 7] = [
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/codeLens",
    "textDocument/codeAction",
    "workspace/executeCommand",
    "snell/rulePage",
];

/// Opens a rule's page, for editors that have no command of their own for it.
pub(crate) const OPEN_RULE: &str = "snell.openRule";

/// Shows places, in editors that have it.
const SHOW_REFERENCES: &str = "snell.showReferences";

/// What `initialize` is told.
pub(crate) fn capabilities() -> Value {
    json!({
        "positionEncoding": "utf-16",
        "textDocumentSync": { "openClose": true, "change": 2, "save": true },
        "hoverProvider": true,
        "definitionProvider": true,
        "referencesProvider": true,
        "codeLensProvider": { "resolveProvider": false },
        "codeActionProvider": { "codeActionKinds": ["quickfix", "source.fixAll.snell"] },
        "executeCommandProvider": { "commands": [OPEN_RULE] },
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
    })
}

/// What a question is answered from.
pub(crate) struct World {
    pub(crate) documents: Arc<Documents>,
    pub(crate) snapshots: Vec<Arc<Snapshot>>,
    pub(crate) client: Client,
}

/// A question and the world at its time.
pub(crate) struct Ask {
    pub(crate) request: Request,
    pub(crate) world: World,
}

/// The thread that answers.
pub(crate) struct Answering {
    pub(crate) sender: Sender<Message>,
    pub(crate) cancelled: Arc<Mutex<FxHashSet<RequestId>>>,
}

/// Why a question has no answer.
type Refusal = (ErrorCode, String);

impl Answering {
    /// Answers until nobody asks.
    pub(crate) fn run(&self, asked: &Receiver<Ask>) {
        for Ask { request, world } in asked {
            let id = request.id.clone();
            let answer = if self.is_cancelled(&id, asked.is_empty()) {
                Err((ErrorCode::RequestCanceled, "cancelled".to_owned()))
            } else {
                let attempt = AssertUnwindSafe(|| self.answer(&world, request));
                catch_unwind(attempt).unwrap_or_else(|panic| {
                    let why = format!("snell failed: {}", words(panic.as_ref()));
                    Err((ErrorCode::InternalError, why))
                })
            };
            let response = match answer {
                Ok(value) => Response::new_ok(id, value),
                Err((code, why)) => Response::new_err(id, code as i32, why),
            };
            if self.sender.send(response.into()).is_err() {
                return;
            }
        }
    }

    /// Whether a question was taken back. When it is the last one, what else was taken back is
    /// answered already.
    fn is_cancelled(&self, id: &RequestId, last: bool) -> bool {
        let mut cancelled = self
            .cancelled
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let taken = cancelled.remove(id);
        if last {
            cancelled.clear();
        }
        taken
    }

    fn answer(&self, world: &World, request: Request) -> Result<Value, Refusal> {
        let params = request.params;
        Ok(match request.method.as_str() {
            "textDocument/hover" => {
                let asked: Asked = read(params)?;
                value(world.hover(&asked.text_document.uri, asked.position))
            }
            "textDocument/definition" => {
                let asked: Asked = read(params)?;
                world.definition(&asked.text_document.uri, asked.position)
            }
            "textDocument/references" => {
                let asked: Asked = read(params)?;
                value(world.references(&asked.text_document.uri, asked.position))
            }
            "textDocument/codeLens" => {
                let asked: OfDocument = read(params)?;
                value(world.lenses(&asked.text_document.uri))
            }
            "textDocument/codeAction" => value(actions::all(world, &read(params)?)),
            "workspace/executeCommand" => self.execute(world, &params)?,
            "snell/rulePage" => {
                let name = params.get("rule").and_then(Value::as_str);
                let rule = name.and_then(rules::named);
                let rule = rule.ok_or_else(|| invalid("no such rule"))?;
                json!({ "markdown": rule.metadata.readable_page() })
            }
            _ => return Err((ErrorCode::MethodNotFound, request.method)),
        })
    }

    /// Opens a rule's page in a browser, or says where it is.
    fn execute(&self, world: &World, params: &Value) -> Result<Value, Refusal> {
        let command = params.get("command").and_then(Value::as_str);
        if command != Some(OPEN_RULE) {
            return Err(invalid("no such command"));
        }
        let name = params.pointer("/arguments/0").and_then(Value::as_str);
        let rule = name.and_then(rules::named);
        let rule = rule.ok_or_else(|| invalid("no such rule"))?;
        let url = Tool::default().docs_url(rule.metadata.name);
        let message: Message = if world.client.shows_documents {
            let id = RequestId::from(format!("snell-show-{}", rule.metadata.name));
            let params = json!({ "uri": url, "external": true });
            Request::new(id, "window/showDocument".to_owned(), params).into()
        } else {
            let words = format!("{}: {url}", rule.metadata.summary);
            let params = json!({ "type": 3, "message": words });
            Notification::new("window/showMessage".to_owned(), params).into()
        };
        let _ = self.sender.send(message);
        Ok(Value::Null)
    }
}

/// A document, as requests name it.
#[derive(serde::Deserialize)]
pub(crate) struct Identifier {
    pub(crate) uri: Uri,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfDocument {
    text_document: Identifier,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    text_document: Identifier,
    position: Position,
}

/// A document beside what the last run understood of it.
pub(crate) struct Page<'w> {
    pub(crate) snapshot: &'w Snapshot,
    pub(crate) document: &'w Document,
    /// What the run read of it, when it did.
    pub(crate) read: Option<(FileId, &'w SourceFile, Shift)>,
}

impl World {
    /// The document of an address, in the innermost root that was judged.
    pub(crate) fn page(&self, uri: &Uri) -> Option<Page<'_>> {
        let path = uri::path(uri)?;
        let document = self.documents.get(&path)?;
        let holding = self.snapshots.iter();
        let snapshot = holding
            .filter(|snapshot| path.starts_with(&snapshot.root))
            .max_by_key(|snapshot| snapshot.root.as_str().len())?;
        let read = below(&path, &snapshot.root).and_then(|path| snapshot.file(&path));
        Some(Page {
            snapshot,
            document,
            read: read
                .map(|(id, file)| (id, file, Shift::between(&file.text, &document.file.text))),
        })
    }

    fn hover(&self, uri: &Uri, at: Position) -> Option<Hover> {
        let path = uri::path(uri)?;
        let document = self.documents.get(&path)?;
        let offset = position::offset(&document.file, at);
        let (text, span) = match understand::rule_at(&document.file.text, offset) {
            Some((rule, span)) => (rule.metadata.readable_page(), Some(span)),
            None => {
                let page = self.page(uri)?;
                let found = page.found(at)?;
                let span = page.now(found.span);
                (understand::hover::text(page.snapshot, &found)?, span)
            }
        };
        Some(Hover {
            contents: Contents::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: text,
            }),
            range: span.map(|span| position::range(&document.file, span)),
        })
    }

    fn definition(&self, uri: &Uri, at: Position) -> Value {
        let Some(page) = self.page(uri) else {
            return Value::Null;
        };
        let Some(found) = page.found(at) else {
            return Value::Null;
        };
        let targets = understand::definition::targets(page.snapshot, &found);
        let locations = targets
            .into_iter()
            .filter_map(|at| self.location(page.snapshot, at.file, at.span));
        if !self.client.links {
            return value(locations.collect::<Vec<Location>>());
        }
        let origin = page.now(found.span);
        let origin = origin.map(|span| position::range(&page.document.file, span));
        let links = locations.map(|location| LocationLink {
            origin_selection_range: origin,
            target_uri: location.uri,
            target_range: location.range,
            target_selection_range: location.range,
        });
        value(links.collect::<Vec<LocationLink>>())
    }

    fn references(&self, uri: &Uri, at: Position) -> Option<Vec<Location>> {
        let page = self.page(uri)?;
        let found = page.found(at)?;
        let places = understand::references::places(page.snapshot, &found);
        let locations = places.into_iter();
        Some(
            locations
                .filter_map(|at| self.location(page.snapshot, at.file, at.span))
                .collect(),
        )
    }

    fn lenses(&self, uri: &Uri) -> Option<Vec<CodeLens>> {
        let page = self.page(uri)?;
        let (id, ..) = page.read?;
        let lenses = page.snapshot.lenses().iter();
        let lenses = lenses.filter(|lens| lens.at.file == id).filter_map(|lens| {
            let range = position::range(&page.document.file, page.now(lens.at.span)?);
            let places = lens.places.iter();
            let places: Vec<Location> = places
                .filter_map(|at| self.location(page.snapshot, at.file, at.span))
                .collect();
            let shows = self.client.has(SHOW_REFERENCES) && !places.is_empty();
            let arguments = shows.then(|| vec![value(uri), value(range.start), value(places)]);
            Some(CodeLens {
                range,
                command: Some(Command {
                    title: lens.title.clone(),
                    tooltip: None,
                    command: if shows { SHOW_REFERENCES } else { "" }.to_owned(),
                    arguments,
                }),
                data: None,
            })
        });
        Some(lenses.collect())
    }

    /// A place of a run, as the editor counts it now; none when it was edited away.
    pub(crate) fn location(&self, of: &Snapshot, file: FileId, span: Span) -> Option<Location> {
        let read = of.analysis.sources.file(file);
        let path = of.root.join(&read.path);
        Some(Location {
            range: self.range(&path, read, span)?,
            uri: self.documents.uri(&path),
        })
    }

    fn range(&self, path: &Utf8Path, read: &SourceFile, span: Span) -> Option<Range> {
        match self.documents.get(path) {
            Some(open) if *open.file.text != *read.text => {
                let shift = Shift::between(&read.text, &open.file.text);
                Some(position::range(&open.file, shift.span(span)?))
            }
            _ => Some(position::range(read, span)),
        }
    }
}

impl Page<'_> {
    /// What stands at a position of the document.
    pub(crate) fn found(&self, at: Position) -> Option<Found> {
        let offset = position::offset(&self.document.file, at);
        let (id, _, shift) = self.read?;
        understand::at(self.snapshot, id, shift.back(offset)?)
    }

    /// Where a span of the text that the run read is now.
    pub(crate) fn now(&self, span: Span) -> Option<Span> {
        let (_, _, shift) = self.read?;
        shift.span(span)
    }
}

pub(crate) fn value(of: impl serde::Serialize) -> Value {
    serde_json::to_value(of).unwrap_or(Value::Null)
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| invalid(&error.to_string()))
}

fn invalid(why: &str) -> Refusal {
    (ErrorCode::InvalidParams, why.to_owned())
}
