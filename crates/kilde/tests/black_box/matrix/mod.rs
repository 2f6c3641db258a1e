//! Who sees what through which door: one table says it (`table.rs`), and every door is held to it. What is kept from somebody stands in no answer of
//! hers, and what she is told of it is what she is told of nobody.

mod doors;
mod links;
mod rows;
mod rules;
mod table;
mod world;

use crate::client::{Answer, Client};
use crate::server::shared;
use doors::{Door, hers, nobodys, plain, reading, writing};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use table::{How, Row, State, TABLE};
use world::{MARKS, Marked};

impl Row {
    fn client(&self, her: &Marked<'_>, neighbour: &Marked<'_>) -> Client {
        let persona = || her.attested(self.who);
        match self.how {
            How::System | How::ForNobody => her.kilde.who(self.who),
            How::Unattested => her.kilde.who(self.who).variant("no-attestation"),
            How::Attested => persona(),
            How::ForNeighbour => neighbour.attested(self.who),
            How::Emergency => persona().purpose("ETREAT").reason("Funnet bevisstløs hjemme"),
            How::EmergencyWithoutReason => persona().purpose("ETREAT"),
            How::Coordination => persona().purpose("COC"),
            How::Expired => persona().variant("expired"),
            How::App(scopes) => persona().scope(scopes),
            How::AppAlone(scopes) => her.kilde.who(self.who).scope(scopes).variant("no-attestation"),
            How::Herself => her.citizen(),
            How::Another => neighbour.citizen(),
            How::Representative => her.kilde.who(&format!("verge-{}", her.nin)),
        }
    }

    fn name(&self) -> String {
        format!("{:?} {} {:?}", self.state, self.who, self.how)
    }

    /// Whether she may choose ids: who writes for a whole source.
    fn is_source(&self) -> bool {
        self.how == How::System
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
        // She who may ask, and is told nothing, is told how much the citizen has blocked.
        let told = self.state == State::Everything && matches!(self.how, How::Attested | How::Emergency);
        (self.sees.is_empty() && !(hers && told))
            || (!hers && named.iter().all(|(name, mark)| !text.contains(name) || !self.sees.contains(*mark)))
    }

    /// Everything that is wrong with what she is answered.
    fn try_all(&self, her: &Marked<'_>, neighbour: &Marked<'_>) -> Vec<String> {
        let client = self.client(her, neighbour);
        let (mut wrong, mut met) = (Vec::new(), String::new());
        let mut judge = |door: &Door, answer: &Answer| {
            let text = answer.everything();
            let marks = MARKS.iter().filter(|(_, mark)| text.contains(mark)).map(|(letter, _)| *letter);
            for letter in marks.chain(door.tells_by_a_number(answer)) {
                match self.sees.contains(letter) {
                    false => wrong.push(format!(
                        "{}: {letter} in {} {}: {}",
                        self.name(),
                        door.method,
                        door.path,
                        answer.start()
                    )),
                    true => met.push(letter),
                }
            }
            if answer.status >= 500 && answer.status != 501 {
                wrong.push(format!("{}: {} {}: {}", self.name(), door.method, door.path, answer.status));
            }
            if !door.names || !self.sees_nothing_of(door) || (door.asks_whether() && self.sees.contains('E')) {
                return;
            }
            let nin = door.nobody();
            let nobody = door.ask(&client, &|text| nobodys(text, &nin));
            let (of_her, of_nobody) = (plain(her, answer, &nin), plain(her, &nobody, &nin));
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
            let exports = door.path.contains("$export?") && self.is_source() && self.sees.contains('P');
            assert!(
                !exports || answer.text().contains("Merkeperson"),
                "{}: {}",
                self.name(),
                answer.start()
            );
            // And what the link to the next page leads to.
            if answer.status == 200 && answer.text().contains("\"relation\":\"next\"") {
                let next = answer.next().map(|path| Door::next(&path));
                next.iter().for_each(|door| judge(door, &door.ask(&client, &str::to_owned)));
            }
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
fn the_page_shows_the_table() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/security/who-sees-what.md");
    let text = std::fs::read_to_string(page).expect("the page");
    for table in [table::page(), rules::page()] {
        assert!(text.contains(&table), "the page must have this table:\n{table}");
    }
}

#[test]
fn everybody_sees_what_the_table_says_through_every_door() {
    let made = |state: State, number: usize| (state, state.made(shared(), number));
    let citizens = [
        made(State::Open, 150),
        made(State::Journal, 151),
        made(State::Everything, 152),
        made(State::Proxy, 153),
        made(State::Withdrawn, 154),
        made(State::Served, 164),
        made(State::Secret, 165),
    ];
    let neighbour = Marked::new(shared(), 155, false);
    let wrong = try_rows(&TABLE, &citizens, &neighbour);
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// Everything that is wrong with what rows say, each about the citizen of its state.
fn try_rows(rows: &[Row], citizens: &[(State, Marked<'_>)], neighbour: &Marked<'_>) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (_, her) = citizens
                .iter()
                .find(|(state, _)| *state == row.state)
                .expect("a citizen of each state");
            let found = row.try_all(her, neighbour);
            wrong.lock().expect("no panic").extend(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(work);
        }
    });
    wrong.into_inner().expect("no panic")
}
