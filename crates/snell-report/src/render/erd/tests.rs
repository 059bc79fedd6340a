//! Diagrams of small and of hostile schemas.

use super::{ErdColumns, ErdFormat, ErdOptions, erd, part};
use crate::erd::{Column, Erd, Holder, Kept, Link, OnDelete, Table};

const FORMATS: [ErdFormat; 3] = [ErdFormat::Mermaid, ErdFormat::Svg, ErdFormat::Dot];

const OPTIONS: ErdOptions = ErdOptions {
    columns: ErdColumns::Auto,
    hub_edges: false,
};

fn column(name: &str, kind: &str) -> Column {
    Column {
        name: name.into(),
        kind: kind.into(),
        optional: false,
        list: false,
        primary: name == "id",
        unique: false,
        foreign: name.ends_with("Id"),
    }
}

fn table(name: &str, holder: Holder, columns: &[&str]) -> Table {
    Table {
        schema: 0,
        name: name.into(),
        database_name: name.to_lowercase(),
        view: false,
        holder,
        owner: None,
        columns: columns.iter().map(|name| column(name, "String")).collect(),
    }
}

fn link(from: usize, to: usize, kept: Kept) -> Link {
    Link {
        from,
        to,
        columns: vec![1],
        references: vec![0],
        kept,
        on_delete: Some(OnDelete::Cascade),
        required: true,
        single: false,
    }
}

/// A user that ten tables lead to, and two tables that lead to each other.
fn fan() -> Erd {
    let mut tables = vec![table("User", Holder::Owner, &["id"])];
    let mut links = Vec::new();
    for n in 1..=10 {
        tables.push(table(
            &format!("Thing{n}"),
            Holder::Direct,
            &["id", "userId", "title"],
        ));
        links.push(link(n, 0, Kept::ForeignKey));
    }
    tables.push(table("Part", Holder::Through, &["id", "thingId"]));
    links.push(link(11, 1, Kept::Undeclared));
    Erd {
        schemas: vec!["schema.prisma".into()],
        tables,
        links,
    }
}

#[test]
fn lines_to_a_hub_become_words_on_rows() {
    let fan = fan();
    let mermaid = erd(&fan, ErdFormat::Mermaid, &OPTIONS);
    assert!(!mermaid.contains("\"User\" ||--"), "{mermaid}");
    assert!(
        mermaid.contains("String userId FK \"to User, cascade\""),
        "{mermaid}"
    );
    let svg = erd(&fan, ErdFormat::Svg, &OPTIONS);
    assert_eq!(
        svg.matches("<path class=\"line").count(),
        3,
        "two of the legend"
    );
    assert!(svg.contains("\u{2192} User, cascade"), "{svg}");
    let all = ErdOptions {
        hub_edges: true,
        ..OPTIONS
    };
    let mermaid = erd(&fan, ErdFormat::Mermaid, &all);
    assert_eq!(mermaid.matches("\"User\" ||--o{").count(), 10, "{mermaid}");
}

#[test]
fn a_page_can_show_the_lines_to_hubs() {
    let fan = fan();
    let (picture, _) = part(&fan, &OPTIONS);
    let (_, hubs) = picture.split_once("<g class=\"hubs\">").expect("a group");
    let (hubs, _) = hubs.split_once("</g>").expect("its end");
    assert_eq!(hubs.matches("<path class=\"line\"").count(), 10, "{hubs}");
    let alone = erd(&fan, ErdFormat::Svg, &OPTIONS);
    assert!(!alone.contains("class=\"hubs\""), "{alone}");
}

#[test]
fn a_missing_foreign_key_is_dashed() {
    let fan = fan();
    let mermaid = erd(&fan, ErdFormat::Mermaid, &OPTIONS);
    assert!(
        mermaid.contains("\"Thing1\" ||..o{ \"Part\" : \"thingId, no foreign key\""),
        "{mermaid}"
    );
    let dot = erd(&fan, ErdFormat::Dot, &OPTIONS);
    assert!(
        dot.contains("t1:c0 -> t11:c1 [arrowtail=teetee, arrowhead=crowodot, style=dashed"),
        "{dot}"
    );
}

#[test]
fn owners_have_colours() {
    let mermaid = erd(&fan(), ErdFormat::Mermaid, &OPTIONS);
    assert!(mermaid.contains("\"User\":::owner {"), "{mermaid}");
    let svg = erd(&fan(), ErdFormat::Svg, &OPTIONS);
    assert!(svg.contains("owned directly (10)"), "{svg}");
}

#[test]
fn names_of_others_are_text() {
    let mut hostile = fan();
    let evil = "\"]}</svg><script>alert(1)</script>\u{1b}[31m\n%%{init}%%";
    hostile.schemas[0] = evil.into();
    hostile.tables[1].name = evil.into();
    hostile.tables[1].database_name = evil.into();
    hostile.tables[1].owner = Some(evil.into());
    hostile.tables[11].columns[0] = column(evil, evil);
    hostile.links[10].kept = Kept::JoinTable(evil.into());
    hostile.links[10].columns.clear();
    for format in FORMATS {
        let text = erd(&hostile, format, &OPTIONS);
        assert!(!text.contains("<script>"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    let mermaid = erd(&hostile, ErdFormat::Mermaid, &OPTIONS);
    assert!(!mermaid.contains("%%{init}"), "{mermaid}");
    let svg = erd(&hostile, ErdFormat::Svg, &OPTIONS);
    assert_eq!(svg.matches("</svg>").count(), 1, "{svg}");
}

#[test]
fn the_same_data_give_the_same_text() {
    for format in FORMATS {
        assert_eq!(erd(&fan(), format, &OPTIONS), erd(&fan(), format, &OPTIONS));
    }
}

#[test]
fn a_text_that_pages_refuse_shrinks_to_its_keys() {
    let mut big = fan();
    for table in &mut big.tables {
        let extra = (0..400).map(|n| column(&format!("column{n}"), "String"));
        table.columns.extend(extra);
    }
    let mermaid = erd(&big, ErdFormat::Mermaid, &OPTIONS);
    assert!(mermaid.len() <= 50_000);
    assert!(mermaid.contains("userId"), "{mermaid}");
    assert!(!mermaid.contains("column7"), "{mermaid}");
}

#[test]
fn a_part_has_what_it_is_linked_to() {
    let part = fan().around(&["Part".to_owned()]);
    let names: Vec<&str> = part
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    assert_eq!(names, ["Thing1", "Part"]);
    assert_eq!((part.links[0].from, part.links[0].to), (1, 0));
}
