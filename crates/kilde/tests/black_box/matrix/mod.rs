//! Who sees what through which door: one table says it, and every door is held to it. What is kept from somebody stands in no answer of hers, and
//! what she is told of it is what she is told of nobody.

mod doors;
mod links;
mod rows;
mod world;

use crate::client::{Answer, Client};
use crate::server::shared;
use doors::{Door, hers, nobodys, plain, reading, writing};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use world::{MARKS, Marked};

/// What the citizen has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
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
}

/// Somebody, and which kinds of information she sees: letters of [`MARKS`].
struct Row {
    state: State,
    who: &'static str,
    /// How the token is got.
    how: How,
    sees: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// As the persona is: no attestation.
    Plain,
    Attested,
    /// Attested for another citizen.
    ForNeighbour,
    Emergency,
    EmergencyWithoutReason,
    /// Without a purpose that is for treatment.
    Coordination,
    Expired,
    /// The citizen herself, another one, and who represents her.
    Herself,
    Another,
    Representative,
}

const fn row(state: State, who: &'static str, how: How, sees: &'static str) -> Row {
    Row { state, who, how, sees }
}

const NURSE: &str = "sykepleier-legevakt-nordvik";

/// Who sees what. What stands here follows from the policies and from the table of roles.
static TABLE: [Row; 36] = [
    row(State::Open, NURSE, How::Attested, "PMJTD"),
    row(State::Open, "lege-legevakt-nordvik", How::Attested, "PMJTCD"),
    row(State::Open, "sykepleier-kad-nordvik", How::Attested, "PMJTD"),
    row(State::Open, "hjemmesykepleier-nordvik", How::Attested, "PMJTD"),
    row(State::Open, "fysioterapeut-nordvik", How::Attested, "PT"),
    row(State::Open, "saksbehandler-nordvik", How::Attested, "PTCD"),
    row(State::Open, "fastlege-nordvik", How::Attested, "PMJTD"),
    row(State::Open, "sykepleier-dalfjord", How::Attested, ""),
    row(State::Open, NURSE, How::ForNeighbour, ""),
    row(State::Open, "sykepleier-kad-nordvik", How::ForNeighbour, ""),
    row(State::Open, "hjemmesykepleier-nordvik", How::ForNeighbour, ""),
    row(State::Open, NURSE, How::Plain, ""),
    row(State::Open, "lege-legevakt-nordvik", How::Plain, ""),
    row(State::Open, NURSE, How::Emergency, "PMJTD"),
    row(State::Open, NURSE, How::EmergencyWithoutReason, ""),
    row(State::Open, NURSE, How::Coordination, "PT"),
    row(State::Open, NURSE, How::Expired, ""),
    row(State::Open, "", How::Herself, "PMJTCD"),
    row(State::Open, "", How::Another, ""),
    row(State::Open, "", How::Representative, ""),
    row(State::Open, "epj-nordvik", How::Plain, "PMJTCD"),
    row(State::Open, "tavle-nordvik", How::Plain, ""),
    row(State::Open, "vkp", How::Plain, ""),
    row(State::Open, "system-test", How::Plain, "PMJTCD"),
    row(State::Open, "personvernombud-nordvik", How::Plain, ""),
    row(State::Open, "drift", How::Plain, ""),
    row(State::Journal, NURSE, How::Attested, "PMTD"),
    row(State::Journal, "lege-legevakt-nordvik", How::Attested, "PMTCD"),
    row(State::Journal, NURSE, How::Emergency, "PMJTD"),
    row(State::Journal, "saksbehandler-nordvik", How::Attested, "PTCD"),
    row(State::Journal, "", How::Herself, "PMJTCD"),
    row(State::Journal, "epj-nordvik", How::Plain, "PMJTCD"),
    row(State::Everything, NURSE, How::Attested, ""),
    row(State::Everything, NURSE, How::Emergency, ""),
    row(State::Proxy, "", How::Representative, "PM"),
    row(State::Withdrawn, "", How::Representative, ""),
];

impl Row {
    fn client(&self, her: &Marked<'_>, neighbour: &Marked<'_>) -> Client {
        let persona = || her.attested(self.who);
        match self.how {
            How::Plain => shared().who(self.who),
            How::Attested => persona(),
            How::ForNeighbour => neighbour.attested(self.who),
            How::Emergency => persona().purpose("ETREAT").reason("Funnet bevisstløs hjemme"),
            How::EmergencyWithoutReason => persona().purpose("ETREAT"),
            How::Coordination => persona().purpose("COC"),
            How::Expired => persona().variant("expired"),
            How::Herself => her.citizen(),
            How::Another => neighbour.citizen(),
            How::Representative => shared().who(&format!("verge-{}", her.nin)),
        }
    }

    fn name(&self) -> String {
        format!("{:?} {} {:?}", self.state, self.who, self.how)
    }

    /// Whether she may choose ids: who writes for a whole source.
    fn is_source(&self) -> bool {
        self.how == How::Plain && matches!(self.who, "epj-nordvik" | "tavle-nordvik" | "vkp" | "system-test")
    }

    /// Whether all that a door names is kept from her.
    fn sees_nothing_of(&self, door: &Door) -> bool {
        let text = format!("{} {:?} {:?}", door.path, door.headers, door.body);
        let named = [
            ("{NOTE}", 'J'),
            ("{NUMBER}", 'J'),
            ("{DOCUMENT}", 'J'),
            ("{LIST}", 'J'),
            ("{PULSE}", 'M'),
            ("{SERVICE}", 'T'),
            ("{COERCION}", 'C'),
        ];
        let hers = text.contains("{PATIENT}") || text.contains("{NIN}");
        self.sees.is_empty() || (!hers && named.iter().all(|(name, mark)| !text.contains(name) || !self.sees.contains(*mark)))
    }

    /// Everything that is wrong with what she is answered.
    fn try_all(&self, her: &Marked<'_>, neighbour: &Marked<'_>) -> Vec<String> {
        let client = self.client(her, neighbour);
        let (mut wrong, mut met) = (Vec::new(), String::new());
        let mut judge = |door: &Door, answer: &Answer| {
            let text = answer.everything();
            for (letter, mark) in MARKS {
                match (text.contains(mark), self.sees.contains(letter)) {
                    (true, false) => wrong.push(format!(
                        "{}: {mark} in {} {}: {}",
                        self.name(),
                        door.method,
                        door.path,
                        answer.start()
                    )),
                    (true, true) => met.push(letter),
                    _ => {}
                }
            }
            if answer.status >= 500 && answer.status != 501 {
                wrong.push(format!("{}: {} {}: {}", self.name(), door.method, door.path, answer.status));
            }
            if !door.names || !self.sees_nothing_of(door) {
                return;
            }
            let nobody = door.ask(&client, &nobodys);
            let (of_her, of_nobody) = (plain(her, answer), plain(her, &nobody));
            let made = answer.status == 201 && nobody.status == 201;
            if of_her != of_nobody && !made {
                wrong.push(format!(
                    "{}: {} {}\n of her: {of_her}\n of nobody: {of_nobody}",
                    self.name(),
                    door.method,
                    door.path
                ));
            }
        };
        for door in reading() {
            let answer = door.ask(&client, &|text| hers(her, text));
            judge(&door, &answer);
        }
        if !self.sees.contains('J') {
            for door in writing().into_iter().filter(|door| !self.is_source() || !door.chooses()) {
                let answer = door.ask(&client, &|text| hers(her, text));
                judge(&door, &answer);
            }
        }
        for letter in self.sees.chars().filter(|letter| !met.contains(*letter)) {
            wrong.push(format!("{}: {letter} stands in no answer", self.name()));
        }
        wrong
    }
}

#[test]
fn everybody_sees_what_the_table_says_through_every_door() {
    let made = |state: State, number: usize| {
        let her = Marked::new(shared(), number, true);
        match state {
            State::Open => {}
            State::Journal => drop(her.block(serde_json::json!({ "category": "journal" }), true)),
            State::Everything => drop(her.block(serde_json::json!("everything"), false)),
            State::Proxy => drop(her.proxy(&["maaledata", "person"])),
            State::Withdrawn => {
                let given = her.proxy(&["maaledata", "person"]);
                her.lift(&given);
            }
        }
        (state, her)
    };
    let citizens = [
        made(State::Open, 150),
        made(State::Journal, 151),
        made(State::Everything, 152),
        made(State::Proxy, 153),
        made(State::Withdrawn, 154),
    ];
    let neighbour = Marked::new(shared(), 155, false);
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(row) = TABLE.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some((_, her)) = citizens.iter().find(|(state, _)| *state == row.state) else {
                continue;
            };
            let found = row.try_all(her, &neighbour);
            wrong.lock().expect("no panic").extend(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
