//! Names as they are common in Norway, by generation, with Sami names and the
//! largest other backgrounds. Single names, put together by chance: nobody is meant.

use super::dice::Dice;

/// Which list of given names fits a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Background {
    /// Norwegian.
    Norwegian,
    /// Sami.
    Sami,
    /// From elsewhere.
    Other,
}

const WOMEN_OLD: &[&str] = &[
    "Anne",
    "Inger",
    "Kari",
    "Marit",
    "Ingrid",
    "Liv",
    "Berit",
    "Astrid",
    "Bjørg",
    "Solveig",
    "Randi",
    "Gerd",
    "Ruth",
    "Åse",
    "Turid",
    "Torill",
    "Eldbjørg",
    "Gunvor",
    "Aslaug",
    "Haldis",
    "Signe",
    "Borghild",
    "Reidun",
    "Magnhild",
    "Oddny",
];
const WOMEN_MIDDLE: &[&str] = &[
    "Hilde", "Anita", "Heidi", "Nina", "Trine", "Monica", "Tone", "Elin", "Siv", "Mette", "Camilla", "Silje", "Linda", "Hege", "Marianne",
    "Lene", "Kristin", "Gro", "Wenche", "Stine", "Ragnhild", "Ellen", "Siri", "Bente", "Line",
];
const WOMEN_YOUNG: &[&str] = &[
    "Emma", "Nora", "Sofie", "Olivia", "Ella", "Maja", "Ingrid", "Frida", "Sara", "Leah", "Thea", "Amalie", "Tuva", "Astrid", "Selma",
    "Ida", "Hedda", "Vilde", "Julie", "Aurora", "Sigrid", "Eline", "Mathilde", "Live", "Signe",
];
const MEN_OLD: &[&str] = &[
    "Olav", "Arne", "Kåre", "Odd", "Knut", "Per", "Bjørn", "Leif", "Harald", "Einar", "Nils", "Magne", "Asbjørn", "Torleif", "Oddvar",
    "Ragnvald", "Sverre", "Gunnar", "Reidar", "Trygve", "Alf", "Sigurd", "Håkon", "Ivar", "Ottar",
];
const MEN_MIDDLE: &[&str] = &[
    "Jan", "Geir", "Morten", "Tor", "Svein", "Terje", "Rune", "Øyvind", "Frode", "Trond", "Stian", "Kristian", "Espen", "Roger", "Lars",
    "Anders", "Hans", "Jon", "Øystein", "Kjetil", "Vegard", "Eirik", "Bård", "Thomas", "Pål",
];
const MEN_YOUNG: &[&str] = &[
    "Jakob", "Emil", "Noah", "Oliver", "Filip", "Lukas", "William", "Oskar", "Aksel", "Theodor", "Isak", "Mathias", "Elias", "Henrik",
    "Sander", "Magnus", "Ludvik", "Johannes", "Kasper", "Håkon", "Sondre", "Tobias", "Iver", "Birk", "Even",
];
const SAMI_WOMEN: &[&str] = &[
    "Máret",
    "Elle",
    "Inger Ánne",
    "Biret",
    "Risten",
    "Sunna",
    "Ánne",
    "Láilá",
    "Sárá",
    "Ellen Márjá",
    "Ravna",
    "Gáddjá",
    "Maajja",
    "Laara",
];
const SAMI_MEN: &[&str] = &[
    "Ánte",
    "Nils Áslat",
    "Jovnna",
    "Mihkkal",
    "Ásllat",
    "Niillas",
    "Piera",
    "Juhán",
    "Sámmol",
    "Jovna",
    "Aanta",
    "Heaika",
    "Máhtte",
    "Biera",
];
const OTHER_WOMEN: &[&str] = &[
    "Amina",
    "Agnieszka",
    "Fatima",
    "Katarzyna",
    "Olena",
    "Jelena",
    "Maryam",
    "Ewa",
    "Thi Lan",
    "Halima",
    "Oksana",
    "Rūta",
];
const OTHER_MEN: &[&str] = &[
    "Ahmed",
    "Piotr",
    "Mohammed",
    "Tomasz",
    "Andrij",
    "Goran",
    "Ali",
    "Marek",
    "Van Minh",
    "Yusuf",
    "Oleksandr",
    "Jonas",
];

const FAMILY: &[&str] = &[
    "Hansen",
    "Johansen",
    "Olsen",
    "Larsen",
    "Andersen",
    "Pedersen",
    "Nilsen",
    "Kristiansen",
    "Jensen",
    "Karlsen",
    "Johnsen",
    "Pettersen",
    "Eriksen",
    "Berg",
    "Haugen",
    "Hagen",
    "Jacobsen",
    "Dahl",
    "Lund",
    "Moen",
    "Halvorsen",
    "Sørensen",
    "Solberg",
    "Strand",
    "Bakken",
    "Svendsen",
    "Martinsen",
    "Rasmussen",
    "Kristoffersen",
    "Nygård",
    "Ødegård",
    "Lie",
    "Lunde",
    "Myhre",
    "Sætre",
    "Bøe",
    "Fjeld",
    "Tangen",
    "Aas",
    "Sandvik",
    "Hovland",
    "Nesheim",
    "Vik",
    "Brekke",
    "Eide",
    "Rønning",
    "Myklebust",
    "Tveit",
    "Sunde",
    "Bjørnstad",
];
const SAMI_FAMILY: &[&str] = &[
    "Sara",
    "Gaup",
    "Utsi",
    "Eira",
    "Hætta",
    "Somby",
    "Balto",
    "Bongo",
    "Valkeapää",
    "Kemi",
    "Triumf",
    "Varsi",
    "Jåma",
    "Kappfjell",
    "Dunfjeld",
    "Guttorm",
];
const OTHER_FAMILY: &[&str] = &[
    "Nowak",
    "Hussain",
    "Kowalski",
    "Ali",
    "Nguyen",
    "Shevchenko",
    "Jovanović",
    "Mohamud",
    "Wiśniewski",
    "Kovalenko",
    "Kazlauskas",
    "Haddad",
];

/// The background of a household.
pub(crate) fn background(dice: &mut Dice) -> Background {
    [Background::Norwegian, Background::Sami, Background::Other][dice.weighted(&[82, 9, 9])]
}

/// A given name.
pub(crate) fn given(dice: &mut Dice, background: Background, woman: bool, birth_year: i16) -> &'static str {
    let list = match (background, woman) {
        (Background::Sami, true) => SAMI_WOMEN,
        (Background::Sami, false) => SAMI_MEN,
        (Background::Other, true) => OTHER_WOMEN,
        (Background::Other, false) => OTHER_MEN,
        (Background::Norwegian, true) if birth_year < 1955 => WOMEN_OLD,
        (Background::Norwegian, true) if birth_year < 1995 => WOMEN_MIDDLE,
        (Background::Norwegian, true) => WOMEN_YOUNG,
        (Background::Norwegian, false) if birth_year < 1955 => MEN_OLD,
        (Background::Norwegian, false) if birth_year < 1995 => MEN_MIDDLE,
        (Background::Norwegian, false) => MEN_YOUNG,
    };
    dice.pick(list)
}

/// A family name.
pub(crate) fn family(dice: &mut Dice, background: Background) -> &'static str {
    match background {
        Background::Norwegian => dice.pick(FAMILY),
        // Many Sami families have Norwegian family names.
        Background::Sami if dice.chance(300) => dice.pick(FAMILY),
        Background::Sami => dice.pick(SAMI_FAMILY),
        Background::Other => dice.pick(OTHER_FAMILY),
    }
}
