//! From a query's first argument to the texts it may have.

use snell_project::module::ExpressionRef;
use snell_source::Location;

use super::{
    text::{Hole, HoleKind, Parameter, Piece, PieceKind, SqlText},
    values::Values,
};
use crate::{
    fact::Fact,
    value::{Choice, SqlJoin, SqlPart, TextPart, Value},
};

/// More texts of one query than this are not told apart.
const MAX_VARIANTS: usize = 32;

/// A text that grows, under what must hold for it.
#[derive(Debug, Clone, Default)]
struct Draft {
    text: SqlText,
    facts: Vec<Fact>,
}

/// Puts a text together, one way for each decision that the code may take.
pub(super) struct Assembler<'v, 'p> {
    values: &'v Values<'p>,
    drafts: Vec<Draft>,
    /// Some texts were left out.
    cut: bool,
}

impl<'v, 'p> Assembler<'v, 'p> {
    /// Starts with one empty text.
    pub(super) fn new(values: &'v Values<'p>) -> Self {
        Assembler {
            values,
            drafts: vec![Draft::default()],
            cut: false,
        }
    }

    /// The texts, without repetition.
    pub(super) fn finish(self) -> Vec<SqlText> {
        let mut texts: Vec<SqlText> = Vec::new();
        for mut draft in self.drafts {
            draft.text.one_of_more = self.cut;
            if !texts.contains(&draft.text) {
                texts.push(draft.text);
            }
        }
        texts
    }

    /// A fragment: `Prisma.sql`, a tagged template's text, one of several.
    pub(super) fn fragment(&mut self, value: &Value, at: ExpressionRef) {
        match value {
            Value::Sql(parts) => {
                for part in parts.iter() {
                    match part {
                        SqlPart::Text { text, at, verbatim } => {
                            self.constant(text, Some(*at), *verbatim);
                        }
                        SqlPart::Value(value, at) => self.inserted(value, *at),
                        SqlPart::Raw(value, at) => self.text(value, *at, HoleKind::Raw),
                        SqlPart::Join(join) => self.join(join),
                    }
                }
            }
            Value::OneOf(choices) => {
                self.either(value, choices, |this, choice| this.fragment(choice, at));
            }
            // `condition && Prisma.sql`: nothing is no fragment; the client refuses it.
            other => self.hole(other, at, HoleKind::Fragment),
        }
    }

    /// Text that is put in as it is.
    pub(super) fn text(&mut self, value: &Value, at: ExpressionRef, kind: HoleKind) {
        match value {
            // Nobody means the words `undefined` and `null`: something else decides here.
            Value::Undefined | Value::Null => return self.hole(value, at, kind),
            _ => {}
        }
        if let Some(text) = value.constant_text() {
            return self.constant(&text, None, false);
        }
        match value {
            Value::Text(parts) => {
                let mut before = "";
                for part in parts.iter() {
                    match part {
                        TextPart::Constant(text) => {
                            self.constant(text, None, false);
                            before = text;
                        }
                        TextPart::Value(value, at) => {
                            let numbers = before.ends_with('$') && !value.is_constant();
                            let kind = if numbers { HoleKind::Number } else { kind };
                            self.text(value, *at, kind);
                            before = "";
                        }
                    }
                }
            }
            Value::OneOf(choices) => {
                self.either(value, choices, |this, choice| this.text(choice, at, kind));
            }
            other => self.hole(other, at, kind),
        }
    }

    /// `${value}` of a tagged template: a fragment is put in, all else is a parameter.
    fn inserted(&mut self, value: &Value, at: ExpressionRef) {
        match value {
            Value::Sql(_) => self.fragment(value, at),
            Value::OneOf(choices) if choices.iter().any(|c| holds_fragment(&c.value)) => {
                self.either(value, choices, |this, choice| this.inserted(choice, at));
            }
            _ if self.values.is_fragment(value, at) => {
                self.hole(value, at, HoleKind::Fragment);
            }
            _ => self.parameter(value, at, false),
        }
    }

    fn join(&mut self, join: &SqlJoin) {
        self.constant(&join.prefix, None, false);
        match &join.list {
            // `Prisma.join` throws on an empty list: there is no such text.
            Value::Array(array) if array.elements.is_empty() && array.rest.is_none() => {
                self.hole(&join.list, join.at, HoleKind::Fragment);
            }
            Value::Array(array) => {
                let further: Vec<&Value> = array.rest.iter().flat_map(Value::choices).collect();
                let all = array.elements.iter().chain(further);
                for (n, element) in all.enumerate() {
                    if n > 0 {
                        self.constant(&join.separator, None, false);
                    }
                    match element {
                        Value::Sql(_) => self.fragment(element, join.at),
                        Value::OneOf(choices)
                            if choices.iter().any(|c| holds_fragment(&c.value)) =>
                        {
                            self.inserted(element, join.at);
                        }
                        plain => {
                            self.parameter(plain, join.at, array.rest.is_some());
                            self.last_is_element();
                        }
                    }
                }
            }
            Value::OneOf(choices) => self.either(&join.list, choices, |this, choice| {
                this.join(&SqlJoin {
                    list: choice.clone(),
                    prefix: "".into(),
                    suffix: "".into(),
                    ..join.clone()
                });
            }),
            list if self.values.is_list_of_values(join.at) => self.parameter(list, join.at, true),
            list if self.is_in_list() => {
                self.parameter(list, join.at, true);
                for draft in &mut self.drafts {
                    if let Some(last) = draft.text.parameters.last_mut() {
                        last.perhaps_fragment = true;
                    }
                }
            }
            list => self.hole(list, join.at, HoleKind::Fragment),
        }
        self.constant(&join.suffix, None, false);
    }

    /// Goes on in as many ways as there are choices that can hold together
    /// with what was decided before; of one that is constant is known from here on which it is.
    fn either(
        &mut self,
        whole: &Value,
        choices: &[Choice],
        mut each: impl FnMut(&mut Self, &Value),
    ) {
        let before = std::mem::take(&mut self.drafts);
        let mut after = Vec::new();
        for choice in choices {
            let is_it = choice
                .value
                .is_constant()
                .then(|| Fact::Equal(whole.clone(), choice.value.clone()));
            let facts: Vec<Fact> = choice.facts.iter().cloned().chain(is_it).collect();
            let fitting = before
                .iter()
                .filter(|draft| !contradict(&draft.facts, &facts));
            self.drafts = fitting
                .map(|draft| {
                    let mut draft = draft.clone();
                    draft.facts.extend(facts.iter().cloned());
                    draft
                })
                .collect();
            if self.drafts.is_empty() {
                continue;
            }
            each(self, &choice.value);
            after.append(&mut self.drafts);
            if after.len() >= MAX_VARIANTS {
                after.truncate(MAX_VARIANTS);
                self.cut = true;
                break;
            }
        }
        // Contradictions everywhere: the facts say more than can be weighed.
        self.drafts = if after.is_empty() { before } else { after };
    }

    fn constant(&mut self, text: &str, at: Option<Location>, verbatim: bool) {
        if text.is_empty() {
            return;
        }
        for draft in &mut self.drafts {
            draft.text.add(text, PieceKind::Text { at, verbatim });
        }
    }

    fn parameter(&mut self, value: &Value, at: ExpressionRef, list: bool) {
        let perhaps_fragment = !list && !self.values.is_value(value, at);
        for draft in &mut self.drafts {
            let position = draft.text.parameters.len();
            draft.text.parameters.push(Parameter {
                value: value.clone(),
                at: Some(at),
                list,
                element: false,
                perhaps_fragment,
            });
            let placeholder = format!("${}", position + 1);
            draft
                .text
                .add(&placeholder, PieceKind::Placeholder(position));
        }
    }

    /// The last parameter's expression is the list that it is an element of.
    fn last_is_element(&mut self) {
        for draft in &mut self.drafts {
            if let Some(last) = draft.text.parameters.last_mut() {
                last.element = true;
            }
        }
    }

    /// Whether the text so far ends in `IN (`, where values stand far more often than fragments.
    fn is_in_list(&self) -> bool {
        self.drafts.iter().all(|draft| {
            let before = draft.text.text.trim_end().strip_suffix('(');
            before.is_some_and(|text| text.trim_end().to_ascii_lowercase().ends_with("in"))
        })
    }

    fn hole(&mut self, value: &Value, at: ExpressionRef, kind: HoleKind) {
        for draft in &mut self.drafts {
            let hole = Hole {
                value: value.clone(),
                at,
                kind,
                facts: draft.facts.as_slice().into(),
            };
            draft.text.add("", PieceKind::Hole(hole));
        }
    }
}

impl SqlText {
    fn add(&mut self, text: &str, kind: PieceKind) {
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.pieces.push(Piece { start, end, kind });
    }
}

fn holds_fragment(value: &Value) -> bool {
    match value {
        Value::Sql(_) => true,
        Value::OneOf(choices) => choices.iter().any(|choice| holds_fragment(&choice.value)),
        _ => false,
    }
}

/// Whether what holds on one way cannot hold on the other.
fn contradict(these: &[Fact], those: &[Fact]) -> bool {
    these.iter().any(|this| {
        those.iter().any(|that| match (this, that) {
            (Fact::Truthy(a), Fact::Falsy(b)) | (Fact::Falsy(a), Fact::Truthy(b)) => a == b,
            (Fact::Equal(a, b), Fact::Differ(c, d)) | (Fact::Differ(a, b), Fact::Equal(c, d)) => {
                (a, b) == (c, d)
            }
            (Fact::Equal(a, b), Fact::Equal(c, d)) => {
                a == c && b != d && b.is_constant() && d.is_constant()
            }
            _ => false,
        })
    })
}
