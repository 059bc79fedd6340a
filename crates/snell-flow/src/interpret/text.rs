//! Templates and concatenated text.

use snell_extract::facts::{ExpressionId, TemplateChunk};
use snell_project::module::ExpressionRef;

use super::{Frame, State};
use crate::value::{Literal, TextPart, Value};

impl Frame<'_, '_> {
    pub(super) fn template(
        &mut self,
        chunks: &[TemplateChunk],
        values: &[ExpressionId],
        state: &mut State,
    ) -> Value {
        let mut parts = Vec::new();
        for (n, chunk) in chunks.iter().enumerate() {
            if !chunk.text.is_empty() {
                parts.push(TextPart::Constant(chunk.text.clone()));
            }
            if let Some(id) = values.get(n) {
                let value = self.expression(*id, state);
                parts.push(TextPart::Value(value, self.at(*id)));
            }
        }
        text(parts)
    }
}

/// `a + b`: text when either is; otherwise computed from both.
pub(super) fn concatenated(a: Value, a_at: ExpressionRef, b: Value, b_at: ExpressionRef) -> Value {
    if let (Value::Literal(Literal::Number(a)), Value::Literal(Literal::Number(b))) = (&a, &b) {
        return match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => Value::Literal(Literal::Number((a + b).to_string().into())),
            _ => Value::Unknown,
        };
    }
    let is_text =
        |value: &Value| matches!(value, Value::Text(_) | Value::Literal(Literal::String(_)));
    let either_text = a.choices().into_iter().any(is_text) || b.choices().into_iter().any(is_text);
    if !either_text {
        return Value::derived(vec![a, b]);
    }
    text(vec![TextPart::Value(a, a_at), TextPart::Value(b, b_at)])
}

/// Text of parts: constant neighbours are one part, a wholly constant text is a literal.
pub(super) fn text(parts: Vec<TextPart>) -> Value {
    let mut flat: Vec<TextPart> = Vec::new();
    for part in parts {
        match part {
            TextPart::Value(Value::Text(inner), _) => inner
                .iter()
                .cloned()
                .for_each(|part| append(&mut flat, part)),
            part => append(&mut flat, part),
        }
    }
    match flat.as_slice() {
        [] => Value::string(""),
        [TextPart::Constant(text)] => Value::string(text.clone()),
        _ => Value::Text(flat.into()),
    }
}

fn append(flat: &mut Vec<TextPart>, part: TextPart) {
    let constant = match &part {
        TextPart::Constant(text) => Some(text.clone()),
        TextPart::Value(value, _) => value.constant_text(),
    };
    match (constant, flat.last_mut()) {
        (Some(text), Some(TextPart::Constant(before))) => {
            *before = format!("{before}{text}").into()
        }
        (Some(text), _) => flat.push(TextPart::Constant(text)),
        (None, _) => flat.push(part),
    }
}
