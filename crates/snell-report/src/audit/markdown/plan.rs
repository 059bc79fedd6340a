//! Part 8: what to do, in which order.

use snell_source::Sources;

use super::{
    super::{
        Audit, Change, Effort, Phase, health,
        plan::{HISTORY, PhasePlan, Statement, Step, ranges},
    },
    by_hand, plan_words as words,
    summary::link,
    text::{Document, capital, code, count, prose},
};

pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(2, "8. Refactoring plan");
    if health::elsewhere(audit) {
        out.paragraph("Each step mends the findings of one rule. Steps on code alone: what would change tables, constraints and indexes is not judged, since the database is no PostgreSQL.");
    } else {
        out.paragraph("Each step mends the findings of one rule. Statements are in the order in which they run, one phase after the other: what Prisma writes for a change of the schema is replaced by them where a table is in use. `CREATE INDEX CONCURRENTLY` and `DROP INDEX CONCURRENTLY` cannot run in a transaction: each is a migration of its own. Where Prisma has no words for a change, `npx prisma migrate dev --create-only` makes an empty migration to write the statements in; where a later `migrate dev` proposes to undo them, leave that out. After each migration `prisma migrate diff --exit-code` compares the database with the schema.");
    }
    if let [.., last] = history(audit).as_slice() {
        out.paragraph(&format!(
            "Until step {last} is done, `prisma migrate dev` stops at the history as it is: it is of use from then on."
        ));
    }
    let told = Told::of(audit.plan.iter().flat_map(|plan| &plan.steps));
    told.write(out);
    let mut before: Vec<&PhasePlan> = Vec::new();
    for plan in &audit.plan {
        out.heading(3, plan.phase.title());
        if plan.steps.is_empty() {
            out.paragraph(match (health::elsewhere(audit), plan.phase) {
                (true, Phase::Second) => health::UNJUDGED,
                _ => "Nothing to do.",
            });
            continue;
        }
        opening(out, plan, &told, &before);
        table(out, &plan.steps, &told, &history(audit));
        for step in &plan.steps {
            changes(out, step);
        }
        by_hand::write(out, audit, sources, plan);
        before.push(plan);
    }
}

/// The steps that every migration waits for: the history must run before it is added to.
fn history(audit: &Audit) -> Vec<&str> {
    let steps = audit.plan.iter().flat_map(|plan| &plan.steps);
    let mut first: Vec<&str> = Vec::new();
    for (number, why) in steps.flat_map(|step| &step.depends) {
        if why == HISTORY && !first.contains(&number.as_str()) {
            first.push(number);
        }
    }
    first
}

/// The risks and tests of all steps, each said once.
struct Told<'a> {
    risks: Vec<&'a str>,
    tests: Vec<&'a str>,
}

impl<'a> Told<'a> {
    fn of(steps: impl Iterator<Item = &'a Step>) -> Self {
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

    /// What the letters of the tables stand for.
    fn write(&self, out: &mut Document) {
        if self.tests.is_empty() {
            return;
        }
        out.paragraph("What shows that a step is done (T), and what may go wrong (R):");
        for (n, test) in self.tests.iter().enumerate() {
            out.line(&format!("- **Test T{}**: {}", n + 1, prose(test)));
        }
        for (n, risk) in self.risks.iter().enumerate() {
            out.line(&format!("- **Risk R{}**: {}", n + 1, prose(risk)));
        }
        out.blank();
    }

    /// The tests of some steps, by their letters.
    fn tests_of(&self, steps: &[Step]) -> String {
        let mut numbers: Vec<usize> = steps
            .iter()
            .map(|step| Told::number(&self.tests, &step.test))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let letters: Vec<String> = numbers.iter().map(|n| format!("T{n}")).collect();
        letters.join(", ")
    }
}

fn opening(out: &mut Document, plan: &PhasePlan, told: &Told<'_>, before: &[&PhasePlan]) {
    let steps = &plan.steps;
    let efforts = [Effort::Small, Effort::Medium, Effort::Large].map(|effort| {
        let n = steps.iter().filter(|step| step.effort == effort).count();
        format!("{n} {}", effort.letter())
    });
    let findings: usize = steps.iter().map(|step| step.findings.len()).sum();
    let migrates = plan.migrates();
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
    let drops = plan.phase == Phase::Fourth
        && steps.iter().any(|step| {
            step.sql.iter().any(|one| {
                one.text.starts_with("DROP TABLE ") || one.text.contains(" DROP COLUMN ")
            })
        });
    let risk = match (plan.phase, migrates.is_empty(), rewrites) {
        _ if drops => {
            "low, but for the last step: what is dropped comes back from a backup alone; the release before it must know the new place only"
        }
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
    let order = match migrates.is_empty() {
        true => "no migrations".to_owned(),
        false => ranges(plan.phase.number(), &migrates),
    };
    out.line(&format!("- **Migration order**: {order}"));
    out.line(&format!("- **Tests**: {}", told.tests_of(steps)));
    let depends = match before.last() {
        None => "nothing".to_owned(),
        Some(last) => format!(
            "phase {}, where a step names it; steps on code can start at once",
            last.phase.number()
        ),
    };
    out.line(&format!("- **Depends on**: {depends}"));
    out.blank();
}

fn table(out: &mut Document, steps: &[Step], told: &Told<'_>, history: &[&str]) {
    let waits = |step: &Step| {
        let mut first = history.iter();
        !history.is_empty() && first.all(|one| step.depends.iter().any(|(before, _)| before == one))
    };
    if steps.iter().any(waits) {
        out.paragraph(&format!(
            "\"History\" stands for {}: migrations must run before they are added to.",
            match history {
                [only] => format!("step {only}"),
                several => format!("steps {}", several.join(" and ")),
            }
        ));
    }
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
            let mut depends: Vec<String> = Vec::new();
            if waits(step) {
                depends.push("history".to_owned());
            }
            let others = step.depends.iter();
            let others = others.filter(|(number, _)| !history.contains(&number.as_str()));
            depends.extend(others.map(|(number, why)| format!("{number} ({})", prose(why))));
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
    if let Some(number) = &step.done_by {
        return format!("done by {number}");
    }
    if !step.commands.is_empty() {
        return "a new baseline, by the commands below".to_owned();
    }
    let statements = count(step.sql.len(), "statement");
    if step.outside {
        return format!("on each database in use, {statements} below; no migration");
    }
    let place = match is_policies(step) {
        true => "in [7.2](#72-row-level-security)",
        false => "below",
    };
    let of_rows = step.rule.starts_with("migration/");
    match (step.change, step.sql.is_empty()) {
        (Change::Sql, true) if !step.prisma.is_empty() || !step.stays.is_empty() => {
            "the schema says what the database has, below; no statement".to_owned()
        }
        (Change::Sql, false) if !step.prisma.is_empty() && is_drift(step) => {
            format!("the schema, and a migration of {statements}, {place}")
        }
        (Change::Sql, false) if of_rows || is_drift(step) => {
            format!("a migration by hand, {statements} {place}; the schema stays")
        }
        (Change::Schema, false) => format!("schema, and a migration of {statements} {place}"),
        (Change::Schema, true) => {
            "schema, as the table below says; then `prisma migrate dev --create-only`, read before it is applied".to_owned()
        }
        (Change::Sql, false) => {
            format!("a migration by hand, {statements} {place} (Prisma cannot express it)")
        }
        (Change::Sql, true) => "a migration by hand, as the table below says".to_owned(),
        (Change::Code, false) => format!("code, and {statements} {place}"),
        (Change::Code, true) if super::super::moves_rows(&step.rule) => {
            "code, in the table below, and a job for the rows that are there".to_owned()
        }
        (Change::Code, true) if step.rule.starts_with("maintainability/") => {
            "names in the schema and in code, in the table below; no migration".to_owned()
        }
        (Change::Code, true) => "code alone, in the table below".to_owned(),
        (Change::Configuration, _) => "configuration or files, in the table below".to_owned(),
        (Change::Comment, _) => "comments of the schema, in the table below".to_owned(),
        (Change::Keep, _) => "keep".to_owned(),
    }
}

/// Whether a step brings schema and database together.
fn is_drift(step: &Step) -> bool {
    step.rule == "consistency/schema-migration-drift"
}

/// Whether the statements of a step stand in part 7.
fn is_policies(step: &Step) -> bool {
    step.rule == "isolation/rls-missing"
}

/// What the schema says then, and the statements.
fn changes(out: &mut Document, step: &Step) {
    let schema = step.prisma.is_empty() && step.stays.is_empty();
    let nothing = step.sql.is_empty() && schema && step.commands.is_empty();
    if nothing || is_policies(step) {
        return;
    }
    out.heading(
        4,
        &format!("{} {}", step.number, capital(&prose(&step.title))),
    );
    if !step.commands.is_empty() {
        out.line("In this order, on a branch:");
        out.fence("sh", &step.commands.join("\n"));
    }
    let (blocks, lines): (Vec<String>, Vec<String>) = step
        .prisma
        .iter()
        .cloned()
        .partition(|line| line.contains('\n'));
    if !blocks.is_empty() {
        out.line("New in the schema:");
        out.fence("prisma", &blocks.join("\n\n"));
    }
    let lines = by_model(&lines);
    if lines.len() > INLINE {
        out.line("In the schema:");
        out.blank();
        lines.iter().for_each(|line| out.line(&format!("- {line}")));
        out.blank();
    } else if !lines.is_empty() {
        out.paragraph(&format!("In the schema: {}.", lines.join("; ")));
    }
    words::stays(out, step);
    rollout(out, step);
    if !step.checks.is_empty() {
        out.line(words::before(step));
        out.fence("sql", &step.checks.join("\n"));
    }
    if !step.sql.is_empty() {
        out.line(words::order(step));
        let text: Vec<&str> = step.sql.iter().map(text).collect();
        out.fence("sql", &text.join("\n"));
    }
}

/// The code that knows the old form, and the order in which all of it goes out.
fn rollout(out: &mut Document, step: &Step) {
    const LINES: usize = 6;
    if let Some(words) = &step.rollout {
        out.paragraph(&format!("**Rollout**: {}.", prose(words)));
    }
    if step.code.is_empty() {
        return;
    }
    out.line("Code that knows the old form:");
    out.blank();
    for one in &step.code {
        let mut parts = Vec::new();
        if !one.written.is_empty() {
            parts.push(format!("written at {}", out.places(&one.written, LINES)));
        }
        if !one.read.is_empty() {
            parts.push(format!("asked for at {}", out.places(&one.read, LINES)));
        }
        match one.front_ends {
            0 => {}
            1 => parts.push("named in 1 file of front ends".to_owned()),
            n => parts.push(format!("named in {n} files of front ends")),
        }
        out.line(&format!("- {}: {}", code(&one.column), parts.join("; ")));
    }
    out.blank();
}

/// Changes of the schema that stand in a sentence; more are a list.
const INLINE: usize = 6;

/// `model A: x` and `model A: y` as one, in spans of code.
fn by_model(lines: &[String]) -> Vec<String> {
    let mut found: Vec<(&str, Vec<String>)> = Vec::new();
    for line in lines {
        let (head, what) = match line.split_once(": ") {
            Some((head, what)) if head.starts_with("model ") => (head, what),
            _ => ("", line.as_str()),
        };
        match found
            .iter_mut()
            .find(|(known, _)| *known == head && !head.is_empty())
        {
            Some((_, own)) => own.push(code(what)),
            None => found.push((head, vec![code(what)])),
        }
    }
    found
        .into_iter()
        .map(|(head, own)| match head.strip_prefix("model ") {
            Some(name) => format!("{}: {}", code(name), own.join(", ")),
            None => own.join(", "),
        })
        .collect()
}

fn text(statement: &Statement) -> &str {
    &statement.text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_a_model_stand_together() {
        let lines = [
            "enum A { a; b }".to_owned(),
            "model M: x A".to_owned(),
            "model N: y A".to_owned(),
            "model M: z A".to_owned(),
        ];
        assert_eq!(
            by_model(&lines),
            ["`enum A { a; b }`", "`M`: `x A`, `z A`", "`N`: `y A`"]
        );
    }

    #[test]
    fn steps_one_after_the_other_are_a_range() {
        assert_eq!(ranges(2, &[1, 2, 3, 5, 6, 9]), "2.1 to 2.3, 2.5, 2.6, 2.9");
    }
}
