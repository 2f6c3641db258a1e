//! The values of FHIRPath's own types.

use super::quantity::Quantity;
use super::temporal::{Date, DateTime, Time};
use rust_decimal::Decimal;
use std::ops::Deref;
use std::sync::Arc;

/// A text: a part of the document or one that was made.
#[derive(Debug, Clone)]
pub enum Text<'a> {
    /// A part of the document.
    Borrowed(&'a str),
    /// Made by an expression, or standing in it.
    Shared(Arc<str>),
}

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<Box<str>> for Text<'_> {
    fn from(text: Box<str>) -> Self {
        Text::Shared(text.into())
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text::Shared(text.into())
    }
}

impl From<&str> for Text<'_> {
    fn from(text: &str) -> Self {
        Text::Shared(text.into())
    }
}

impl<'a> From<std::borrow::Cow<'a, str>> for Text<'a> {
    fn from(text: std::borrow::Cow<'a, str>) -> Self {
        match text {
            std::borrow::Cow::Borrowed(text) => Text::Borrowed(text),
            std::borrow::Cow::Owned(text) => Text::Shared(text.into()),
        }
    }
}

/// A value of one of FHIRPath's own types (namespace `System`).
#[derive(Debug, Clone, PartialEq)]
pub enum System<'a> {
    /// `true`, `false`
    Boolean(bool),
    /// A text.
    String(Text<'a>),
    /// A number of 32 bits.
    Integer(i32),
    /// A decimal number of at most 28 digits that knows how many decimals it was written with.
    Decimal(Decimal),
    /// A date: year, month or day.
    Date(Date),
    /// A date with a time, either of them perhaps partial.
    DateTime(DateTime),
    /// A time of day.
    Time(Time),
    /// A number and a unit.
    Quantity(Box<Quantity<'a>>),
    /// What `type()` tells.
    Type(Box<TypeInfo>),
}

/// What `type()` tells about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeInfo {
    /// `System` or `FHIR`.
    pub namespace: &'static str,
    /// The type's name.
    pub name: &'static str,
    /// The qualified name of the type that it specializes.
    pub base: Option<String>,
}

/// The types of namespace `System`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SystemType {
    Any,
    Boolean,
    String,
    Integer,
    Decimal,
    Date,
    DateTime,
    Time,
    Quantity,
}

impl SystemType {
    const ALL: [SystemType; 9] = [
        SystemType::Any,
        SystemType::Boolean,
        SystemType::String,
        SystemType::Integer,
        SystemType::Decimal,
        SystemType::Date,
        SystemType::DateTime,
        SystemType::Time,
        SystemType::Quantity,
    ];

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            SystemType::Any => "Any",
            SystemType::Boolean => "Boolean",
            SystemType::String => "String",
            SystemType::Integer => "Integer",
            SystemType::Decimal => "Decimal",
            SystemType::Date => "Date",
            SystemType::DateTime => "DateTime",
            SystemType::Time => "Time",
            SystemType::Quantity => "Quantity",
        }
    }
}

impl<'a> System<'a> {
    pub(super) fn system_type(&self) -> SystemType {
        match self {
            System::Boolean(_) => SystemType::Boolean,
            System::String(_) => SystemType::String,
            System::Integer(_) => SystemType::Integer,
            System::Decimal(_) => SystemType::Decimal,
            System::Date(_) => SystemType::Date,
            System::DateTime(_) => SystemType::DateTime,
            System::Time(_) => SystemType::Time,
            System::Quantity(_) => SystemType::Quantity,
            System::Type(_) => SystemType::Any,
        }
    }

    /// A text that was made.
    pub(super) fn string(text: impl Into<Text<'a>>) -> Self {
        System::String(text.into())
    }

    /// The number, if it is one.
    pub(super) fn number(&self) -> Option<Decimal> {
        match self {
            System::Integer(i) => Some(Decimal::from(*i)),
            System::Decimal(d) => Some(*d),
            _ => None,
        }
    }

    /// The point in time or time span, if it is a date or a date with a time.
    pub(super) fn date_time(&self) -> Option<DateTime> {
        match self {
            System::Date(date) => Some(DateTime::from(*date)),
            System::DateTime(at) => Some(*at),
            _ => None,
        }
    }
}

/// As `toString()` writes it.
impl std::fmt::Display for System<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            System::Boolean(value) => value.fmt(f),
            System::String(text) => f.write_str(text),
            System::Integer(value) => value.fmt(f),
            // Zero has no sign.
            System::Decimal(value) if value.is_zero() => value.abs().fmt(f),
            System::Decimal(value) => value.fmt(f),
            System::Date(value) => value.fmt(f),
            System::DateTime(value) => value.fmt(f),
            System::Time(value) => value.fmt(f),
            System::Quantity(value) => value.fmt(f),
            System::Type(t) => write!(f, "{}.{}", t.namespace, t.name),
        }
    }
}

/// A number as JSON or an expression writes it, with an exponent if there is one. Decimals beyond
/// the 28 digits that are kept are rounded; what is too large is none.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    if text.len() > 100 {
        return None;
    }
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    text.parse().ok()
}
