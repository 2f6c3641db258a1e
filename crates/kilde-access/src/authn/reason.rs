//! Reasons for turning a request away before anything is judged: stable codes, texts in three
//! languages, the challenge. No text repeats what was presented.

/// Why a token or proof is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Reason {
    TokenMissing,
    TokenRepeated,
    SchemeNotAllowed,
    TokenTooLong,
    TokenMalformed,
    TokenType,
    TokenAlgorithm,
    TokenIssuer,
    TokenKeyUnknown,
    TokenSignature,
    TokenAudience,
    TokenExpired,
    TokenNotYetValid,
    TokenScope,
    TokenClient,
    TokenNotBound,
    UserWithoutPid,
    ProofMissing,
    ProofRepeated,
    ProofMalformed,
    ProofType,
    ProofAlgorithm,
    ProofKey,
    ProofKeyPrivate,
    ProofSignature,
    ProofKeyMismatch,
    ProofMethod,
    ProofUrl,
    ProofTooOld,
    ProofInFuture,
    ProofTokenHash,
    ProofReplayed,
    ReplayCacheFull,
    KeysUnavailable,
}

/// Code, HTTP status, bokmål, nynorsk, English.
type Row = (&'static str, u16, &'static str, &'static str, &'static str);

impl Reason {
    /// All of them.
    pub const EVERY: [Reason; 34] = [
        Reason::TokenMissing,
        Reason::TokenRepeated,
        Reason::SchemeNotAllowed,
        Reason::TokenTooLong,
        Reason::TokenMalformed,
        Reason::TokenType,
        Reason::TokenAlgorithm,
        Reason::TokenIssuer,
        Reason::TokenKeyUnknown,
        Reason::TokenSignature,
        Reason::TokenAudience,
        Reason::TokenExpired,
        Reason::TokenNotYetValid,
        Reason::TokenScope,
        Reason::TokenClient,
        Reason::TokenNotBound,
        Reason::UserWithoutPid,
        Reason::ProofMissing,
        Reason::ProofRepeated,
        Reason::ProofMalformed,
        Reason::ProofType,
        Reason::ProofAlgorithm,
        Reason::ProofKey,
        Reason::ProofKeyPrivate,
        Reason::ProofSignature,
        Reason::ProofKeyMismatch,
        Reason::ProofMethod,
        Reason::ProofUrl,
        Reason::ProofTooOld,
        Reason::ProofInFuture,
        Reason::ProofTokenHash,
        Reason::ProofReplayed,
        Reason::ReplayCacheFull,
        Reason::KeysUnavailable,
    ];

    /// Whether it is the proof that fails, not the token.
    pub fn concerns_proof(self) -> bool {
        self.code().starts_with("proof_")
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// The error of the challenge (RFC 6750 section 3.1, RFC 9449 section 7.1). A request without a token has done nothing wrong, and
    /// where we lack what is needed the client has not either.
    pub fn error(self) -> Option<&'static str> {
        match self {
            Reason::TokenMissing | Reason::ReplayCacheFull | Reason::KeysUnavailable => None,
            Reason::TokenRepeated => Some("invalid_request"),
            Reason::TokenScope => Some("insufficient_scope"),
            proof if proof.concerns_proof() => Some("invalid_dpop_proof"),
            _ => Some("invalid_token"),
        }
    }

    /// The row of the table.
    pub(super) fn row(self) -> Row {
        use Reason::*;
        match self {
            TokenMissing => (
                "token_missing",
                401,
                "Forespørselen har ikke noe tilgangstoken.",
                "Førespurnaden har ikkje noko tilgangstoken.",
                "The request has no access token.",
            ),
            TokenRepeated => (
                "token_repeated",
                400,
                "Forespørselen har mer enn ett Authorization-hode.",
                "Førespurnaden har meir enn eitt Authorization-hovud.",
                "The request has more than one Authorization header.",
            ),
            SchemeNotAllowed => (
                "scheme_not_allowed",
                401,
                "Authorization må ha skjemaet DPoP; Bearer tas ikke imot.",
                "Authorization må ha skjemaet DPoP; Bearer blir ikkje teke imot.",
                "Authorization must use the scheme DPoP; Bearer is not accepted.",
            ),
            TokenTooLong => (
                "token_too_long",
                401,
                "Tokenet eller beviset er for langt.",
                "Tokenet eller provet er for langt.",
                "The token or proof is too long.",
            ),
            TokenMalformed => (
                "token_malformed",
                401,
                "Tilgangstokenet er ikke et gyldig JWT.",
                "Tilgangstokenet er ikkje eit gyldig JWT.",
                "The access token is not a valid JWT.",
            ),
            TokenType => (
                "token_type",
                401,
                "Tokenets typ må være at+jwt eller JWT.",
                "Tokenet sin typ må vere at+jwt eller JWT.",
                "The token's typ must be at+jwt or JWT.",
            ),
            TokenAlgorithm => (
                "token_algorithm",
                401,
                "Tokenets algoritme er ikke tillatt.",
                "Algoritmen til tokenet er ikkje tillaten.",
                "The token's algorithm is not allowed.",
            ),
            TokenIssuer => (
                "token_issuer",
                401,
                "Tokenets utsteder er ikke en som stoles på her.",
                "Utferdaren av tokenet er ikkje ein som blir stolt på her.",
                "The token's issuer is not trusted here.",
            ),
            TokenKeyUnknown => (
                "token_key_unknown",
                401,
                "Tokenet er signert med en nøkkel som utstederen ikke har kunngjort.",
                "Tokenet er signert med ein nøkkel som utferdaren ikkje har kunngjort.",
                "The token is signed with a key that its issuer has not published.",
            ),
            TokenSignature => (
                "token_signature",
                401,
                "Tokenets signatur er ikke gyldig.",
                "Signaturen til tokenet er ikkje gyldig.",
                "The token's signature is not valid.",
            ),
            TokenAudience => (
                "token_audience",
                401,
                "Tokenet er utstedt til en annen mottaker.",
                "Tokenet er utferda til ein annan mottakar.",
                "The token is issued for another audience.",
            ),
            TokenExpired => (
                "token_expired",
                401,
                "Tokenet er utløpt.",
                "Tokenet er utgått.",
                "The token has expired.",
            ),
            TokenNotYetValid => (
                "token_not_yet_valid",
                401,
                "Tokenet er ikke gyldig ennå.",
                "Tokenet er ikkje gyldig enno.",
                "The token is not valid yet.",
            ),
            TokenScope => (
                "token_scope",
                403,
                "Tokenet har ingen scope for denne tjenesten.",
                "Tokenet har ingen scope for denne tenesta.",
                "The token has no scope for this service.",
            ),
            TokenClient => (
                "token_client",
                401,
                "Tokenet sier ikke hvilken klient det er utstedt til.",
                "Tokenet seier ikkje kva klient det er utferda til.",
                "The token does not name its client.",
            ),
            TokenNotBound => (
                "token_not_bound",
                401,
                "Tokenet er ikke bundet til en nøkkel (cnf.jkt).",
                "Tokenet er ikkje bunde til ein nøkkel (cnf.jkt).",
                "The token is not bound to a key (cnf.jkt).",
            ),
            UserWithoutPid => (
                "user_without_pid",
                401,
                "Brukertokenet mangler fødselsnummer (pid).",
                "Brukartokenet manglar fødselsnummer (pid).",
                "The user's token lacks a national id (pid).",
            ),
            ProofMissing => (
                "proof_missing",
                401,
                "Forespørselen har ikke noe DPoP-bevis.",
                "Førespurnaden har ikkje noko DPoP-prov.",
                "The request has no DPoP proof.",
            ),
            ProofRepeated => (
                "proof_repeated",
                401,
                "Forespørselen har mer enn ett DPoP-hode.",
                "Førespurnaden har meir enn eitt DPoP-hovud.",
                "The request has more than one DPoP header.",
            ),
            ProofMalformed => (
                "proof_malformed",
                401,
                "DPoP-beviset er ikke et gyldig JWT med jti, htm, htu og iat.",
                "DPoP-provet er ikkje eit gyldig JWT med jti, htm, htu og iat.",
                "The DPoP proof is not a valid JWT with jti, htm, htu and iat.",
            ),
            ProofType => (
                "proof_type",
                401,
                "Bevisets typ må være dpop+jwt.",
                "Provet sin typ må vere dpop+jwt.",
                "The proof's typ must be dpop+jwt.",
            ),
            ProofAlgorithm => (
                "proof_algorithm",
                401,
                "Bevisets algoritme er ikke tillatt.",
                "Algoritmen til provet er ikkje tillaten.",
                "The proof's algorithm is not allowed.",
            ),
            ProofKey => (
                "proof_key",
                401,
                "Beviset mangler en offentlig nøkkel (jwk) som passer algoritmen.",
                "Provet manglar ein offentleg nøkkel (jwk) som passar algoritmen.",
                "The proof lacks a public key (jwk) that fits the algorithm.",
            ),
            ProofKeyPrivate => (
                "proof_key_private",
                401,
                "Bevisets jwk inneholder privat nøkkelmateriale. Bytt nøkkel straks.",
                "Provet sin jwk inneheld privat nøkkelmateriale. Byt nøkkel straks.",
                "The proof's jwk holds private key material. Replace the key at once.",
            ),
            ProofSignature => (
                "proof_signature",
                401,
                "Bevisets signatur er ikke gyldig.",
                "Signaturen til provet er ikkje gyldig.",
                "The proof's signature is not valid.",
            ),
            ProofKeyMismatch => (
                "proof_key_mismatch",
                401,
                "Beviset er signert med en annen nøkkel enn den tokenet er bundet til.",
                "Provet er signert med ein annan nøkkel enn den tokenet er bunde til.",
                "The proof is signed with another key than the one the token is bound to.",
            ),
            ProofMethod => (
                "proof_method",
                401,
                "Bevisets htm er en annen metode enn forespørselens.",
                "Provet sin htm er ein annan metode enn førespurnaden sin.",
                "The proof's htm is another method than the request's.",
            ),
            ProofUrl => (
                "proof_url",
                401,
                "Bevisets htu er en annen adresse enn forespørselens.",
                "Provet sin htu er ei anna adresse enn førespurnaden si.",
                "The proof's htu is another address than the request's.",
            ),
            ProofTooOld => (
                "proof_too_old",
                401,
                "Beviset er for gammelt. Lag et nytt for hver forespørsel.",
                "Provet er for gammalt. Lag eit nytt for kvar førespurnad.",
                "The proof is too old. Make a new one for each request.",
            ),
            ProofInFuture => (
                "proof_in_future",
                401,
                "Beviset er tidfestet fram i tid. Still klokka.",
                "Provet er tidfesta fram i tid. Still klokka.",
                "The proof is dated in the future. Set the clock.",
            ),
            ProofTokenHash => (
                "proof_token_hash",
                401,
                "Bevisets ath passer ikke med tokenet.",
                "Provet sin ath passar ikkje med tokenet.",
                "The proof's ath does not fit the token.",
            ),
            ProofReplayed => (
                "proof_replayed",
                401,
                "Beviset er brukt før. Lag et nytt for hver forespørsel.",
                "Provet er brukt før. Lag eit nytt for kvar førespurnad.",
                "The proof has been used before. Make a new one for each request.",
            ),
            ReplayCacheFull => (
                "replay_cache_full",
                503,
                "Tjenesten har for mye å gjøre. Prøv igjen om litt.",
                "Tenesta har for mykje å gjere. Prøv igjen om litt.",
                "The service is too busy. Try again shortly.",
            ),
            KeysUnavailable => (
                "keys_unavailable",
                503,
                "Utstederens nøkler kan ikke hentes nå.",
                "Nøklane til utferdaren kan ikkje hentast no.",
                "The issuer's keys cannot be fetched now.",
            ),
        }
    }
}

/// A request that is turned away before anything is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unauthenticated {
    /// Why.
    pub reason: Reason,
    /// The reason's stable code.
    pub code: &'static str,
    /// HTTP status: 401; 400 where two tokens came, 403 for a token with no scope of ours; 503 where the service itself lacks what it needs.
    pub status: u16,
    /// Value of the `WWW-Authenticate` header.
    pub www_authenticate: String,
    /// Text in bokmål.
    pub nb: &'static str,
    /// Text in nynorsk.
    pub nn: &'static str,
    /// Text in English.
    pub en: &'static str,
}

impl Unauthenticated {
    /// With the challenge for this listener: scheme, error, reason code, accepted algorithms.
    pub(super) fn new(reason: Reason, scheme: &str) -> Self {
        let (code, status, nb, nn, en) = reason.row();
        let algorithms = super::key::ALGORITHM_NAMES;
        let www_authenticate = match reason.error() {
            None => format!("{scheme} algs=\"{algorithms}\""),
            Some(error) => format!("{scheme} error=\"{error}\", error_description=\"{code}\", algs=\"{algorithms}\""),
        };
        Unauthenticated {
            reason,
            code,
            status,
            www_authenticate,
            nb,
            nn,
            en,
        }
    }
}

impl std::fmt::Display for Unauthenticated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)
    }
}

impl std::error::Error for Unauthenticated {}
