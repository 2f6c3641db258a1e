//! Signed notes, the checkpoints in them, what witnesses are asked, and verifier keys.

use kilde_log::Request;
use kilde_log::note::{Checkpoint, Note, VerifyKey, signature_lines};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(Note::parse(&note.to_string()).as_ref(), Ok(&note), "{text}");
        if let Ok(checkpoint) = Checkpoint::of(&note) {
            let again = Note {
                text: checkpoint.to_string(),
                signatures: note.signatures.clone(),
            };
            assert_eq!(Checkpoint::of(&again), Ok(checkpoint), "{text}");
        }
    }
    if let Ok(request) = Request::parse(text) {
        let again = Request::parse(&request.to_string());
        assert!(again.is_ok_and(|again| again.to_string() == request.to_string()), "{text}");
    }
    let _ = signature_lines(text);
    if let Some(key) = text.lines().next().and_then(|line| VerifyKey::parse(line).ok()) {
        assert_eq!(
            VerifyKey::parse(&key.to_string()).as_ref().map(VerifyKey::name),
            Ok(key.name()),
            "{text}"
        );
        if let Ok(note) = Note::parse(text) {
            // Nobody guesses a signature.
            assert!(note.verify([&key]).is_err(), "{text}");
        }
    }
}
