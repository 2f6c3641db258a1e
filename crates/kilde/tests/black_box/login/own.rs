//! `kilde proxy --login` and `--login` of the overseers' commands: a privacy officer logs in with a client and a key of her own, outside of the personas'
//! shortcut, against the sandbox's HelseID.

use super::browser::Browser;
use crate::client::{Ask, OLAV, parameters};
use crate::server::shared;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A new key, and what is registered of it.
fn key_file(place: &Path) -> (PathBuf, Value) {
    let file = place.join("login.key");
    let make = || {
        Command::new(env!("CARGO_BIN_EXE_kilde"))
            .args(["login-key", "--kid", "prove", "--out"])
            .arg(&file)
            .output()
            .expect("the program runs")
    };
    let made = make();
    assert!(made.status.success());
    assert!(!make().status.success(), "no key is written over");
    let mode = std::fs::metadata(&file).expect("the key").permissions().mode();
    assert_eq!(mode & 0o077, 0, "nobody else may read it");
    (file, serde_json::from_slice(&made.stdout).expect("JSON"))
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A program that waits for somebody to log in, with the address that it tells.
struct Waiting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    page: String,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Waiting {
    fn start(arguments: &[&str], login: &Path) -> Waiting {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kilde"))
            .args(arguments)
            .arg("--login")
            .arg(login)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut stderr = BufReader::new(child.stderr.take().expect("its words"));
        let page = said(&mut stderr, "log in here: ");
        Waiting { child, stderr, page }
    }

    /// What the browser does: looks at the page, chooses, and is sent back. Gives where to.
    fn choose(&self, how: &str) -> String {
        let page = Ask::new("GET", &self.page).send().expect(200);
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        assert!(page.text().contains("personvernombud-nordvik") && !page.text().contains("lege-legevakt"));
        let uri = self.page.split("request_uri=").nth(1).expect("a request");
        let form = format!("request_uri={uri}&persona=personvernombud-nordvik&do={how}");
        let url = self.page.split('?').next().expect("an address");
        Browser::new("").ask("POST", url, &[], Some(&form)).expect(303).location
    }
}

/// The rest of the first line that begins so.
fn said(stderr: &mut impl BufRead, start: &str) -> String {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).expect("words") > 0, "it ended: {all}");
        all.push_str(&line);
        if let Some(rest) = line.strip_prefix(start) {
            return rest.trim().to_owned();
        }
    }
}

#[test]
fn a_privacy_officer_logs_in_with_her_own_client_and_finds_out_who_saw_what() {
    let kilde = shared();
    let place = tempfile::tempdir().expect("a folder");
    let (key, jwk) = key_file(place.path());
    let client = json!({ "client_id": "personvern-nordvik", "jwk": jwk });
    let issuer = format!("{}/sandbox/helseid", kilde.url);
    Ask::new("POST", &format!("{issuer}/clients")).json(&client).send().expect(200);
    let nurse = kilde.who("sykepleier-legevakt-nordvik").attested(OLAV);
    nurse.post("/9901/fhir/r4/$overview", &parameters(OLAV, None)).expect(200);
    let file = |name: &str, back: u16| {
        let file = place.path().join(name);
        let text = format!(
            "issuer = {issuer:?}\nclient_id = \"personvern-nordvik\"\nkey = {:?}\nkid = \"prove\"\n\
             scope = \"openid offline_access helseid://scopes/identity/pid\"\nback = \"127.0.0.1:{back}\"\n",
            key.file_name().expect("a name")
        );
        std::fs::write(&file, text).expect("written");
        file
    };
    // One question.
    let back = free_port();
    let url = kilde.url.as_str();
    let asking = Waiting::start(
        &["log", "search", "--url", url, "--patient", OLAV, "--people"],
        &file("one.toml", back),
    );
    let location = asking.choose("login");
    assert!(location.starts_with(&format!("http://127.0.0.1:{back}/tilbake?code=")));
    // What is not the answer to this login changes nothing.
    let forged = location.replace("state=", "state=x");
    assert_eq!(Ask::new("GET", &forged).send().status, 400);
    let foreign = location.replace("%2Fsandbox%2Fhelseid", "%2Fexample");
    assert_ne!(foreign, location);
    assert_eq!(Ask::new("GET", &foreign).send().status, 400);
    assert_eq!(Ask::new("GET", &format!("http://127.0.0.1:{back}/favicon.ico")).send().status, 404);
    assert!(Ask::new("GET", &location).send().expect(200).text().contains("Du er logget inn"));
    let mut asking = asking;
    let status = asking.child.wait().expect("it ends");
    let mut told = String::new();
    std::io::Read::read_to_string(&mut asking.child.stdout.take().expect("an answer"), &mut told).expect("text");
    assert!(
        status.success() && told.contains("sykepleier") && told.contains("Behandling, bekreftet"),
        "{told}"
    );

    // A proxy, for many.
    let (back, listen) = (free_port(), free_port());
    let address = format!("127.0.0.1:{listen}");
    let mut proxy = Waiting::start(&["proxy", "--to", url, "--listen", &address], &file("many.toml", back));
    Ask::new("GET", &proxy.choose("login")).send().expect(200);
    said(&mut proxy.stderr, &address);
    for _ in 0..2 {
        let answer = Ask::new("GET", &format!("http://{address}/9901/krav")).send();
        assert_eq!(answer.status, 200, "{}", answer.start());
    }
    // She is who she is: no patient of hers.
    assert_eq!(
        Ask::new("GET", &format!("http://{address}/9901/fhir/r4/Patient")).send().status,
        403
    );

    // Somebody changes her mind.
    let back = free_port();
    let mut broken = Waiting::start(&["review", "list", "--url", url], &file("broken.toml", back));
    Ask::new("GET", &broken.choose("cancel")).send().expect(200);
    assert!(!broken.child.wait().expect("it ends").success());
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut broken.stderr, &mut rest).expect("text");
    assert!(rest.contains("broken off"), "{rest}");
}
