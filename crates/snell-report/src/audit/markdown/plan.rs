//! Part 8: what to do, in which order.

use super::{
    super::{
        Audit, Change, Effort, Phase,
        plan::{PhasePlan, Statement, Step},
    },
    summary::link,
    text::{Document, capital, code, count, prose},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "8. Refactoring plan");
    out.paragraph("Each step mends the findings of one rule. Statements are in the order in which they run, one phase after the other: what Prisma writes for a change of the schema is replaced by them where a table is in use. `CREATE INDEX CONCURRENTLY` and `DROP INDEX CONCURRENTLY` cannot run in a transaction: each is a migration of its own. After each migration `prisma migrate diff --exit-code` compares the database with the schema.");
    let mut before: Vec<String> = Vec::new();
    for plan in &audit.plan {
        let phase = plan.phase;
        out.heading(3, phase.title());
        if plan.steps.is_empty() {
            out.paragraph("Nothing to do.");
            continue;
        }
        let told = Told::of(&plan.steps);
        opening(out, plan, &told, &before);
        table(out, &plan.steps, &told);
        for step in &plan.steps {
            if !step.sql.is_empty() || !step.prisma.is_empty() {
                changes(out, step);
            }
        }
        before.push(format!("phase {}", phase.number()));
    }
}

/// The risks and tests of a phase, each said once.
struct Told<'a> {
    risks: Vec<&'a str>,
    tests: Vec<&'a str>,
}

impl<'a> Told<'a> {
    fn of(steps: &'a [Step]) -> Self {
        let mut told = Told {
            risks: Vec::new(),
            tests: Vec::new(),
        };
        for step in steps {
            if !told.risks.contains(&step.risk.as_str()) {
                told.risks.push(&step.risk);
            }
            if !told.tests.contains(&step.test.as_str()) {
                told.tests.push(&step.test);
            }
        }
        told
    }

    fn number(list: &[&str], text: &str) -> usize {
        list.iter().position(|one| *one == text).unwrap_or(0) + 1
    }
}

fn opening(out: &mut Document, plan: &PhasePlan, told: &Told<'_>, before: &[String]) {
    let steps = &plan.steps;
    let efforts = [Effort::Small, Effort::Medium, Effort::Large].map(|effort| {
        let n = steps.iter().filter(|step| step.effort == effort).count();
        format!("{n} {}", effort.letter())
    });
    let findings: usize = steps.iter().map(|step| step.findings.len()).sum();
    let migrates: Vec<&str> = steps
        .iter()
        .filter(|step| matches!(step.change, Change::Schema | Change::Sql))
        .map(|step| step.number.as_str())
        .collect();
    out.line(&format!(
        "- **Total effort**: {} ({}) for {}",
        count(steps.len(), "step"),
        efforts.join(", "),
        count(findings, "finding")
    ));
    let rewrites = steps.iter().any(|step| {
        let mut sql = step.sql.iter();
        sql.any(|one| one.text.contains(" TYPE ") || one.text.contains(" DROP COLUMN "))
    });
    let risk = match (plan.phase, migrates.is_empty(), rewrites) {
        (Phase::Fourth, ..) => {
            "low: names in the schema change with `@map`, the database keeps its own"
        }
        (_, true, _) => "that of changes of code: tests of the endpoints in question cover it",
        (_, false, true) => {
            "medium to high: some statements change types or drop columns, which locks the table while it is rewritten, and has no way back but a backup; each goes to a copy of production first"
        }
        (_, false, false) => {
            "medium: migrations take locks, shortly; each goes to a copy of production first"
        }
    };
    out.line(&format!("- **Overall risk**: {risk}"));
    let order = match migrates.as_slice() {
        [] => "no migrations".to_owned(),
        some => format!("{}, in this order", some.join(", ")),
    };
    out.line(&format!("- **Migration order**: {order}"));
    let depends = match before.last() {
        None => "nothing".to_owned(),
        Some(last) => format!("{last}, where a step names it; steps on code can start at once"),
    };
    out.line(&format!("- **Depends on**: {depends}"));
    for (n, test) in told.tests.iter().enumerate() {
        out.line(&format!("- **Test T{}**: {}", n + 1, prose(test)));
    }
    for (n, risk) in told.risks.iter().enumerate() {
        out.line(&format!("- **Risk R{}**: {}", n + 1, prose(risk)));
    }
    out.blank();
}

fn table(out: &mut Document, steps: &[Step], told: &Told<'_>) {
    let rows: Vec<Vec<String>> = steps
        .iter()
        .map(|step| {
            const SHOWN: usize = 4;
            let mut links: Vec<String> = step
                .findings
                .iter()
                .take(SHOWN)
                .map(|id| link(id))
                .collect();
            if step.findings.len() > SHOWN {
                links.push(format!("{} more", step.findings.len() - SHOWN));
            }
            let depends: Vec<String> = step
                .depends
                .iter()
                .map(|(number, why)| format!("{number} ({})", prose(why)))
                .collect();
            vec![
                step.number.clone(),
                format!(
                    "{} ({})",
                    capital(&prose(&step.title)),
                    step.severity.as_str()
                ),
                links.join(" "),
                format!("{} ({})", step.effort.letter(), prose(&step.basis)),
                step.complexity.as_str().to_owned(),
                strategy(step),
                format!("R{}", Told::number(&told.risks, &step.risk)),
                format!("T{}", Told::number(&told.tests, &step.test)),
                match depends.is_empty() {
                    true => "nothing".to_owned(),
                    false => depends.join("; "),
                },
            ]
        })
        .collect();
    out.table(
        &[
            "Step",
            "What is mended",
            "Findings",
            "Effort",
            "Complexity",
            "Strategy",
            "Risk",
            "Test",
            "Depends on",
        ],
        &rows,
    );
}

/// In a few words: what changes, and by which way.
fn strategy(step: &Step) -> String {
    let statements = count(step.sql.len(), "statement");
    match (step.change, step.sql.is_empty()) {
        (Change::Schema, false) => format!("schema, and a migration of {statements} below"),
        (Change::Schema, true) => {
            "schema, then `prisma migrate dev --create-only`, read before it is applied".to_owned()
        }
        (Change::Sql, false) => {
            format!("a migration by hand, {statements} below (Prisma cannot express it)")
        }
        (Change::Sql, true) => "a migration by hand, as the finding says".to_owned(),
        (Change::Code, false) => format!("code, and {statements} below"),
        (Change::Code, true) => "code alone, as the finding says".to_owned(),
        (Change::Configuration, _) => "configuration or files".to_owned(),
        (Change::Comment, _) => "comments of the schema".to_owned(),
        (Change::Keep, _) => "keep".to_owned(),
    }
}

/// What the schema says then, and the statements.
fn changes(out: &mut Document, step: &Step) {
    out.heading(
        4,
        &format!("{} {}", step.number, capital(&prose(&step.title))),
    );
    if !step.prisma.is_empty() {
        out.line("In the schema:");
        out.blank();
        for line in &step.prisma {
            out.line(&format!("- {}", code(line)));
        }
        out.blank();
    } else if step.change == Change::Sql && !step.sql.is_empty() {
        out.line("By SQL alone: `prisma migrate dev --create-only` makes an empty migration to write it in; where a later `migrate dev` proposes to undo it, leave that out.");
        out.blank();
    }
    if !step.checks.is_empty() {
        out.line("First look at what is there; rows that come back have to be mended before:");
        out.fence("sql", &step.checks.join("\n"));
    }
    if !step.sql.is_empty() {
        let alone = step.sql.iter().filter(|one| one.alone).count();
        out.line(match (alone, step.sql.len()) {
            (0, 1) => "The migration:",
            (0, _) => "The migration, in this order:",
            (1, 1) => "A migration of its own:",
            _ => "In this order, each `CONCURRENTLY` in a migration of its own:",
        });
        let text: Vec<&str> = step.sql.iter().map(text).collect();
        out.fence("sql", &text.join("\n"));
    }
}

fn text(statement: &Statement) -> &str {
    &statement.text
}
