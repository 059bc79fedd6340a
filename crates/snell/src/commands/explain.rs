//! `snell explain`: a rule's page.

use snell_correlate::{Rule, rules};
use snell_report::Tool;

use crate::{
    Exit, Failure,
    args::{ExplainArguments, PageFormat},
    terminal::{Terminal, print},
};

/// Runs the command.
pub(crate) fn run(arguments: &ExplainArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let rule =
        rules::named(&arguments.rule).ok_or_else(|| Failure::unknown_rule(&arguments.rule))?;
    let text = match arguments.format {
        PageFormat::Human => human(rule, terminal),
        PageFormat::Markdown => rule.metadata.readable_page(),
        PageFormat::Json => {
            let mut text = super::rules::document(rule, true).to_string();
            text.push('\n');
            text
        }
    };
    print(&text)?;
    Ok(Exit::Clean)
}

/// The page below one line of what is known of the rule.
fn human(rule: &Rule, terminal: Terminal) -> String {
    let metadata = &rule.metadata;
    let page = metadata.readable_page();
    let body = page.split_once('\n').map_or("", |(_, body)| body);
    let (bold, plain) = if terminal.color {
        ("\u{1b}[1m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let mut out = format!(
        "{bold}{}{plain}   {} - since {} - preset {}\n{}\n",
        metadata.name,
        metadata.severity.as_str(),
        metadata.since,
        super::rules::preset(metadata.preset),
        Tool::default().docs_url(metadata.name),
    );
    for line in body.lines().filter(|line| !line.starts_with("```")) {
        match line.strip_prefix("## ") {
            Some(title) => out.push_str(&format!("{bold}{}{plain}", title.to_uppercase())),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
