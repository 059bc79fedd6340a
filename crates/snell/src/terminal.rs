//! How output is to look: colours, frames, links, width; and how it is written.

use std::io::{self, IsTerminal, Write};

use camino::Utf8Path;
use snell_report::RenderOptions;

use crate::args::When;

/// What is known of where output goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) color: bool,
    pub(crate) unicode: bool,
    pub(crate) links: bool,
    pub(crate) width: usize,
    /// Whether a person reads standard output.
    pub(crate) interactive: bool,
}

impl Terminal {
    /// Of standard output: the flag counts most, then `NO_COLOR`, then
    /// `FORCE_COLOR` and `CLICOLOR_FORCE`, then whether it is a terminal.
    pub(crate) fn of_stdout(color: When, links: When) -> Self {
        let stdout = io::stdout();
        let interactive = stdout.is_terminal();
        let color = match color {
            When::Always => true,
            When::Never => false,
            When::Auto if is_set("NO_COLOR") => false,
            When::Auto if forces("FORCE_COLOR") || forces("CLICOLOR_FORCE") => true,
            When::Auto => interactive && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        };
        let links = match links {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                interactive && color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout)
            }
        };
        let width = if interactive {
            terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
        } else {
            100
        };
        Terminal {
            color,
            unicode: interactive && has_unicode_locale(),
            links,
            width,
            interactive,
        }
    }

    /// The options of a report that goes to standard output.
    pub(crate) fn options(self) -> RenderOptions {
        RenderOptions {
            width: self.width,
            color: self.color,
            unicode: self.unicode,
            links: self.links,
            ..RenderOptions::default()
        }
    }
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn forces(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Whether the surroundings say that text is UTF-8.
pub(crate) fn has_unicode_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    cfg!(windows)
        || locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
}

/// Writes to standard output. A reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes to standard error, where nothing can be done about a failure.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a file, with the folder that it lies in.
pub(crate) fn write_file(path: &Utf8Path, text: &str) -> anyhow::Result<()> {
    use anyhow::Context as _;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("{folder} cannot be made"))?;
    }
    std::fs::write(path, text).with_context(|| format!("{path} cannot be written"))
}
