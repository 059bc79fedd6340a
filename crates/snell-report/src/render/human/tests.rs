//! What stands around the frames: folding, notices, summary.

use std::time::Duration;

use snell_source::{Diagnostic, Severity};

use super::epilogue;
use crate::{
    Counts, Finding, Format, Hidden, HiddenBecause, Notice, NoticeKind, RenderOptions, Report,
    render,
    sample::{self, HIGH, LOW, MEDIUM, Texts},
};

fn human(report: &Report, texts: &Texts, options: &RenderOptions) -> String {
    render(report, &texts.0, Format::Human, options)
}

/// `n` low findings, a high one, and a medium one, in the wrong order.
fn many(n: usize) -> (Report, Texts) {
    let mut texts = Texts::default();
    let file = texts.add("a.ts", "x\n");
    let at = texts.find(file, "x");
    let mut findings: Vec<_> = (0..n)
        .map(|n| {
            Diagnostic::at(&LOW, at, format!("low {n}")).subject(format!("model:M{n} field:f"))
        })
        .collect();
    findings.push(Diagnostic::at(&MEDIUM, at, "medium").subject("model:A"));
    findings.push(Diagnostic::at(&HIGH, at, "high").subject("model:B"));
    let report = Report {
        findings: findings
            .into_iter()
            .map(|diagnostic| Finding::new(diagnostic, ""))
            .collect(),
        counts: Counts {
            models: 14,
            migrations: 1,
            client_calls: 80,
            raw_queries: 1,
            owned_queries: 70,
            undecided_queries: 3,
            blind: false,
            files: 686,
        },
        ..Report::default()
    };
    (report, texts)
}

fn headers(out: &str) -> Vec<&str> {
    out.lines()
        .filter(|line| line.contains("]: "))
        .map(|line| line.split("]: ").last().unwrap())
        .collect()
}

#[test]
fn the_worst_come_first_and_three_of_a_rule_are_drawn() {
    let (report, texts) = many(6);
    let out = human(&report, &texts, &RenderOptions::default());
    assert_eq!(headers(&out), ["high", "medium", "low 0", "low 1", "low 2"]);
    let end = out.split_once("... ").unwrap().1;
    assert_eq!(
        end,
        "3 more warnings, folded by rule (see them all with --max-findings none):
    3  index/redundant  M3.f, M4.f, M5.f

1 error, 7 warnings (0 critical, 1 high, 1 medium, 6 low).
14 models, 1 migration, 80 Prisma calls, 1 raw query in 686 files.
"
    );
}

#[test]
fn max_findings_keeps_the_worst_and_none_shows_all() {
    let (report, texts) = many(6);
    let mut options = RenderOptions {
        max_findings: Some(1),
        quiet: true,
        ..RenderOptions::default()
    };
    let out = human(&report, &texts, &options);
    assert_eq!(headers(&out), ["high"]);
    assert!(out.ends_with(
        "... 7 more warnings, folded by rule (see them all with --max-findings none):
    1  isolation/missing-owner-filter  A
    6  index/redundant                 M0.f, M1.f, M2.f, M3.f, M4.f, M5.f

"
    ));
    options.max_findings = None;
    assert_eq!(headers(&human(&report, &texts, &options)).len(), 8);
}

#[test]
fn folded_subjects_fit_the_width() {
    let (report, texts) = many(40);
    let options = RenderOptions {
        width: 60,
        ..RenderOptions::default()
    };
    let out = human(&report, &texts, &options);
    assert!(
        out.contains("    37  index/redundant  M11.f, M12.f, M13.f, M14.f, 33 more\n"),
        "{out}"
    );
}

#[test]
fn a_clean_run_is_one_line() {
    let (mut report, texts) = many(2);
    for (n, finding) in report.findings.iter_mut().enumerate() {
        finding.baselined = n < 3;
        finding.suppressed = (n == 3).then_some(crate::Suppression { reason: None });
    }
    report.hidden.push(Hidden {
        count: 5,
        why: HiddenBecause::Confidence,
    });
    assert_eq!(
        human(&report, &texts, &RenderOptions::default()),
        "No problems found. 14 models, 1 migration, 80 Prisma calls, 1 raw query in 686 files (1 suppressed, 3 in baseline, 5 below --min-confidence).\n"
    );
}

#[test]
fn info_and_fixable_findings_are_counted() {
    let (report, texts) = sample::report();
    let out = human(&report, &texts, &RenderOptions::default());
    assert!(
        out.contains("\n1 error, 1 warning, 1 note (0 critical, 1 high, 0 medium, 1 low, 1 info). 1 fixable with `snell check --fix`.\n"),
        "{out}"
    );
}

#[test]
fn notices_stand_before_the_summary() {
    let (mut report, texts) = many(0);
    report.notices = vec![
        Notice {
            kind: NoticeKind::Internal,
            path: Some("a\n.ts".to_owned()),
            message: "index out of bounds".to_owned(),
        },
        Notice {
            kind: NoticeKind::NotJudged,
            path: None,
            message: "the provider is `mysql`".to_owned(),
        },
    ];
    let out = human(&report, &texts, &RenderOptions::default());
    assert!(
        out.contains("\nerror: a␊.ts: internal error: index out of bounds\nnote: the provider is `mysql`\n\n1 error"),
        "{out}"
    );
}

#[test]
fn the_order_of_findings_does_not_matter() {
    let (mut report, texts) = many(9);
    for format in Format::ALL {
        let before = render(&report, &texts.0, *format, &RenderOptions::default());
        report.findings.reverse();
        let after = render(&report, &texts.0, *format, &RenderOptions::default());
        assert_eq!(before, after, "{format}");
    }
}

#[test]
fn the_epilogue_tells_time_and_next_steps() {
    let (report, _) = many(2);
    assert_eq!(report.findings[0].diagnostic.severity, Severity::Low);
    assert_eq!(
        epilogue(&report, Some(Duration::from_millis(314)), true),
        "Finished in 0.31s.\nNext: `snell explain integrity/nullable-unique`   adopt as is: `snell baseline create`   full report: `snell audit`\n"
    );
    assert_eq!(epilogue(&Report::default(), None, true), "");
}
