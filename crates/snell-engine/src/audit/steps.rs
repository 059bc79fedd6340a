//! The refactoring plan: the findings of each rule as a step, in an order in which the
//! statements run.

use std::collections::{BTreeMap, BTreeSet};

use snell_report::audit::{
    Audit, AuditFinding, Change, Effort, Phase,
    plan::{Complexity, HISTORY, PhasePlan, Statement, Step},
};
use snell_source::{Diagnostic, Severity};

use super::{
    made::Made,
    reckoned::{Renames, basis, complexity, effort, effort_of, indexed, table},
    remedy::{self, Known, Later, Remedy, indexes},
    rollout,
};

/// Steps that others wait for: the history must run before it is added to. What a database
/// lacks of the schema is brought there before a baseline says that it has all of it.
const FIRST: [&str; 5] = [
    "consistency/schema-migration-drift",
    "migration/cannot-apply",
    "schema/invalid",
    "vector/extension-missing",
    PUSH,
];

/// What pushes a schema undoes what the plan's statements do: it ends before all of them.
const PUSH: &str = "migration/db-push-in-deploy";

/// Moves values into columns, before others give those another type.
const MOVES: &str = "schema/attribute-kept-twice";

pub(super) type Findings<'a> = Vec<(&'a Diagnostic, &'a AuditFinding)>;

/// The four phases; those without steps too.
pub(super) fn plan(audit: &Audit, known: Known<'_>) -> Vec<PhasePlan> {
    let all: Findings<'_> = Phase::ALL
        .into_iter()
        .flat_map(|phase| rules(audit, phase))
        .flatten()
        .collect();
    let mut done = Done {
        made: Made::of(&all, |n| remedy::remedy(known, all[n].0)),
        ..Done::default()
    };
    let mut phases: Vec<PhasePlan> = Phase::ALL
        .into_iter()
        .map(|phase| {
            let mut steps = Vec::new();
            for findings in rules(audit, phase) {
                let number = format!("{}.{}", phase.number(), steps.len() + 1);
                steps.push(step(number, &findings, known, &mut done));
            }
            if phase == Phase::Fourth {
                let number = format!("{}.{}", phase.number(), steps.len() + 1);
                steps.extend(done.last(number));
            }
            PhasePlan { phase, steps }
        })
        .collect();
    let mut steps: Vec<&mut Step> = phases.iter_mut().flat_map(|plan| &mut plan.steps).collect();
    let is_baseline = |step: &&mut Step| step.rule == FIRST[1] && !step.commands.is_empty();
    if steps.iter().any(is_baseline) {
        let before = steps.iter_mut().filter(|step| step.rule == FIRST[0]);
        before.for_each(|step| {
            step.outside = !step.sql.is_empty();
            for one in &mut step.sql {
                one.text = tolerant(&one.text);
            }
        });
    }
    phases
}

/// A statement for a database of which nobody knows what it has: what is there, or gone, is no
/// error.
fn tolerant(sql: &str) -> String {
    for (head, with) in [
        ("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS "),
        ("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS "),
        ("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX IF NOT EXISTS "),
        (
            "DROP INDEX CONCURRENTLY ",
            "DROP INDEX CONCURRENTLY IF EXISTS ",
        ),
        ("ALTER INDEX ", "ALTER INDEX IF EXISTS "),
    ] {
        let rest = sql.strip_prefix(head);
        if let Some(rest) = rest.filter(|rest| rest.starts_with('"')) {
            return format!("{with}{rest}");
        }
    }
    sql.to_owned()
}

/// The findings of a phase that something concrete mends, by rule: grave ones that code alone
/// mends, since nothing holds them up; those that others wait for; then the worst, what
/// strangers reach before what is wrong or slow, and little work before much.
fn rules(audit: &Audit, phase: Phase) -> Vec<Findings<'_>> {
    let mut by_rule: BTreeMap<&str, Findings<'_>> = BTreeMap::new();
    for (finding, more) in audit.report.findings.iter().zip(&audit.findings) {
        let counts = finding.is_active() && !more.past && more.change != Change::Keep;
        if counts && more.phase == phase {
            let name = finding.diagnostic.rule.name;
            let own = by_rule.entry(name).or_default();
            own.extend(finding.parts().iter().map(|part| (part, more)));
        }
    }
    let mut rules: Vec<Findings<'_>> = by_rule.into_values().collect();
    let worst = |findings: &Findings<'_>| findings.iter().map(|(one, _)| one.severity).max();
    // A history that cannot be replayed is as urgent as its gravest finding, with what comes before.
    let history = rules
        .iter()
        .filter(|findings| FIRST.contains(&findings[0].0.rule.name));
    let history = history.filter_map(worst).max();
    rules.sort_by_key(|findings| {
        let (first, more) = findings[0];
        let position = FIRST.iter().position(|rule| *rule == first.rule.name);
        let worst = worst(findings);
        let urgent = position.is_some() && history == Some(Severity::Critical);
        let of_code = matches!(more.change, Change::Code | Change::Configuration)
            && position.is_none()
            && worst >= Some(Severity::High);
        let at_once = of_code || urgent;
        let weight = match (at_once, urgent) {
            (_, true) => history,
            (true, false) => worst,
            (false, false) => None,
        };
        (
            first.rule.name != PUSH,
            !at_once,
            std::cmp::Reverse(weight),
            position.is_some() && at_once,
            position.unwrap_or(FIRST.len()),
            first.rule.name != MOVES,
            std::cmp::Reverse(worst),
            snell_report::audit::harm(first.rule.name),
            effort(findings),
            more.change,
            first.rule.name,
        )
    });
    rules
}

/// What earlier steps have done.
#[derive(Default)]
struct Done {
    /// The statements, with the step that has them.
    statements: BTreeMap<String, String>,
    /// The types that were made, with the statement.
    types: BTreeMap<String, String>,
    /// The same in words of the schema, with the step that declares each.
    declared: BTreeMap<String, String>,
    /// The steps that bring the history in order.
    history: Vec<String>,
    /// The last step that alters a table.
    tables: BTreeMap<String, String>,
    /// What earlier steps have given another name.
    renames: Renames,
    /// The indexes that steps make.
    made: Made,
    /// The last step that makes or drops indexes of a table.
    indexed: BTreeMap<String, String>,
    /// The steps that mend whose rows code reaches.
    isolation: Vec<String>,
    /// The steps that leave something to do for a release later, with that.
    later: Vec<(Step, Later)>,
}

fn step(number: String, findings: &Findings<'_>, known: Known<'_>, done: &mut Done) -> Step {
    let (first, more) = findings[0];
    let rule = first.rule;
    let mut gathered = done.gather(&number, findings, known);
    let all = &mut gathered.all;
    indexes::together(&mut all.checks);
    let sql: Vec<Statement> = all.sql.drain(..).map(Statement::new).collect();
    let all = gathered.all;
    let change = more.change;
    let rollout = rollout::of(known, &sql, &gathered.later);
    let effort = effort(findings)
        .max(effort_of(&sql))
        .max(rollout::effort(&rollout.code));
    let tables: BTreeSet<String> = sql.iter().filter_map(|one| table(&one.text)).collect();
    let mut depends = done.before(rule.name, change, &tables);
    let indexed: BTreeSet<String> = sql
        .iter()
        .filter_map(|one| indexed(known, &one.text))
        .collect();
    depends.extend(done.after_indexes(&indexed, &number, &depends));
    for (step, why) in gathered.before {
        if depends.iter().all(|(known, _)| *known != step) {
            depends.push((step, why));
        }
    }
    done.after(rule.name, &number, &tables);
    let later = std::mem::take(&mut gathered.later);
    let step = Step {
        rule: rule.name.to_owned(),
        title: title(findings),
        findings: {
            let ids = findings.iter().map(|(_, more)| more.id.clone());
            let mut ids: Vec<String> = ids.collect();
            ids.dedup();
            ids
        },
        severity: findings
            .iter()
            .map(|(one, _)| one.severity)
            .max()
            .unwrap_or(Severity::Info),
        basis: {
            let mut basis = basis(findings, known, &tables);
            let code = rollout::basis(&rollout.code);
            basis.extend(code.map(|code| format!("; {code}")));
            basis
        },
        complexity: complexity(effort, !sql.is_empty(), !all.checks.is_empty()),
        effort,
        change,
        prisma: all.prisma,
        commands: all.commands,
        checks: all.checks,
        stays: all.stays,
        sql,
        outside: false,
        risk: more.risk.clone(),
        test: more.test.clone(),
        depends,
        number,
        done_by: gathered.done_by,
        by_hand: gathered.by_hand,
        rollout: all.rollout.or_else(|| rollout.words.map(str::to_owned)),
        code: rollout.code,
    };
    if !later.sql.is_empty() {
        done.later.push((step.clone(), later));
    }
    step
}

/// What is wrong until a step is done: what its only finding says, where that is short; else what
/// all findings of the rule have in common.
fn title(findings: &Findings<'_>) -> String {
    const LONGEST: usize = 120;
    let (first, _) = findings[0];
    // The number of the step stands before it.
    let counts = first.message.starts_with(|c: char| c.is_ascii_digit());
    match findings.as_slice() {
        [_] if first.message.len() <= LONGEST && !counts => first.message.clone(),
        _ => first.rule.summary.to_owned(),
    }
}

/// What mends the findings of a step.
#[derive(Default)]
struct Gathered {
    all: Remedy,
    done_by: Option<String>,
    by_hand: Vec<String>,
    /// Earlier steps that have run a statement of it, and what that did.
    before: BTreeMap<String, String>,
    /// What is left for a release later.
    later: Later,
}

fn add(all: &mut Vec<String>, own: Vec<String>) {
    for text in own {
        if !all.contains(&text) {
            all.push(text);
        }
    }
}

/// Adds the lines of a script, where they do not stand there as they are: a line that is in two
/// blocks stands in both.
fn add_block(all: &mut Vec<String>, own: Vec<String>) {
    let is_there = !own.is_empty() && all.windows(own.len()).any(|lines| *lines == own[..]);
    if !is_there {
        all.extend(own);
    }
}

impl Done {
    /// What mends findings and no earlier step has done.
    fn gather(&mut self, number: &str, findings: &Findings<'_>, known: Known<'_>) -> Gathered {
        let mut found = Gathered::default();
        for (diagnostic, more) in findings {
            let mut own = remedy::remedy(known, diagnostic);
            let asks = !own.sql.is_empty();
            // What brings a database to the schema is not weighed anew.
            if !FIRST.contains(&diagnostic.rule.name) {
                self.made.join(known, number, &mut own, &mut found.before);
            }
            let clashes = self.clashes(&own);
            let nothing = own.sql.is_empty() && own.prisma.is_empty() && own.commands.is_empty();
            if clashes || nothing && !asks {
                add(&mut found.by_hand, vec![more.id.clone()]);
            }
            if clashes {
                continue;
            }
            add(&mut found.later.prisma, own.later.prisma);
            add(&mut found.later.checks, own.later.checks);
            add(&mut found.later.sql, own.later.sql);
            let all = &mut found.all;
            let mut fresh = own.sql.is_empty() && !asks;
            for statement in own.sql {
                // `SET` and `RESET` frame what they are for.
                let frame = statement.starts_with("SET ") || statement.starts_with("RESET ");
                match self.statements.get(&statement) {
                    Some(step) if !frame && step != number => {
                        let why = match statement.starts_with("CREATE TYPE ") {
                            true => "it makes the type",
                            false => "it does a part of this",
                        };
                        found.before.insert(step.clone(), why.to_owned());
                    }
                    Some(_) if !frame => {}
                    _ => {
                        fresh = true;
                        let now = self.renames.applied(&statement);
                        self.renames.learn(&statement);
                        self.statements.insert(statement, number.to_owned());
                        all.sql.push(now);
                    }
                }
            }
            // What another step does, it says and looks at, too.
            if fresh || found.before.is_empty() {
                // A type that an earlier step declares is there.
                let (types, mut lines): (Vec<_>, Vec<_>) =
                    (own.prisma.into_iter()).partition(|text| text.starts_with("enum "));
                let new = types.into_iter().filter(|text| {
                    let step = self.declared.entry(text.clone());
                    step.or_insert_with(|| number.to_owned()) == number
                });
                lines.splice(0..0, new);
                add(&mut all.prisma, lines);
                add(&mut all.checks, own.checks);
                add(&mut all.stays, own.stays);
                all.rollout = all.rollout.take().or(own.rollout);
                add_block(&mut all.commands, own.commands);
            }
        }
        let all = &found.all;
        if all.sql.is_empty() && all.prisma.is_empty() && found.before.len() == 1 {
            found.done_by = found.before.keys().next().cloned();
        }
        found
    }

    /// The last step of all: what earlier ones have left for when no running version knows it.
    fn last(&mut self, number: String) -> Option<Step> {
        let later = std::mem::take(&mut self.later);
        let (first, _) = later.first()?;
        let mut last = Step {
            number,
            title: "What was moved is still there: its old place goes, a release later".to_owned(),
            findings: Vec::new(),
            severity: Severity::Low,
            effort: Effort::Small,
            basis: "nothing reads or writes it any more".to_owned(),
            complexity: Complexity::Simple,
            code: Vec::new(),
            rollout: None,
            prisma: Vec::new(),
            checks: Vec::new(),
            stays: Vec::new(),
            sql: Vec::new(),
            depends: Vec::new(),
            by_hand: Vec::new(),
            ..first.clone()
        };
        for (step, later) in later {
            last.findings.extend(step.findings);
            let why = "no running version may know it".to_owned();
            last.depends.push((step.number, why));
            last.prisma.extend(later.prisma);
            last.checks.extend(later.checks);
            last.sql.extend(later.sql.into_iter().map(Statement::new));
        }
        Some(last)
    }

    /// Whether a type of one of the names is there with other values.
    fn clashes(&mut self, own: &Remedy) -> bool {
        let made = own.sql.iter().filter_map(|sql| {
            let rest = sql.strip_prefix("CREATE TYPE ")?;
            let (name, _) = rest.split_once(" AS ")?;
            Some((name.to_owned(), sql.clone()))
        });
        let made: Vec<_> = made.collect();
        let clash = made
            .iter()
            .any(|(name, sql)| self.types.get(name).is_some_and(|known| known != sql));
        if !clash {
            self.types.extend(made);
        }
        clash
    }

    /// The steps that made or dropped indexes of the same tables: what one leaves, another takes
    /// for granted.
    fn after_indexes(
        &mut self,
        tables: &BTreeSet<String>,
        number: &str,
        known: &[(String, String)],
    ) -> Vec<(String, String)> {
        let mut shared: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for table in tables {
            let last = self.indexed.insert(table.clone(), number.to_owned());
            if let Some(step) = last {
                shared.entry(step).or_default().push(table);
            }
        }
        let fresh = shared
            .into_iter()
            .filter(|(step, _)| known.iter().all(|(other, _)| other != step));
        fresh
            .map(|(step, tables)| (step, format!("it changes indexes of {}", tables.join(", "))))
            .collect()
    }

    /// What has to be done before a step, and why.
    fn before(
        &self,
        rule: &str,
        change: Change,
        tables: &BTreeSet<String>,
    ) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        if FIRST.contains(&rule) || !matches!(change, Change::Schema | Change::Sql) {
            return found;
        }
        for step in &self.history {
            found.push((step.clone(), HISTORY.to_owned()));
        }
        if rule == "isolation/rls-missing" {
            for step in &self.isolation {
                let why = "code that asks for rows of others fails under policies";
                found.push((step.clone(), why.to_owned()));
            }
        }
        let mut shared: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
        for table in tables {
            if let Some(step) = self.tables.get(table) {
                shared.entry(step).or_default().push(table);
            }
        }
        for (step, tables) in shared {
            if found.iter().all(|(known, _)| known != step) {
                found.push((step.clone(), format!("it alters {}", tables.join(", "))));
            }
        }
        found
    }

    fn after(&mut self, rule: &str, number: &str, tables: &BTreeSet<String>) {
        if FIRST.contains(&rule) {
            self.history.push(number.to_owned());
        }
        if rule.starts_with("isolation/") {
            self.isolation.push(number.to_owned());
        }
        for table in tables {
            self.tables.insert(table.clone(), number.to_owned());
        }
    }
}
