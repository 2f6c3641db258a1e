//! NEWS2 (National Early Warning Score 2), the chart of the Royal College of Physicians, 2017.
//!
//! The types carry the rule:
//! - a value that no living person has cannot be made ([`Implausible`]), so it is never scored;
//! - a [`Total`] is made only from all seven parts, and only with the proof that NEWS2
//!   [applies](Applicable): not under 16 years, not in pregnancy;
//! - points are computed from integers (temperature in tenths of a degree): no rounding inside.
//!
//! Kilde shows and checks; it gives no advice about treatment.

pub mod check;
pub mod codes;
pub mod decimal;
pub mod interval;
pub mod observed;
pub mod score;
pub mod values;

pub use check::check_observation;
pub use score::{Applicable, Band, NotApplicable, Parts, Total, applicability};
pub use values::{
    Consciousness, Implausible, Parameter, Points, Pulse, Raw, Respiration, Saturation, Scale, Supply, Systolic, Temperature,
};
