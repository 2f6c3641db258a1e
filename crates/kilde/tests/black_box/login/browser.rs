//! A browser without a screen: cookies, and redirects one at a time.

use crate::client::block_on;
use reqwest::redirect::Policy;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .build()
        .expect("a client")
});

/// What came back.
pub struct Shown {
    pub status: u16,
    pub location: String,
    pub cookies: Vec<String>,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Shown {
    #[track_caller]
    pub fn expect(self, status: u16) -> Shown {
        assert_eq!(self.status, status, "{}", self.text.chars().take(600).collect::<String>());
        self
    }

    /// A parameter of the address that the browser is sent to.
    pub fn sent(&self, name: &str) -> String {
        let query = self.location.split('?').nth(1).unwrap_or_default();
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.unwrap_or_else(|| panic!("no {name} in {}", self.location)).to_owned()
    }
}

/// The browser.
#[derive(Default)]
pub struct Browser {
    pub base: String,
    pub jar: RefCell<BTreeMap<String, String>>,
}

impl Browser {
    pub fn new(base: &str) -> Browser {
        Browser {
            base: base.to_owned(),
            jar: RefCell::default(),
        }
    }

    /// One request, with more headers; a header given replaces one of the browser's own.
    pub fn ask(&self, method: &str, address: &str, headers: &[(&str, &str)], form: Option<&str>) -> Shown {
        let url = if address.starts_with('/') {
            format!("{}{address}", self.base)
        } else {
            address.to_owned()
        };
        let mut request = HTTP.request(method.parse().expect("a method"), url);
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        }
        let cookies: Vec<String> = self.jar.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(form) = form {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned());
        }
        let shown = block_on(async {
            let answer = request.send().await.expect("an answer");
            let headers = answer.headers().clone();
            let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
            let cookies = headers
                .get_all("set-cookie")
                .iter()
                .filter_map(|v| v.to_str().ok())
                .map(str::to_owned)
                .collect();
            Shown {
                status: answer.status().as_u16(),
                location: text("location"),
                cookies,
                headers,
                text: answer.text().await.expect("text"),
            }
        });
        for cookie in &shown.cookies {
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            match cookie.contains("Max-Age=0") {
                true => self.jar.borrow_mut().remove(name),
                false => self.jar.borrow_mut().insert(name.to_owned(), value.to_owned()),
            };
        }
        shown
    }

    pub fn get(&self, address: &str) -> Shown {
        self.ask("GET", address, &[], None)
    }

    pub fn get_json(&self, address: &str) -> Shown {
        self.ask(
            "GET",
            address,
            &[("accept", "application/json"), ("sec-fetch-site", "same-origin")],
            None,
        )
    }

    /// From the start page to ID-porten: the address of its page.
    pub fn begin(&self) -> String {
        self.get("/9901/innbygger/login?lang=nn").expect(303).location
    }

    /// Chooses who she is; gives the address back to us.
    pub fn choose(&self, page: &str, nin: &str, more: &str) -> String {
        let uri = page.split("request_uri=").nth(1).expect("request_uri");
        let form = format!("request_uri={uri}&other={nin}&do=login{more}");
        self.ask("POST", "/sandbox/idporten/authorize", &[], Some(&form))
            .expect(303)
            .location
    }

    /// Logged in as that citizen.
    pub fn logged_in(base: &str, nin: &str) -> Browser {
        let browser = Browser::new(base);
        let back = browser.choose(&browser.begin(), nin, "&acr=idporten-loa-high");
        browser.get(&back).expect(200);
        browser
    }

    /// The word against forgery, as our own pages fetch it.
    pub fn csrf(&self) -> String {
        let told: serde_json::Value = serde_json::from_str(&self.get_json("/9901/innbygger/session").expect(200).text).expect("JSON");
        told["csrf"].as_str().expect("csrf").to_owned()
    }
}
