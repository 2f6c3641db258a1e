//! The primitive datatypes of R4.

use crate::json::Kind;

/// A primitive datatype.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

use Primitive::*;

impl Primitive {
    /// All of them.
    pub const ALL: [Primitive; 20] = [
        Base64Binary,
        Boolean,
        Canonical,
        Code,
        Date,
        DateTime,
        Decimal,
        Id,
        Instant,
        Integer,
        Markdown,
        Oid,
        PositiveInt,
        String,
        Time,
        UnsignedInt,
        Uri,
        Url,
        Uuid,
        Xhtml,
    ];

    /// The datatype of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// The name as in the specification.
    pub fn name(self) -> &'static str {
        match self {
            Base64Binary => "base64Binary",
            Boolean => "boolean",
            Canonical => "canonical",
            Code => "code",
            Date => "date",
            DateTime => "dateTime",
            Decimal => "decimal",
            Id => "id",
            Instant => "instant",
            Integer => "integer",
            Markdown => "markdown",
            Oid => "oid",
            PositiveInt => "positiveInt",
            String => "string",
            Time => "time",
            UnsignedInt => "unsignedInt",
            Uri => "uri",
            Url => "url",
            Uuid => "uuid",
            Xhtml => "xhtml",
        }
    }

    /// How JSON writes it.
    pub fn json_kind(self) -> Kind {
        match self {
            Boolean => Kind::Bool,
            Decimal | Integer | PositiveInt | UnsignedInt => Kind::Number,
            _ => Kind::String,
        }
    }
}
