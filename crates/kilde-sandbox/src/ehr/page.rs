//! The page where the user of an app says who she is and whom it is about.

use crate::people::FIXED;
use crate::persona::{Kind, personas};

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}\
label{display:block;margin:1rem 0 .3rem}select,button{font:inherit;padding:.6rem;width:100%;box-sizing:border-box}button{margin-top:1rem}";

/// Everything in it was made here.
pub(super) fn choose(instance: &str, request: &str, patient: bool) -> String {
    let at_work = personas()
        .iter()
        .filter(|p| matches!(p.kind, Kind::HealthPersonnel | Kind::CaseWorker) && p.instance.as_deref() == Some(instance));
    let people: String = at_work.map(|p| format!("<option>{}</option>", p.name)).collect();
    let patients = match patient {
        true => {
            let all: String = FIXED
                .iter()
                .map(|c| format!("<option value=\"{}\">{} {}</option>", c.nin, c.given, c.family))
                .collect();
            format!("<label for=\"patient\">Pasient</label><select id=\"patient\" name=\"patient\">{all}</select>")
        }
        false => String::new(),
    };
    format!(
        "<!DOCTYPE html><html lang=\"nb\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Journalen i sandkassen</title><style>{STYLE}</style></head><body><main><h1>Journalen i sandkassen</h1>\
         <form method=\"post\" action=\"{PATH}/{instance}/authorize\"><input type=\"hidden\" name=\"request\" value=\"{request}\">\
         <label for=\"persona\">Hvem er du?</label><select id=\"persona\" name=\"persona\">{people}</select>{patients}\
         <button name=\"do\" value=\"go\">Gå videre</button><button name=\"do\" value=\"cancel\">Avbryt</button></form></main></body></html>",
        PATH = super::PATH,
    )
}
