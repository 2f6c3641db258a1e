//! A block in words: bokmål, nynorsk, English.

use crate::server::Municipality;
use kilde_access::Days;
use kilde_access::block::{Against, Block, Covers};
use kilde_access::log::{Lang, Names};

/// The block in one or two sentences.
pub fn block(block: &Block, place: &Municipality, lang: Lang) -> String {
    let emergency = match block.emergency_opens {
        true => lang.pick(
            "Kan åpnes i en nødsituasjon.",
            "Kan opnast i ein naudsituasjon.",
            "Can be opened in an emergency.",
        ),
        false => lang.pick(
            "Kan ikke åpnes, heller ikke i en nødsituasjon.",
            "Kan ikkje opnast, heller ikkje i ein naudsituasjon.",
            "Cannot be opened, not even in an emergency.",
        ),
    };
    let blocked = lang.pick("Sperret for", "Sperra for", "Blocked for");
    format!(
        "{blocked} {}: {}. {emergency}",
        whom(&block.against, place, lang),
        what(&block.covers, lang)
    )
}

fn whom(against: &Against, place: &Municipality, lang: Lang) -> String {
    match against {
        Against::Everyone => lang.pick("alle", "alle", "everyone").to_owned(),
        Against::OthersThanSource => lang
            .pick(
                "alle andre enn virksomheten som skrev det",
                "alle andre enn verksemda som skreiv det",
                "everyone but the organisation that wrote it",
            )
            .to_owned(),
        Against::Organisation { number } => Names::organisation(place, number).unwrap_or_else(|| number.clone()),
        Against::Reader { name, workplace, .. } => {
            let unnamed = lang.pick("en ansatt", "ein tilsett", "an employee");
            let name = name.as_deref().unwrap_or(unnamed);
            match workplace {
                Some(workplace) => format!("{name}, {workplace}"),
                None => name.to_owned(),
            }
        }
    }
}

fn what(covers: &Covers, lang: Lang) -> String {
    match covers {
        Covers::Everything => lang.pick("alt om deg", "alt om deg", "everything about you").to_owned(),
        Covers::Category { name } => category(name, lang).to_owned(),
        Covers::Element { rtype, .. } => {
            let kind = kilde_access::log::kind(rtype, lang);
            let one = lang.pick("én opplysning", "éi opplysning", "one piece of information");
            kind.map_or_else(|| one.to_owned(), |kind| format!("{one} ({kind})"))
        }
        Covers::Period { days } => documented(*days, lang),
    }
}

fn documented(days: Days, lang: Lang) -> String {
    let what = lang.pick("det som er dokumentert", "det som er dokumentert", "what was documented");
    let from = days.first().map(|date| format!(" {} {date}", lang.pick("fra", "frå", "from")));
    let to = days
        .last()
        .map(|date| format!(" {} {date}", lang.pick("til og med", "til og med", "up to and including")));
    format!("{what}{}{}", from.unwrap_or_default(), to.unwrap_or_default())
}

/// A category by its name in tables.
pub fn category(name: &str, lang: Lang) -> &'static str {
    match name {
        "tjenester" => lang.pick("kommunale tjenester", "kommunale tenester", "municipal services"),
        "tvang" => lang.pick("tjenester med tvang", "tenester med tvang", "services with coercion"),
        "maaledata" => lang.pick("målinger", "målingar", "measurements"),
        "journal" => lang.pick("journalopplysninger", "journalopplysningar", "clinical records"),
        "person" => lang.pick(
            "navn, adresse og andre personopplysninger",
            "namn, adresse og andre personopplysningar",
            "name, address and other personal details",
        ),
        _ => lang.pick("andre opplysninger", "andre opplysningar", "other information"),
    }
}
