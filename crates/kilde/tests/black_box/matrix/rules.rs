//! What a municipality decides itself, and who then sees what: the same doors under policies, agreements and rows of minimisation of its own,
//! one after the other in one running server.

use super::rows::{ROWS, Scene};
use super::table::{How, Row, State, marked, row};
use super::world::Marked;
use crate::client::Answer;
use crate::server::Kilde;
use serde_json::json;

const POLICY: &str = "/9901/admin/policy";
const NURSE: &str = "sykepleier-legevakt-nordvik";
const PHYSICIAN: &str = "lege-legevakt-nordvik";
const HOME: &str = "hjemmesykepleier-nordvik";
const GP: &str = "fastlege-nordvik";
const NEIGHBOUR: &str = "sykepleier-dalfjord";
const EPJ: &str = "epj-nordvik";

/// What a municipality decides, and what then holds.
pub struct Rule {
    /// For people.
    told: &'static str,
    /// The whole of it, in TOML.
    text: String,
    rows: Vec<Row>,
}

/// A policy that forbids personnel these actions, when that holds.
pub fn forbidding(actions: &str, when: &str) -> String {
    let action = match actions {
        "" => "action".to_owned(),
        some => format!("action in [{some}]"),
    };
    format!(
        "policies = '''\n@id(\"own\") @code(\"own_rule\") @status(\"403\") @order(\"31\") @reason_nb(\"a\") @reason_nn(\"b\") @reason_en(\"c\")\n\
         forbid (principal is Kilde::Personnel, {action}, resource) when {{ {when} }};\n'''\n"
    )
}

pub fn agreement(legal_entity: &str, unit: &str, more: &str) -> String {
    format!("[[agreement]]\nid = \"{unit}\"\nlegal_entity = \"{legal_entity}\"\nunit = \"{unit}\"\npurposes = [\"TREAT\"]\n{more}\n")
}

/// An action as a policy names it.
fn named(action: &str) -> String {
    format!("Kilde::Action::\"{action}\"")
}

/// The rules, each in the place of the one before.
#[rustfmt::skip]
pub fn rules() -> Vec<Rule> {
    let rule = |told, text: String, rows| Rule { told, text, rows };
    let open = |who, how, sees| row(State::Open, who, how, sees);
    let every = r#"categories = ["journal", "tjenester", "maaledata", "person", "administrativt"]"#;
    let few = r#"categories = ["tjenester", "person"]"#;
    vec![
        rule("it has no agreements", String::new(), vec![
            open(NURSE, How::Attested, "PMJTDEA"),
            open(GP, How::Attested, ""),
            open(NEIGHBOUR, How::Attested, ""),
            open(EPJ, How::System, "PMJTCDEA"),
        ]),
        rule("the physicians of the list see the services and who she is", agreement("399903009", "fastlege", few), vec![
            open(GP, How::Attested, "PTDEA"),
            open(GP, How::Emergency, ""),
            row(State::Journal, GP, How::Attested, "PTDEA"),
            open(NEIGHBOUR, How::Attested, ""),
        ]),
        rule("they see them in one service only", agreement("399903009", "fastlege", &format!("{every}\nservices = [\"okt\"]")), vec![
            open(GP, How::Attested, "PTDEA"),
        ]),
        rule("the agreement with the neighbours is over", agreement("399902002", "legevakt", &format!("{every}\nfrom = \"2020-01-01\"\nto = \"2021-01-01\"")), vec![
            open(NEIGHBOUR, How::Attested, ""),
            open(NEIGHBOUR, How::Emergency, ""),
        ]),
        rule("the neighbours' emergency clinic sees services and who she is", agreement("399902002", "legevakt", few), vec![
            open(NEIGHBOUR, How::Attested, "PTDEA"),
            open(NEIGHBOUR, How::ForNeighbour, ""),
            open(NEIGHBOUR, How::Emergency, ""),
            open(NEIGHBOUR, How::Unattested, ""),
            row(State::Everything, NEIGHBOUR, How::Attested, ""),
        ]),
        rule("nurses of the emergency clinic see services without their text, and who she is", "[[minimisation]]\nprofession = [\"SP\"]\nunit = [\"legevakt\"]\npurpose = [\"TREAT\"]\ncategories = [\"tjenester-uten-beskrivelse\", \"person\"]\n".to_owned(), vec![
            open(NURSE, How::Attested, "PTEA"),
            open(NURSE, How::Emergency, "PMJTDEA"),
            open(PHYSICIAN, How::Attested, "PMJTCDEA"),
            open(HOME, How::Attested, "PMJTDEA"),
            row(State::Journal, NURSE, How::Attested, "PTEA"),
            open(NURSE, How::App("patient/*.cruds"), "PTEA"),
        ]),
        rule("nobody at work reads without a reason in words", forbidding("", "!context.reason"), vec![
            open(NURSE, How::Attested, ""),
            open(PHYSICIAN, How::Attested, ""),
            row(State::Served, HOME, How::Unattested, ""),
            open(NURSE, How::Emergency, "PMJTDEA"),
            open("", How::Herself, "PMJTCDEA"),
            open(EPJ, How::System, "PMJTCDEA"),
        ]),
        rule("personnel have the overview, and search and read nothing", forbidding(&[named("read"), named("search")].join(", "), "context.aboutPerson"), vec![
            open(NURSE, How::Attested, "MTDEA"),
            open("", How::Herself, "PMJTCDEA"),
        ]),
        rule("no emergency opens anything", forbidding("", "context has attestation && context.attestation.purpose == \"ETREAT\""), vec![
            open(NURSE, How::Emergency, ""),
            row(State::Journal, NURSE, How::Emergency, ""),
            open(NURSE, How::Attested, "PMJTDEA"),
            row(State::Served, HOME, How::Unattested, "PMJTDEA"),
        ]),
    ]
}

/// Puts a text in force: one may narrow, two are needed to widen.
pub fn adopt(kilde: &Kilde, text: &str) {
    let (one, other) = (kilde.who("personvernombud-nordvik"), kilde.who("tilgangsforvalter-nordvik"));
    let version = one.get(POLICY).expect(200).json()["version"].clone();
    let proposal = json!({ "base": version, "why": "Prøves ut", "text": text });
    let made = one.post(&format!("{POLICY}/proposals"), &proposal).expect(201).json();
    let id = made["id"].as_str().expect("an id");
    let path = format!("{POLICY}/proposals/{id}/approve");
    let approve = |who: &crate::client::Client| -> Answer { who.ask("POST", &path).send() };
    let narrows = made["widens"].as_array().is_some_and(Vec::is_empty);
    if narrows {
        approve(&one).expect(200);
    } else {
        approve(&one).refused(403, "policy-second-person");
        approve(&other).expect(200);
    }
}

/// The table as the page has it.
pub fn page() -> String {
    let head = "| The municipality has decided | the citizen | who | with | who she is | measurements | journal | services | their text | coercion | places | that there is something |\n\
                |---|---|---|---|---|---|---|---|---|---|---|---|\n";
    let rows = rules();
    let lines = rows.iter().flat_map(|rule| {
        let line = |row: &Row| {
            format!(
                "| {} | {} | {} | {} |{}\n",
                rule.told,
                row.state.told(),
                row.who,
                row.how.told(),
                marked(row.sees)
            )
        };
        rule.rows.iter().map(line).collect::<Vec<_>>()
    });
    head.to_owned() + &lines.collect::<String>()
}

#[test]
fn everybody_sees_what_the_municipality_has_decided_through_every_door() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let kilde = Kilde::start(&place.path().join("data"));
    let states = [State::Open, State::Journal, State::Everything, State::Served];
    let citizens: Vec<(State, Marked<'_>)> = states
        .iter()
        .zip(170..)
        .map(|(state, number)| (*state, state.made(&kilde, number)))
        .collect();
    let neighbour = Marked::new(&kilde, 175, false);
    let scene = Scene::new(&kilde, 176);
    let mut wrong = Vec::new();
    for rule in rules() {
        adopt(&kilde, &rule.text);
        for looker in scene.lookers() {
            for (row, try_it) in ROWS {
                eprintln!("{}: {row}", rule.told);
                try_it(&scene, &looker);
            }
        }
        let told = super::try_rows(&rule.rows, &citizens, &neighbour);
        wrong.extend(told.into_iter().map(|one| format!("{}: {one}", rule.told)));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
