//! Cursors as a client holds them: sealed text, bound to what it was given for.

use crate::error::{CursorError, IndexError};
use crate::index::Index;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kilde_access::AccessScope;

/// What a cursor is good for: this use of cursors, this instance, this binding (who asks and for what), this place.
pub(crate) struct Bound<'a> {
    pub purpose: &'static [u8],
    pub scope: &'a AccessScope,
    /// Path of what is paged.
    pub place: &'a str,
}

impl Bound<'_> {
    fn bytes(&self) -> Vec<u8> {
        [
            self.purpose,
            self.scope.instance().as_bytes(),
            &self.scope.binding(),
            self.place.as_bytes(),
        ]
        .concat()
    }
}

impl Index {
    pub(crate) fn seal_page(&self, bound: &Bound<'_>, plain: &[u8]) -> Result<String, IndexError> {
        Ok(URL_SAFE_NO_PAD.encode(self.sealing.seal(&bound.bytes(), plain)?))
    }

    /// What was sealed for the same; text longer than `longest` is not looked at.
    pub(crate) fn open_page(&self, bound: &Bound<'_>, text: &str, longest: usize) -> Result<Vec<u8>, CursorError> {
        if text.len() > longest {
            return Err(CursorError::Invalid);
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Invalid)?;
        self.sealing.open(&bound.bytes(), &sealed).ok_or(CursorError::Invalid)
    }
}
