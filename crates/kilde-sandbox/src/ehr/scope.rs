//! Which of the scopes that an app asks for are granted here.

use crate::issuer::OAuthError;

/// What is granted of what was asked for, about resources only; `user` tells whether somebody uses the app.
///
/// # Errors
/// One of them is narrowed by a query, of version 1 or malformed. Leaving it out silently would let an app believe that it has it.
pub(crate) fn granted(asked: &str, user: bool) -> Result<Vec<String>, OAuthError> {
    let invalid = |why: &str| OAuthError::new(400, "invalid_scope", why);
    let mut all: Vec<String> = Vec::new();
    for word in asked.split_ascii_whitespace() {
        let Some((context, rest)) = word.split_once('/').filter(|(c, _)| matches!(*c, "patient" | "user" | "system")) else {
            continue;
        };
        if (context == "system") == user {
            return Err(invalid("a user's app has patient/ and user/, a system has system/"));
        }
        if rest.contains('?') {
            return Err(invalid("scopes narrowed by a query are not offered; ask for the type"));
        }
        if !is_version_two(rest) {
            return Err(invalid("scopes are of version 2: patient/Observation.rs"));
        }
        if !all.iter().any(|granted| granted == word) {
            all.push(word.to_owned());
        }
    }
    match all.is_empty() || all.len() > 100 {
        true => Err(invalid("ask for 1 to 100 scopes about resources, such as patient/Observation.rs")),
        false => Ok(all),
    }
}

fn is_version_two(rest: &str) -> bool {
    let Some((rtype, letters)) = rest.split_once('.') else {
        return false;
    };
    let named = rtype.starts_with(|c: char| c.is_ascii_uppercase()) && rtype.len() <= 64 && rtype.bytes().all(|b| b.is_ascii_alphabetic());
    let mut order = "cruds".chars();
    (rtype == "*" || named) && !letters.is_empty() && letters.chars().all(|letter| order.any(|next| next == letter))
}
