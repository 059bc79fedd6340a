//! The characters and colours of a frame.

use anstyle::{AnsiColor, Style};
use miette::Severity;

/// The characters that frames are drawn with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Glyphs {
    /// Before the path of the primary file, from the end of the line numbers on.
    pub(super) arrow: &'static str,
    /// Before the path of a further file; as wide as `arrow`.
    pub(super) further: &'static str,
    /// Between line numbers and text.
    pub(super) border: &'static str,
    /// In place of skipped lines.
    pub(super) gap: &'static str,
    /// Whether `gap` stands in the border's column, or else at the line's start.
    pub(super) gap_at_border: bool,
    /// Joins the border to the last label when no remark follows.
    pub(super) close: Option<&'static str>,
    /// Before a remark that another one follows.
    pub(super) remark: &'static str,
    /// Before the last remark.
    pub(super) last_remark: &'static str,
    /// Beside the further lines of a remark that another one follows.
    pub(super) remark_border: &'static str,
    /// In place of text cut from a line.
    pub(super) ellipsis: &'static str,
    /// From the end of a stem to its text. Empty: the text stands under the stem.
    pub(super) elbow: &'static str,
    /// Lines of the primary label.
    pub(super) primary: Strokes,
    /// Lines of the other labels.
    pub(super) related: Strokes,
}

/// The strokes of one kind of label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strokes {
    /// Under the labelled text.
    pub(super) underline: char,
    /// The underline's first column when a stem hangs from it.
    pub(super) tee: char,
    /// From an underline down to its text.
    pub(super) stem: char,
    /// Left of the lines of a label that covers several.
    pub(super) bar: char,
    /// Where the bar begins on the labelled line itself.
    pub(super) open: char,
    /// Where the bar begins on the line below.
    pub(super) turn: char,
    /// Where the bar ends.
    pub(super) end: char,
    /// From the bar to the labelled character.
    pub(super) run: char,
    /// Under the first or last character of a label that covers several lines.
    pub(super) tip: char,
}

/// Box drawing characters.
pub(super) const UNICODE: Glyphs = Glyphs {
    arrow: " ╭▸ ",
    further: " ⸬  ",
    border: "│",
    gap: "┆",
    gap_at_border: true,
    close: Some("╰╴"),
    remark: "├ ",
    last_remark: "╰ ",
    remark_border: "│ ",
    ellipsis: "…",
    elbow: "╰ ",
    primary: Strokes {
        underline: '━',
        tee: '┯',
        stem: '│',
        bar: '┃',
        open: '┏',
        turn: '┏',
        end: '┗',
        run: '━',
        tip: '┛',
    },
    related: Strokes {
        underline: '─',
        tee: '┬',
        stem: '│',
        bar: '│',
        open: '╭',
        turn: '╭',
        end: '╰',
        run: '─',
        tip: '╯',
    },
};

/// ASCII, as rustc draws.
pub(super) const ASCII: Glyphs = Glyphs {
    arrow: "--> ",
    further: "::: ",
    border: "|",
    gap: "...",
    gap_at_border: false,
    close: None,
    remark: "= ",
    last_remark: "= ",
    remark_border: "  ",
    ellipsis: "...",
    elbow: "",
    primary: Strokes {
        underline: '^',
        tee: '^',
        stem: '|',
        bar: '|',
        open: '/',
        turn: ' ',
        end: '|',
        run: '_',
        tip: '^',
    },
    related: Strokes {
        underline: '-',
        tee: '-',
        stem: '|',
        bar: '|',
        open: '/',
        turn: ' ',
        end: '|',
        run: '_',
        tip: '-',
    },
};

impl Glyphs {
    /// The strokes of a label.
    pub(super) fn strokes(&self, primary: bool) -> Strokes {
        if primary { self.primary } else { self.related }
    }
}

/// The part that a piece of output plays; it decides the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Source text and everything else without a colour.
    Plain,
    /// The severity word, and what the primary label draws.
    Level(Severity),
    /// The message.
    Title,
    /// Line numbers, borders, arrows.
    Frame,
    /// What other labels draw.
    Related,
    /// The words `help` and `note`.
    Remark,
}

impl Paint {
    fn style(self) -> Style {
        let bright = |color: AnsiColor| color.on_default().bold();
        match self {
            Paint::Plain => Style::new(),
            Paint::Level(Severity::Error) => bright(AnsiColor::BrightRed),
            Paint::Level(Severity::Warning) => bright(AnsiColor::Yellow),
            Paint::Level(Severity::Advice) => bright(AnsiColor::BrightCyan),
            Paint::Title | Paint::Remark => Style::new().bold(),
            Paint::Frame => AnsiColor::BrightBlue.on_default(),
            Paint::Related => AnsiColor::BrightCyan.on_default(),
        }
    }
}

/// A text under construction, with or without colours.
#[derive(Debug, Default)]
pub(crate) struct Painter {
    out: String,
    color: bool,
}

impl Painter {
    pub(crate) fn new(color: bool) -> Self {
        Painter {
            out: String::new(),
            color,
        }
    }

    /// Appends a text that holds no line break.
    pub(crate) fn push(&mut self, paint: Paint, text: &str) {
        let style = paint.style();
        let ink = text.trim_end_matches(' ');
        if !self.color || style == Style::new() || ink.is_empty() {
            self.out.push_str(text);
        } else {
            self.out.push_str(&format!("{style}{ink}{style:#}"));
            self.spaces(text.len() - ink.len());
        }
    }

    /// Appends a text as an OSC 8 link.
    pub(crate) fn link(&mut self, paint: Paint, text: &str, url: &str) {
        self.out.push_str(&format!("\x1b]8;;{url}\x1b\\"));
        self.push(paint, text);
        self.out.push_str("\x1b]8;;\x1b\\");
    }

    /// Appends `n` spaces.
    pub(crate) fn spaces(&mut self, n: usize) {
        self.out.extend(std::iter::repeat_n(' ', n));
    }

    /// Ends the line; spaces at its end are dropped.
    pub(crate) fn end_line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}
