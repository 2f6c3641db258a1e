//! The table of search parameters.

use crate::definitions::ResourceType;
use rustc_hash::FxHashMap;
use std::sync::{LazyLock, OnceLock};

const TABLE: &str = include_str!("../../tables/search-parameters.tsv");

/// Number of a [`Param`]: its place in the order of base type and code. The numbers are those of
/// one table; [`table_digest`] tells whether numbers that were stored still hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParamId(pub u16);

/// The kind of a search parameter (FHIR `search-param-type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamType {
    /// A number.
    Number,
    /// A date, a moment or a period.
    Date,
    /// Text, found by its beginning.
    String,
    /// A code or an identifier.
    Token,
    /// A reference to another resource.
    Reference,
    /// Several parameters of the same element at once.
    Composite,
    /// A number with a unit.
    Quantity,
    /// A URI, found as a whole.
    Uri,
    /// With rules of its own.
    Special,
}

impl ParamType {
    pub(super) fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "number" => ParamType::Number,
            "date" => ParamType::Date,
            "string" => ParamType::String,
            "token" => ParamType::Token,
            "reference" => ParamType::Reference,
            "composite" => ParamType::Composite,
            "quantity" => ParamType::Quantity,
            "uri" => ParamType::Uri,
            "special" => ParamType::Special,
            _ => return None,
        })
    }

    /// The code, as in a CapabilityStatement.
    pub fn code(self) -> &'static str {
        match self {
            ParamType::Number => "number",
            ParamType::Date => "date",
            ParamType::String => "string",
            ParamType::Token => "token",
            ParamType::Reference => "reference",
            ParamType::Composite => "composite",
            ParamType::Quantity => "quantity",
            ParamType::Uri => "uri",
            ParamType::Special => "special",
        }
    }
}

/// A search parameter of one resource type.
#[derive(Debug)]
pub struct Param {
    /// Its number.
    pub id: ParamId,
    /// The resource type that it searches.
    pub base: ResourceType,
    /// Its name in a search: `birthdate`.
    pub code: &'static str,
    /// How its values compare.
    pub kind: ParamType,
    /// For references: the types that they may point to.
    pub targets: &'static [ResourceType],
    /// Id of R4's SearchParameter that defines it, or the canonical url of one that a package has; several bases may share one.
    pub definition: &'static str,
    /// FHIRPath over all bases of the definition; empty if it has none.
    pub expression: &'static str,
    /// The parts of a composite.
    pub components: Vec<Component>,
}

/// A part of a composite parameter.
#[derive(Debug)]
pub struct Component {
    /// The parameter that says how the part compares, if the base type has it.
    pub param: Option<ParamId>,
    /// FHIRPath from the composite's element to the part.
    pub expression: &'static str,
}

impl Param {
    /// The canonical url of the definition.
    pub fn url(&self) -> String {
        match self.is_added() {
            true => self.definition.to_owned(),
            false => format!("http://hl7.org/fhir/SearchParameter/{}", self.definition),
        }
    }

    /// Whether it is none of R4's own but of a package.
    pub fn is_added(&self) -> bool {
        self.definition.contains(':')
    }

    /// Whether it is a composite whose components are known: [`super::composites`] gives what tells its elements apart.
    pub fn is_composite(&self) -> bool {
        super::composite::known(self)
    }

    /// Whether [`super::extract`] gives values for it.
    pub fn extracted(&self) -> bool {
        !matches!(self.kind, ParamType::Composite | ParamType::Special)
            && !self.expression.is_empty()
            && !matches!(self.code, "_id" | "_lastUpdated")
    }
}

struct Params {
    all: Vec<Param>,
    /// Where the parameters of a base type begin; one more than there are types.
    starts: Vec<usize>,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub definition: &'static str,
    pub code: &'static str,
    pub kind: ParamType,
    pub bases: &'static str,
    pub targets: &'static [ResourceType],
    pub components: &'static str,
    pub expression: &'static str,
}

static PARAMS: LazyLock<Params> = LazyLock::new(read);

/// What packages add, before [`PARAMS`] is made.
static ADDED: OnceLock<Vec<Row>> = OnceLock::new();

/// See [`Additions::install`](super::Additions::install).
pub(super) fn install(rows: Vec<Row>) -> Result<(), super::TooLate> {
    match ADDED.set(rows) {
        Ok(()) => Ok(()),
        Err(rows) if ADDED.get() == Some(&rows) => Ok(()),
        Err(_) => Err(super::TooLate),
    }
}

/// What packages add; nothing can be added after it was asked for.
fn added() -> &'static [Row] {
    ADDED.get_or_init(Vec::new)
}

/// The lines of R4's own table.
pub(super) fn own_rows() -> Vec<Row> {
    let line = |line: &'static str| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (definition, code, kind, bases, targets, components, expression) = (cell(), cell(), cell(), cell(), cell(), cell(), cell());
        let targets: Vec<_> = match targets {
            "*" => ResourceType::all().collect(),
            some => some.split(',').filter_map(ResourceType::from_name).collect(),
        };
        Some(Row {
            definition,
            code,
            kind: ParamType::from_code(kind)?,
            bases,
            targets: targets.leak(),
            components,
            expression,
        })
    };
    TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(line).collect()
}

/// The types that a base stands for: itself, or all that inherit from it.
pub(super) fn concrete(base: &str) -> Vec<ResourceType> {
    match base {
        "Resource" => ResourceType::all().collect(),
        "DomainResource" => ResourceType::all()
            .filter(|t| !matches!(t.name(), "Binary" | "Bundle" | "Parameters"))
            .collect(),
        name => ResourceType::from_name(name).into_iter().collect(),
    }
}

fn read() -> Params {
    let mut rows = own_rows();
    rows.extend_from_slice(added());
    let mut places: Vec<(ResourceType, &Row)> = Vec::new();
    for row in &rows {
        places.extend(row.bases.split(',').flat_map(concrete).map(|base| (base, row)));
    }
    places.sort_by_key(|(base, row)| (*base, row.code));
    let codes: FxHashMap<&str, &str> = rows.iter().map(|row| (row.definition, row.code)).collect();
    let numbers: FxHashMap<(ResourceType, &str), ParamId> = places
        .iter()
        .zip(0..)
        .map(|((base, row), n)| ((*base, row.code), ParamId(n)))
        .collect();
    let components = |base: ResourceType, text: &'static str| {
        let parts = text.split(';').filter_map(|part| part.split_once('|'));
        parts
            .map(|(definition, expression)| Component {
                param: codes.get(definition).and_then(|code| numbers.get(&(base, *code)).copied()),
                expression,
            })
            .collect()
    };
    let all: Vec<Param> = places
        .iter()
        .zip(0..)
        .map(|((base, row), n)| Param {
            id: ParamId(n),
            base: *base,
            code: row.code,
            kind: row.kind,
            targets: row.targets,
            definition: row.definition,
            expression: row.expression,
            components: components(*base, row.components),
        })
        .collect();
    let mut starts: Vec<usize> = ResourceType::all().map(|t| all.partition_point(|p| p.base < t)).collect();
    starts.push(all.len());
    Params { all, starts }
}

/// The parameter of that code for a base type.
pub fn param(base: ResourceType, code: &str) -> Option<&'static Param> {
    let params = params_of(base);
    params.binary_search_by_key(&code, |p| p.code).ok().and_then(|i| params.get(i))
}

/// All parameters of a base type, by code; those of `Resource` and `DomainResource` among them.
pub fn params_of(base: ResourceType) -> &'static [Param] {
    let params = &*PARAMS;
    let start = |i: usize| params.starts.get(i).copied().unwrap_or(params.all.len());
    let base = usize::from(base.0);
    params.all.get(start(base)..start(base + 1)).unwrap_or(&[])
}

/// The parameter of a number of this table.
///
/// # Panics
/// If there is no such number: for one that comes from outside, use [`get`].
pub fn by_id(id: ParamId) -> &'static Param {
    &PARAMS.all[usize::from(id.0)]
}

/// The parameter of a number, if this table has it.
pub fn get(id: ParamId) -> Option<&'static Param> {
    PARAMS.all.get(usize::from(id.0))
}

/// A number that changes when the table does: [`ParamId`]s stored under another one are void.
pub fn table_digest() -> u64 {
    // FNV-1a over the table, the list of resource types that it stands on, and what packages add.
    let names = ResourceType::all().flat_map(|t| t.name().bytes().chain([b'\n']));
    let added = added().iter().flat_map(|row| format!("{row:?}\n").into_bytes());
    TABLE.bytes().chain(names).chain(added).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
