//! Messages over two byte streams.
//!
//! The reader of `lsp-server` ends with the first message that it cannot read; an editor's slip
//! would cost the session. This one says so and reads on.

use std::{
    io::{self, BufRead, Read},
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{Message, RequestId};

/// The largest message that is read; what is longer is skipped.
const MOST: u64 = 256 << 20;

/// What came in.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A message.
    Message(Message),
    /// Bytes that are none.
    Malformed {
        /// The request that they seem to be.
        id: Option<RequestId>,
        /// What is wrong.
        why: String,
    },
}

/// Both directions of a conversation.
pub(crate) struct Wire {
    pub(crate) receiver: Receiver<Incoming>,
    pub(crate) sender: Sender<Message>,
    writer: Option<JoinHandle<()>>,
}

impl Wire {
    /// Over standard input and output.
    ///
    /// # Errors
    /// When the system refuses threads.
    pub(crate) fn stdio() -> io::Result<Wire> {
        let (incoming, receiver) = unbounded();
        let (sender, outgoing) = unbounded::<Message>();
        thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || read_all(&mut io::stdin().lock(), &incoming))?;
        let writer = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let mut out = io::stdout().lock();
                for message in outgoing {
                    // The editor is gone: nobody is left to be told.
                    if message.write(&mut out).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Wire {
            receiver,
            sender,
            writer: Some(writer),
        })
    }

    /// Waits until everything is written.
    pub(crate) fn finish(mut self) {
        drop(self.sender);
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Reads until the stream ends or nobody listens.
fn read_all(from: &mut dyn BufRead, to: &Sender<Incoming>) {
    while let Ok(Some(incoming)) = read(from) {
        let exits = matches!(&incoming, Incoming::Message(Message::Notification(last)) if last.method == "exit");
        if to.send(incoming).is_err() || exits {
            return;
        }
    }
}

/// The next message; none at the end of the stream.
fn read(from: &mut dyn BufRead) -> io::Result<Option<Incoming>> {
    let mut length: Option<u64> = None;
    let mut line = Vec::new();
    let mut any = false;
    loop {
        line.clear();
        if from.take(64 << 10).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            if any {
                break;
            }
            continue;
        }
        any = true;
        if let Some((name, value)) = text.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
    let Some(length) = length else {
        return Ok(Some(malformed(None, "a header without Content-Length")));
    };
    if length > MOST {
        io::copy(&mut from.take(length), &mut io::sink())?;
        return Ok(Some(malformed(None, "a message that is too long")));
    }
    let mut body = Vec::new();
    if from.take(length).read_to_end(&mut body)? as u64 != length {
        return Ok(None);
    }
    Ok(Some(message(&body)))
}

fn message(body: &[u8]) -> Incoming {
    match serde_json::from_slice::<Message>(body) {
        Ok(message) => Incoming::Message(message),
        Err(error) => {
            let value: Option<serde_json::Value> = serde_json::from_slice(body).ok();
            let id = value.and_then(|value| serde_json::from_value(value.get("id")?.clone()).ok());
            malformed(id, &error.to_string())
        }
    }
}

fn malformed(id: Option<RequestId>, why: &str) -> Incoming {
    Incoming::Malformed {
        id,
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(incoming) = read(&mut bytes).expect("bytes can be read") {
            found.push(match incoming {
                Incoming::Message(Message::Notification(one)) => one.method,
                Incoming::Message(_) => "request".to_owned(),
                Incoming::Malformed { id, .. } => match id {
                    Some(id) => format!("malformed {id}"),
                    None => "malformed".to_owned(),
                },
            });
        }
        found
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn reads_on_after_what_is_no_message() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"a"}"#);
        let text = [
            framed("{nonsense"),
            good.clone(),
            framed(r#"{"jsonrpc":"2.0","id":7,"method":5}"#),
            "Garbage\r\n\r\n".to_owned(),
            good,
        ]
        .concat();
        let found = all(text.as_bytes());
        assert_eq!(found, ["malformed", "a", "malformed 7", "malformed", "a"]);
    }

    #[test]
    fn headers_may_be_written_in_other_ways() {
        let body = r#"{"jsonrpc":"2.0","method":"a"}"#;
        let text = format!(
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\ncontent-length:{}\n\n{body}",
            body.len()
        );
        assert_eq!(all(text.as_bytes()), ["a"]);
    }

    #[test]
    fn a_stream_that_ends_inside_of_a_message_ends() {
        assert!(all(b"Content-Length: 99\r\n\r\n{}").is_empty());
        assert!(all(b"Content-Len").is_empty());
    }
}
