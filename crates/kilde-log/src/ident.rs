//! The small names everything else is keyed by: instance, event number, person number.

use std::fmt;

/// A municipality's instance, named by its four digits ("9901").
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instance([u8; 4]);

impl Instance {
    /// Reads exactly four ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 4] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_digit).then_some(Self(bytes))
    }

    /// The four digits.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits ever get in, so this cannot fall back.
        std::str::from_utf8(&self.0).unwrap_or("0000")
    }

    /// The four digits as bytes, for keys and bound data.
    pub fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({})", self.as_str())
    }
}

/// The number of an event in its instance: from 1, without gaps. 0 stands for "before the first".
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct EventNo(pub u64);

impl EventNo {
    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for EventNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number the log gave a person. It means nothing outside the instance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct PersonNo(pub u32);

impl PersonNo {
    /// No person: what carries this number is sealed with the instance's own data key.
    pub const NONE: Self = Self(0);

    /// Whether this is a person at all.
    pub fn is_some(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for PersonNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_four_digits() {
        assert_eq!(Instance::parse("9901").map(|i| i.to_string()), Some("9901".to_owned()));
        for bad in ["", "990", "99011", "99a1", " 9901", "９９０１", "../x"] {
            assert_eq!(Instance::parse(bad), None, "{bad:?}");
        }
    }
}
