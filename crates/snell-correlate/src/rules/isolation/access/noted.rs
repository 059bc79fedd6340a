//! Roles and permissions that are noted at endpoints, and the guards that read them.

use snell_project::endpoint::{Endpoint, Noted};

use crate::{functions, rule::Context};

/// The endpoints at which something of this key is noted and before which a guard reads it.
pub(in crate::rules::isolation) fn read_at<'a>(
    context: &Context<'a>,
    key: &'a str,
) -> impl Iterator<Item = (&'a Endpoint, &'a Noted)> + use<'a> {
    let project = context.project;
    let endpoints = project.endpoints.iter().filter(move |endpoint| {
        endpoint.kind.is_request() && functions::is_application(project, endpoint.module)
    });
    endpoints.filter_map(move |endpoint| {
        let mut noted = endpoint.access.noted.iter();
        let noted = noted.find(|noted| noted.key == key && noted.reader.is_some())?;
        Some((endpoint, noted))
    })
}

/// What is noted at an endpoint for a guard that stands before others and not before it, and that guard's name.
pub(in crate::rules::isolation) fn unread<'a>(
    context: &Context<'a>,
    endpoint: &'a Endpoint,
) -> Option<(&'a Noted, &'a str)> {
    let unread = endpoint.access.noted.iter();
    let mut unread = unread.filter(|noted| noted.reader.is_none() && noted.restricts);
    unread.find_map(|noted| {
        let reader = read_at(context, &noted.key).find_map(|(_, other)| other.reader.as_deref())?;
        Some((noted, reader))
    })
}
