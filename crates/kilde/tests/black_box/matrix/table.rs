//! Who sees what. `docs/security/who-sees-what.md` shows this table; a test holds it to this one, and every door is held to both.

use super::world::Marked;
use crate::server::Kilde;
use serde_json::json;

/// What the citizen has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Open,
    /// Her journal is blocked for everyone; an emergency opens it.
    Journal,
    /// Everything is blocked for everyone, always.
    Everything,
    /// Somebody may see her measurements.
    Proxy,
    /// Somebody might, and may no more.
    Withdrawn,
    /// Nothing; and she gets her services from the home care's northern zone.
    Served,
    /// Nothing; and her address is secret.
    Secret,
}

/// Somebody, and what she sees of the citizen, by letters: `P` who she is, `M` measurements, `J` journal, `T` services, `C` coercion, `D` the free
/// text of services, `A` where she lives and where her services are given, `E` that there is something at all (`$status`).
pub struct Row {
    pub state: State,
    pub who: &'static str,
    pub how: How,
    pub sees: &'static str,
}

/// What is asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A system's own token.
    System,
    /// A user's, with an attestation for this citizen.
    Attested,
    /// With one for another citizen.
    ForNeighbour,
    /// With one that names no patient.
    ForNobody,
    /// Without attestation.
    Unattested,
    Emergency,
    EmergencyWithoutReason,
    /// For coordination, not for treatment.
    Coordination,
    /// A token whose time is over.
    Expired,
    /// Through an app that was launched for her, with these SMART scopes.
    App(&'static str),
    /// Through an app without a launch.
    AppAlone(&'static str),
    /// The citizen herself, another one, and who represents her.
    Herself,
    Another,
    Representative,
}

pub const fn row(state: State, who: &'static str, how: How, sees: &'static str) -> Row {
    Row { state, who, how, sees }
}

const NURSE: &str = "sykepleier-legevakt-nordvik";
const HOME: &str = "hjemmesykepleier-nordvik";
const EPJ: &str = "epj-nordvik";

/// What stands here follows from the policies and from the table of roles.
#[rustfmt::skip]
pub static TABLE: [Row; 60] = [
    row(State::Open, NURSE, How::Attested, "PMJTDEA"),
    row(State::Open, "lege-legevakt-nordvik", How::Attested, "PMJTCDEA"),
    row(State::Open, "sykepleier-kad-nordvik", How::Attested, "PMJTDEA"),
    row(State::Open, HOME, How::Attested, "PMJTDEA"),
    row(State::Open, "fysioterapeut-nordvik", How::Attested, "PTEA"),
    row(State::Open, "saksbehandler-nordvik", How::Attested, "PTCDEA"),
    row(State::Open, "fastlege-nordvik", How::Attested, "PMJTDEA"),
    row(State::Open, "sykepleier-dalfjord", How::Attested, ""),
    row(State::Open, NURSE, How::ForNeighbour, ""),
    row(State::Open, "sykepleier-kad-nordvik", How::ForNeighbour, ""),
    row(State::Open, HOME, How::ForNeighbour, ""),
    // An attestation without a patient reaches only whether there is something (trust framework).
    row(State::Open, NURSE, How::ForNobody, "E"),
    row(State::Open, "lege-legevakt-nordvik", How::ForNobody, "E"),
    row(State::Open, "sykepleier-dalfjord", How::ForNobody, ""),
    row(State::Open, NURSE, How::Unattested, ""),
    row(State::Open, HOME, How::Unattested, ""),
    row(State::Open, NURSE, How::Emergency, "PMJTDEA"),
    row(State::Open, NURSE, How::EmergencyWithoutReason, ""),
    row(State::Open, NURSE, How::Coordination, "PTEA"),
    row(State::Open, NURSE, How::Expired, ""),
    row(State::Open, "", How::Herself, "PMJTCDEA"),
    row(State::Open, "", How::Another, ""),
    row(State::Open, "", How::Representative, ""),
    row(State::Open, EPJ, How::System, "PMJTCDEA"),
    row(State::Open, "tavle-nordvik", How::System, ""),
    row(State::Open, "vkp", How::System, ""),
    row(State::Open, "system-test", How::System, "PMJTCDEA"),
    row(State::Open, "personvernombud-nordvik", How::Unattested, ""),
    row(State::Open, "drift", How::Unattested, ""),
    // Blocks.
    row(State::Journal, NURSE, How::Attested, "PMTDEA"),
    row(State::Journal, "lege-legevakt-nordvik", How::Attested, "PMTCDEA"),
    row(State::Journal, NURSE, How::Emergency, "PMJTDEA"),
    row(State::Journal, "saksbehandler-nordvik", How::Attested, "PTCDEA"),
    row(State::Journal, "", How::Herself, "PMJTCDEA"),
    row(State::Journal, EPJ, How::System, "PMJTCDEA"),
    row(State::Everything, NURSE, How::Attested, ""),
    row(State::Everything, NURSE, How::Emergency, ""),
    row(State::Everything, NURSE, How::ForNobody, ""),
    row(State::Everything, "", How::Herself, "PMJTCDEA"),
    // A secret address.
    row(State::Secret, NURSE, How::Attested, "PMJTDE"),
    row(State::Secret, NURSE, How::Emergency, "PMJTDE"),
    row(State::Secret, NURSE, How::App("patient/*.rs"), "PMJTDE"),
    row(State::Secret, "fastlege-nordvik", How::Attested, "PMJTDE"),
    row(State::Secret, "saksbehandler-nordvik", How::Attested, "PTCDE"),
    row(State::Secret, "", How::Herself, "PMJTCDEA"),
    row(State::Secret, EPJ, How::System, "PMJTCDEA"),
    // Proxies.
    row(State::Proxy, "", How::Representative, "PMEA"),
    row(State::Withdrawn, "", How::Representative, ""),
    // A relation that is recorded here needs no attestation.
    row(State::Served, HOME, How::Unattested, "PMJTDEA"),
    row(State::Served, NURSE, How::Unattested, ""),
    // Scopes of apps take away, and never add.
    row(State::Open, NURSE, How::App("patient/*.cruds user/*.cruds"), "PMJTDEA"),
    row(State::Open, NURSE, How::App("patient/Patient.rs"), "PA"),
    row(State::Open, NURSE, How::App("patient/Observation.rs user/EpisodeOfCare.rs"), "MJTDEA"),
    row(State::Open, NURSE, How::App("patient/*.read"), ""),
    row(State::Open, "fysioterapeut-nordvik", How::App("user/*.cruds"), "PTEA"),
    row(State::Open, EPJ, How::AppAlone("system/Observation.rs"), "MJE"),
    row(State::Open, EPJ, How::AppAlone("user/*.cruds"), ""),
    row(State::Journal, NURSE, How::App("patient/*.cruds"), "PMTDEA"),
    row(State::Served, HOME, How::AppAlone("user/*.rs"), "PMJTDEA"),
    row(State::Served, HOME, How::AppAlone("patient/*.rs"), ""),
];

impl State {
    /// A citizen who has decided so; the stranger of that number.
    pub fn made(self, kilde: &Kilde, number: usize) -> Marked<'_> {
        let unit = if self == State::Served { "399901030" } else { "399901006" };
        let her = Marked::at(kilde, number, true, unit, self == State::Secret);
        match self {
            State::Open | State::Served | State::Secret => {}
            State::Journal => drop(her.block(json!({ "category": "journal" }), true)),
            State::Everything => drop(her.block(json!("everything"), false)),
            State::Proxy => drop(her.proxy(&["maaledata", "person"])),
            State::Withdrawn => {
                let given = her.proxy(&["maaledata", "person"]);
                her.lift(&given);
            }
        }
        her
    }

    pub fn told(self) -> &'static str {
        match self {
            State::Open => "nothing",
            State::Journal => "blocks her journal; an emergency opens it",
            State::Everything => "blocks everything, always",
            State::Proxy => "a proxy sees her measurements",
            State::Withdrawn => "has withdrawn it",
            State::Served => "nothing; home care north serves her",
            State::Secret => "nothing; her address is secret",
        }
    }
}

impl How {
    pub fn told(self) -> String {
        let text = match self {
            How::System => "the system's own token",
            How::Attested => "attested for her",
            How::ForNeighbour => "attested for another citizen",
            How::ForNobody => "an attestation without a patient",
            How::Unattested => "no attestation",
            How::Emergency => "emergency, with a reason",
            How::EmergencyWithoutReason => "emergency, without a reason",
            How::Coordination => "attested for coordination",
            How::Expired => "a token whose time is over",
            How::App(scopes) => return format!("an app launched for her: `{scopes}`"),
            How::AppAlone(scopes) => return format!("an app without a launch: `{scopes}`"),
            How::Herself => "the citizen herself",
            How::Another => "another citizen",
            How::Representative => "who would represent her",
        };
        text.to_owned()
    }
}

/// What is seen, as boxes of a row.
pub fn marked(sees: &str) -> String {
    let boxes = "PMJTDCAE".chars().map(|letter| if sees.contains(letter) { " yes |" } else { " |" });
    boxes.collect()
}

/// The table as the page has it.
pub fn page() -> String {
    let head = "| The citizen has decided | who | with | who she is | measurements | journal | services | their text | coercion | places | that there is something |\n\
                |---|---|---|---|---|---|---|---|---|---|---|\n";
    let rows = TABLE.iter().map(|row| {
        let seen = marked(row.sees);
        format!("| {} | {} | {} |{seen}\n", row.state.told(), row.who, row.how.told())
    });
    head.to_owned() + &rows.collect::<String>()
}
