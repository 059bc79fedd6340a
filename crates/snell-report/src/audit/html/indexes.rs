//! The indexes of a model, those that it lacks, and how its rows come and go.

use super::{context::Context, plan::listing};
use crate::{render::html::tags::Html, trace::Spot};

/// What belongs to one model's page.
pub(super) fn write(out: &mut Html, context: &Context<'_>, model: &str, table: &str) {
    let tables = context.audit.indexes.iter();
    for one in tables.filter(|one| one.model == model && one.table == table) {
        out.leaf("h3", &[], "Indexes");
        let heads = ["Index", "Columns", "Purpose", "# Used by", "Verdict"];
        out.table("plain", &heads, |out| {
            for row in &one.indexes {
                out.open("tr", &[]);
                out.open("td", &[]);
                out.leaf("code", &[], row.database_name.as_ref().unwrap_or(&row.name));
                if row.kind != "index" {
                    out.text(&format!(" {}", row.kind));
                }
                if row.method != "btree" {
                    out.text(&format!(" {}", row.method));
                }
                if !row.declared {
                    out.text(" in migrations only");
                }
                out.close();
                out.code_cell(&row.columns.join(", "));
                out.words("td", &[("class", "lines")], &row.purpose.join("\n"));
                out.number(row.uses.len());
                out.open("td", &[]);
                let class = match row.standing.as_str() {
                    "redundant" | "unused" | "ineffective" => "v undecided",
                    _ => "v nobody",
                };
                out.leaf("span", &[("class", class)], &row.standing);
                if let Some(instead) = &row.instead {
                    out.text(" better: ");
                    out.leaf("code", &[], instead);
                }
                out.close();
                out.close();
            }
        });
        for proposed in &one.proposed {
            let prisma = proposed
                .prisma
                .as_deref()
                .unwrap_or("Prisma cannot say where its NULLs stand: declare it without, and write that into its migration");
            let head = format!("Missing, for {}: {}", proposed.columns, proposed.lacks);
            listing(out, &head, prisma, &[&proposed.sql]);
        }
    }
    life(out, context, model);
}

fn life(out: &mut Html, context: &Context<'_>, model: &str) {
    let Some(life) = context.audit.lives.iter().find(|life| life.model == model) else {
        return;
    };
    let with = life.with.as_ref().map(|(_, at)| at);
    let rows: [(&str, Option<&Spot>); 6] = [
        ("Made", life.made.as_ref()),
        ("Changed", life.changed.as_ref()),
        ("Removed by code", life.taken.as_ref()),
        ("Removed by age", life.swept.as_ref()),
        ("Old ones emptied", life.emptied.as_ref()),
        ("Goes with the row above", with),
    ];
    out.leaf("h3", &[], "The life of its rows");
    out.open("dl", &[]);
    out.leaf("dt", &[], "Growth");
    out.leaf("dd", &[], &life.growth);
    for (head, at) in rows {
        if let Some(at) = at {
            out.leaf("dt", &[], head);
            out.open("dd", &[]);
            out.place(&at.file, at.line);
            out.close();
        }
    }
    out.close();
}
