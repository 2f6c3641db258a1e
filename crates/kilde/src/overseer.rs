//! The privacy officer, or a leader, at the command line: asks a running server by the API that everybody uses.

use crate::holder::{Asking, Holder};
use crate::login::Login;
use anyhow::{Context, bail};
use clap::Args;
use kilde_http::query::encode;
use reqwest::Method;
use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which server, and as whom.
#[derive(Args)]
pub struct Overseer {
    /// Address of the server, or of a gateway that adds the token and its proof
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Number of the instance
    #[arg(long, default_value = "9901")]
    instance: String,
    /// In a sandbox: the persona who asks. Otherwise --login, or the token is read from KILDE_TOKEN, if there is one
    #[arg(long)]
    persona: Option<String>,
    /// Log in oneself: file that says who this program is at the issuer (docs/guides/personvernombud.md)
    #[arg(long, conflicts_with = "persona")]
    login: Option<PathBuf>,
    /// Language of the texts: nb, nn or en
    #[arg(long, default_value = "nb")]
    lang: String,
    /// Reason in words; needed for what one employee has seen
    #[arg(long)]
    reason: Option<String>,
    /// Print the server's JSON
    #[arg(long)]
    pub json: bool,
}

impl Overseer {
    /// Asks `path` below the instance, with a JSON body if there is one.
    ///
    /// # Errors
    /// The server's own words, where it refuses.
    pub fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (status, bytes) = runtime.block_on(self.send(method, &format!("/{}{path}", self.instance), body))?;
        let answer: Value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).with_context(|| format!("the server answered {status} with something that is no JSON"))?
        };
        if !(200..300).contains(&status) {
            let texts = answer["issue"].as_array().into_iter().flatten();
            let texts: Vec<&str> = texts.filter_map(|issue| issue["details"]["text"].as_str()).collect();
            bail!("{status}: {}", texts.join(" "));
        }
        Ok(answer)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<(u16, Vec<u8>)> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(&self.lang)?);
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let answer = match (&self.persona, &self.login) {
            (_, Some(file)) => {
                let holder = Holder::logged_in(&self.url, Login::read(file)?, self.reason.clone())?;
                holder.send(method, path, headers, body).await?
            }
            (Some(persona), None) => {
                let asking = Asking {
                    persona: persona.clone(),
                    reason: self.reason.clone(),
                    ..Asking::default()
                };
                Holder::new(&self.url, asking)?.send(method, path, headers, body).await?
            }
            (None, None) => {
                if let Some(reason) = &self.reason {
                    headers.insert("kilde-reason", HeaderValue::from_str(&encode(reason))?);
                }
                let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
                let url = format!("{}{path}", self.url.trim_end_matches('/'));
                let mut request = client.request(method, url).headers(headers).body(body);
                if let Ok(token) = std::env::var("KILDE_TOKEN") {
                    request = request.bearer_auth(token);
                }
                request.send().await?
            }
        };
        Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
    }
}

/// A table with a line of headings; columns as wide as they need to be, the last not filled up.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|h| h.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let mut out = String::new();
    let mut line = |cells: Vec<&str>| {
        let filled: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(filled.join("  ").trim_end());
        out.push('\n');
    };
    line(headings.to_vec());
    for row in rows {
        line(row.iter().map(String::as_str).collect());
    }
    out
}

/// A member as text; a dash where there is none.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let rows = vec![vec!["1".to_owned(), "Åse".to_owned(), "x".to_owned()]];
        assert_eq!(table(&["no", "who", "what"], &rows), "no  who  what\n1   Åse  x\n");
        assert_eq!(cell(&Value::Null), "-");
        assert_eq!(cell(&serde_json::json!(7)), "7");
    }
}
