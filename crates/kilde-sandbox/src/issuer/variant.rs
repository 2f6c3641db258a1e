//! Every way a token can be wrong, by name.

use super::claims::{self, ATTESTATION};
use serde_json::{Value, json};

/// At which layer a wrong token is to be caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Signature, issuer, audience, time, type: no answer at all (401).
    Token,
    /// The binding to the DPoP key (401).
    Binding,
    /// Who the token says it is.
    Identity,
    /// The trust framework's attestation.
    Attestation,
}

macro_rules! variants {
    ($($variant:ident $name:literal $layer:ident $nb:literal $en:literal;)*) => {
        /// How a token is wrong; [`Variant::Valid`] is not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Variant {
            /// Nothing wrong.
            Valid,
            $(#[doc = $en] $variant,)*
        }

        impl Variant {
            /// All wrong ones.
            pub const WRONG: &'static [Variant] = &[$(Variant::$variant,)*];

            /// The name it is asked for by.
            pub fn name(self) -> &'static str {
                match self {
                    Variant::Valid => "valid",
                    $(Variant::$variant => $name,)*
                }
            }

            /// What is wrong, in bokmål.
            pub fn nb(self) -> &'static str {
                match self {
                    Variant::Valid => "Ingenting er galt.",
                    $(Variant::$variant => $nb,)*
                }
            }

            /// What is wrong, in English.
            pub fn en(self) -> &'static str {
                match self {
                    Variant::Valid => "Nothing is wrong.",
                    $(Variant::$variant => $en,)*
                }
            }

            /// Where it is to be caught; `None` for a token with nothing wrong.
            pub fn layer(self) -> Option<Layer> {
                match self {
                    Variant::Valid => None,
                    $(Variant::$variant => Some(Layer::$layer),)*
                }
            }
        }
    };
}

variants! {
    Expired "expired" Token "Utløpt for ti minutter siden." "Expired ten minutes ago.";
    NotYetValid "not-yet-valid" Token "Gjelder først om ti minutter." "Valid from ten minutes from now.";
    WrongAudience "wrong-audience" Token "Utstedt til et annet API." "Issued to another API.";
    TwoAudiences "two-audiences" Token "Utstedt til oss og til et annet API." "Issued to us and to another API.";
    NoAudience "no-audience" Token "Uten mottaker." "Without audience.";
    WrongIssuer "wrong-issuer" Token "Fra en annen utsteder." "From another issuer.";
    AlgNone "alg-none" Token "Uten signatur (alg none)." "Without signature (alg none).";
    Hs256 "hs256" Token "Signert symmetrisk med vår offentlige nøkkel." "Signed symmetrically with our public key.";
    UnknownKid "unknown-kid" Token "Nøkkelen er ikke publisert." "The key is not published.";
    ForeignKey "foreign-key" Token "Riktig kid, men signert med en annen nøkkel." "Right kid, but signed with another key.";
    EmbeddedKey "embedded-key" Token "Nøkkelen står i tokenets eget hode." "The key stands in the token's own header.";
    Tampered "tampered" Token "Innholdet er endret etter signeringen." "The content was changed after signing.";
    NoKid "no-kid" Token "Sier ikke hvilken nøkkel." "Does not say which key.";
    CriticalHeader "critical-header" Token "Hodet krever en utvidelse (crit)." "The header demands an extension (crit).";
    NoExpiry "no-expiry" Token "Uten utløp." "Without expiry.";
    DuplicatedClaim "duplicated-claim" Token "Mottakeren står to ganger." "The audience stands twice.";
    TooLong "too-long" Token "Lengre enn 16 KiB." "Longer than 16 KiB.";
    IdPorten "id-porten" Token "Utstedt av ID-porten, ikke av HelseID." "Issued by ID-porten, not by HelseID.";
    WrongType "wrong-type" Token "Et id-token, ikke et access-token." "An id token, not an access token.";
    NoScope "no-scope" Token "Uten noe scope for Kilde." "Without any scope for Kilde.";
    NoClient "no-client" Token "Uten client_id." "Without client_id.";
    NoCnf "no-cnf" Binding "Ikke bundet til en DPoP-nøkkel." "Not bound to a DPoP key.";
    WrongJkt "wrong-jkt" Binding "Bundet til en annen DPoP-nøkkel." "Bound to another DPoP key.";
    Level3 "level-3" Identity "Innlogget på nivå 3." "Logged in at level 3.";
    NoLevel "no-level" Identity "Uten opplysning om innloggingsnivå." "Without telling the level of the login.";
    NoPid "no-pid" Identity "En bruker uten fødselsnummer." "A user without national identity number.";
    NoHpr "no-hpr" Identity "Uten HPR-nummer." "Without HPR number.";
    NoHprDetails "no-hpr-details" Identity "Med HPR-nummer, men uten hva det gjelder." "With an HPR number, but without what it is for.";
    NoOrganisation "no-organisation" Identity "Uten virksomhet." "Without organisation.";
    OtherOrganisation "other-organisation" Identity "Virksomheten er en annen kommune." "The organisation is another municipality.";
    OtherClient "other-client" Identity "Klienten er ikke registrert hos kommunen." "The client is not registered at the municipality.";
    NoAttestation "no-attestation" Attestation "Uten attest." "Without attestation.";
    AttestationExpired "attestation-expired" Attestation "Attesten er 61 minutter gammel." "The attestation is 61 minutes old.";
    AttestationFuture "attestation-future" Attestation "Attesten er fra ti minutter frem i tid." "The attestation is from ten minutes ahead.";
    AttestationNoTime "attestation-no-time" Attestation "Attesten har ikke tidspunkt." "The attestation has no time.";
    AttestationOtherPerson "attestation-other-person" Attestation "Attesten gjelder en annen person enn innlogget." "The attestation is about another person than the one logged in.";
    AttestationOtherPatient "attestation-other-patient" Attestation "Attesten gjelder en annen pasient." "The attestation is for another patient.";
    AttestationNoPatient "attestation-no-patient" Attestation "Attesten har ingen pasient." "The attestation has no patient.";
    AttestationTwoPatients "attestation-two-patients" Attestation "Attesten har to pasienter." "The attestation has two patients.";
    AttestationNoService "attestation-no-service" Attestation "Attesten har verken helsetjeneste eller formålets detaljer." "The attestation has neither healthcare service nor details of the purpose.";
    AttestationOtherDetails "attestation-other-details" Attestation "Formålets detaljer er ikke fra 9151." "The details of the purpose are not from 9151.";
    AttestationRepeated "attestation-repeated" Attestation "To attester." "Two attestations.";
    AttestationWrongPurpose "attestation-wrong-purpose" Attestation "Formålet er ukjent." "The purpose is unknown.";
    AttestationWrongRole "attestation-wrong-role" Attestation "Autorisasjonen er en annen enn i HPR." "The authorisation is another than in HPR.";
    AttestationOtherOrganisation "attestation-other-organisation" Attestation "Attestens virksomhet er en annen enn tokenets." "The attestation's organisation is another than the token's.";
}

impl Variant {
    /// From its name; `valid` is one.
    pub fn from_name(name: &str) -> Option<Variant> {
        std::iter::once(&Variant::Valid)
            .chain(Variant::WRONG)
            .copied()
            .find(|v| v.name() == name)
    }

    /// Changes the claims of a token that is right otherwise.
    pub(super) fn change(self, claims: &mut Value, now: i64) {
        match self {
            Variant::Expired => {
                claims["iat"] = json!(now - 1200);
                claims["nbf"] = json!(now - 1200);
                claims["exp"] = json!(now - 600);
            }
            Variant::NotYetValid => {
                claims["nbf"] = json!(now + 600);
                claims["exp"] = json!(now + 1200);
            }
            Variant::WrongAudience => claims["aud"] = json!("nhn:annet-api"),
            Variant::TwoAudiences => claims["aud"] = json!([super::AUDIENCE, "nhn:annet-api"]),
            Variant::NoAudience => remove(claims, "aud"),
            Variant::NoExpiry => remove(claims, "exp"),
            Variant::TooLong => claims["padding"] = json!("x".repeat(16 << 10)),
            Variant::IdPorten => {
                let base = claims["iss"]
                    .as_str()
                    .and_then(|iss| iss.strip_suffix(super::PATH))
                    .unwrap_or_default();
                claims["iss"] = json!(format!("{base}{}", crate::idporten::PATH));
            }
            Variant::OtherClient => claims["client_id"] = json!("ukjent-klient"),
            Variant::WrongIssuer => claims["iss"] = json!("https://en-annen-utsteder.example"),
            Variant::NoScope => claims["scope"] = json!(["nhn:annet-api/les"]),
            Variant::NoClient => remove(claims, "client_id"),
            Variant::NoCnf => remove(claims, "cnf"),
            Variant::WrongJkt => claims["cnf"]["jkt"] = json!(crate::jose::sha256(b"another key")),
            Variant::Level3 => {
                claims[claims::SECURITY_LEVEL] = json!("3");
                claims[claims::ASSURANCE_LEVEL] = json!("substantial");
            }
            Variant::NoLevel => {
                remove(claims, claims::SECURITY_LEVEL);
                remove(claims, claims::ASSURANCE_LEVEL);
            }
            Variant::NoPid => remove(claims, claims::PID),
            Variant::NoHpr => {
                remove(claims, claims::HPR_NUMBER);
                remove(claims, claims::HPR_DETAILS);
            }
            Variant::NoHprDetails => remove(claims, claims::HPR_DETAILS),
            Variant::NoOrganisation => {
                remove(claims, claims::ORGNR_PARENT);
                remove(claims, "helseid://claims/client/claims/orgnr_child");
            }
            Variant::OtherOrganisation => {
                use crate::organisations::{DALFJORD, NORDVIK};
                let other = if claims[claims::ORGNR_PARENT] == DALFJORD.number {
                    NORDVIK
                } else {
                    DALFJORD
                };
                claims[claims::ORGNR_PARENT] = json!(other.number);
                remove(claims, "helseid://claims/client/claims/orgnr_child");
            }
            _ => self.change_attestation(claims, now),
        }
    }

    fn change_attestation(self, claims: &mut Value, now: i64) {
        let details = claims.get_mut("authorization_details").and_then(Value::as_array_mut);
        let Some(at) = details.as_ref().and_then(|d| d.iter().position(|d| d["type"] == ATTESTATION)) else {
            return;
        };
        let Some(details) = details else { return };
        if self == Variant::NoAttestation {
            details.remove(at);
            return;
        }
        if self == Variant::AttestationRepeated {
            details.push(details[at].clone());
            return;
        }
        let attestation = &mut details[at];
        match self {
            Variant::AttestationExpired => attestation["toa"] = json!(now - 3660),
            Variant::AttestationFuture => attestation["toa"] = json!(now + 600),
            Variant::AttestationNoTime => remove(attestation, "toa"),
            Variant::AttestationOtherPerson => attestation["practitioner"]["identifier"]["id"] = json!(other_number("person")),
            Variant::AttestationOtherPatient => attestation["patients"][0]["identifier"]["id"] = json!(other_number("patient")),
            Variant::AttestationNoPatient => remove(attestation, "patients"),
            Variant::AttestationTwoPatients => {
                let mut second = attestation["patients"][0].clone();
                second["identifier"]["id"] = json!(other_number("patient"));
                if let Some(patients) = attestation["patients"].as_array_mut() {
                    patients.push(second);
                }
            }
            Variant::AttestationNoService => {
                remove(&mut attestation["care_relationship"], "healthcare_service");
                remove(&mut attestation["care_relationship"], "purpose_of_use_details");
            }
            Variant::AttestationOtherDetails => {
                remove(&mut attestation["care_relationship"], "healthcare_service");
                attestation["care_relationship"]["purpose_of_use_details"] = json!({"code": "15", "system": "2.16.578.1.12.4.1.1.9999"});
            }
            Variant::AttestationWrongPurpose => attestation["care_relationship"]["purpose_of_use"]["code"] = json!("MARKET"),
            Variant::AttestationWrongRole => {
                let other = if attestation["practitioner"]["authorization"]["code"] == "LE" {
                    "TL"
                } else {
                    "LE"
                };
                attestation["practitioner"]["authorization"]["code"] = json!(other);
            }
            Variant::AttestationOtherOrganisation => {
                use crate::organisations::{DALFJORD, NORDVIK};
                let entity = &mut attestation["practitioner"]["legal_entity"]["id"];
                *entity = json!(if *entity == DALFJORD.number {
                    NORDVIK.number
                } else {
                    DALFJORD.number
                });
            }
            _ => {}
        }
    }
}

fn remove(value: &mut Value, name: &str) {
    if let Some(object) = value.as_object_mut() {
        object.shift_remove(name);
    }
}

/// A synthetic number that nobody in the sandbox has otherwise.
fn other_number(what: &str) -> String {
    crate::people::Number::for_name(what).as_str().to_owned()
}
