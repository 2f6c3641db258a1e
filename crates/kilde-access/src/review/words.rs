//! What findings say to people: bokmål, nynorsk, English.

use super::{Figure, Finding, Outcome, Rule};
use crate::log::Lang;

impl Rule {
    /// What the rule looks for.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Rule::Emergency => lang.pick(
                "Tilgang i øyeblikkelig hjelp",
                "Tilgang ved augeblikkeleg hjelp",
                "Emergency access",
            ),
            Rule::SelfDeclared => lang.pick(
                "Tjenstlig behov erklært selv",
                "Tenesteleg behov erklært sjølv",
                "Need declared by the reader",
            ),
            Rule::OwnRecord => lang.pick("Egne opplysninger", "Eigne opplysningar", "Own record"),
            Rule::OwnName => lang.pick("Samme etternavn", "Same etternamn", "Same family name"),
            Rule::OwnAddress => lang.pick("Samme adresse", "Same adresse", "Same address"),
            Rule::Colleague => lang.pick("Kollega", "Kollega", "Colleague"),
            Rule::Volume => lang.pick("Mange pasienter", "Mange pasientar", "Many patients"),
            Rule::Night => lang.pick("Om natten", "Om natta", "At night"),
            Rule::NoFollowUp => lang.pick("Ingen oppfølging", "Inga oppfølging", "No follow-up"),
        }
    }
}

impl Finding {
    /// Which rule found it and by which figures, in words. No name, and nothing of what was seen.
    pub fn explained(&self, lang: Lang) -> String {
        let [patients, limit, own, unit, days, nights, hour] = [
            Figure::Patients,
            Figure::Limit,
            Figure::Own,
            Figure::Unit,
            Figure::Days,
            Figure::Nights,
            Figure::Hour,
        ]
        .map(|figure| self.figure(figure));
        match self.rule {
            Rule::Emergency => lang
                .pick(
                    "Tilgang i øyeblikkelig hjelp kontrolleres alltid. Begrunnelsen står i tilgangsloggen.",
                    "Tilgang ved augeblikkeleg hjelp blir alltid kontrollert. Grunngjevinga står i tilgangsloggen.",
                    "Emergency access is always reviewed. The reason stands in the access log.",
                )
                .to_owned(),
            Rule::SelfDeclared => lang
                .pick(
                    "Den ansatte erklærte selv at det var tjenstlig behov. Det kontrolleres alltid.",
                    "Den tilsette erklærte sjølv at det var tenesteleg behov. Det blir alltid kontrollert.",
                    "The employee declared the need herself. That is always reviewed.",
                )
                .to_owned(),
            Rule::OwnRecord => lang
                .pick(
                    "Den ansatte har åpnet opplysninger om seg selv i jobben.",
                    "Den tilsette har opna opplysningar om seg sjølv i jobben.",
                    "The employee opened information about herself at work.",
                )
                .to_owned(),
            Rule::OwnName => lang
                .pick(
                    "Den ansatte og pasienten har samme etternavn.",
                    "Den tilsette og pasienten har same etternamn.",
                    "The employee and the patient have the same family name.",
                )
                .to_owned(),
            Rule::OwnAddress => lang
                .pick(
                    "Den ansatte og pasienten er registrert på samme adresse.",
                    "Den tilsette og pasienten er registrerte på same adresse.",
                    "The employee and the patient are registered at the same address.",
                )
                .to_owned(),
            Rule::Colleague => match lang {
                Lang::Nb => format!("Pasienten har selv brukt Kilde for samme virksomhet i løpet av de siste {days} dagene."),
                Lang::Nn => format!("Pasienten har sjølv brukt Kilde for same verksemd i løpet av dei siste {days} dagane."),
                Lang::En => format!("The patient has used Kilde for the same organisation herself within the last {days} days."),
            },
            Rule::Volume => match lang {
                Lang::Nb => format!(
                    "{patients} ulike pasienter på én dag; grensen var {limit}. Vanlig de siste {days} dagene: {own} for den ansatte, {unit} for en ansatt i enheten (median)."
                ),
                Lang::Nn => format!(
                    "{patients} ulike pasientar på éin dag; grensa var {limit}. Vanleg dei siste {days} dagane: {own} for den tilsette, {unit} for ein tilsett i eininga (median)."
                ),
                Lang::En => format!(
                    "{patients} different patients in one day; the limit was {limit}. Usual in the last {days} days: {own} for the employee, {unit} for an employee of the unit (median)."
                ),
            },
            Rule::Night => match lang {
                Lang::Nb => format!(
                    "Tilgang om natten (mellom kl. {hour} og neste time). I de {days} dagene før hadde den ansatte tilgang {nights} netter; under {limit} regnes som uvanlig."
                ),
                Lang::Nn => format!(
                    "Tilgang om natta (mellom kl. {hour} og neste time). I dei {days} dagane før hadde den tilsette tilgang {nights} netter; under {limit} blir rekna som uvanleg."
                ),
                Lang::En => format!(
                    "Access at night (in the hour from {hour}). In the {days} days before, the employee had access on {nights} nights; fewer than {limit} counts as unusual."
                ),
            },
            Rule::NoFollowUp => match lang {
                Lang::Nb => format!(
                    "Ingen i virksomheten dokumenterte noe om pasienten, eller så på opplysningene en annen dag, i løpet av {days} dager etterpå."
                ),
                Lang::Nn => format!(
                    "Ingen i verksemda dokumenterte noko om pasienten, eller såg på opplysningane ein annan dag, i løpet av {days} dagar etterpå."
                ),
                Lang::En => format!(
                    "Nobody of the organisation documented anything about the patient, or looked again on another day, within {days} days afterwards."
                ),
            },
        }
    }
}

impl Outcome {
    /// The outcome in words.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Outcome::Justified => lang.pick("Tilgangen var i orden", "Tilgangen var i orden", "The access was in order"),
            Outcome::Unjustified => lang.pick(
                "Tilgangen var ikke i orden; følges opp som avvik",
                "Tilgangen var ikkje i orden; blir følgd opp som avvik",
                "The access was not in order; followed up as a breach",
            ),
            Outcome::Unclear => lang.pick("Lar seg ikke avklare", "Lèt seg ikkje avklare", "Cannot be found out"),
            Outcome::Reopened => lang.pick("Åpnet igjen", "Opna igjen", "Opened again"),
        }
    }
}
