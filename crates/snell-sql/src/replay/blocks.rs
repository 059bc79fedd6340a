//! `DO` blocks: their conditions are decided on the replayed catalog, their branches run.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::fault::{Fault, fault, matches_condition};
use super::{NoteKind, Replayer};
use crate::ast::{
    Block, Do, Expr, Handler, Query, QueryBody, Statement, StatementKind, Step, StepKind,
};
use crate::evaluate::{Evaluator, Value};

/// How a run of steps ended.
#[derive(PartialEq, Eq)]
enum Flow {
    Next,
    Return,
}

/// The variables of a block and of those around it.
type Variables = BTreeMap<SmolStr, Value>;

/// What the variables of a loop hold in one round.
type Round = Vec<(SmolStr, Value)>;

/// Rounds of a loop that are run; a loop with more may run or not.
const MAX_ROUNDS: usize = 1000;

impl Replayer {
    pub(super) fn do_block(&mut self, block: &Do) -> Result<(), Fault> {
        let opaque = self.opaque;
        let result = match &block.block {
            Some(body) => self.block(body, &mut Variables::new()).map(|_| ()),
            None => {
                self.undecided();
                Ok(())
            }
        };
        // A block that only reads and updates leaves the catalog as it is.
        if !block.shapes {
            self.opaque = opaque;
        }
        result
    }

    fn undecided(&mut self) {
        self.note(NoteKind::Undecided);
        self.opaque = true;
    }

    fn block(&mut self, block: &Block, variables: &mut Variables) -> Result<Flow, Fault> {
        for variable in &block.variables {
            let value = match &variable.value {
                Some(value) => self.evaluate(value, variables),
                None => Value::Null,
            };
            variables.insert(variable.name.text.clone(), value);
        }
        if block.handlers.is_empty() {
            return self.steps(&block.body, variables);
        }
        // A handler undoes what its block did.
        let before = self.catalog.clone();
        match self.steps(&block.body, variables) {
            Ok(flow) => Ok(flow),
            Err(error) => {
                let handles = |handler: &&Handler| {
                    handler
                        .conditions
                        .iter()
                        .any(|condition| matches_condition(condition, error.sqlstate))
                };
                let Some(handler) = block.handlers.iter().find(handles) else {
                    return Err(error);
                };
                self.catalog = before;
                self.steps(&handler.body, variables)
            }
        }
    }

    fn steps(&mut self, steps: &[Step], variables: &mut Variables) -> Result<Flow, Fault> {
        for step in steps {
            if self.step(step, variables)? == Flow::Return {
                return Ok(Flow::Return);
            }
        }
        Ok(Flow::Next)
    }

    fn step(&mut self, step: &Step, variables: &mut Variables) -> Result<Flow, Fault> {
        match &step.kind {
            StepKind::Sql(statement, targets) => match (&statement.kind, targets.first()) {
                (StatementKind::Query(query), Some(target)) => {
                    let value = self.first_value(query, variables);
                    variables.insert("found".into(), found(&value));
                    for other in targets.iter().skip(1) {
                        variables.insert(other.clone(), Value::Unknown);
                    }
                    variables.insert(target.clone(), value);
                }
                // Rows statements may name the block's variables: their names are not judged.
                (
                    StatementKind::Query(_)
                    | StatementKind::Insert(_)
                    | StatementKind::Update(_)
                    | StatementKind::Delete(_)
                    | StatementKind::Merge(_),
                    _,
                ) => {
                    if let Some(step) = self.trace(statement) {
                        self.steps[step].ran = true;
                    }
                    self.touch_rows(statement);
                }
                _ => self.guarded(statement)?,
            },
            StepKind::Execute(text, targets) => {
                self.execute(text, variables)?;
                for target in targets {
                    variables.insert(target.clone(), Value::Unknown);
                }
            }
            StepKind::If(branches, otherwise) => {
                return self.branch(branches, otherwise, variables);
            }
            StepKind::Block(block) => return self.block(block, variables),
            StepKind::Assign(name, value) => {
                let value = self.evaluate(value, variables);
                variables.insert(name.clone(), value);
            }
            StepKind::Loop(body) => self.uncertainly(body, variables),
            StepKind::ForEach(variable, array, body) => {
                let rounds = match self.evaluate(array, variables) {
                    Value::List(items) => Some(
                        items
                            .into_iter()
                            .map(|item| vec![(variable.clone(), item)])
                            .collect(),
                    ),
                    _ => None,
                };
                return self.rounds(rounds, body, variables);
            }
            StepKind::ForQuery(variable, statement, body) => {
                let rounds = self.rows_of(variable, statement, variables);
                return self.rounds(rounds, body, variables);
            }
            StepKind::Raise(true) => {
                return Err(fault("P0001", step.span, "the block raises an exception"));
            }
            StepKind::Return => return Ok(Flow::Return),
            StepKind::Unknown => self.undecided(),
            StepKind::Perform(_) | StepKind::Raise(false) | StepKind::Leave | StepKind::Nothing => {
            }
        }
        Ok(Flow::Next)
    }

    /// What the variable of a loop over a query holds in each round, and its fields.
    fn rows_of(
        &self,
        variable: &SmolStr,
        statement: &Statement,
        variables: &Variables,
    ) -> Option<Vec<Round>> {
        let StatementKind::Query(query) = &statement.kind else {
            return None;
        };
        let rows = Evaluator::new(&self.catalog, variables).all(query)?;
        let round = |row: Vec<(SmolStr, Value)>| -> Round {
            let alone = match row.as_slice() {
                [(_, value)] => value.clone(),
                _ => Value::Unknown,
            };
            let fields = row
                .into_iter()
                .map(|(name, value)| (format!("{variable}.{name}").into(), value));
            std::iter::once((variable.clone(), alone))
                .chain(fields)
                .collect()
        };
        Some(rows.into_iter().map(round).collect())
    }

    /// Runs a loop whose rounds are known, each with its variables; any other may run or not.
    fn rounds(
        &mut self,
        rounds: Option<Vec<Round>>,
        body: &[Step],
        variables: &mut Variables,
    ) -> Result<Flow, Fault> {
        let Some(rounds) = rounds.filter(|rounds| rounds.len() <= MAX_ROUNDS && !leaves(body))
        else {
            self.uncertainly(body, variables);
            return Ok(Flow::Next);
        };
        for round in rounds {
            variables.extend(round);
            if self.steps(body, variables)? == Flow::Return {
                return Ok(Flow::Return);
            }
        }
        Ok(Flow::Next)
    }

    /// Runs steps that may run or not: what they touch becomes uncertain, what fails is silent.
    fn uncertainly(&mut self, steps: &[Step], variables: &mut Variables) {
        self.maybe += 1;
        for step in steps {
            if self.step(step, variables).is_err() {
                self.note(NoteKind::Undecided);
            }
        }
        self.maybe -= 1;
    }

    fn branch(
        &mut self,
        branches: &[(Expr, Vec<Step>)],
        otherwise: &[Step],
        variables: &mut Variables,
    ) -> Result<Flow, Fault> {
        for (condition, body) in branches {
            match self.evaluate(condition, variables) {
                Value::Bool(true) => return self.steps(body, variables),
                Value::Bool(false) | Value::Null => {}
                _ => {
                    self.note(NoteKind::Undecided);
                    self.uncertainly(body, variables);
                    self.uncertainly(otherwise, variables);
                    return Ok(Flow::Next);
                }
            }
        }
        self.steps(otherwise, variables)
    }

    /// Dynamic SQL is followed when its text is known.
    fn execute(&mut self, text: &Expr, variables: &Variables) -> Result<(), Fault> {
        let Value::Text(text_value) = self.evaluate(text, variables) else {
            self.undecided();
            return Ok(());
        };
        let parse = crate::parse::parse(&text_value);
        for statement in &parse.statements {
            if statement.broken {
                return Err(fault("42601", text.span, "syntax error in executed text"));
            }
            // Its spans lie in a text of its own: the whole expression stands for them.
            let outer = self.executed.replace(text.span);
            let result = self.guarded(statement);
            self.executed = outer;
            result.map_err(|error| Fault {
                span: text.span,
                ..error
            })?;
        }
        Ok(())
    }

    fn evaluate(&self, expr: &Expr, variables: &Variables) -> Value {
        Evaluator::new(&self.catalog, variables).value(expr)
    }

    fn first_value(&self, query: &Query, variables: &Variables) -> Value {
        if !matches!(query.body, QueryBody::Select(_)) {
            return Value::Unknown;
        }
        Evaluator::new(&self.catalog, variables).first(query)
    }
}

/// Whether steps may leave the loop around them, or the rest of a round.
fn leaves(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        StepKind::Leave => true,
        StepKind::If(branches, otherwise) => {
            branches.iter().any(|(_, body)| leaves(body)) || leaves(otherwise)
        }
        StepKind::Block(block) => leaves(&block.body),
        StepKind::Loop(body) | StepKind::ForEach(_, _, body) | StepKind::ForQuery(_, _, body) => {
            leaves(body)
        }
        _ => false,
    })
}

fn found(value: &Value) -> Value {
    match value {
        Value::Unknown => Value::Unknown,
        Value::Null => Value::Bool(false),
        _ => Value::Bool(true),
    }
}
