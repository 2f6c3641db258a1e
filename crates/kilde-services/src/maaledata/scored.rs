//! A set of measurements with its points: from raw values where there are any, else as delivered.
//!
//! Nothing delivered is corrected. A total is *trusted* when all seven parts are known and agree
//! with what was delivered, or when it was delivered alone, without parts that could contradict it.

use super::circumstances::Circumstances;
use super::reading::Reading;
use super::sets::Set;
use crate::news2::observed::Unusable;
use crate::news2::{Band, NotApplicable, Parameter, Parts, Points, Raw, Scale, Supply};
use kilde_fhir::json::Value;

/// One row of the chart as it stands in the set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub parameter: Parameter,
    /// The element with the raw value, if one was measured.
    pub value: Option<Value<'a>>,
    /// The raw value, or why it cannot be scored.
    pub raw: Option<Result<Raw, Unusable>>,
    /// The element with the delivered part score.
    pub delivered: Option<Value<'a>>,
    /// Points that count.
    pub points: Option<Points>,
    /// A delivered part score that is not what the chart gives.
    pub differs: bool,
}

/// How the total stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be relied on as far as delivered data can; whether Kilde computed it.
    Trusted { total: u8, computed: bool },
    /// Delivered, but parts are missing.
    Unchecked { delivered: i64 },
    /// Delivered numbers contradict each other; the sum of the parts, if all are known.
    Conflict { delivered: Option<i64>, sum: Option<u8> },
    /// Parts are missing and no total is delivered.
    Partial,
    /// NEWS2 does not apply; whether a score was delivered all the same.
    NotApplicable { why: NotApplicable, delivered: bool },
}

#[derive(Debug)]
pub(super) struct Scored<'a> {
    pub at_ms: i64,
    pub members: Vec<usize>,
    pub scale: Scale,
    pub rows: [Row<'a>; 7],
    pub parts: Parts,
    pub standing: Standing,
}

impl Scored<'_> {
    /// The total, if it is trusted.
    pub fn total(&self) -> Option<u8> {
        match self.standing {
            Standing::Trusted { total, .. } => Some(total),
            _ => None,
        }
    }

    /// The band of a trusted total. A single three is known only where the parts are.
    pub fn band(&self) -> Option<Band> {
        self.total().map(|total| Band::of(total, self.parts.single_three()))
    }

    /// Whether the set is or claims to be a whole NEWS2.
    pub fn whole(&self) -> bool {
        !matches!(self.standing, Standing::Partial)
    }
}

/// Scores a set. Members are newest received first: of two values for one row, the newest that can be scored counts.
pub(super) fn score<'a>(set: &Set, readings: &[Reading<'a>], circumstances: &Circumstances) -> Scored<'a> {
    let mut rows = Parameter::ALL.map(|parameter| Row {
        parameter,
        value: None,
        raw: None,
        delivered: None,
        points: None,
        differs: false,
    });
    let mut numbers: [Option<i64>; 7] = [None; 7];
    let (mut scale, mut total) = (Scale::One, None);
    let mut has_total = false;
    for reading in set.members.iter().map(|i| &readings[*i]) {
        for measured in &reading.seen.raw {
            let row = &mut rows[measured.parameter as usize];
            if row.raw.is_none_or(|raw| raw.is_err() && measured.raw.is_ok()) {
                (row.value, row.raw) = (Some(measured.element), Some(measured.raw));
            }
        }
        for part in &reading.seen.parts {
            let row = &mut rows[part.parameter as usize];
            if row.delivered.is_none() {
                row.delivered = Some(part.element);
                numbers[part.parameter as usize] = part.number;
                scale = part.scale.unwrap_or(scale);
            }
        }
        if reading.seen.is_total && !has_total {
            has_total = true;
            total = reading.seen.total;
        }
    }
    let delivered_any = has_total || rows.iter().any(|r| r.delivered.is_some());
    if let Err(why) = circumstances.applies(set.at_ms) {
        let standing = Standing::NotApplicable {
            why,
            delivered: delivered_any,
        };
        return Scored {
            at_ms: set.at_ms,
            members: set.members.clone(),
            scale,
            rows,
            parts: Parts::new(),
            standing,
        };
    }
    let delivered_points = |p: Parameter| numbers[p as usize].and_then(|n| Points::delivered(p, n));
    let supply = match rows[Parameter::Supply as usize].raw {
        Some(Ok(Raw::Supply(supply))) => Some(supply),
        _ => delivered_points(Parameter::Supply).map(|p| if p == Points::Zero { Supply::Air } else { Supply::Oxygen }),
    };
    let mut parts = Parts::new();
    let mut part_differs = false;
    for row in &mut rows {
        let computed = row.raw.and_then(Result::ok).and_then(|raw| raw.points(scale, supply));
        let delivered = delivered_points(row.parameter);
        row.differs = row.delivered.is_some() && (delivered.is_none() || computed.is_some_and(|c| Some(c) != delivered));
        part_differs |= row.differs;
        row.points = computed.or(delivered);
        parts.set(row.parameter, row.points);
    }
    let sum = parts.sum();
    let (low, high) = parts.bounds();
    let standing = match (total, sum) {
        _ if part_differs => Standing::Conflict { delivered: total, sum },
        (Some(total), _) if !(i64::from(low)..=i64::from(high)).contains(&total) => Standing::Conflict {
            delivered: Some(total),
            sum,
        },
        (_, Some(sum)) => Standing::Trusted {
            total: sum,
            computed: total.is_none(),
        },
        (Some(total), None) if parts.is_empty() => {
            u8::try_from(total).map_or(Standing::Partial, |total| Standing::Trusted { total, computed: false })
        }
        (Some(delivered), None) => Standing::Unchecked { delivered },
        (None, None) => Standing::Partial,
    };
    Scored {
        at_ms: set.at_ms,
        members: set.members.clone(),
        scale,
        rows,
        parts,
        standing,
    }
}
