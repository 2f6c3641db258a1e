//! `kilde policy explain`: asks a running server through its admin API.

use super::who_of;
use crate::holder::{Asking, Holder};
use crate::login::Login;
use anyhow::Context;
use clap::Args;
use kilde_access::explain::{Kind, Who};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Ask a running server what would be decided, and why. Asking about a person is in her access log
#[derive(Args)]
pub struct Explain {
    /// Where Kilde is, or a `kilde proxy` or gateway that adds the token
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    to: String,
    /// Persona of the sandbox that asks; none when a proxy or gateway adds the token
    #[arg(long)]
    persona: Option<String>,
    /// Log in oneself: file that says who this program is at the issuer (docs/guides/personvernombud.md)
    #[arg(long, conflicts_with = "persona")]
    login: Option<PathBuf>,
    /// Number of the instance
    #[arg(long)]
    instance: String,
    /// Explain for this persona of the sandbox, instead of the six below
    #[arg(long = "as")]
    who: Option<String>,
    /// personnel, citizen or system
    #[arg(long, default_value = "personnel")]
    kind: String,
    /// Authorisation (Volven 9060); none for a case worker
    #[arg(long)]
    profession: Vec<String>,
    /// Organisation number
    #[arg(long)]
    organisation: Option<String>,
    /// Unit
    #[arg(long)]
    unit: Option<String>,
    /// Client id
    #[arg(long, default_value = "")]
    client: String,
    /// Level of assurance
    #[arg(long, default_value_t = 4)]
    level: u8,
    /// What would be done: read, search, exists, overview, write, ...
    #[arg(long, default_value = "read")]
    action: String,
    /// Information service
    #[arg(long)]
    service: Option<String>,
    /// Purpose of use, attested for the patient: TREAT, ETREAT, COC or BTG
    #[arg(long)]
    purpose: Option<String>,
    /// The need is self-declared
    #[arg(long)]
    self_declared: bool,
    /// Reason in words
    #[arg(long)]
    reason: Option<String>,
    /// National id of the person asked about
    #[arg(long)]
    patient: Option<String>,
    /// The citizen asks about herself
    #[arg(long)]
    own: bool,
    /// nb, nn or en
    #[arg(long, default_value = "en")]
    language: String,
    /// Print the server's JSON
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        let body = self.body()?;
        let path = format!("/{}/admin/policy/explain", self.instance);
        let (status, told) = match (&self.persona, &self.login) {
            (_, Some(file)) => Holder::logged_in(&self.to, Login::read(file)?, None)?.post(&path, &body).await?,
            (Some(persona), None) => {
                let asking = Asking {
                    persona: persona.clone(),
                    ..Asking::default()
                };
                Holder::new(&self.to, asking)?.post(&path, &body).await?
            }
            (None, None) => {
                let client = reqwest::Client::builder().no_proxy().build()?;
                let url = format!("{}{path}", self.to.trim_end_matches('/'));
                let answer = client.post(url).json(&body).send().await.context("the server does not answer")?;
                let status = answer.status().as_u16();
                (status, serde_json::from_slice(&answer.bytes().await?)?)
            }
        };
        anyhow::ensure!(
            status == 200,
            "{status}: {}",
            told["issue"][0]["details"]["text"].as_str().unwrap_or("no reason given")
        );
        if self.json {
            println!("{told}");
        } else {
            print!("{}", words(&told, &self.language));
        }
        Ok(())
    }

    fn body(&self) -> anyhow::Result<Value> {
        let (who, usual) = match &self.who {
            Some(name) => who_of(name)?,
            None => {
                let kind: Kind = serde_json::from_value(json!(self.kind)).context("--kind is personnel, citizen or system")?;
                let who = Who {
                    kind,
                    professions: self.profession.clone(),
                    organisation: self.organisation.clone(),
                    unit: self.unit.clone(),
                    client: self.client.clone(),
                    level: self.level,
                    scopes: None,
                };
                (who, None)
            }
        };
        let ask = json!({
            "action": self.action,
            "service": self.service,
            "purpose": self.purpose.clone().or(usual),
            "selfDeclared": self.self_declared,
            "reason": self.reason,
            "own": self.own,
        });
        Ok(json!({ "who": who, "ask": ask, "patient": self.patient }))
    }
}

/// An explanation for people.
fn words(told: &Value, language: &str) -> String {
    let text = |one: &Value| {
        let reason = one[language].as_str().or(one["en"].as_str()).unwrap_or_default();
        format!("{} ({})", reason, one["policy"].as_str().unwrap_or_default())
    };
    let mut out = format!("{}: {}\n", told["decision"].as_str().unwrap_or_default(), text(&told["because"]));
    for (name, what) in [
        ("refusedBy", "refused by"),
        ("permittedBy", "would be permitted by"),
        ("missing", "grounds that are not there"),
    ] {
        let all: Vec<&Value> = told[name].as_array().into_iter().flatten().collect();
        if !all.is_empty() {
            out.push_str(&format!("{what}:\n"));
            out.extend(all.iter().map(|one| format!("  - {}\n", text(one))));
        }
    }
    let reached: Vec<&str> = told["reached"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    out.push_str(&format!("the role reaches: {}\n", reached.join(", ")));
    out.push_str(&format!("policy version: {}\n", told["version"]));
    out
}
