//! The conversation: what comes in, in its order.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use camino::{Utf8Path, Utf8PathBuf};
use crossbeam_channel::{Receiver, Sender, select, unbounded};
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    FileChangeType, MessageType, Uri,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use rustc_hash::FxHashSet;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use snell_workspace::{Purpose, RootReason, resolve_root};

use crate::{
    answers::{self, Ask, World},
    client::{self, Client},
    documents::Documents,
    publish::{self, Root},
    uri,
    wire::Incoming,
    worker::{self, Changed, Done, Job, Policy, below},
};

/// Talks until the editor leaves; whether it did so in order.
///
/// # Errors
/// When the system refuses threads.
pub(crate) fn run(
    receiver: &Receiver<Incoming>,
    sender: &Sender<Message>,
    policy: Policy,
) -> io::Result<bool> {
    let Some(params) = greet(receiver, sender) else {
        return Ok(false);
    };
    let client = Client::of(&params);
    let (jobs, to_do) = unbounded();
    let (report, done) = unbounded();
    let remembers = client.watches;
    thread::Builder::new()
        .name("analysis".to_owned())
        .spawn(move || worker::run(policy, remembers, &to_do, &report))?;
    let (asks, asked) = unbounded::<Ask>();
    let cancelled = Arc::<Mutex<FxHashSet<RequestId>>>::default();
    let answering = answers::Answering {
        sender: sender.clone(),
        cancelled: Arc::clone(&cancelled),
    };
    thread::Builder::new()
        .name("answers".to_owned())
        .spawn(move || answering.run(&asked))?;
    let mut server = Server {
        sender: sender.clone(),
        client,
        documents: Arc::default(),
        roots: Vec::new(),
        jobs,
        asks,
        cancelled,
        waiting: Vec::new(),
        moment: 0,
        requests: 0,
        leaving: false,
    };
    for root in client::roots(&params) {
        server.add_root(root);
    }
    server.start();
    loop {
        select! {
            recv(receiver) -> incoming => match incoming {
                Ok(Incoming::Message(Message::Notification(one))) if one.method == "exit" => {
                    return Ok(server.leaving);
                }
                Ok(incoming) => server.incoming(incoming),
                Err(_) => return Ok(false),
            },
            recv(done) -> finished => {
                if let Ok(finished) = finished {
                    server.finished(finished);
                }
            }
        }
    }
}

/// Answers `initialize` and waits for it until then; nothing when the editor leaves first.
fn greet(receiver: &Receiver<Incoming>, sender: &Sender<Message>) -> Option<Value> {
    loop {
        match receiver.recv().ok()? {
            Incoming::Message(Message::Request(request)) if request.method == "initialize" => {
                let answer = json!({
                    "capabilities": answers::capabilities(),
                    "serverInfo": { "name": "snell", "version": env!("CARGO_PKG_VERSION") },
                });
                sender
                    .send(Response::new_ok(request.id, answer).into())
                    .ok()?;
                return Some(request.params);
            }
            Incoming::Message(Message::Request(request)) => {
                let why = "the first request is `initialize`".to_owned();
                let code = ErrorCode::ServerNotInitialized as i32;
                sender
                    .send(Response::new_err(request.id, code, why).into())
                    .ok()?;
            }
            Incoming::Message(Message::Notification(one)) if one.method == "exit" => return None,
            Incoming::Malformed { id: Some(id), why } => {
                let code = ErrorCode::InvalidRequest as i32;
                sender.send(Response::new_err(id, code, why).into()).ok()?;
            }
            _ => {}
        }
    }
}

struct Server {
    sender: Sender<Message>,
    client: Client,
    documents: Arc<Documents>,
    roots: Vec<Root>,
    jobs: Sender<Job>,
    asks: Sender<Ask>,
    cancelled: Arc<Mutex<FxHashSet<RequestId>>>,
    /// Questions that came before the first run of their root was done.
    waiting: Vec<Request>,
    moment: u64,
    /// How many requests we made.
    requests: i32,
    /// After `shutdown`.
    leaving: bool,
}

impl Server {
    fn start(&mut self) {
        if self.client.watches {
            let watchers: Vec<Value> = publish::WATCHED
                .iter()
                .map(|glob| json!({ "globPattern": glob }))
                .collect();
            self.request(
                "client/registerCapability",
                json!({ "registrations": [{
                    "id": "snell-files",
                    "method": "workspace/didChangeWatchedFiles",
                    "registerOptions": { "watchers": watchers },
                }]}),
            );
        }
        for n in 0..self.roots.len() {
            self.judge(n);
        }
    }

    fn add_root(&mut self, root: Utf8PathBuf) -> Option<usize> {
        if self.roots.iter().any(|known| known.path == root) {
            return None;
        }
        self.roots.push(Root::new(root));
        Some(self.roots.len() - 1)
    }

    fn incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Message(Message::Request(request)) => self.asked(request),
            Incoming::Message(Message::Notification(one)) => {
                let method = one.method.clone();
                if let Err(why) = self.told(one) {
                    self.log(MessageType::Warning, &format!("{method}: {why}"));
                }
            }
            // Nothing that we ask for has an answer that matters.
            Incoming::Message(Message::Response(_)) => {}
            Incoming::Malformed { id: Some(id), why } => {
                self.refuse(id, ErrorCode::InvalidRequest, why);
            }
            Incoming::Malformed { id: None, why } => {
                self.log(MessageType::Warning, &format!("no message: {why}"));
            }
        }
    }

    fn asked(&mut self, request: Request) {
        if self.leaving {
            let why = "the server is shut down".to_owned();
            self.refuse(request.id, ErrorCode::InvalidRequest, why);
            return;
        }
        match request.method.as_str() {
            "shutdown" => {
                self.leaving = true;
                let answer = Response::new_ok(request.id, Value::Null);
                let _ = self.sender.send(answer.into());
            }
            "initialize" => {
                let why = "`initialize` was there already".to_owned();
                self.refuse(request.id, ErrorCode::InvalidRequest, why);
            }
            method if !answers::METHODS.contains(&method) => {
                let why = format!("no method `{method}`");
                self.refuse(request.id, ErrorCode::MethodNotFound, why);
            }
            _ if self.is_early(&request) => self.waiting.push(request),
            _ => self.ask(request),
        }
    }

    /// Whether the first run that could answer a question is not done.
    fn is_early(&self, request: &Request) -> bool {
        let document = request.params.pointer("/textDocument/uri");
        let path = document
            .and_then(Value::as_str)
            .and_then(|address| uri::path(&Uri::from(address)));
        path.and_then(|path| self.root_of(&path))
            .is_some_and(|n| !self.roots[n].settled)
    }

    fn ask(&self, request: Request) {
        let world = World {
            documents: Arc::clone(&self.documents),
            snapshots: self
                .roots
                .iter()
                .filter_map(|root| root.snapshot.clone())
                .collect(),
            client: self.client.clone(),
        };
        let _ = self.asks.send(Ask { request, world });
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: String) {
        let _ = self
            .sender
            .send(Response::new_err(id, code as i32, why).into());
    }

    fn told(&mut self, one: Notification) -> Result<(), serde_json::Error> {
        match one.method.as_str() {
            "textDocument/didOpen" => self.opened(read(one.params)?),
            "textDocument/didChange" => self.changed(read(one.params)?),
            "textDocument/didClose" => self.closed(&read(one.params)?),
            "textDocument/didSave" => self.saved(&read(one.params)?),
            "workspace/didChangeWatchedFiles" => self.files_changed(read(one.params)?),
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(&read(one.params)?),
            "workspace/didChangeConfiguration" => self.configured(&one.params),
            "$/cancelRequest" => self.cancel(&one.params),
            // `initialized`, `$/setTrace`, and what newer protocols tell.
            _ => {}
        }
        Ok(())
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let path = uri::path(&document.uri);
        let known =
            Arc::make_mut(&mut self.documents).open(document.uri, document.version, document.text);
        if let Some(path) = path.filter(|_| known) {
            if self.root_of(&path).is_none() {
                self.adopt(&path);
            }
            self.judge_of(&path, Changed::default());
        }
    }

    /// A file outside of all folders, opened on its own: the project that it belongs to.
    fn adopt(&mut self, path: &Utf8Path) {
        if let Some(folder) = path.parent() {
            let decision = resolve_root(&[folder.to_owned()], folder);
            if decision.why != RootReason::Itself {
                self.add_root(decision.root);
            }
        }
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let uri = document.text_document_identifier.uri;
        let documents = Arc::make_mut(&mut self.documents);
        if documents.change(&uri, document.version, params.content_changes)
            && !self.client.settings.on_save
            && let Some(path) = uri::path(&uri)
        {
            self.judge_of(&path, Changed::default());
        }
    }

    fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        let uri = &params.text_document.uri;
        if Arc::make_mut(&mut self.documents).close(uri)
            && let Some(path) = uri::path(uri)
        {
            self.judge_of(&path, Changed::default());
        }
    }

    fn saved(&mut self, params: &DidSaveTextDocumentParams) {
        let Some(path) = uri::path(&params.text_document.uri) else {
            return;
        };
        let git = path.extension() == Some("sql");
        let files = Vec::from([path.clone()]);
        self.judge_of(
            &path,
            Changed {
                all: false,
                files,
                git,
            },
        );
    }

    /// What is open counts in its newest text, whatever is on the disk.
    fn files_changed(&mut self, params: DidChangeWatchedFilesParams) {
        let mut touched: FxHashSet<usize> = FxHashSet::default();
        for event in params.changes {
            let Some(path) = uri::path(&event.uri) else {
                continue;
            };
            let Some(n) = self.root_of(&path) else {
                continue;
            };
            let left_out = |part: &str| part == "node_modules" || part == ".git";
            if path.iter().any(left_out) {
                continue;
            }
            let ignores = path.file_name() == Some(".gitignore");
            let relevant = ignores || Purpose::of(&path).is_some();
            let changed = event.kind == FileChangeType::Changed;
            if changed && !relevant {
                continue;
            }
            let disk = &mut self.roots[n].disk;
            disk.git |= path.extension() == Some("sql");
            disk.all |= !changed || ignores;
            disk.files.push(path.clone());
            if !changed || self.documents.get(&path).is_none() {
                touched.insert(n);
            }
        }
        for n in touched {
            self.judge(n);
        }
    }

    fn folders_changed(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        let root = |address: &Uri| uri::path(address).map(|path| client::root(&path));
        for folder in &params.event.removed {
            if let Some(path) = root(&folder.uri)
                && let Some(n) = self.roots.iter().position(|root| root.path == path)
            {
                let gone = self.roots.remove(n);
                publish::clear(&self.sender, &self.documents, gone);
            }
        }
        for folder in &params.event.added {
            if let Some(n) = root(&folder.uri).and_then(|path| self.add_root(path)) {
                self.judge(n);
            }
        }
    }

    fn configured(&mut self, params: &Value) {
        let said = params.pointer("/settings/snell");
        let settings = said.map(|said| self.client.settings.with(said));
        if let Some(settings) = settings.filter(|new| *new != self.client.settings) {
            self.client.settings = settings;
            for n in 0..self.roots.len() {
                self.judge(n);
            }
        }
    }

    fn cancel(&mut self, params: &Value) {
        let id: Option<RequestId> = params
            .get("id")
            .and_then(|id| serde_json::from_value(id.clone()).ok());
        let Some(id) = id else { return };
        if let Some(n) = self.waiting.iter().position(|request| request.id == id) {
            self.waiting.remove(n);
            self.refuse(id, ErrorCode::RequestCanceled, "cancelled".to_owned());
        } else {
            let mut cancelled = self
                .cancelled
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            cancelled.insert(id);
        }
    }

    /// The innermost root that holds a file.
    fn root_of(&self, path: &Utf8Path) -> Option<usize> {
        let holding = self.roots.iter().enumerate();
        holding
            .filter(|(_, root)| path.starts_with(&root.path))
            .max_by_key(|(_, root)| root.path.as_str().len())
            .map(|(n, _)| n)
    }

    fn judge_of(&mut self, path: &Utf8Path, disk: Changed) {
        if let Some(n) = self.root_of(path) {
            self.roots[n].disk.add(disk);
            self.judge(n);
        }
    }

    /// Has a root judged as it is now.
    fn judge(&mut self, n: usize) {
        self.moment += 1;
        self.status("busy", None);
        let root = &mut self.roots[n];
        root.newest.store(self.moment, Ordering::Relaxed);
        let mut disk = std::mem::take(&mut root.disk);
        let files = disk.files.iter();
        disk.files = files.filter_map(|path| below(path, &root.path)).collect();
        let documents = self.documents.iter();
        let _ = self.jobs.send(Job {
            root: root.path.clone(),
            documents: documents
                .filter(|document| document.path.starts_with(&root.path))
                .cloned()
                .collect(),
            moment: self.moment,
            newest: Arc::<AtomicU64>::clone(&root.newest),
            disk,
        });
    }

    fn finished(&mut self, done: Done) {
        let Some(n) = self.roots.iter().position(|root| root.path == done.root) else {
            return;
        };
        let took = done.took;
        let newest = done.moment == self.roots[n].newest.load(Ordering::Relaxed);
        let root = &mut self.roots[n];
        root.settled = true;
        publish::outcome(
            &self.sender,
            &self.client,
            &self.documents,
            root,
            done.outcome,
        );
        for request in std::mem::take(&mut self.waiting) {
            self.asked(request);
        }
        if newest {
            self.status("ready", Some(took));
        }
        if self.client.refreshes_lenses {
            self.request("workspace/codeLens/refresh", Value::Null);
        }
    }

    fn status(&self, state: &str, took: Option<std::time::Duration>) {
        if self.client.status {
            let findings: usize = self.roots.iter().map(Root::findings).sum();
            let took = took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
            let status = json!({ "state": state, "findings": findings, "milliseconds": took });
            let told = Notification::new("snell/status".to_owned(), status);
            let _ = self.sender.send(told.into());
        }
    }

    fn request(&mut self, method: &str, params: Value) {
        self.requests += 1;
        let id = RequestId::from(format!("snell-{}", self.requests));
        let request = Request::new(id, method.to_owned(), params);
        let _ = self.sender.send(request.into());
    }

    fn log(&self, kind: MessageType, words: &str) {
        publish::message(&self.sender, "window/logMessage", kind, words);
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(params)
}
