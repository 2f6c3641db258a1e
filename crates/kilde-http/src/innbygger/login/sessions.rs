//! Who is logged in, and which logins are under way. In memory only: a restart logs everybody out, and nothing of it is on any disk.
//! What the browser holds is a random secret; kept here is its hash.

use super::secret;
use kilde_access::Identity;
use kilde_access::authn::login::{LoggedIn, LoginError, Pending, fingerprint};
use kilde_access::log::Lang;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A session ends this long after its last request,
const IDLE_MS: i64 = 15 * 60 * 1000;
/// and this long after its first, whatever happens.
const LONGEST_MS: i64 = 60 * 60 * 1000;
/// How long a login may take.
const PENDING_MS: i64 = 10 * 60 * 1000;
/// So many of each; the oldest goes first.
const MOST_SESSIONS: usize = 100_000;
const MOST_PENDING: usize = 20_000;

/// Somebody who is logged in, at one instance.
pub struct Session {
    /// Who.
    pub identity: Arc<Identity>,
    /// What a request that changes something must show besides the cookie.
    pub csrf: String,
    /// ID-porten's token, for logging out there.
    pub id_token: String,
    /// Her language.
    pub lang: Lang,
    /// When it ends at the latest (Unix ms).
    pub ends_ms: i64,
    instance: String,
    sid: Option<String>,
    used_ms: AtomicI64,
}

impl Session {
    /// Begins one.
    pub fn new(who: LoggedIn, instance: &str, lang: Lang, now_ms: i64) -> Result<Session, LoginError> {
        let mut identity = who.identity;
        let ends_ms = now_ms + LONGEST_MS;
        identity.expires_ms = ends_ms;
        Ok(Session {
            identity: Arc::new(identity),
            csrf: secret()?,
            id_token: who.id_token,
            lang,
            ends_ms,
            instance: instance.to_owned(),
            sid: who.sid,
            used_ms: AtomicI64::new(now_ms),
        })
    }

    /// Whether this is the session's own word against forged requests. Compared by hash: how long it takes tells nothing.
    pub fn has_csrf(&self, given: Option<&str>) -> bool {
        given.is_some_and(|given| fingerprint(given) == fingerprint(&self.csrf))
    }

    fn is_over(&self, now_ms: i64) -> bool {
        now_ms >= self.ends_ms || now_ms.saturating_sub(self.used_ms.load(Ordering::Relaxed)) > IDLE_MS
    }
}

/// The sessions, by the hash of their secret.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

impl Sessions {
    /// Keeps a session; gives its secret.
    pub fn put(&self, session: Session, now_ms: i64) -> Result<String, LoginError> {
        let secret = secret()?;
        let mut all = self.0.lock();
        if all.len() >= MOST_SESSIONS {
            all.retain(|_, session| !session.is_over(now_ms));
            make_room(&mut all, MOST_SESSIONS, |session| session.used_ms.load(Ordering::Relaxed));
        }
        all.insert(fingerprint(&secret), Arc::new(session));
        Ok(secret)
    }

    /// The session of that secret, if it is of this instance and not over; it has been used now.
    pub fn find(&self, secret: &str, instance: &str, now_ms: i64) -> Option<Arc<Session>> {
        let name = fingerprint(secret);
        let mut all = self.0.lock();
        let session = all.get(&name)?;
        if session.is_over(now_ms) {
            all.remove(&name);
            return None;
        }
        (session.instance == instance).then(|| {
            session.used_ms.store(now_ms, Ordering::Relaxed);
            session.clone()
        })
    }

    /// Ends one.
    pub fn end(&self, secret: &str) {
        self.0.lock().remove(&fingerprint(secret));
    }

    /// Ends all that ID-porten calls by that name.
    pub fn end_all(&self, sid: &str) -> usize {
        let mut all = self.0.lock();
        let before = all.len();
        all.retain(|_, session| session.sid.as_deref() != Some(sid));
        before - all.len()
    }
}

struct Waiting {
    pending: Pending,
    instance: String,
    lang: Lang,
    begun_ms: i64,
}

/// Logins under way, by the hash of their secret.
#[derive(Default)]
pub struct Pendings(Mutex<HashMap<String, Waiting>>);

impl Pendings {
    /// Keeps a login; gives its secret.
    pub fn put(&self, pending: Pending, instance: &str, lang: Lang, now_ms: i64) -> Result<String, LoginError> {
        let secret = secret()?;
        let mut all = self.0.lock();
        if all.len() >= MOST_PENDING {
            all.retain(|_, one| now_ms.saturating_sub(one.begun_ms) <= PENDING_MS);
            make_room(&mut all, MOST_PENDING, |one| one.begun_ms);
        }
        all.insert(
            fingerprint(&secret),
            Waiting {
                pending,
                instance: instance.to_owned(),
                lang,
                begun_ms: now_ms,
            },
        );
        Ok(secret)
    }

    /// The login of that secret, once.
    pub fn take(&self, secret: &str, instance: &str, now_ms: i64) -> Option<(Pending, Lang)> {
        let one = self.0.lock().remove(&fingerprint(secret))?;
        let good = one.instance == instance && now_ms.saturating_sub(one.begun_ms) <= PENDING_MS;
        good.then_some((one.pending, one.lang))
    }
}

/// Takes the oldest tenth out where it is full.
fn make_room<T>(all: &mut HashMap<String, T>, most: usize, age: impl Fn(&T) -> i64) {
    if all.len() < most {
        return;
    }
    let mut ages: Vec<i64> = all.values().map(&age).collect();
    let at = ages.len() / 10;
    let (_, oldest, _) = ages.select_nth_unstable(at);
    let oldest = *oldest;
    all.retain(|_, one| age(one) > oldest);
}
