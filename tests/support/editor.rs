//! An editor, as far as tests need one: it starts the language server and speaks its protocol.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

/// Far longer than anything takes: a server that does not answer fails the test, and hangs nothing.
const PATIENCE: Duration = Duration::from_secs(180);

/// An editor, as far as tests need one.
pub(crate) struct Editor {
    server: Child,
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    /// What came while something else was waited for.
    kept: Vec<Value>,
    requests: i64,
}

impl Editor {
    pub(crate) fn start() -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_snell"))
            .args(["lsp", "--stdio"])
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_WORK_TREE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("snell starts");
        let to = server.stdin.take();
        let out = server.stdout.take().expect("a pipe");
        let (send, from) = channel();
        thread::spawn(move || {
            let mut out = BufReader::new(out);
            while let Some(message) = read(&mut out) {
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        Editor {
            server,
            to,
            from,
            kept: Vec::new(),
            requests: 0,
        }
    }

    /// Started in a folder, greeted, with these further capabilities.
    pub(crate) fn open(folder: &Path, capabilities: Value) -> Self {
        let mut editor = Editor::start();
        let answer = editor.ask(
            "initialize",
            json!({
                "processId": null,
                "rootUri": uri(folder, ""),
                "workspaceFolders": [{ "uri": uri(folder, ""), "name": "test" }],
                "capabilities": capabilities,
            }),
        );
        assert_eq!(answer["result"]["serverInfo"]["name"], "snell");
        assert_eq!(
            answer["result"]["capabilities"]["positionEncoding"],
            "utf-16"
        );
        editor.tell("initialized", json!({}));
        editor
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let to = self.to.as_mut().expect("the server listens");
        to.write_all(bytes).expect("the server reads");
        to.flush().expect("the server reads");
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks and waits for the answer.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The first message, kept or new, that is wanted; what comes before it is kept.
    pub(crate) fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(n) = self.kept.iter().position(&wanted) {
            return self.kept.remove(n);
        }
        loop {
            let message = self
                .from
                .recv_timeout(PATIENCE)
                .expect("the server answers");
            if wanted(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    /// The next diagnostics of a file that are as they should be.
    pub(crate) fn diagnostics(&mut self, uri: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let message = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && wanted(&message["params"])
        });
        message["params"].clone()
    }

    pub(crate) fn did_open(&mut self, uri: &str, text: &str) {
        let document =
            json!({ "uri": uri, "languageId": "typescript", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(crate) fn did_change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    /// Where what stands at a place is declared.
    pub(crate) fn defined(&mut self, uri: &str, at: &Value) -> Value {
        self.at("textDocument/definition", uri, at)
    }

    /// What is said of what stands at a place.
    pub(crate) fn hovered(&mut self, uri: &str, at: &Value) -> String {
        let hover = self.at("textDocument/hover", uri, at);
        let words = hover["contents"]["value"].as_str();
        words.expect("markdown").to_owned()
    }

    /// Asks about a place.
    pub(crate) fn at(&mut self, method: &str, uri: &str, position: &Value) -> Value {
        let params = json!({ "textDocument": { "uri": uri }, "position": position });
        self.ask(method, params)["result"].clone()
    }

    /// The actions at a range.
    pub(crate) fn actions(&mut self, uri: &str, diagnostic: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": { "uri": uri },
            "range": diagnostic["range"],
            "context": { "diagnostics": [diagnostic] },
        });
        let answer = self.ask("textDocument/codeAction", params);
        answer["result"].as_array().expect("a list").clone()
    }

    /// Takes leave, and the exit code.
    pub(crate) fn leave(mut self) -> Option<i32> {
        let answer = self.ask("shutdown", Value::Null);
        assert_eq!(answer["result"], Value::Null);
        assert!(answer.get("error").is_none());
        let late = self.ask("textDocument/hover", json!({}));
        assert_eq!(late["error"]["code"], -32600);
        self.tell("exit", Value::Null);
        self.end()
    }

    pub(crate) fn end(mut self) -> Option<i32> {
        self.to = None;
        self.server.wait().expect("it ends").code()
    }
}

fn read(from: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().strip_prefix("Content-Length: ") {
            Some(number) => length = number.parse().expect("a number"),
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("JSON"))
}

pub(crate) fn uri(folder: &Path, path: &str) -> String {
    let folder = folder.canonicalize().expect("it is there");
    format!("file://{}", folder.join(path).display())
}
