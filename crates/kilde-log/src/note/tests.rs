use proptest::prelude::*;

use super::*;
use crate::keys::DataKey;

/// The example of the reference implementation's documentation: key, text, signature.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_LINE: &str =
    "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// The example of the specification of cosignatures.
const SPECIFIED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    \u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
    Signer::new(name, kind, DataKey::from_bytes([seed; 32])).unwrap()
}

#[test]
fn the_reference_implementations_example_verifies() {
    let key = VerifyKey::parse(GO_KEY).unwrap();
    assert_eq!(
        (key.to_string().as_str(), key.name(), key.kind()),
        (GO_KEY, "PeterNeumann", Kind::Note)
    );
    let text = format!("{GO_TEXT}\n{GO_LINE}");
    let note = Note::parse(&text).unwrap();
    assert_eq!((note.text.as_str(), note.to_string()), (GO_TEXT, text.clone()));
    assert_eq!(note.verify([&key]).unwrap(), [(&key, None)]);
    let forged = Note::parse(&text.replace("answer", "cause")).unwrap();
    assert_eq!(forged.verify([&key]), Err(NoteError::Forged));
    assert_eq!(
        note.verify([signer("PeterNeumann", Kind::Note, 1).public()]),
        Err(NoteError::Unsigned)
    );
}

#[test]
fn the_reference_implementations_key_signs_as_it_does() {
    // "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz": the seed follows the kind.
    let secret = STANDARD.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").unwrap();
    let seed: [u8; 32] = secret[1..].try_into().unwrap();
    let signer = Signer::new("PeterNeumann", Kind::Note, DataKey::from_bytes(seed)).unwrap();
    assert_eq!(signer.public().to_string(), GO_KEY);
    assert_eq!(signer.sign(GO_TEXT, 0).unwrap().to_string(), GO_LINE);
}

#[test]
fn the_specifications_checkpoint_is_read() {
    let note = Note::parse(SPECIFIED).unwrap();
    assert_eq!(note.to_string(), SPECIFIED);
    let checkpoint = Checkpoint::of(&note).unwrap();
    assert_eq!(
        (checkpoint.origin.as_str(), checkpoint.size),
        ("example.com/behind-the-sofa", 20_852_163)
    );
    assert_eq!(checkpoint.to_string(), note.text);
    assert_eq!((note.signatures.len(), note.signatures[1].bytes.len()), (2, 72));
    let time = u64::from_be_bytes(note.signatures[1].bytes[..8].try_into().unwrap());
    assert_eq!(time, 1_679_315_147, "the time in the specification's signed message");
}

#[test]
fn a_cosignature_says_when_and_is_none_of_the_log() {
    let (log, witness) = (signer("a/log", Kind::Note, 1), signer("b/witness", Kind::Cosignature, 2));
    let checkpoint = Checkpoint {
        origin: "a/log".into(),
        size: 7,
        root: [9; 32],
    };
    let text = checkpoint.to_string();
    let note = Note {
        text: text.clone(),
        signatures: vec![log.sign(&text, 0).unwrap()],
    };
    let note = note
        .with(witness.sign(&text, 1000).unwrap())
        .with(witness.sign(&text, 2000).unwrap());
    assert_eq!(note.signatures.len(), 2, "a later cosignature takes the earlier one's place");
    let note = Note::parse(&note.to_string()).unwrap();
    let found = note.verify([log.public(), witness.public()]).unwrap();
    assert_eq!(found, [(log.public(), None), (witness.public(), Some(2000))]);
    let mut bad = note.clone();
    bad.signatures[1].bytes[7] ^= 1;
    assert_eq!(bad.verify([witness.public()]), Err(NoteError::Forged), "the time is signed");
    bad.signatures[1].bytes = vec![255; 72];
    assert_eq!(bad.verify([witness.public()]), Err(NoteError::Forged));
    bad.signatures[1].bytes.truncate(5);
    assert_eq!(bad.verify([witness.public()]), Err(NoteError::Forged));
    // The same key under the kind of a log is another key.
    let same = signer("b/witness", Kind::Note, 2);
    assert_eq!(note.verify([same.public()]), Err(NoteError::Unsigned));
    assert_eq!(VerifyKey::parse(&witness.public().to_string()).as_ref(), Ok(witness.public()));
}

#[test]
fn what_is_no_note_no_key_or_no_checkpoint_is_refused() {
    for bad in [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\n\u{2014} a\n",
        "text\n\n\u{2014} a AAAA\n",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n\u{2014} a AAAAAAA=",
        "text\n\n\u{2014} a+b AAAAAAA=\n",
        "te\rxt\n\n\u{2014} a AAAAAAA=\n",
        "text\n\n\u{2014} a AAAAAAA=\nx\n",
    ] {
        assert_eq!(Note::parse(bad), Err(NoteError::Form), "{bad:?}");
    }
    assert!(Note::parse(&format!("{}\n\n\u{2014} a AAAAAAA=\n", "x".repeat(MOST_BYTES))).is_err());
    for bad in [
        "",
        "a",
        "a+b",
        "a+00000000+AA==",
        "a+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+AR",
    ] {
        assert_eq!(VerifyKey::parse(bad), Err(NoteError::Key), "{bad:?}");
    }
    for bad in [
        "a\n1\n",
        "a\n01\nAAAA\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nAAAA\n",
    ] {
        let note = Note {
            text: bad.into(),
            signatures: Vec::new(),
        };
        assert_eq!(Checkpoint::of(&note), Err(NoteError::Checkpoint), "{bad:?}");
    }
    assert!(Signer::new("a b", Kind::Note, DataKey::from_bytes([1; 32])).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "(\u{2014} |[a-z0-9+/=\n ]|\n\n|.){0,80}") {
        if let Ok(note) = Note::parse(&text) {
            prop_assert_eq!(note.to_string(), text.clone());
            let _ = Checkpoint::of(&note);
        }
        let _ = VerifyKey::parse(&text);
        let _ = signature_lines(&text);
    }
}
