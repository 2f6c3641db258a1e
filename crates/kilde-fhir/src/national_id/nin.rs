//! The eleven digits that name a person: fødselsnummer, D-nummer, felles hjelpenummer.

use super::World;

/// A valid national number. It is shown masked: its digits leave only through [`Nin::as_str`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nin {
    digits: [u8; 11],
    kind: NinKind,
    synthetic: bool,
}

/// Which of the national numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NinKind {
    /// Fødselsnummer.
    Fnr,
    /// D-nummer: the first digit is raised by 4.
    Dnr,
    /// Felles hjelpenummer: the first nine digits are 800000000 or more; no date.
    Fh,
}

/// Why a text is no national number, or not one that is accepted here. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NinError {
    /// Not exactly eleven digits.
    #[error("not eleven digits")]
    Format,
    /// An H-nummer (month raised by 40): it belongs to the organisation that assigned it.
    #[error("a local number (H-nummer), not a national one")]
    Local,
    /// The first six digits are no date, even after what D-nummer and synthetic numbers add.
    #[error("the first six digits are no date")]
    Date,
    /// The control digits do not fit.
    #[error("the control digits do not fit")]
    ControlDigits,
    /// Synthetic, and this is production.
    #[error("a synthetic number, which production refuses")]
    Synthetic,
    /// Not marked as synthetic, and this is the sandbox.
    #[error("a number not marked as synthetic, which the sandbox refuses")]
    NotSynthetic,
}

const WEIGHTS_1: [u32; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const WEIGHTS_2: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
/// What Tenor adds to the month.
const TENOR: u32 = 80;
/// What SyntPop adds to the month.
const SYNTPOP: u32 = 65;

impl Nin {
    /// Reads eleven digits, nothing else around them.
    ///
    /// # Errors
    /// See [`NinError`]; never [`NinError::Synthetic`] nor [`NinError::NotSynthetic`].
    pub fn parse(text: &str) -> Result<Nin, NinError> {
        let digits: [u8; 11] = text.as_bytes().try_into().map_err(|_| NinError::Format)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(NinError::Format);
        }
        let (kind, synthetic) = form(&digits)?;
        if !control_digits_fit(&digits) {
            return Err(NinError::ControlDigits);
        }
        Ok(Nin { digits, kind, synthetic })
    }

    /// The eleven digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits).unwrap_or("")
    }

    /// Which of the national numbers.
    pub fn kind(&self) -> NinKind {
        self.kind
    }

    /// Whether the number is marked as synthetic (Tenor or SyntPop).
    pub fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// The FHIR system under which the number belongs.
    pub fn system(&self) -> &'static str {
        match self.kind {
            NinKind::Fnr => super::FNR,
            NinKind::Dnr => super::DNR,
            NinKind::Fh => super::FH,
        }
    }

    /// Whether instances of that world accept the number. Felles hjelpenummer has no synthetic
    /// form, so the sandbox refuses it.
    ///
    /// # Errors
    /// [`NinError::Synthetic`] in production, [`NinError::NotSynthetic`] in the sandbox.
    pub fn accepted_in(&self, world: World) -> Result<(), NinError> {
        match (world, self.synthetic) {
            (World::Production, true) => Err(NinError::Synthetic),
            (World::Sandbox, false) => Err(NinError::NotSynthetic),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Nin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nin(***********)")
    }
}

impl std::fmt::Display for Nin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***********")
    }
}

/// Kind and whether synthetic, from the first nine digits.
fn form(digits: &[u8; 11]) -> Result<(NinKind, bool), NinError> {
    let pair = |at: usize| u32::from(digits[at] - b'0') * 10 + u32::from(digits[at + 1] - b'0');
    if digits[0] >= b'8' {
        return Ok((NinKind::Fh, false));
    }
    let (day, month, year) = (pair(0), pair(2), pair(4));
    let (kind, day) = if day > 40 { (NinKind::Dnr, day - 40) } else { (NinKind::Fnr, day) };
    let (month, synthetic) = match month {
        1..=12 => (month, false),
        41..=52 => return Err(NinError::Local),
        66..=77 => (month - SYNTPOP, true),
        81..=92 => (month - TENOR, true),
        _ => return Err(NinError::Date),
    };
    if is_day(day, month, year) {
        Ok((kind, synthetic))
    } else {
        Err(NinError::Date)
    }
}

/// Whether the day exists in any century: 29 February in every year of two digits that divides
/// by four (00 stands for 2000 too).
fn is_day(day: u32, month: u32, year: u32) -> bool {
    let days = match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn weighed(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| u32::from(d - b'0') * w).sum()
}

/// First control digit: remainder 0, from 2032 also 1, 2 and 3. Second: remainder 0.
fn control_digits_fit(digits: &[u8; 11]) -> bool {
    let first = weighed(&digits[..9], &WEIGHTS_1) + u32::from(digits[9] - b'0');
    let second = weighed(&digits[..10], &WEIGHTS_2) + u32::from(digits[10] - b'0');
    first % 11 <= 3 && second.is_multiple_of(11)
}

/// Completes nine digits with control digits; `remainder` 0 is today's rule, 1 to 3 those that
/// come in 2032. `None` where the rule gives no digit.
pub(super) fn complete(nine: [u8; 9], remainder: u32) -> Option<[u8; 11]> {
    let digit = |weight: u32, remainder: u32| u8::try_from((11 - weight % 11 + remainder) % 11).ok().filter(|d| *d < 10);
    let mut digits = [b'0'; 11];
    digits[..9].copy_from_slice(&nine);
    digits[9] += digit(weighed(&nine, &WEIGHTS_1), remainder)?;
    digits[10] += digit(weighed(&digits[..10], &WEIGHTS_2), 0)?;
    Some(digits)
}

/// A synthetic number in Tenor's form (month raised by 80) with today's control digits: day and
/// month of birth, the year's last two digits, and the individual number (0 to 999). `None` for a
/// day that does not exist, for felles hjelpenummer, and for the roughly one in six individual
/// numbers that have no control digits.
pub fn make_synthetic(day: u8, month: u8, year2: u8, individual: u16, kind: NinKind) -> Option<Nin> {
    let (d, m, y) = (u32::from(day), u32::from(month), u32::from(year2));
    if !is_day(d, m, y) || y > 99 || individual > 999 {
        return None;
    }
    let d = match kind {
        NinKind::Fnr => d,
        NinKind::Dnr => d + 40,
        NinKind::Fh => return None,
    };
    let text = format!("{d:02}{:02}{y:02}{individual:03}", m + TENOR);
    let digits = complete(text.as_bytes().try_into().ok()?, 0)?;
    Nin::parse(std::str::from_utf8(&digits).ok()?).ok()
}
