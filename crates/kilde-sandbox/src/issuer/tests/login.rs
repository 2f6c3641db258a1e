//! Logging in: who gets a token, and who does not.

use super::*;

/// A program with which the privacy officer logs in.
struct Program {
    shop: Shop,
    verifier: String,
}

type Form = Vec<(String, String)>;

impl Program {
    fn new() -> Program {
        let shop = Shop::new(SigningAlgorithm::Es256);
        let jwk = Value::Object(shop.client.public_jwk());
        for client in ["personvern-nordvik", "drift"] {
            shop.issuer.register_client(client, &jwk).expect("registered");
        }
        let verifier = crate::jose::sha256(b"a verifier of 43 characters");
        Program { shop, verifier }
    }

    /// The form with an assertion of the client.
    fn form(&self, client: &str, fields: &[(&str, &str)]) -> Form {
        let assertion = self
            .shop
            .assertion(|claims| (claims["iss"], claims["sub"]) = (json!(client), json!(client)));
        let mut form = self.shop.form(assertion);
        form.retain(|(name, _)| name != "grant_type");
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        form
    }

    fn pushed(&self, change: impl FnOnce(&mut Form)) -> Result<String, OAuthError> {
        let challenge = crate::jose::sha256(self.verifier.as_bytes());
        let mut form = self.form(
            "personvern-nordvik",
            &[
                ("response_type", "code"),
                ("redirect_uri", "http://127.0.0.1:8098/tilbake"),
                ("scope", "openid offline_access helseid://scopes/identity/pid"),
                ("state", "a state"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        );
        change(&mut form);
        let body = self.shop.issuer.par(&form, NOW / 1000)?;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        Ok(body["request_uri"].as_str().expect("a name").to_owned())
    }

    fn chosen(&self, uri: &str, persona: &str) -> Result<String, OAuthError> {
        let form = [("request_uri", uri), ("persona", persona), ("do", "login")];
        self.shop
            .issuer
            .chosen(&form.map(|(n, v)| (n.to_owned(), v.to_owned())), NOW / 1000)
    }

    fn token(&self, key: &DpopKey, form: &Form) -> Result<TokenResponse, OAuthError> {
        let proof = key.proof("POST", &self.shop.issuer.token_endpoint(), None, NOW).expect("proof");
        self.shop.issuer.token(form, &[&proof], NOW)
    }

    /// A login until the code.
    fn code(&self) -> String {
        let uri = self.pushed(|_| ()).expect("pushed");
        let back = self.chosen(&uri, "personvernombud-nordvik").expect("chosen");
        back.split("code=")
            .nth(1)
            .and_then(|rest| rest.split('&').next())
            .expect("a code")
            .to_owned()
    }

    fn by_code(&self, code: &str, verifier: &str) -> Form {
        self.form(
            "personvern-nordvik",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", "http://127.0.0.1:8098/tilbake"),
                ("code_verifier", verifier),
            ],
        )
    }
}

#[test]
fn who_logs_in_gets_a_token_bound_to_her_programs_key_and_a_new_one_for_each_refresh_token() {
    let program = Program::new();
    let key = &program.shop.dpop;
    let first = program
        .token(key, &program.by_code(&program.code(), &program.verifier))
        .expect("a token");
    let claims = crate::jose::Jws::parse(&first.access_token).expect("a token").claims;
    assert_eq!(claims["client_id"], "personvern-nordvik");
    assert_eq!(claims["cnf"]["jkt"], key.thumbprint());
    assert!(claims.get("authorization_details").is_none(), "an officer has no attestation");
    let refresh = |text: &str| program.form("personvern-nordvik", &[("grant_type", "refresh_token"), ("refresh_token", text)]);
    let kept = first.refresh_token.expect("offline_access was asked for");
    assert!(
        program.token(&DpopKey::generate().expect("key"), &refresh(&kept)).is_err(),
        "another key"
    );
    assert!(
        program.token(key, &refresh(&kept)).is_err(),
        "tried once with another key, it is used up"
    );
    let again = program
        .token(key, &program.by_code(&program.code(), &program.verifier))
        .expect("a token");
    let kept = again.refresh_token.expect("a refresh token");
    let next = program.token(key, &refresh(&kept)).expect("a new token");
    assert_ne!(next.access_token, again.access_token);
    assert!(program.token(key, &refresh(&kept)).is_err(), "each is good once");
    assert!(next.refresh_token.is_some_and(|next| next != kept));
}

#[test]
fn a_login_is_refused_where_something_of_it_is_anothers() {
    let program = Program::new();
    let key = &program.shop.dpop;
    let put = |name: &'static str, value: &'static str| {
        move |form: &mut Form| {
            form.retain(|(n, _)| n != name);
            if !value.is_empty() {
                form.push((name.to_owned(), value.to_owned()));
            }
        }
    };
    for (name, value) in [
        ("response_type", "token"),
        ("redirect_uri", "https://example.org/back"),
        ("redirect_uri", "http://127.0.0.1:8098@example.org/back"),
        ("redirect_uri", "http://127.0.0.1:x/back"),
        ("redirect_uri", "http://127.0.0.1:8098/back?a=<b>"),
        ("scope", "nhn:kilde/les"),
        ("scope", "openid nhn:kilde/alt"),
        ("state", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
        ("request_uri", "urn:another"),
        ("client_assertion", "a.b.c"),
    ] {
        assert!(program.pushed(put(name, value)).is_err(), "{name} {value}");
    }
    let uri = program.pushed(|_| ()).expect("pushed");
    assert!(
        program.chosen(&uri, "lege-legevakt-nordvik").is_err(),
        "a persona of another client"
    );
    assert!(program.chosen(&uri, "personvernombud-nordvik").is_err(), "used up");
    for code in ["", "unknown"] {
        assert!(program.token(key, &program.by_code(code, &program.verifier)).is_err());
    }
    let code = program.code();
    assert!(
        program.token(key, &program.by_code(&code, &"x".repeat(43))).is_err(),
        "another verifier"
    );
    assert!(
        program.token(key, &program.by_code(&code, &program.verifier)).is_err(),
        "shown once"
    );
    let mut others = program.by_code(&program.code(), &program.verifier);
    let drift = program.form("drift", &[]);
    others.retain(|(name, _)| name != "client_assertion");
    others.extend(drift.into_iter().filter(|(name, _)| name == "client_assertion"));
    assert!(program.token(key, &others).is_err(), "another client's code");
    // The key was said beforehand.
    let bound = program
        .pushed(|form| form.push(("dpop_jkt".to_owned(), key.thumbprint().to_owned())))
        .expect("pushed");
    let back = program.chosen(&bound, "personvernombud-nordvik").expect("chosen");
    let code = back
        .split("code=")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .expect("a code")
        .to_owned();
    let other = DpopKey::generate().expect("key");
    assert!(
        program.token(&other, &program.by_code(&code, &program.verifier)).is_err(),
        "another key"
    );
    // Systems log nobody in, and people's clients get nothing for themselves.
    let system = program.form("vkp", &[("response_type", "code")]);
    assert!(program.shop.issuer.par(&system, NOW / 1000).is_err());
    let alone = program.form("personvern-nordvik", &[("grant_type", "client_credentials")]);
    assert_eq!(program.token(key, &alone).expect_err("refused").error, "unauthorized_client");
}
