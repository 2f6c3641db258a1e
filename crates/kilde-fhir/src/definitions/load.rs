//! Reads the element table. It is ours and checked by tests, so a line that cannot be read is
//! passed over rather than reported.

use super::element::NameIndex;
use super::{Definitions, Element, ElementType, Primitive, ResourceType, Targets, TypeDef, TypeId, TypeKind, ValueSet};
use rustc_hash::FxHashMap;

/// A type as the table has it: its base and the lines of its own elements.
struct Raw {
    name: &'static str,
    base: &'static str,
    lines: Vec<&'static str>,
}

pub(super) fn definitions() -> Definitions {
    let raw = raw_types(include_str!("../../tables/elements.tsv"));
    let id = |i: usize| TypeId(u16::try_from(i).unwrap_or(u16::MAX));
    let by_name: FxHashMap<&'static str, TypeId> = raw.iter().enumerate().map(|(i, r)| (r.name, id(i))).collect();
    let types: Vec<TypeDef> = raw.iter().enumerate().map(|(i, r)| type_def(id(i), r, &raw, &by_name)).collect();
    let of_resource = ResourceType::all().map(|r| by_name.get(r.name()).copied()).collect();
    Definitions {
        types,
        by_name,
        of_resource,
    }
}

fn raw_types(table: &'static str) -> Vec<Raw> {
    let mut types: Vec<Raw> = Vec::new();
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        match line.strip_prefix('\t') {
            Some(element) => {
                if let Some(last) = types.last_mut() {
                    last.lines.push(element);
                }
            }
            None => {
                let (name, base) = line.split_once('\t').unwrap_or((line, ""));
                types.push(Raw {
                    name,
                    base,
                    lines: Vec::new(),
                });
            }
        }
    }
    types
}

fn type_def(id: TypeId, raw: &Raw, all: &[Raw], by_name: &FxHashMap<&'static str, TypeId>) -> TypeDef {
    let mut ancestry = vec![raw];
    while let Some(base) = ancestry
        .last()
        .and_then(|r| by_name.get(r.base))
        .and_then(|b| all.get(usize::from(b.0)))
        && ancestry.len() < 8
    {
        ancestry.push(base);
    }
    let mut elements = Vec::new();
    for (slot, line) in (0..).zip(ancestry.iter().rev().flat_map(|r| &r.lines)) {
        add(line, slot, by_name, &mut elements);
    }
    let required = elements.iter().filter(|e: &&Element| e.min).fold(0, |bits, e| bits | 1 << e.slot);
    let kind = match ResourceType::from_name(raw.name) {
        Some(resource) => TypeKind::Resource(resource),
        None if raw.name.contains('.') => TypeKind::Backbone,
        None => TypeKind::Datatype,
    };
    TypeDef {
        id,
        name: raw.name,
        base: by_name.get(raw.base).copied(),
        kind,
        slots: NameIndex::new(&elements),
        elements,
        required,
    }
}

/// One line: name, cardinality, types, value set, flags.
fn add(line: &'static str, slot: u8, by_name: &FxHashMap<&'static str, TypeId>, elements: &mut Vec<Element>) {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().unwrap_or("");
    let (name, cardinality, types, value_set, flags) = (cell(), cell(), cell(), cell(), cell());
    let stem = name.strip_suffix("[x]");
    for written in types.split('|') {
        let (type_name, targets) = match written.split_once('(') {
            Some((t, targets)) => (
                t,
                Some(
                    targets
                        .trim_end_matches(')')
                        .split(',')
                        .filter_map(ResourceType::from_name)
                        .collect::<Targets>(),
                ),
            ),
            None => (written, None),
        };
        let ty = match (Primitive::from_name(type_name), by_name.get(type_name)) {
            (Some(primitive), _) => ElementType::Primitive(primitive),
            (None, _) if type_name == "Resource" => ElementType::Resource,
            (None, Some(id)) => ElementType::Complex(*id),
            (None, None) => continue,
        };
        elements.push(Element {
            name: stem.map_or(name, |stem| expanded(stem, type_name)),
            stem: stem.unwrap_or(name),
            type_name,
            slot,
            choice: stem.is_some(),
            min: !cardinality.starts_with('0'),
            list: cardinality.ends_with('*'),
            modifier: flags.contains('m'),
            summary: flags.contains('s'),
            ty,
            value_set: ValueSet::by_name(value_set),
            targets,
        });
    }
}

/// `value` and `dateTime` give `valueDateTime`. Kept for the life of the program.
fn expanded(stem: &str, type_name: &str) -> &'static str {
    let (first, rest) = type_name.split_at(1);
    format!("{stem}{}{rest}", first.to_ascii_uppercase()).leak()
}
