//! What ready policies need to hold, in words: by which role the application connects, and what each
//! transaction tells the database.

use super::{
    health::count,
    tables::{DatabaseRole, Policy, RowSecurity},
};

/// The models for which no policy can be derived, by the reason.
pub(super) fn reasons(policies: &[Policy]) -> Vec<(&str, Vec<&String>)> {
    let mut found: Vec<(&str, Vec<&String>)> = Vec::new();
    for policy in policies {
        let Some(why) = policy.without.as_deref() else {
            continue;
        };
        match found.iter_mut().find(|(known, _)| *known == why) {
            Some((_, models)) => models.push(&policy.model),
            None => found.push((why, vec![&policy.model])),
        }
    }
    found
}

/// What policies need to hold, and what they leave open.
pub(super) fn of_policies(derived: &[&Policy], security: &RowSecurity) -> String {
    let has = |words: &str| {
        let mut statements = derived.iter().flat_map(|policy| &policy.sql);
        statements.any(|sql| sql.contains(words))
    };
    let nobodys = match has("_shared\" ON ") {
        true => {
            "Rows whose owner is NULL are seen by that role alone, but for tables with a policy `..._shared`: there everybody reads them."
        }
        false => "Rows whose owner is NULL are seen by that role alone.",
    };
    let owner = match has(" FORCE ROW LEVEL SECURITY") {
        true => {
            "That stays the owner of the tables, and has `BYPASSRLS`, too, where migrations change rows: `FORCE` binds owners."
        }
        false => "That stays the owner of the tables, whom policies do not bind.",
    };
    let roles = |bypasses: bool| -> Vec<&DatabaseRole> {
        let roles = security.roles.iter();
        roles
            .filter(|one| one.login && one.bypasses == bypasses)
            .collect()
    };
    let (own, system) = (roles(false), roles(true));
    let grants = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO";
    let connects = match own.is_empty() {
        true => format!(
            "a role that neither owns the tables nor bypasses row security (`CREATE ROLE app LOGIN; {grants} app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app`)"
        ),
        false => format!(
            "{}, which the migrations make and which must not own the tables",
            one_of(&own)
        ),
    };
    let jobs = match system.is_empty() {
        true => {
            let like = own.first().map_or("app", |role| role.name.as_str());
            format!(
                "a role of their own: `CREATE ROLE app_system LOGIN BYPASSRLS`, with the same grants as `{like}`"
            )
        }
        false => format!("{}, past row security", one_of(&system)),
    };
    let named = |roles: &[&DatabaseRole], usual: &str| match roles {
        [] => usual.to_owned(),
        some => some
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    };
    let later = format!("{}, {}", named(&own, "app"), named(&system, "app_system"));
    format!(
        "Policies for {}, a start by the column or the relations that say whose a row is. They hold once the application connects as {connects}, and each transaction begins with {}: in Prisma, a client extension that sends each query in a `$transaction` behind that statement, over a connection that keeps transactions together. Jobs, webhooks, the sign-in itself and the endpoints of administrators, who see no rows of others under these policies, need {jobs}. What comes later is granted by `ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {later}`, and the same with `USAGE ON SEQUENCES`, where `owner` is the role that runs migrations. {owner} {nobodys} Prisma's schema cannot declare policies, and `prisma migrate dev` leaves them alone.",
        count(derived.len(), "table"),
        begins(derived, security),
    )
}

/// "`a`", "one of `a`, `b`"
fn one_of(roles: &[&DatabaseRole]) -> String {
    let names: Vec<String> = roles
        .iter()
        .map(|role| format!("`{}`", role.name))
        .collect();
    match names.as_slice() {
        [only] => only.clone(),
        _ => format!("one of {}", names.join(", ")),
    }
}

/// What each transaction begins with. A setting that no policy of the migrations reads is new to
/// the code, too.
fn begins(derived: &[&Policy], security: &RowSecurity) -> String {
    let settings = settings(derived);
    let is_new = |name: &&str| !security.settings.iter().any(|known| known == *name);
    let Some((first, others)) = settings.split_first() else {
        return "what tells the functions of the policies who asks".to_owned();
    };
    let mut text = format!("`SELECT set_config('{first}', $1, true)`");
    for other in others {
        text.push_str(&format!(" and the same for `{other}`"));
    }
    let new: Vec<String> = settings
        .iter()
        .filter(|one| is_new(one))
        .map(|one| format!("`{one}`"))
        .collect();
    if !security.settings.is_empty() && !new.is_empty() {
        text.push_str(&format!(
            " ({} beside what the policies of the migrations read)",
            new.join(", ")
        ));
    }
    text
}

/// The settings that policies ask for, each once.
fn settings<'a>(derived: &[&'a Policy]) -> Vec<&'a str> {
    const READS: &str = "current_setting('";
    let mut found: Vec<&str> = Vec::new();
    for sql in derived.iter().flat_map(|policy| &policy.sql) {
        for (at, _) in sql.match_indices(READS) {
            if let Some(name) = sql[at + READS.len()..].split('\'').next()
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
    }
    // People come before groups of them.
    found.sort_by_key(|name| (name.contains("tenant"), *name));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_the_migrations_are_used() {
        let policy = Policy {
            model: "Note".to_owned(),
            sql: vec![
                "CREATE POLICY p ON n USING (u = (SELECT current_setting('app.user_id', true)));"
                    .to_owned(),
            ],
            without: None,
        };
        let usual = of_policies(&[&policy], &RowSecurity::default());
        assert!(usual.contains("`CREATE ROLE app LOGIN;") && usual.contains("TO app, app_system`"));
        let role = |name: &str, bypasses| DatabaseRole {
            name: name.to_owned(),
            login: true,
            bypasses,
        };
        let security = RowSecurity {
            roles: vec![role("desk", false), role("jobs", true)],
            settings: vec!["app.desk".to_owned()],
            ..RowSecurity::default()
        };
        let own = of_policies(&[&policy], &security);
        assert!(!own.contains("CREATE ROLE"), "{own}");
        for words in [
            "connects as `desk`",
            "need `jobs`",
            "TO desk, jobs`",
            "(`app.user_id` beside",
        ] {
            assert!(own.contains(words), "no {words} in {own}");
        }
    }
}
