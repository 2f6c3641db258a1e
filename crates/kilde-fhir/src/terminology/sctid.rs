//! Identifiers of SNOMED CT (SCTID): their check digit and what they identify.

/// The system of SNOMED CT codes.
pub const SNOMED: &str = "http://snomed.info/sct";

/// A valid SCTID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SctId(u64);

/// What an SCTID identifies, by its partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Component {
    /// A concept.
    Concept,
    /// A description.
    Description,
    /// A relationship.
    Relationship,
}

/// Why a text is no SCTID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SctIdError {
    /// Not 6 to 18 digits, or a zero in front.
    #[error("not 6 to 18 digits without a zero in front")]
    Format,
    /// The last digit does not fit (Verhoeff).
    #[error("the check digit does not fit")]
    CheckDigit,
    /// The two digits before the last name no partition.
    #[error("the partition is none of 00, 01, 02, 10, 11, 12")]
    Partition,
}

impl SctId {
    /// Reads an identifier.
    ///
    /// # Errors
    /// See [`SctIdError`].
    pub fn parse(text: &str) -> Result<SctId, SctIdError> {
        let digits = text.as_bytes();
        if !(6..=18).contains(&digits.len()) || digits[0] == b'0' || !digits.iter().all(u8::is_ascii_digit) {
            return Err(SctIdError::Format);
        }
        if !verhoeff(text) {
            return Err(SctIdError::CheckDigit);
        }
        let id = SctId(text.parse().map_err(|_| SctIdError::Format)?);
        match id.0 / 10 % 100 {
            0..=2 => Ok(id),
            // A namespace has seven digits; one at least comes before it.
            10..=12 if digits.len() >= 11 => Ok(id),
            _ => Err(SctIdError::Partition),
        }
    }

    /// Reads the identifier of a concept.
    ///
    /// # Errors
    /// As [`SctId::parse`]; [`SctIdError::Partition`] for other components.
    pub fn concept(text: &str) -> Result<SctId, SctIdError> {
        let id = SctId::parse(text)?;
        if id.component() == Component::Concept {
            Ok(id)
        } else {
            Err(SctIdError::Partition)
        }
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }

    /// What it identifies.
    pub fn component(self) -> Component {
        match self.0 / 10 % 10 {
            0 => Component::Concept,
            1 => Component::Description,
            _ => Component::Relationship,
        }
    }

    /// The namespace of the organisation that gave the identifier (1000202 is Norway's); `None`
    /// for those of the international release.
    pub fn namespace(self) -> Option<u32> {
        (self.0 / 100 % 10 == 1).then_some((self.0 / 1000 % 10_000_000) as u32)
    }
}

impl std::fmt::Display for SctId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Permutation of a digit by its place; the next is this one applied again.
const PERMUTATION: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Whether digits end with the check digit of Verhoeff's scheme: it finds every wrong digit and
/// every pair of neighbours that changed place. `false` for what is not all digits.
pub fn verhoeff(digits: &str) -> bool {
    let mut sum = 0;
    for (place, digit) in digits.bytes().rev().enumerate() {
        if !digit.is_ascii_digit() {
            return false;
        }
        let mut value = usize::from(digit - b'0');
        for _ in 0..place % 8 {
            value = PERMUTATION[value];
        }
        sum = dihedral(sum, value);
    }
    sum == 0 && !digits.is_empty()
}

/// Composition in the group of the symmetries of a pentagon: 0 to 4 turn it, 5 to 9 mirror it.
fn dihedral(a: usize, b: usize) -> usize {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The digits with the check digit that fits.
    fn with_check(digits: &str) -> String {
        (0..10).map(|d| format!("{digits}{d}")).find(|t| verhoeff(t)).unwrap()
    }

    #[test]
    fn known_identifiers() {
        for (text, component, namespace) in [
            ("138875005", Component::Concept, None),
            ("22298006", Component::Concept, None),
            ("900000000000207008", Component::Concept, None),
            ("61000202103", Component::Concept, Some(1000202)),
            ("1104051000000101", Component::Concept, Some(1000000)),
            ("680946014", Component::Description, None),
        ] {
            let id = SctId::parse(text).unwrap();
            assert_eq!((id.component(), id.namespace()), (component, namespace), "{text}");
            assert_eq!(id.to_string(), text);
        }
        assert_eq!(SctId::concept("680946014"), Err(SctIdError::Partition));
    }

    #[test]
    fn what_is_no_identifier() {
        for text in ["", "12345", "022298006", "22298006x", "1234567890123456789", "٢٢٢٩٨٠٠٦"] {
            assert_eq!(SctId::parse(text), Err(SctIdError::Format), "{text}");
        }
        assert_eq!(SctId::parse("22298007"), Err(SctIdError::CheckDigit));
        assert_eq!(SctId::parse(&with_check("12345630")), Err(SctIdError::Partition));
        assert_eq!(SctId::parse(&with_check("12310")), Err(SctIdError::Partition));
        assert!(!verhoeff(""));
        assert!(verhoeff("2363"));
    }

    proptest! {
        #[test]
        fn every_wrong_digit_is_found(digits in "[1-9][0-9]{4,16}", at in any::<prop::sample::Index>(), other in 1u8..10) {
            let mut bytes = with_check(&digits).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = b'0' + (bytes[at] - b'0' + other) % 10;
            prop_assert!(!verhoeff(std::str::from_utf8(&bytes).unwrap()));
        }

        #[test]
        fn every_swap_of_neighbours_is_found(digits in "[1-9][0-9]{4,16}", at in any::<prop::sample::Index>()) {
            let mut bytes = with_check(&digits).into_bytes();
            let at = at.index(bytes.len() - 1);
            prop_assume!(bytes[at] != bytes[at + 1]);
            bytes.swap(at, at + 1);
            prop_assert!(!verhoeff(std::str::from_utf8(&bytes).unwrap()));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,24}") {
            let _ = (SctId::parse(&text), verhoeff(&text));
        }
    }
}
