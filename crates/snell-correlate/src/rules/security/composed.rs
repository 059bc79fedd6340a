//! What several parts, or several ways, are made of together.

use super::material::Material;

/// Several parts of one text.
pub(super) fn all_of(parts: Vec<Material>) -> Material {
    if parts.contains(&Material::Unknown) {
        return Material::Unknown;
    }
    let random = |part: &&Material| matches!(part, Material::Random | Material::RandomOnce(_));
    if let Some(found) = parts.iter().find(random) {
        return *found;
    }
    let of_environment = |part: &Material| matches!(part, Material::Environment);
    match parts.iter().any(of_environment) {
        true => Material::Environment,
        false => parts.first().copied().unwrap_or(Material::Unknown),
    }
}

/// One of several ways: known when all of them are.
pub(super) fn one_of(ways: Vec<Material>) -> Material {
    let known: Vec<Material> = ways
        .iter()
        .copied()
        .filter(|way| *way != Material::Nothing)
        .collect();
    let constant = known.iter().find_map(|way| match way {
        Material::Constant(at) | Material::Fallback(at) | Material::Perhaps(at) => Some(*at),
        _ => None,
    });
    let unknown = known
        .iter()
        .any(|way| matches!(way, Material::Unknown | Material::Perhaps(_)))
        || known.contains(&Material::Random) && known.len() > 1;
    if unknown {
        return constant.map_or(Material::Unknown, Material::Perhaps);
    }
    match (known.as_slice(), constant) {
        ([], _) if ways.is_empty() => Material::Unknown,
        ([], _) => Material::Nothing,
        ([only], _) => *only,
        (_, Some(at)) if known.contains(&Material::Environment) => Material::Fallback(at),
        (_, Some(at)) => Material::Constant(at),
        ([first, ..], None) => *first,
    }
}
