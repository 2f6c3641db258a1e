//! `kilde policy`: examine policies, ask what would be decided, and hold a table of expected decisions against them.

mod check;
mod explain;
mod test;

use clap::Subcommand;
use kilde_access::explain::{Kind, Who};
use kilde_sandbox::People;
use kilde_sandbox::persona::{Persona, persona};

/// Examine policies, ask what would be decided and why, test a table of expected decisions
#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Examine policies, agreements and tables of minimisation; exit code 1 when something is wrong
    Check(check::Check),
    /// Ask a running server what would be decided, and why
    Explain(Box<explain::Explain>),
    /// Hold a table of expected decisions against a policy; exit code 1 when one differs
    Test(test::Test),
}

impl PolicyCommand {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            PolicyCommand::Check(check) => check.run(),
            PolicyCommand::Explain(explain) => explain.run().await,
            PolicyCommand::Test(test) => test.run(),
        }
    }
}

/// Who a persona of the sandbox is, as policies see her, and the purpose that she usually has.
fn who_of(name: &str) -> anyhow::Result<(Who, Option<String>)> {
    let persona: Persona = persona(name, &People::fixed()).ok_or_else(|| anyhow::anyhow!("no persona is called {name}"))?;
    use kilde_sandbox::persona::Kind as Of;
    let kind = match persona.kind {
        Of::System => Kind::System,
        Of::Citizen | Of::Proxy => Kind::Citizen,
        _ => Kind::Personnel,
    };
    let authorisation = persona.person.as_ref().and_then(|person| person.authorisation);
    let who = Who {
        kind,
        professions: authorisation.iter().map(|code| code.code.to_owned()).collect(),
        organisation: persona.organisation.map(|organisation| organisation.number.to_owned()),
        unit: persona.unit.map(|unit| unit.number.to_owned()),
        client: persona.client.id.to_owned(),
        level: persona.person.as_ref().map_or(4, |person| person.security_level),
        scopes: Some(
            persona
                .scopes
                .iter()
                .filter_map(|scope| scope.rsplit_once('/').map(|(_, name)| name.to_owned()))
                .collect(),
        ),
    };
    Ok((who, persona.purpose.map(|purpose| purpose.code().to_owned())))
}
