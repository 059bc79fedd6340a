//! A growing table that queries read by ranges of time.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::lasting::{self, AllLasting, Lasting};
use crate::{
    rule::{Context, Rule},
    support::{
        asked::{Ask, Asked},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/partition-candidate",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A table that only grows is read by ranges of time alone",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let asked = Asked::shared(context);
    let all = AllLasting::shared(context);
    let fast = all.iter().filter(|lasting| lasting.is_fast());
    let read_by_time = fast.filter(|lasting| {
        let asks: Vec<&Ask> = asked.of_model(lasting.model).map(|(ask, _)| ask).collect();
        let by_time = |ask: &&&Ask| {
            ask.ranged.contains(&lasting.dated) || ask.optional.contains(&lasting.dated)
        };
        let sorted = |ask: &&Ask| {
            ask.order
                .first()
                .is_some_and(|sort| sort.field == lasting.dated)
        };
        asks.iter().any(|ask| by_time(&ask))
            && !asked.is_partly_unknown(lasting.model)
            && asks.iter().all(|ask| by_time(&ask) || sorted(ask))
    });
    read_by_time
        .filter_map(|lasting| finding(context, lasting))
        .collect()
}

fn finding(context: &Context<'_>, lasting: &Lasting) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(lasting.model.schema);
    let model = context.project.schemas.model(lasting.model);
    let dated = &schema.datamodel[lasting.dated];
    let key = model.primary_key()?;
    if key.fields()?.contains(&lasting.dated) {
        return None;
    }
    let found = lasting::finding(
        context,
        &RULE.metadata,
        lasting,
        format!("`{}` could be partitioned by `{}`", model.name, dated.name),
        "only grows".to_owned(),
    );
    Some(
        found
            .related(schema.field_name(dated), "every query bounds it or sorts by it")
            .help(format!(
                "`PARTITION BY RANGE (\"{}\")`, by month; the primary key then has to hold the column as well: `@@id([id, {}])`",
                dated.db_name, dated.name
            ))
            .help("Prisma knows no partitions: the table is made by SQL, and partitions by a schedule (pg_partman); before some ten million rows it does not pay")
            .subject(wording::subject(model, "partition")),
    )
}
