//! Who may come: the endpoints that are judged, what stands before them (a guard, a role, a right),
//! and by what the project knows people, tenants and the roles of its database.

pub(super) mod administrators;
pub(super) mod doors;
pub(super) mod entries;
pub(super) mod noted;
pub(super) mod people;
pub(super) mod policy_roles;
pub(super) mod rights;
pub(super) mod taken;
pub(super) mod tenant;
