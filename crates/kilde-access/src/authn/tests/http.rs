//! Keys over HTTP: fetched when needed, not more often, and from nobody else.

use super::super::keys::{HttpKeys, KeyLookup, KeySource};
use super::{ES256, PS256};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// What the issuer of the test answers.
#[derive(Default)]
struct Server {
    base: String,
    requests: AtomicUsize,
    rotated: AtomicUsize,
    other_issuer: AtomicUsize,
}

async fn serve() -> Arc<Server> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = Arc::new(Server { base, ..Server::default() });
    let answering = server.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
            answering.requests.fetch_add(1, Ordering::SeqCst);
            let body = if request.contains("/openid-configuration ") {
                let suffix = if answering.other_issuer.load(Ordering::SeqCst) > 0 {
                    "/other"
                } else {
                    ""
                };
                json!({"issuer": format!("{}{suffix}", answering.base), "jwks_uri": format!("{}/jwks", answering.base)})
            } else {
                let rotated = answering.rotated.load(Ordering::SeqCst) > 0;
                json!({"keys": [if rotated { PS256.jwk() } else { ES256.jwk() }]})
            }
            .to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    server
}

fn found(keys: &HttpKeys, kid: &str, now_ms: i64) -> Option<bool> {
    match keys.key(kid, now_ms) {
        KeyLookup::Found(_) => Some(true),
        KeyLookup::Unknown => Some(false),
        KeyLookup::Unavailable => None,
    }
}

#[tokio::test]
async fn fetched_when_needed_and_at_most_once_a_minute() {
    let server = serve().await;
    let keys = HttpKeys::new(&server.base).expect("a client");
    assert_eq!(found(&keys, "es", 0), None);
    assert!(keys.refresh(0).await.expect("fetched"));
    assert_eq!((found(&keys, "es", 0), found(&keys, "ps", 0)), (Some(true), Some(false)));
    server.rotated.store(1, Ordering::SeqCst);
    assert!(!keys.refresh(MINUTE - 1).await.expect("not yet"));
    assert_eq!(found(&keys, "ps", MINUTE - 1), Some(false));
    assert!(keys.refresh(MINUTE).await.expect("fetched"));
    assert_eq!((found(&keys, "es", MINUTE), found(&keys, "ps", MINUTE)), (Some(false), Some(true)));
    assert_eq!(server.requests.load(Ordering::SeqCst), 4);
    assert_eq!(found(&keys, "ps", MINUTE + DAY), Some(true));
    assert_eq!(found(&keys, "ps", MINUTE + DAY + 1), None);
}

#[tokio::test]
async fn a_document_of_another_issuer_gives_no_keys() {
    let server = serve().await;
    server.other_issuer.store(1, Ordering::SeqCst);
    let keys = HttpKeys::new(&server.base).expect("a client");
    assert!(keys.refresh(0).await.is_err());
    assert_eq!(found(&keys, "es", 0), None);
    server.other_issuer.store(0, Ordering::SeqCst);
    assert!(!keys.refresh(4_999).await.expect("not yet"));
    assert!(keys.refresh(5_000).await.expect("fetched"));
    assert_eq!(found(&keys, "es", 5_000), Some(true));
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_gives_no_keys() {
    let keys = HttpKeys::new("http://127.0.0.1:1").expect("a client");
    assert!(keys.refresh(0).await.is_err());
    assert!(HttpKeys::new("http://issuer.example").expect("a client").refresh(0).await.is_err());
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_one_question_a_minute() {
    let server = serve().await;
    let keys = HttpKeys::new(&server.base).expect("a client");
    assert!(keys.refresh(0).await.expect("fetched"));
    for n in 0..500 {
        assert_eq!(found(&keys, &format!("flood-{n}"), n), Some(false));
        assert!(!keys.refresh(n).await.expect("not yet"));
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 2);
    // Many at once, a minute later, are one fetch as well.
    let all = (0..50).map(|_| keys.refresh(MINUTE));
    for one in all.collect::<Vec<_>>() {
        let _ = one.await;
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 4);
}
