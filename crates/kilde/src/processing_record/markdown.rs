//! The record as a document to read, fill in and sign. Bokmål, for it is the municipality's own.

use super::{Activity, Party, Record};

/// What the municipality has not said.
pub(super) const OPEN: &str = "**FYLLES UT AV KOMMUNEN**";
/// What the product proposes, and nobody has decided.
const PROPOSED: &str = "*Forslag fra produktet; kommunen avgjør.*";

/// The document.
pub(super) fn write(record: &Record) -> String {
    let mut out = format!(
        "# Protokoll over behandlingsaktiviteter i Kilde: {}\n\n\
         Etter personvernforordningen artikkel 30 nr. 1. Laget {} av {} fra konfigurasjonen til instans {}. \
         Protokollen er kommunens eget dokument: {OPEN} står der bare kommunen kan svare; det fylles ut under \
         `[instance.record]` i konfigurasjonen, og protokollen lages på nytt.\n\n## Behandlingsansvarlig\n\n",
        line(&record.controller.name),
        record.made,
        record.made_by,
        record.instance
    );
    let c = &record.controller;
    field(&mut out, "Navn", Some(&c.name));
    field(&mut out, "Organisasjonsnummer", some(&c.organisations.join(", ")));
    field(&mut out, "Adresse", c.address.as_deref());
    field(&mut out, "Kontakt", c.contact.as_deref());
    field(&mut out, "Personvernombud", c.privacy_officer.as_deref());
    field(
        &mut out,
        "Felles behandlingsansvarlige",
        Some(some(&c.joint_controllers.join(", ")).unwrap_or("ingen oppgitt")),
    );
    out.push_str("\n## Databehandlere\n\n");
    list(&mut out, &record.processors, OPEN);
    out.push_str("\n## Behandlingsaktiviteter\n");
    for activity in &record.activities {
        of(&mut out, activity);
    }
    out.push_str("\n## Avtaler: andre virksomheter som kan få opplysninger\n\n");
    if record.agreements.is_empty() {
        out.push_str("Ingen.\n");
    } else {
        out.push_str("| virksomhet | regnes som | tjenester | kategorier | formål | fra | til |\n|---|---|---|---|---|---|---|\n");
        for party in &record.agreements {
            row(&mut out, party);
        }
    }
    out.push_str("\n## Kommunens enheter\n\n");
    list(&mut out, &record.units, "Ingen er registrert.");
    out.push_str("\n## Systemer som er sluppet til\n\n");
    list(&mut out, &record.systems, "Ingen er registrert.");
    out.push_str("\n## Overføring til tredjeland eller internasjonale organisasjoner\n\n");
    out.push_str("Produktet overfører ingenting av seg selv. ");
    out.push_str(record.transfers.as_deref().map_or(OPEN.to_owned(), line).as_str());
    out.push_str("\n\n## Tekniske og organisatoriske sikkerhetstiltak\n\n");
    list(&mut out, &record.security, "");
    out.push_str(&format!("- Organisatoriske tiltak: {OPEN}\n"));
    out.push_str(&format!("\n## Godkjent\n\n- Dato: {OPEN}\n- Navn og rolle: {OPEN}\n"));
    out
}

fn of(out: &mut String, activity: &Activity) {
    out.push_str(&format!("\n### {} (`{}`)\n\n", line(&activity.title), activity.id));
    if let Some(version) = &activity.service_version {
        out.push_str(&format!("Informasjonstjeneste, versjon {version}.\n\n"));
    }
    let p = &activity.processing;
    out.push_str(&format!("**Formål.** {}\n\n**Rettslig grunnlag.**", line(&p.purpose)));
    proposed(out, activity.legal_basis_decided);
    list(out, &p.legal_basis, OPEN);
    for (title, items) in [
        ("De registrerte", &p.persons),
        ("Opplysninger", &p.data),
        ("Mottakere", &p.recipients),
    ] {
        out.push_str(&format!("\n**{title}.**\n\n"));
        list(out, items, OPEN);
    }
    if !activity.categories.is_empty() {
        out.push_str(&format!(
            "\nKategorier i tilgangsstyringen: {}. Ressurstyper: {}.\n",
            activity.categories.join(", "),
            activity.resource_types.join(", ")
        ));
    }
    out.push_str("\n**Frist for sletting.**");
    proposed(out, activity.retention_decided);
    out.push_str(&format!("{}\n", line(&p.retention)));
}

fn proposed(out: &mut String, decided: bool) {
    if decided {
        out.push_str("\n\n");
    } else {
        out.push_str(&format!(" {PROPOSED}\n\n"));
    }
}

fn row(out: &mut String, party: &Party) {
    let all = |list: &[String]| if list.is_empty() { "alle".to_owned() } else { list.join(", ") };
    let cells = [
        party.legal_entity.clone(),
        party.counts_as.clone(),
        all(&party.services),
        all(&party.categories),
        all(&party.purposes),
        party.from.clone().unwrap_or_default(),
        party.to.clone().unwrap_or_default(),
    ];
    out.push_str(&format!("| {} |\n", cells.map(|cell| line(&cell).replace('|', "\\|")).join(" | ")));
}

fn field(out: &mut String, name: &str, value: Option<&str>) {
    let value = value.map_or(OPEN.to_owned(), line);
    out.push_str(&format!("- {name}: {value}\n"));
}

fn list(out: &mut String, items: &[String], empty: &str) {
    if items.is_empty() && !empty.is_empty() {
        out.push_str(&format!("{empty}\n"));
    }
    for item in items {
        out.push_str(&format!("- {}\n", line(item)));
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// On one line, whatever stood in the configuration.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
