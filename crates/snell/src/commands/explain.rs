//! `snell explain`: a rule's page, or a finding with everything that leads to it.

use snell_correlate::{Rule, Selection, Wanted, options_of, rules};
use snell_engine::{Baseline, NewMigrations, analyze_with};
use snell_report::{Applicability, Format, RenderOptions, Report, Tool, render};
use snell_source::{Preset, Sources};

use super::check::accepted;
use crate::{
    Exit, Failure,
    args::{ExplainArguments, PageFormat},
    cache::CacheArguments,
    session::{Scope, Session, discover},
    terminal::{Terminal, print},
};

/// Runs the command.
pub(crate) fn run(
    arguments: &ExplainArguments,
    cache: &CacheArguments,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let Some(rule) = rules::named(&arguments.rule) else {
        return match digits(&arguments.rule) {
            Some(digits) => finding(arguments, digits, cache, terminal),
            None => Err(Failure::unknown_rule(&arguments.rule)),
        };
    };
    let text = match arguments.format {
        // The page first: the workspace may be large.
        PageFormat::Human => {
            print(&human(rule, terminal))?;
            found_here(rule, cache)
        }
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

/// The digits of a finding's name: its fingerprint or the beginning of it, with or without the
/// letters of an audit (`VEC-9f3c`).
fn digits(name: &str) -> Option<&str> {
    let digits = match name.split_once('-') {
        Some((letters, digits)) if letters.bytes().all(|b| b.is_ascii_uppercase()) => digits,
        Some(_) => return None,
        None => name,
    };
    let hex = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    (hex && digits.len() >= 4).then_some(digits)
}

/// The findings of this workspace whose fingerprint begins so, each with everything that leads to
/// it, whatever silences it.
fn finding(
    arguments: &ExplainArguments,
    digits: &str,
    cache: &CacheArguments,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let (name, format) = (&arguments.rule, arguments.format);
    with_findings(&Wanted::default(), cache, |mut report, sources| {
        report
            .findings
            .retain(|one| one.fingerprint.starts_with(digits));
        if report.findings.is_empty() {
            return Err(Failure::no_finding(name));
        }
        let options = RenderOptions {
            show_suppressed: true,
            quiet: true,
            max_findings: None,
            ..terminal.options()
        };
        let format = match format {
            PageFormat::Human => Format::Human,
            PageFormat::Markdown => Format::Markdown,
            PageFormat::Json => Format::Jsonl,
        };
        print(&render(&report, sources, format, &options))?;
        if format == Format::Human {
            print(&known(&report))?;
        }
        Ok(Exit::Clean)
    })
}

/// Hands over what rules find in this workspace, whatever the preset: audits name such findings, too.
fn with_findings<R>(
    wanted: &Wanted,
    cache: &CacheArguments,
    use_it: impl FnOnce(Report, &Sources) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let session = Session::open(&[], Scope::default())?;
    let memory = cache.memory(&session.decision.root);
    session.with_files(|fs| {
        let (workspace, mut config) = discover(fs)?;
        config.preset.value = Preset::All;
        let baseline = Baseline::read(fs, &config.baseline.value)?;
        let analysis = analyze_with(fs, workspace, &config, &NewMigrations::All, &memory);
        if analysis.project.schemas.is_empty() {
            return Err(Failure::no_schema(&session, &analysis));
        }
        let selection = Selection::new(&config, wanted);
        let judgement = analysis.judge(&selection);
        let mut report = analysis.report(judgement, session.name(), &accepted(&config.ignore));
        if let Some(baseline) = &baseline {
            baseline.apply(&mut report, &analysis.sources, |rule| selection.runs(rule));
        }
        use_it(report, &analysis.sources)
    })
}

/// How many findings are named one by one.
const MOST: usize = 8;

/// The rule's findings in this workspace, by the names that this command takes; nothing where there is no workspace.
fn found_here(rule: &Rule, cache: &CacheArguments) -> String {
    let wanted = Wanted {
        only: vec![rule.metadata.name.to_owned()],
        ..Wanted::default()
    };
    let lines = with_findings(&wanted, cache, |report, sources| {
        let findings = &report.findings;
        let named = findings.iter().take(MOST).map(|finding| {
            let at = finding.diagnostic.primary().at;
            let file = sources.file(at.file);
            let line = file.position(at.span.start).line;
            let state = match (&finding.suppressed, finding.baselined) {
                (Some(_), _) => ", suppressed",
                (None, true) => ", in the baseline",
                (None, false) => "",
            };
            let name = finding.fingerprint.get(..8).unwrap_or_default();
            format!("  {name}  {}:{line}{state}\n", file.path)
        });
        let named: String = named.collect();
        Ok(match findings.len() {
            0 => "\nNo finding in this workspace.\n".to_owned(),
            1 => format!("\n1 finding in this workspace:\n{named}"),
            several if several <= MOST => {
                format!("\n{several} findings in this workspace:\n{named}")
            }
            several => format!(
                "\n{several} findings in this workspace:\n{named}  and {} more: `snell check --only {}`\n",
                several - MOST,
                rule.metadata.name
            ),
        })
    });
    // Whoever reads a page asks for no judgement: what hinders it, `snell check` says.
    let printable = |c: char| c.is_control() && c != '\n';
    lines.unwrap_or_default().replace(printable, "\u{fffd}")
}

/// What the frames do not say: by what the findings are known, and what silences them.
fn known(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let diagnostic = &finding.diagnostic;
        let rule = diagnostic.rule.name;
        out.push_str(&format!("subject      {}\n", diagnostic.subject));
        out.push_str(&format!("fingerprint  {}\n", finding.fingerprint));
        match &finding.suppressed {
            Some(suppression) => {
                let reason = suppression.reason.as_deref().unwrap_or("no reason given");
                out.push_str(&format!("suppressed   {reason}\n"));
            }
            None if finding.baselined => out.push_str("accepted     by the baseline\n"),
            None => out.push_str(&format!("to accept    // snell-ignore {rule}: <reason>\n")),
        }
        for fix in &finding.fixes {
            let flags = match fix.applicability {
                Applicability::Safe => "--fix",
                Applicability::Unsafe => "--fix --unsafe-fixes",
            };
            out.push_str(&format!(
                "to mend      {} (`snell check {flags}`)\n",
                fix.title
            ));
        }
        out.push_str(&format!("rule         `snell explain {rule}`\n\n"));
    }
    let printable = |c: char| c.is_control() && c != '\n';
    out.trim_end().replace(printable, "\u{fffd}") + "\n"
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
    let name = metadata.name;
    let options: Vec<&str> = options_of(name).collect();
    let takes = match options.is_empty() {
        true => String::new(),
        false => format!("   (options: {})", options.join(", ")),
    };
    let severity = metadata.severity.as_str();
    out.push_str(&format!(
        "\n{bold}IGNORE{plain}  // snell-ignore {name}: <reason>   (in SQL: -- snell-ignore {name}: <reason>)\n\
         {bold}CONFIG{plain}  \"rules\": {{ \"{name}\": \"off\" }}   or a severity, now \"{severity}\"{takes}\n"
    ));
    out
}
