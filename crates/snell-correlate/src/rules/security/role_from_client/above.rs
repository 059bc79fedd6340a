//! Roles above that of who writes them: an endpoint for administrators by which they make themselves owners.

use smol_str::SmolStr;
use snell_extract::facts::MemberKind;
use snell_prisma::EnumValue;
use snell_project::endpoint::Endpoint;
use snell_source::Location;

use super::columns::Column;
use crate::{functions, rule::Context};

/// The roles that endpoints ask for, of each one of which is enough.
pub(super) struct Ranks {
    asked: Vec<(Vec<String>, Location)>,
    /// Those that guards ask of rows which they look up.
    of_rows: Vec<(Vec<String>, Location)>,
}

/// A role that does not come to some endpoint, and may write one that does.
#[derive(Debug, Clone)]
pub(super) struct Above {
    /// Who comes to the one that writes.
    pub(super) own: SmolStr,
    /// What is written.
    pub(super) role: SmolStr,
    /// An endpoint that asks for it, and does not let `own` in.
    pub(super) asked: Location,
}

impl Ranks {
    pub(super) fn find(context: &Context<'_>) -> Self {
        let (mut asked, mut of_rows) = (Vec::new(), Vec::new());
        for endpoint in context.project.endpoints.iter() {
            if functions::is_application(context.project, endpoint.module) {
                let mut roles = roles(endpoint);
                if roles.is_empty() {
                    roles = noted(context, endpoint);
                }
                if !roles.is_empty() {
                    asked.push((roles, endpoint.at));
                }
                if !endpoint.access.of_row.is_empty() {
                    of_rows.push((of_row(endpoint), endpoint.at));
                }
            }
        }
        Ranks { asked, of_rows }
    }

    /// Whether a column holds the roles that the guard of an endpoint asks of a row.
    pub(super) fn are_of_row(
        &self,
        context: &Context<'_>,
        endpoint: &Endpoint,
        column: &Column,
    ) -> bool {
        let Some(values) = values(context, column) else {
            return false;
        };
        let held = |role: &String| {
            values
                .iter()
                .any(|value| value.name.eq_ignore_ascii_case(role))
        };
        of_row(endpoint).iter().all(held)
    }

    /// A role of a column that stands above one of those that come to an endpoint: somewhere it is asked for and
    /// the other is not let in, and nowhere the other way round.
    pub(super) fn above(
        &self,
        context: &Context<'_>,
        endpoint: &Endpoint,
        column: &Column,
    ) -> Option<Above> {
        let values = values(context, column)?;
        let (own, all) = match endpoint.access.of_row.is_empty() {
            true => (roles(endpoint), &self.asked),
            false => (of_row(endpoint), &self.of_rows),
        };
        let known = |role: &str| {
            values
                .iter()
                .find(|value| value.name.eq_ignore_ascii_case(role))
        };
        own.iter().filter_map(|role| known(role)).find_map(|low| {
            let lets = |roles: &[String], name: &str| {
                roles.iter().any(|role| role.eq_ignore_ascii_case(name))
            };
            values
                .iter()
                .filter(|high| high.name != low.name)
                .find_map(|high| {
                    let mut others = all.iter();
                    let (_, asked) = others
                        .find(|(roles, _)| lets(roles, &high.name) && !lets(roles, &low.name))?;
                    let mut others = all.iter();
                    let turned =
                        others.any(|(roles, _)| lets(roles, &low.name) && !lets(roles, &high.name));
                    (!turned).then(|| Above {
                        own: low.name.clone(),
                        role: high.name.clone(),
                        asked: *asked,
                    })
                })
        })
    }
}

/// The values of the enum that a column holds.
fn values<'a>(context: &Context<'a>, column: &Column) -> Option<&'a [EnumValue]> {
    let field = context.project.schemas.field(column.at);
    let datamodel = &context.project.schemas.get(column.at.schema).datamodel;
    let held = datamodel.enums().get(field.enumeration()?.index())?;
    Some(&held.values)
}

/// Those that a guard asks of a row which it looks up.
fn of_row(endpoint: &Endpoint) -> Vec<String> {
    names(endpoint.access.of_row.iter().map(SmolStr::as_str))
}

fn roles(endpoint: &Endpoint) -> Vec<String> {
    let written = endpoint.access.roles.iter();
    names(written.map(SmolStr::as_str))
}

/// Those that stand at the method, though no guard reads them: they say who is meant.
fn noted(context: &Context<'_>, endpoint: &Endpoint) -> Vec<String> {
    let noted = endpoint.access.noted.iter().filter(|noted| noted.own);
    let noted: Vec<&SmolStr> = noted.map(|noted| &noted.name).collect();
    let Some(class) = functions::class_of(context.project, endpoint.handler) else {
        return Vec::new();
    };
    let mut members = class.members.iter();
    let method = members
        .find(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id));
    let own = method.into_iter().flat_map(|method| &method.decorators);
    let texts = own
        .filter(|decorator| noted.contains(&&decorator.name))
        .map(|decorator| {
            let at = context
                .project
                .modules
                .at(endpoint.handler.module, decorator.span);
            let text = context.text(at);
            text.split_once('(').map_or("", |(_, handed)| handed)
        });
    names(texts)
}

/// `admin` of `['ADMIN', Role.ADMIN]`
fn names<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for one in texts.flat_map(|text| text.split(',')) {
        let name = one.rsplit('.').next().unwrap_or(one);
        let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        if !name.is_empty() {
            found.push(name.to_ascii_lowercase());
        }
    }
    found.sort();
    found.dedup();
    found
}
