//! `near` of Location: the distance from a place on earth (R4, Location, search parameters).

use super::values;
use kilde_fhir::json::Value;
use kilde_fhir::search::Number;
use kilde_fhir::units;

/// A place, and how far from it is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    /// Degrees north.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
    metres: f64,
}

/// What is near when no distance is said.
const NEAR_METRES: f64 = 10_000.0;
/// Mean radius of the earth (IUGG), metres.
const RADIUS: f64 = 6_371_008.8;

impl Near {
    /// `latitude|longitude`, `latitude|longitude|distance`, `latitude|longitude|distance|unit` (a length of UCUM; km if none is said).
    pub fn parse(text: &str) -> Option<Near> {
        let pieces = values::split(text, '|');
        let number = |at: usize| Number::parse(pieces.get(at)?).map(|n| n.value);
        let (latitude, longitude) = (number(0)?, number(1)?);
        let metres = match (pieces.get(2).copied().unwrap_or(""), pieces.get(3).copied().unwrap_or("")) {
            ("", "") => NEAR_METRES,
            (distance, unit) => {
                let unit = if unit.is_empty() { "km".to_owned() } else { values::unescape(unit) };
                let (metres, base) = units::canonical(distance, &unit)?;
                (base == "m").then_some(metres)?
            }
        };
        let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude) && metres >= 0.0;
        (pieces.len() <= 4 && on_earth).then_some(Near {
            latitude,
            longitude,
            metres,
        })
    }

    /// Whether the position of a Location lies within the distance.
    pub fn reaches(&self, location: Value<'_>) -> bool {
        let degrees = |name: &str| Some(Number::parse(location.path(&["position", name])?.as_number()?)?.value);
        match (degrees("latitude"), degrees("longitude")) {
            (Some(latitude), Some(longitude)) => self.distance(latitude, longitude) <= self.metres,
            _ => false,
        }
    }

    /// Metres along a great circle.
    fn distance(&self, latitude: f64, longitude: f64) -> f64 {
        let (a, b) = (self.latitude.to_radians(), latitude.to_radians());
        let half = |difference: f64| (difference / 2.0).sin().powi(2);
        let h = half(b - a) + a.cos() * b.cos() * half((longitude - self.longitude).to_radians());
        2.0 * RADIUS * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        let near = Near::parse("69.6|18.9|11.20|km").unwrap();
        assert_eq!((near.latitude, near.longitude, near.metres), (69.6, 18.9, 11_200.0));
        assert_eq!(Near::parse("69.6|18.9|5").unwrap().metres, 5_000.0);
        assert_eq!(Near::parse("69.6|18.9||").unwrap().metres, NEAR_METRES);
        assert_eq!(Near::parse("69.6|18.9|100|m").unwrap().metres, 100.0);
        for wrong in ["", "69", "91|0", "0|181", "0|0|-1", "0|0|1|kg", "0|0||km", "0|0|1|km|x", "x|y|1"] {
            assert_eq!(Near::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn known_distances() {
        // A minute of arc along a meridian is a nautical mile, nearly; from Oslo to Tromsø it is 1,150 km, nearly.
        let equator = Near::parse("0|0").unwrap();
        assert!((equator.distance(1.0 / 60.0, 0.0) - 1852.0).abs() < 2.0);
        let oslo = Near::parse("59.9139|10.7522").unwrap();
        assert!((oslo.distance(69.6492, 18.9553) - 1_150_000.0).abs() < 10_000.0);
        assert!(
            Near::parse("0|179.9").unwrap().distance(0.0, -179.9) < 23_000.0,
            "across the date line"
        );
    }

    proptest! {
        #[test]
        fn a_distance_is_the_same_both_ways(a in -90f64..90.0, b in -180f64..180.0, c in -90f64..90.0, d in -180f64..180.0) {
            let near = |latitude, longitude| Near { latitude, longitude, metres: 0.0 };
            let (there, back) = (near(a, b).distance(c, d), near(c, d).distance(a, b));
            prop_assert!((there - back).abs() < 1.0 && there <= 20_016_000.0);
        }

        #[test]
        fn never_panics(text: String) {
            let _ = Near::parse(&text);
        }
    }
}
