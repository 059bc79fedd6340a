//! What the queries of one table lack, and what an index for them looks like.

use std::collections::BTreeSet;

use snell_prisma::{Datamodel, FieldId, FieldType, ForeignKey, Model, ScalarType};
use snell_project::schema::{ModelRef, Schema};

use super::{Lack, Replaced, Unserved, cover::Need};
use crate::support::{
    asked::{Ask, Sort, Through, Use},
    indexes::{Key, Sorted, TableIndex},
};

/// An index fixes no more columns than this: the first ones leave few rows.
const MOST_FIXED: usize = 3;

/// One table with what it has.
pub(super) struct Judge<'a> {
    schema: &'a Schema,
    model: &'a Model,
    owner: BTreeSet<FieldId>,
    /// The indexes that are there.
    existing: &'a [TableIndex],
    /// Those, and one for each foreign key that has none.
    with_keys: Vec<TableIndex>,
    keys: Vec<&'a ForeignKey>,
    /// Whether the queries of the table are all known.
    known: bool,
    /// Whether each owner has few of the rows.
    few: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        model: &'a Model,
        owner: BTreeSet<FieldId>,
        existing: &'a [TableIndex],
        keys: &[&'a ForeignKey],
        known: bool,
        few: bool,
    ) -> Self {
        let mut with_keys = existing.to_vec();
        with_keys.extend(keys.iter().map(|key| TableIndex {
            name: String::new(),
            db_name: None,
            keys: key.columns.iter().map(|field| plain(*field)).collect(),
            ordered: true,
            finds_equals: true,
            unique: false,
            method: "btree".into(),
            inside: Vec::new(),
            carried: Vec::new(),
            partial: None,
            declared: false,
            at: schema.field_name(&schema.datamodel[key.field]),
        }));
        Judge {
            schema,
            model,
            owner,
            existing,
            with_keys,
            keys: keys.to_vec(),
            known,
            few,
        }
    }

    /// What the foreign keys and the queries need, what is alike once.
    pub(super) fn needs(&self, model: ModelRef, asks: &[(&Ask, &[Use])]) -> Vec<Need> {
        let mut needs: Vec<Need> = Vec::new();
        for key in &self.keys {
            let mut ask = Ask::new(model, Through::Reference);
            ask.equal.extend(&key.columns);
            let one = Unserved {
                ask,
                lack: Lack::Key,
                uses: Vec::new(),
                near: None,
            };
            add(&mut needs, Need::of_columns(&key.columns, one));
        }
        for (ask, uses) in asks {
            let lacks = self.lacks(ask, asks);
            if let Some(key) = self.served_by_key(ask).filter(|_| lacks.is_empty()) {
                let one = Unserved {
                    ask: (*ask).clone(),
                    lack: Lack::Rows,
                    uses: uses.to_vec(),
                    near: None,
                };
                add(&mut needs, Need::of_columns(&key.columns, one));
            }
            for (ask, lack, near) in lacks {
                add(&mut needs, self.need(ask, lack, near, uses));
            }
        }
        needs.sort_by(|a, b| a.key().cmp(&b.key()));
        needs
    }

    /// The foreign key that has no index, and would find a query's rows with one.
    fn served_by_key(&self, ask: &Ask) -> Option<&'a ForeignKey> {
        let judged = !ask.unique && !ask.open && ask.through != Through::Filter;
        if !judged || self.existing.iter().any(|index| self.finds(index, ask)) {
            return None;
        }
        let mut keys = self.keys.iter().copied();
        keys.find(|key| key.columns.iter().all(|column| ask.fixes(*column)))
    }

    fn need(&self, ask: Ask, lack: Lack, near: Option<&TableIndex>, uses: &[Use]) -> Need {
        let mut fixed: Vec<FieldId> = self.worth_fixing(&ask, lack).into_iter().collect();
        self.order(&ask, near, &mut fixed);
        fixed.truncate(MOST_FIXED);
        let tail = self.tail(&ask);
        Need {
            fixed: fixed.iter().copied().collect(),
            first: fixed,
            tail,
            serves: vec![Unserved {
                ask,
                lack,
                uses: uses.to_vec(),
                near: near.map(|index| index.at),
            }],
        }
    }

    /// What a query lacks of what an index would give: one thing of the query as a
    /// whole, or one for each of its conditions that only some runs make.
    fn lacks(&self, ask: &Ask, asks: &[(&Ask, &[Use])]) -> Vec<(Ask, Lack, Option<&TableIndex>)> {
        if ask.unique || ask.open || ask.through == Through::Filter {
            return Vec::new();
        }
        let selective = ask.fixed().any(|field| self.is_selective(ask, field));
        if let Some(index) = self.misplaces(ask, asks) {
            return vec![(ask.clone(), Lack::Misplaced, Some(index))];
        }
        let found = self.with_keys.iter().any(|index| self.finds(index, ask));
        if selective && !found {
            return vec![(ask.clone(), Lack::Rows, None)];
        }
        // An index with these columns in other directions was made for the query.
        let meant = self
            .existing
            .iter()
            .find(|index| self.nearly_sorts(index, ask));
        let wanted = ask.limited && ask.listed.is_empty() && !self.is_by_key(ask);
        if !self.is_sorted(ask) && (wanted || meant.is_some()) {
            return vec![(ask.clone(), Lack::Order, meant)];
        }
        // Of few rows, the rest of the work is none.
        if self.few && ask.fixed().any(|field| self.owner.contains(&field)) {
            return Vec::new();
        }
        let mut nearly: Vec<(Ask, Lack, Option<&TableIndex>)> = Vec::new();
        if let Some(near) = self.sorts_after(ask).or_else(|| self.meets(ask, asks)) {
            nearly.push((ask.clone(), Lack::Nearly, Some(near)));
        }
        for column in &ask.optional {
            let mut narrowed = ask.clone();
            narrowed.equal.insert(*column);
            let near = self.existing.iter().find(|index| {
                index.is_plain() && index.keys.len() == 1 && index.keys[0].field == Some(*column)
            });
            // A moment is bounded, hardly ever compared with one value.
            let moment = self.schema.datamodel[*column].scalar() == Some(ScalarType::DateTime)
                || ask.bounded.contains(column);
            if near.is_some()
                && wanted
                && !moment
                && self.is_selective(ask, *column)
                && !self.is_found_sorted(&narrowed)
            {
                nearly.push((narrowed, Lack::Nearly, near));
            }
        }
        nearly
    }

    /// The index that has what a query fixes behind a column that it only bounds or
    /// sorts by, or does not speak of, and that serves no query as it is.
    fn misplaces(&self, ask: &Ask, asks: &[(&Ask, &[Use])]) -> Option<&TableIndex> {
        let by_fixed =
            |index: &TableIndex, ask: &Ask| index.bound(ask) > 0 && self.finds(index, ask);
        let fixed = self.worth_fixing(ask, Lack::Rows);
        let selective = fixed.iter().any(|field| self.is_selective(ask, *field));
        if !self.known || !selective || self.with_keys.iter().any(|index| by_fixed(index, ask)) {
            return None;
        }
        self.existing.iter().find(|index| {
            let Some(first) = index.fields().next() else {
                return false;
            };
            // A query that reads it in order, and finds its rows by no other index.
            let leafs = |one: &Ask| {
                let in_order = one.ranged.contains(&first)
                    || one.order.first().is_some_and(|sort| sort.field == first);
                in_order
                    && one.fixed().all(|field| !fixed.contains(&field))
                    && !self.existing.iter().any(|other| by_fixed(other, one))
            };
            let serves =
                |one: &Ask| one.fixes(first) || one.optional.contains(&first) || leafs(one);
            index.is_plain()
                && index.keys.len() > 1
                && !self.model.is_foreign_key(first)
                && fixed
                    .iter()
                    .all(|field| index.fields().any(|own| own == *field))
                && !asks.iter().any(|(one, _)| serves(one))
        })
    }

    /// The plain index that finds the rows of a list by all that it fixes, and after
    /// which all of them are sorted.
    fn sorts_after(&self, ask: &Ask) -> Option<&TableIndex> {
        let sorts = ask.order.len();
        if !(1..=2).contains(&sorts)
            || !ask.listed.is_empty()
            || self.is_by_key(ask)
            || self.is_found_sorted(ask)
        {
            return None;
        }
        let needed = self.worth_fixing(ask, Lack::Order);
        self.existing.iter().find(|index| {
            index.is_plain()
                && self.finds(index, ask)
                && index.bound(ask) == index.keys.len()
                && index.keys.len() == needed.len()
        })
    }

    /// Of two indexes on one column each that meet in a query, the one that is of
    /// use nowhere else.
    fn meets(&self, ask: &Ask, asks: &[(&Ask, &[Use])]) -> Option<&TableIndex> {
        let bound = self.existing.iter().map(|index| index.bound(ask)).max();
        if !self.known || bound != Some(1) {
            return None;
        }
        let mut fixed: Vec<FieldId> = ask.equal.iter().copied().collect();
        self.order(ask, None, &mut fixed);
        let alone = self.existing.iter().filter(|index| {
            let [key] = index.keys.as_slice() else {
                return false;
            };
            let Some(field) = key.field.filter(|field| ask.equal.contains(field)) else {
                return false;
            };
            let other = fixed.iter().find(|column| {
                **column != field
                    && self.is_selective(ask, **column)
                    && self.existing.iter().any(|index| index.leads_with(**column))
            });
            index.is_plain()
                && !self.model.is_foreign_key(field)
                && self.is_selective(ask, field)
                && other.is_some_and(|other| {
                    let mut asks = asks
                        .iter()
                        .filter(|(one, _)| one.columns().contains(&field));
                    asks.all(|(one, _)| one.equal.contains(other))
                })
        });
        let place = |index: &&TableIndex| {
            let field = index.keys.first().and_then(|key| key.field);
            fixed.iter().position(|column| Some(*column) == field)
        };
        alone.max_by_key(place)
    }

    fn is_sorted(&self, ask: &Ask) -> bool {
        let sorts = |index: &TableIndex| index.sorts(&self.schema.datamodel, ask) == Sorted::Yes;
        ask.order.is_empty() || self.existing.iter().any(sorts)
    }

    /// Whether one index finds the rows and has their order.
    fn is_found_sorted(&self, ask: &Ask) -> bool {
        let sorts = |index: &TableIndex| index.sorts(&self.schema.datamodel, ask) == Sorted::Yes;
        let mut existing = self.existing.iter();
        existing.any(|index| index.bound(ask) > 0 && sorts(index))
    }

    fn is_by_key(&self, ask: &Ask) -> bool {
        let mut order = ask.order.iter();
        order.any(|sort| self.model.is_id(sort.field) || self.model.is_unique(sort.field))
    }

    fn nearly_sorts(&self, index: &TableIndex, ask: &Ask) -> bool {
        index.keys.len() > 1
            && matches!(
                index.sorts(&self.schema.datamodel, ask),
                Sorted::ButForNulls | Sorted::ButForDirections
            )
    }

    fn finds(&self, index: &TableIndex, ask: &Ask) -> bool {
        finds(&self.schema.datamodel, index, ask)
    }

    fn is_selective(&self, ask: &Ask, field: FieldId) -> bool {
        is_selective(&self.schema.datamodel, ask, field)
    }

    /// The fixed columns that an index should have: beside one that leaves few rows,
    /// those that most rows share only cost.
    fn worth_fixing(&self, ask: &Ask, lack: Lack) -> BTreeSet<FieldId> {
        let selective = ask.fixed().any(|field| self.is_selective(ask, field));
        let fixed = ask.fixed().filter(|field| {
            let of_some = matches!(self.schema.datamodel[*field].ty, FieldType::Enum(_))
                && !ask.constant.contains_key(field)
                && lack != Lack::Rows;
            !selective || of_some || self.is_selective(ask, *field)
        });
        fixed.collect()
    }

    /// Puts fixed columns in the order in which an index should have them: as a near
    /// index has them, then the owner's, the others that tell rows apart, the rest.
    fn order(&self, ask: &Ask, near: Option<&TableIndex>, columns: &mut [FieldId]) {
        columns.sort_by_key(|field| {
            let listed = ask.listed.contains(field);
            let of_near = near.filter(|index| index.bound(ask) > 1).and_then(|index| {
                let mut keys = index.keys.iter();
                keys.position(|key| key.field == Some(*field))
            });
            (
                of_near.unwrap_or(usize::MAX),
                !self.is_selective(ask, *field),
                listed,
                !self.owner.contains(field),
                !self.model.is_foreign_key(*field),
                *field,
            )
        });
    }

    /// What an index for a query ends with: the order that it wants, or the
    /// first column that it bounds.
    fn tail(&self, ask: &Ask) -> Vec<Sort> {
        if !ask.order.is_empty() && ask.listed.is_empty() {
            let sorted = ask.order.iter().copied();
            return sorted.filter(|sort| !ask.fixes(sort.field)).collect();
        }
        let bounded = ask.ranged.iter().next();
        bounded.map(|field| ascending(*field)).into_iter().collect()
    }

    /// The columns of one index for needs each of which begins with the one before.
    pub(super) fn assemble(&self, chain: Vec<Need>) -> (Vec<Sort>, Vec<Unserved>) {
        let mut columns: Vec<Sort> = Vec::new();
        let mut serves = Vec::new();
        for need in chain {
            let fixed = need.first.iter().copied().map(ascending);
            for sort in fixed.chain(need.tail) {
                if !columns.iter().any(|known| known.field == sort.field) {
                    columns.push(sort);
                }
            }
            serves.extend(need.serves);
        }
        serves.sort_by_key(|one| one.lack);
        (columns, serves)
    }

    /// Whether an index begins with these columns as they stand: another one would
    /// serve nothing better. So it is where an order is only known when it runs.
    pub(super) fn has(&self, columns: &[Sort]) -> bool {
        let begins = |index: &TableIndex| {
            let run = index.keys.iter().zip(columns).all(|(key, sort)| {
                key.field == Some(sort.field)
                    && (key.descending, key.nulls_first) == (sort.descending, sort.nulls_first)
            });
            index.is_plain() && index.keys.len() >= columns.len() && run
        };
        self.existing.iter().any(begins)
    }

    /// The plain indexes of the schema that a new one leaves without use: its own
    /// first columns, the one that met another in its queries, the one with NULLs or
    /// directions at the other end that nothing else is sorted by.
    pub(super) fn replaced(
        &self,
        columns: &[Sort],
        serves: &[Unserved],
        asks: &[(&Ask, &[Use])],
    ) -> Vec<Replaced> {
        let candidates = self
            .existing
            .iter()
            .filter(|index| index.declared && index.is_plain());
        let replaced = candidates.filter_map(|index| {
            let same_fields = index.keys.len() <= columns.len()
                && index
                    .keys
                    .iter()
                    .zip(columns)
                    .all(|(key, sort)| key.field == Some(sort.field));
            let sorted_by = asks
                .iter()
                .any(|(ask, _)| index.sorts(&self.schema.datamodel, ask) == Sorted::Yes);
            let same_run = index.keys.iter().zip(columns).all(|(key, sort)| {
                (key.descending, key.nulls_first) == (sort.descending, sort.nulls_first)
            });
            let prefix = same_fields && (same_run || !sorted_by);
            let met = index.keys.len() == 1
                && serves.iter().any(|one| {
                    one.near == Some(index.at)
                        && one.ask.order.is_empty()
                        && index.keys[0]
                            .field
                            .is_some_and(|field| one.ask.equal.contains(&field))
                });
            let misplaced = serves
                .iter()
                .any(|one| one.lack == Lack::Misplaced && one.near == Some(index.at));
            (prefix || met || misplaced).then(|| Replaced {
                index: index.clone(),
                met: met && !prefix,
            })
        });
        replaced.collect()
    }
}

/// Whether an index finds the rows of a query by a column that few of them share.
pub(crate) fn finds(datamodel: &Datamodel, index: &TableIndex, ask: &Ask) -> bool {
    let bound = index.bound(ask);
    let by_fixed = index.keys[..bound]
        .iter()
        .filter_map(|key| key.field)
        .any(|field| is_selective(datamodel, ask, field));
    by_fixed || bound == 0 && index.finds(ask)
}

/// Whether few rows share the value that a query gives for a column: not
/// a flag, a value of an enum, a constant of the code.
fn is_selective(datamodel: &Datamodel, ask: &Ask, field: FieldId) -> bool {
    let column = &datamodel[field];
    let of_few = matches!(column.ty, FieldType::Enum(_))
        || column.scalar() == Some(ScalarType::Boolean)
        || column.scalar() == Some(ScalarType::DateTime) && column.is_optional();
    !of_few && !ask.constant.contains_key(&field)
}

/// A need that is alike to one that is known is the same index.
fn add(needs: &mut Vec<Need>, need: Need) {
    let alike = needs.iter_mut().find(|known| {
        known.fixed == need.fixed && (known.tail == need.tail || known.tail == turned(&need.tail))
    });
    match alike {
        Some(known) => known.serves.extend(need.serves),
        None => needs.push(need),
    }
}

/// The same order read from its end.
fn turned(tail: &[Sort]) -> Vec<Sort> {
    let turned = tail.iter().map(|sort| Sort {
        field: sort.field,
        descending: !sort.descending,
        nulls_first: !sort.nulls_first,
    });
    turned.collect()
}

fn ascending(field: FieldId) -> Sort {
    Sort {
        field,
        descending: false,
        nulls_first: false,
    }
}

fn plain(field: FieldId) -> Key {
    Key {
        field: Some(field),
        descending: false,
        nulls_first: false,
    }
}
