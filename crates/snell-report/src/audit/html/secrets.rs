//! Columns with secrets and with what tells who somebody is, and the policies that would be a
//! second line of defence.

use super::{
    super::{
        policies::{of_policies, reasons},
        roles, sheets,
        tables::{SecretColumn, Verdict},
    },
    context::Context,
    plan::listing,
};
use crate::{render::html::tags::Html, trace::Spot};

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    let audit = context.audit;
    let (personal, secret): (Vec<_>, Vec<_>) =
        audit.secrets.iter().partition(|column| !column.secret);
    out.leaf("h3", &[], "Secrets");
    if secret.is_empty() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "No column was found that holds a secret.",
        );
    } else {
        out.leaf("p", &[("class", "sub")], "By their names and by what is written beside them. \u{201c}Not seen\u{201d} stands where the code tells nothing.");
        for column in secret {
            one(out, context, column);
        }
    }
    out.leaf("h3", &[], "Personal data");
    if personal.is_empty() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "No column was found that tells who somebody is.",
        );
    } else {
        let heads = [
            "Column",
            "Kind",
            "Written",
            "In the answers of",
            "Logged",
            "Verdict",
        ];
        out.table("plain", &heads, |out| {
            for column in personal {
                out.open("tr", &[]);
                out.open("th", &[("scope", "row")]);
                name(out, context, column);
                out.close();
                out.leaf("td", &[], &column.kind);
                out.open("td", &[]);
                seen(out, &column.written);
                out.close();
                out.open("td", &[]);
                given(out, context, column);
                out.close();
                out.open("td", &[]);
                seen(out, &column.logged);
                out.close();
                out.open("td", &[]);
                verdict(out, context, column);
                out.close();
                out.close();
            }
        });
    }
    let sheet = sheets::texts(context.audit);
    if !sheet.rows.is_empty() {
        out.leaf("h3", &[], "What people write");
        super::sheets::write(out, context, &sheet);
    }
    policies(out, context);
}

fn name(out: &mut Html, context: &Context<'_>, column: &SecretColumn) {
    context.link_model(out, &column.model);
    out.text(".");
    out.leaf("code", &[], &column.field);
}

/// A secret: what keeps it, line by line.
fn one(out: &mut Html, context: &Context<'_>, column: &SecretColumn) {
    out.open("details", &[("class", "row"), ("open", "")]);
    out.open("summary", &[]);
    out.open("span", &[("class", "message")]);
    out.leaf("code", &[], &format!("{}.{}", column.model, column.field));
    out.close();
    out.leaf("span", &[("class", "sub")], &column.kind);
    verdict(out, context, column);
    out.close();
    out.open("div", &[("class", "body")]);
    out.open("dl", &[]);
    let mut part = |head: &str, write: &dyn Fn(&mut Html)| {
        out.leaf("dt", &[], head);
        out.open("dd", &[]);
        write(out);
        out.close();
    };
    part("Model", &|out| {
        context.link_model(out, &column.model);
        out.text(" ");
        out.place(&column.spot.file, column.spot.line);
    });
    part("Written by", &|out| seen(out, &column.written));
    let made_by = column.hashed.as_ref().or(column.algorithm.as_ref());
    part("Algorithm", &|out| told(out, made_by));
    // A digest has none of these.
    if column.hashed.is_none() {
        part("IV", &|out| told(out, column.vector.as_ref()));
        part("Tag", &|out| seen(out, &column.tag));
        part("Key source", &|out| told(out, column.key.as_ref()));
        part("Key version", &|out| match &column.version {
            Some(name) => out.leaf("code", &[], name),
            None => out.text("none"),
        });
        part("Decrypted at", &|out| seen(out, &column.decrypted));
    }
    part("Returned by", &|out| match column.returned.is_empty() {
        true => given(out, context, column),
        false => seen(out, &column.returned),
    });
    part("Logged at", &|out| seen(out, &column.logged));
    out.close();
    out.close();
    out.close();
}

/// The endpoints whose answers have it.
fn given(out: &mut Html, context: &Context<'_>, column: &SecretColumn) {
    const SHOWN: usize = 4;
    match &column.given {
        None => out.leaf("span", &[("class", "calm")], "not known"),
        Some(names) if names.is_empty() => out.leaf("span", &[("class", "calm")], "not seen"),
        Some(names) => out.prose(&roles::endpoints(context.audit, names, SHOWN)),
    }
}

fn told(out: &mut Html, part: Option<&(String, Spot)>) {
    match part {
        Some((words, at)) => {
            out.prose(words);
            out.text(" ");
            out.place(&at.file, at.line);
        }
        None => out.leaf("span", &[("class", "calm")], "not seen"),
    }
}

fn seen(out: &mut Html, places: &[Spot]) {
    /// Places that are named; more are counted.
    const SHOWN: usize = 4;
    if places.is_empty() {
        out.leaf("span", &[("class", "calm")], "not seen");
    }
    for (n, at) in places.iter().take(SHOWN).enumerate() {
        if n > 0 {
            out.text(", ");
        }
        out.place(&at.file, at.line);
    }
    if places.len() > SHOWN {
        out.text(&format!(" and {} more", places.len() - SHOWN));
    }
}

fn verdict(out: &mut Html, context: &Context<'_>, column: &SecretColumn) {
    let class = match column.verdict {
        Verdict::Sound => "v scoped",
        Verdict::Faulty => "v open",
        Verdict::Plain => "v nobody",
        Verdict::NotSeen => "v undecided",
    };
    out.leaf("span", &[("class", class)], &column.words());
    for id in &column.findings {
        out.text(" ");
        context.link_finding(out, id);
    }
}

/// The statements that give tables row security, table by table.
fn policies(out: &mut Html, context: &Context<'_>) {
    let standing = sheets::policies(context.audit);
    if !standing.rows.is_empty() {
        out.leaf("h3", &[], "Row-level security of the migrations");
        super::sheets::write(out, context, &standing);
        for said in sheets::without(context.audit) {
            out.words("p", &[("class", "sub")], &said);
        }
    }
    let policies = &context.audit.policies;
    if policies.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Policies for row-level security");
    let derived: Vec<_> = policies
        .iter()
        .filter(|one| one.without.is_none())
        .collect();
    if !derived.is_empty() {
        out.words(
            "p",
            &[("class", "sub")],
            &of_policies(&derived, &context.audit.row_security),
        );
    }
    for (why, models) in reasons(policies) {
        out.open("p", &[("class", "sub")]);
        out.text("None can be derived for ");
        for (n, model) in models.into_iter().enumerate() {
            if n > 0 {
                out.text(", ");
            }
            out.leaf("code", &[], model);
        }
        out.text(": ");
        out.prose(why);
        out.close();
    }
    for policy in derived {
        out.open("details", &[("class", "row")]);
        out.open("summary", &[]);
        out.leaf("span", &[("class", "message")], &policy.model);
        out.close();
        out.open("div", &[("class", "body")]);
        let lines: Vec<&str> = policy.sql.iter().map(String::as_str).collect();
        listing(out, "In this order", "SQL", &lines);
        out.close();
        out.close();
    }
}
