//! The rules of <https://c2sp.org/tlog-witness>.

use super::*;

/// A log, a witness, and what the witness trusts.
struct Pair {
    place: Place,
    log: Sealed,
    witness_place: Place,
    witness: Sealed,
    trusted: Vec<VerifyKey>,
}

impl Pair {
    fn new() -> Self {
        let (place, witness_place) = (Place::new(), Place::new());
        let (log, witness) = (open(&place), open(&witness_place));
        let trusted = vec![log.seals.key().clone()];
        Self {
            place,
            log,
            witness_place,
            witness,
            trusted,
        }
    }

    fn ask(&self, old: u64) -> Result<String, Turned> {
        let signed = self.log.seals.sign().unwrap();
        let request = self.log.seals.request(&signed, old).unwrap().unwrap();
        assert_eq!(Request::parse(&request.to_string()).unwrap(), request);
        self.send(&request.to_string())
    }

    fn send(&self, body: &str) -> Result<String, Turned> {
        self.witness.seals.cosign(body, &self.trusted, 1_790_000_000)
    }
}

#[test]
fn a_growing_log_is_cosigned_again_and_again() {
    let pair = Pair::new();
    pair.log.add(1, 5);
    for (from, to) in [(6, 256), (257, 1000), (1001, 1001)] {
        let old = pair
            .witness
            .seals
            .witnessed("kilde/9901")
            .unwrap()
            .map_or(0, |known| known.checkpoint.size);
        let line = pair.ask(old).unwrap();
        let signed = pair.log.seals.last().unwrap();
        for line in crate::note::signature_lines(&line).unwrap() {
            pair.log.seals.cosigned(&signed, line, pair.witness.seals.witness_key()).unwrap();
        }
        let published = pair.log.seals.last().unwrap();
        let found = published
            .note
            .verify([pair.log.seals.key(), pair.witness.seals.witness_key()])
            .unwrap();
        assert_eq!(found[1].1, Some(1_790_000_000));
        assert_eq!(std::fs::read_to_string(pair.log.seals.path()).unwrap(), published.note.to_string());
        pair.log.add(from, to);
    }
    // The same tree once more gets a newer time, and what is kept survives a restart of the witness.
    assert!(pair.ask(1000).is_ok() && pair.ask(1001).is_ok());
    drop(pair.witness);
    let witness = open(&pair.witness_place);
    let known = witness.seals.witnessed("kilde/9901").unwrap().unwrap();
    assert_eq!(known.checkpoint.size, 1001);
    assert!(witness.seals.witnessed("another").unwrap().is_none());
}

#[test]
fn every_request_that_must_be_turned_away_is() {
    let pair = Pair::new();
    pair.log.add(1, 10);
    let signed = pair.log.seals.sign().unwrap();
    let body = pair.log.seals.request(&signed, 0).unwrap().unwrap().to_string();
    let status = |answer: Result<String, Turned>| answer.map_or_else(|turned| turned.status(), |_| 200);
    for bad in ["", "old 0", "old 00\n\nx", "new 0\n\nx", "old 0\n\nkilde/9901\n"] {
        assert_eq!(status(pair.send(bad)), 400, "{bad:?}");
    }
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_eq!(
        status(pair.send(&body.replacen("old 0\n", &format!("old 0\n{hash}\n"), 1))),
        400,
        "a proof from nothing"
    );
    assert_eq!(
        status(pair.send(&body.replacen("old 0\n", &format!("old 0\n{}", format!("{hash}\n").repeat(64)), 1))),
        400
    );
    assert_eq!(
        status(pair.send(&body.replacen("old 0", "old 11", 1))),
        400,
        "beyond the checkpoint"
    );
    assert_eq!(status(pair.witness.seals.cosign(&body, &[], 1)), 404);
    assert_eq!(
        status(pair.witness.seals.cosign(&body, &[pair.witness.seals.key().clone()], 1)),
        403
    );
    assert_eq!(
        status(pair.witness.seals.cosign(&body, &[pair.log.seals.witness_key().clone()], 1)),
        404,
        "a key of a witness is none of a log"
    );
    let mut forged = signed.note.clone();
    forged.signatures[0].bytes[0] ^= 1;
    assert_eq!(status(pair.send(&body.replace(&signed.note.to_string(), &forged.to_string()))), 403);
    assert!(matches!(pair.send(&body.replacen("old 0", "old 3", 1)), Err(Turned::Conflict(0))));
    assert_eq!(status(pair.send(&body)), 200);
    assert!(matches!(pair.send(&body), Err(Turned::Conflict(10))));
    pair.log.add(11, 20);
    let signed = pair.log.seals.sign().unwrap();
    let body = pair.log.seals.request(&signed, 10).unwrap().unwrap().to_string();
    let line = body.lines().nth(1).unwrap().to_owned();
    assert_eq!(status(pair.send(&body.replacen(&line, hash, 1))), 422);
    assert_eq!(status(pair.send(&body)), 200);
}

#[test]
fn a_log_that_was_rolled_back_and_goes_on_otherwise_is_never_cosigned() {
    let mut pair = Pair::new();
    pair.log.add(1, 10);
    pair.log.seals.sign().unwrap();
    let earlier = pair.place.crashed();
    pair.log.add(11, 20);
    pair.ask(0).unwrap();
    pair.log = open(&earlier);
    // It does not know how large it was.
    let signed = pair.log.seals.last().unwrap();
    assert!(matches!(
        pair.send(&pair.log.seals.request(&signed, 0).unwrap().unwrap().to_string()),
        Err(Turned::Conflict(20))
    ));
    assert!(pair.log.seals.request(&signed, 20).unwrap().is_none());
    // Nor can it grow past what the witness has seen.
    pair.log.add(11, 20);
    assert!(matches!(pair.ask(20), Err(Turned::Conflict(20))), "the same size, another root");
    pair.log.add(21, 40);
    assert!(matches!(pair.ask(20), Err(Turned::Inconsistent)));
}

#[test]
fn what_a_witness_cannot_keep_or_believe_it_does_not_sign() {
    let pair = Pair::new();
    pair.log.add(1, 10);
    let folder = pair.witness_place.dir.path().join("seal/witnessed");
    std::fs::write(&folder, "in the way").unwrap();
    assert!(matches!(pair.ask(0), Err(Turned::Unkept(_))));
    std::fs::remove_file(&folder).unwrap();
    pair.ask(0).unwrap();
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, pair.log.seals.last().unwrap().note.to_string()).unwrap();
    assert!(
        matches!(pair.ask(10), Err(Turned::Unkept(_))),
        "a file that the witness did not write"
    );
    std::fs::write(&file, kept).unwrap();
    assert!(pair.ask(10).is_ok());
}

#[test]
fn of_two_requests_at_once_one_is_cosigned() {
    let pair = Pair::new();
    pair.log.add(1, 10);
    let one = pair.log.seals.sign().unwrap();
    pair.log.add(11, 20);
    let two = pair.log.seals.sign().unwrap();
    let bodies = [&one, &two].map(|signed| pair.log.seals.request(signed, 0).unwrap().unwrap().to_string());
    let cosigned = std::thread::scope(|threads| {
        let asking = bodies.each_ref().map(|body| threads.spawn(|| pair.send(body).is_ok()));
        asking.map(|thread| thread.join().unwrap())
    });
    assert_eq!(cosigned.iter().filter(|cosigned| **cosigned).count(), 1);
}

#[test]
fn a_cosignature_under_another_checkpoint_or_of_another_key_is_not_taken() {
    let pair = Pair::new();
    pair.log.add(1, 10);
    let line = pair.ask(0).unwrap();
    let line = crate::note::signature_lines(&line).unwrap().remove(0);
    let signed = pair.log.seals.last().unwrap();
    assert!(
        pair.log
            .seals
            .cosigned(&signed, line.clone(), pair.log.seals.witness_key())
            .is_err()
    );
    pair.log.add(11, 11);
    let newer = pair.log.seals.sign().unwrap();
    assert!(
        pair.log
            .seals
            .cosigned(&newer, line.clone(), pair.witness.seals.witness_key())
            .is_err()
    );
    // One that comes too late is right, and left out.
    pair.log.seals.cosigned(&signed, line, pair.witness.seals.witness_key()).unwrap();
    assert_eq!(pair.log.seals.last(), Some(newer));
}
