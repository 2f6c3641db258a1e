//! Whether the time of a refusal tells that something is there: what is there and forbidden, and what is absent, asked in turn over one connection.

use super::client::Connection;
use super::report::Figure;
use super::requests::{self, scattered};
use super::target::Target;
use anyhow::{Context, ensure};
use kilde_fhir::definitions::ResourceType;
use std::time::Instant;

/// One of two requests at a time: about what is there, and about what is absent.
pub struct Door {
    /// Its name.
    pub name: &'static str,
    /// The two, in turn.
    pub pairs: Vec<[Vec<u8>; 2]>,
}

/// The doors: a read by id, an overview, a search.
pub const DOORS: [&str; 3] = ["read", "overview", "search"];

/// One of them, asked by a nurse who has an attestation for somebody else. Its proofs are good for a minute.
///
/// # Errors
/// When a token cannot be had, or there is nobody to ask about.
pub async fn door(
    name: &'static str,
    target: &Target,
    ids: &[(ResourceType, String)],
    people: &[String],
    strangers: &[String],
    n: usize,
) -> anyhow::Result<Door> {
    let (attested, others) = people.split_first().context("nobody to ask about")?;
    let about_people: Vec<_> = ids.iter().filter(|(rtype, _)| rtype.name() == "Observation").collect();
    ensure!(
        !others.is_empty() && !strangers.is_empty() && !about_people.is_empty(),
        "too few to ask about"
    );
    let nurse = requests::Nurse::attested(target, attested).await?;
    let mut pairs = Vec::with_capacity(n);
    for (no, at) in scattered(n, usize::MAX >> 33).enumerate() {
        let (id, known, stranger) = (
            &about_people[at % about_people.len()].1,
            &others[at % others.len()],
            &strangers[at % strangers.len()],
        );
        pairs.push(match name {
            "read" => [nurse.read(id)?, nurse.read(&uuid(no, id))?],
            "overview" => [nurse.overview(known)?, nurse.overview(stranger)?],
            _ => [nurse.search(known)?, nurse.search(stranger)?],
        });
    }
    Ok(Door { name, pairs })
}

/// An id like another, of nothing.
fn uuid(no: usize, like: &str) -> String {
    let digest = blake3::hash(format!("{no} {like}").as_bytes()).to_hex();
    let mut digits = digest.chars();
    let same_shape = |c: char| if c == '-' { Some('-') } else { digits.next() };
    like.chars().filter_map(same_shape).collect()
}

/// Asks, and tells how well the time of an answer tells whether the thing is there.
///
/// # Errors
/// When the answers differ in status or in length: then no time needs to be measured.
pub async fn measure(target: &Target, door: Door) -> anyhow::Result<[Figure; 2]> {
    let mut connection = Connection::open(target.server.address).await?;
    let (mut there, mut absent) = (Vec::new(), Vec::new());
    let warm = door.pairs.len() / 10;
    for (no, [forbidden, missing]) in door.pairs.iter().enumerate() {
        // Who goes first changes, so that neither is always the one that warms what the other uses.
        let first = no % 2;
        let mut took = [0u64; 2];
        let mut answers = [None, None];
        for which in [first, 1 - first] {
            let request = if which == 0 { forbidden } else { missing };
            let begun = Instant::now();
            let reply = connection.send(request).await?;
            took[which] = begun.elapsed().as_nanos() as u64;
            answers[which] = Some((reply.status, reply.body.len()));
        }
        ensure!(
            answers[0] == answers[1] && answers[0].is_some_and(|(status, _)| (400..500).contains(&status)),
            "{}: what is there is answered {:?}, what is absent {:?}",
            door.name,
            answers[0],
            answers[1]
        );
        if no >= warm {
            there.push(took[0]);
            absent.push(took[1]);
        }
    }
    let size = there.len() as u64;
    let apart = (median(&mut there) as f64 - median(&mut absent) as f64) / 1000.0;
    let whole = median(&mut absent) as f64 / 1000.0;
    let told = telling(&there, &absent) * 100.0;
    let id = |what: &str| format!("T10/{}/{what}", door.name);
    let same = "refused, there or absent";
    Ok([
        Figure::new(
            id("apart"),
            format!("{same}: medians apart (limit: the whole)"),
            apart,
            "us",
            Some(whole),
            size,
        ),
        Figure::new(
            id("told"),
            format!("{same}: how often the slower of the two is the one that is there (50: nothing is told)"),
            told,
            "%",
            None,
            size,
        ),
    ])
}

fn median(of: &mut [u64]) -> u64 {
    of.sort_unstable();
    of.get(of.len() / 2).copied().unwrap_or_default()
}

/// The share of pairs in which `there` took longer, half of those that took the same; both sorted. 0.5 when time tells nothing.
fn telling(there: &[u64], absent: &[u64]) -> f64 {
    let longer: usize = there.iter().map(|took| absent.partition_point(|other| other < took)).sum();
    let same_or_longer: usize = there.iter().map(|took| absent.partition_point(|other| other <= took)).sum();
    let pairs = there.len() as f64 * absent.len() as f64;
    (longer + same_or_longer) as f64 / 2.0 / pairs.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_longer_always_is_told_and_what_takes_the_same_is_not() {
        assert_eq!(telling(&[10, 11], &[1, 2, 3]), 1.0);
        assert_eq!(telling(&[1, 2, 3], &[10]), 0.0);
        assert_eq!(telling(&[1, 2, 3], &[1, 2, 3]), 0.5);
    }

    #[test]
    fn an_absent_id_has_the_shape_of_one_that_is_there() {
        let like = "0198c0de-aaaa-7bbb-8ccc-0123456789ab";
        let other = uuid(1, like);
        assert_eq!((other.len(), other.matches('-').count()), (36, 4));
        assert_ne!(other, like);
    }
}
