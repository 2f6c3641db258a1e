//! Numbers of organisations, and of people known to the immigration authorities.

/// A valid organisasjonsnummer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrgNumber([u8; 9]);

/// Why a text is no such number. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NumberError {
    /// Another number of digits, or something that is no digit.
    #[error("not the right number of digits")]
    Format,
    /// The control digit does not fit.
    #[error("the control digit does not fit")]
    ControlDigit,
}

impl OrgNumber {
    /// Reads nine digits, nothing else around them; the last is the control digit (weights
    /// 3 2 7 6 5 4 3 2, modulus 11).
    ///
    /// # Errors
    /// See [`NumberError`].
    pub fn parse(text: &str) -> Result<OrgNumber, NumberError> {
        let digits: [u8; 9] = text.as_bytes().try_into().map_err(|_| NumberError::Format)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(NumberError::Format);
        }
        let sum: u32 = digits
            .iter()
            .zip([3, 2, 7, 6, 5, 4, 3, 2, 1])
            .map(|(d, w)| u32::from(d - b'0') * w)
            .sum();
        if sum.is_multiple_of(11) {
            Ok(OrgNumber(digits))
        } else {
            Err(NumberError::ControlDigit)
        }
    }

    /// The nine digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Display for OrgNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A DUF number: twelve digits, the year first. Shown masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duf([u8; 12]);

impl Duf {
    /// Reads twelve digits that begin with a year of the 20th or 21st century.
    ///
    /// # Errors
    /// [`NumberError::Format`].
    pub fn parse(text: &str) -> Result<Duf, NumberError> {
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| NumberError::Format)?;
        let year = text.starts_with("19") || text.starts_with("20");
        if year && digits.iter().all(u8::is_ascii_digit) {
            Ok(Duf(digits))
        } else {
            Err(NumberError::Format)
        }
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Debug for Duf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Duf(************)")
    }
}
