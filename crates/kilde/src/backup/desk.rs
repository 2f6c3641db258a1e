//! Where a running server is asked for a copy: a socket in the instance's directory, which nobody but the server's own user may enter.
//!
//! One line of JSON goes each way. The copy is there for as long as the connection is. A stopped instance is opened and copied by whoever asks.

use super::repository::Kind;
use super::still::{self, Still, Taken};
use crate::assembly::master_key;
use crate::noted::at_the_machine;
use anyhow::{Context, bail};
use kilde_access::{AccessEntry, AccessLog};
use kilde_http::server::Municipality;
use kilde_log::{EventLog, Instance, InstanceKeys};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};

/// The socket's name.
const SOCKET: &str = "backup.socket";
/// What a copy is noted as in the access log.
const COMMAND: &str = "kilde backup make";
/// The longest line that is read.
const LINE: u64 = 64 << 10;
/// How long one waits for the turn of another.
const TURN: Duration = Duration::from_secs(10);
/// How long whoever asks waits for a copy.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Taken(Taken),
    Refused(String),
}

/// A path of a socket is short; a directory's can be long. So it goes by way of the opened directory.
fn socket(dir: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", dir.as_raw_fd()))
}

/// Begins to answer for an instance that is served.
pub fn listen(place: Arc<Municipality>, dir: PathBuf) -> anyhow::Result<()> {
    still::remove(Kind::Content, &dir, &place.log)?;
    let opened = File::open(&dir).with_context(|| format!("cannot open {}", dir.display()))?;
    // The stores are open here, so nobody else answers there any more.
    match std::fs::remove_file(dir.join(SOCKET)) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause).context("cannot remove the socket of an earlier server"),
        _ => {}
    }
    let listener = tokio::net::UnixListener::bind(socket(&opened)).with_context(|| format!("no socket in {}", dir.display()))?;
    drop(opened);
    tokio::spawn(async move {
        let alone = Arc::new(tokio::sync::Mutex::new(()));
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream, place.clone(), dir.clone(), alone.clone()))),
                Err(cause) => {
                    tracing::warn!(%cause, "the socket for backups");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    });
    Ok(())
}

async fn serve(stream: tokio::net::UnixStream, place: Arc<Municipality>, dir: PathBuf, alone: Arc<tokio::sync::Mutex<()>>) {
    let number = place.instance.as_str().to_owned();
    if let Err(cause) = hand_out(stream, place, dir, alone).await {
        tracing::warn!(cause = %format!("{cause:#}"), instance = number, "a backup was not made");
    }
}

/// One who asks: a line, a copy, and the end, or `done` before it.
async fn hand_out(
    stream: tokio::net::UnixStream,
    place: Arc<Municipality>,
    dir: PathBuf,
    alone: Arc<tokio::sync::Mutex<()>>,
) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = tokio::io::BufReader::new(read.take(LINE)).lines();
    let Some(line) = lines.next_line().await? else { return Ok(()) };
    let asked: Kind = serde_json::from_str(&line).context("what is asked for cannot be understood")?;
    let answer = match tokio::time::timeout(TURN, alone.lock()).await {
        Err(_) => Err("another backup is being made".to_owned()),
        Ok(alone) => {
            let (place, dir) = (place.clone(), dir.clone());
            let noted = AccessEntry::at_the_machine(COMMAND, asked.told(), kilde_http::server::now_ms());
            place.access_log.write(&[noted]).await?;
            let taken = tokio::task::spawn_blocking(move || still::take(asked, &dir, &place.log, place.access_log.records())).await?;
            taken.map(|taken| (taken, alone)).map_err(|cause| format!("{cause:#}"))
        }
    };
    let (answer, alone) = match answer {
        Ok((taken, alone)) => (Answer::Taken(taken), Some(alone)),
        Err(why) => (Answer::Refused(why), None),
    };
    let told = write.write_all(format!("{}\n", serde_json::to_string(&answer)?).as_bytes()).await;
    if alone.is_some() {
        let done = matches!(lines.next_line().await, Ok(Some(line)) if line == "done");
        let log = place.log.clone();
        tokio::task::spawn_blocking(move || still::remove(asked, &dir, &log)).await??;
        if done {
            let part = if asked == Kind::Keys { "keys" } else { "content" };
            let now = (kilde_http::server::now_ms() / 1000) as f64;
            metrics::gauge!("kilde_backup_seconds", "instance" => place.instance.as_str().to_owned(), "part" => part).set(now);
        }
    }
    Ok(told?)
}

/// Asks the running server for a copy, or makes it if there is none. `master` is read only then.
pub fn ask(dir: &Path, asked: Kind, instance: &Instance, master: &Path) -> anyhow::Result<Still> {
    let opened = File::open(dir).with_context(|| format!("no instance {} there: cannot open {}", instance.as_str(), dir.display()))?;
    match UnixStream::connect(socket(&opened)) {
        Ok(stream) => ask_server(stream, asked),
        Err(cause) if [ErrorKind::NotFound, ErrorKind::ConnectionRefused].contains(&cause.kind()) => {
            ask_stopped(dir, asked, instance, master)
        }
        Err(cause) => Err(cause).context("the server cannot be asked for a copy: run this as the user that it runs as"),
    }
}

fn ask_server(mut stream: UnixStream, asked: Kind) -> anyhow::Result<Still> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{}\n", serde_json::to_string(&asked)?).as_bytes())?;
    let mut line = String::new();
    BufReader::new((&stream).take(LINE))
        .read_line(&mut line)
        .context("the server did not answer")?;
    match serde_json::from_str(&line).context("the server stopped, or its answer cannot be understood")? {
        Answer::Refused(why) => bail!("the server made no copy: {why}"),
        // It goes when the connection ends.
        Answer::Taken(taken) => Ok(Still::new(taken, move |done| {
            // It has gone when the server ends the connection.
            if done && let Err(cause) = stream.write_all(b"done\n").and_then(|()| stream.read(&mut [0])) {
                tracing::debug!(%cause, "the server is gone");
            }
        })),
    }
}

fn ask_stopped(dir: &Path, asked: Kind, instance: &Instance, master: &Path) -> anyhow::Result<Still> {
    let master = master_key(master, false)?;
    let keys = Arc::new(InstanceKeys::open(&dir.join("instance.key"), instance, &master)?);
    let log = EventLog::open(&dir.join("log"), instance, keys.clone()).context("nobody answers for backups there")?;
    let access = AccessLog::open(&dir.join("access"), instance, keys)?;
    at_the_machine(&access, COMMAND, asked.told())?;
    let taken = still::take(asked, dir, &log, access.records())?;
    let dir = dir.to_owned();
    Ok(Still::new(taken, move |_| {
        if let Err(cause) = still::remove(asked, &dir, &log) {
            tracing::warn!(cause = %format!("{cause:#}"), "a copy is left behind");
        }
        drop(access);
    }))
}
