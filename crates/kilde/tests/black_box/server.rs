//! The program under test as a child process that cannot outlive the tests.

use crate::client::{Client, block_on};
use std::ffi::OsStr;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A running sandbox.
pub struct Kilde {
    /// The public address.
    pub url: String,
    /// The admin listener's address.
    pub admin: String,
    /// What the program wrote to stderr, as a file.
    pub stderr: PathBuf,
    guard: Child,
}

/// Citizens of a sandbox under test: the fixed ones and some more.
pub const PEOPLE: usize = 40;

/// Runs the program and kills it with SIGKILL as soon as its own stdin ends: when [`Kilde`] is dropped,
/// and also when the tests end or are killed. The last argument but the program is a folder to remove then.
const GUARD: &str = r#"scratch="$1"; shift
"$@" </dev/null &
server=$!
read -r _
kill -9 $server
wait $server
test -z "$scratch" || rm -rf "$scratch""#;

static SHARED: LazyLock<Kilde> = LazyLock::new(|| {
    let place = tempfile::Builder::new()
        .prefix("kilde-black-box-")
        .tempdir()
        .expect("a temporary folder")
        .keep();
    Kilde::launch(&place.join("data"), &place.join("stderr"), Some(&place))
});

/// The sandbox that most tests share. Tests must not count on being alone.
pub fn shared() -> &'static Kilde {
    &SHARED
}

impl Kilde {
    /// A sandbox of a test's own, on data that stays when it is killed.
    pub fn start(data: &Path) -> Kilde {
        Kilde::launch(data, &data.with_extension("stderr"), None)
    }

    /// A server of Nordvik without citizens, with more in its configuration, on data in `place`.
    pub fn serve(place: &Path, more: &str) -> Kilde {
        Kilde::serve_instance(place, more, "")
    }

    /// The same, with more in the configuration of the instance.
    pub fn serve_instance(place: &Path, more: &str, instance: &str) -> Kilde {
        Kilde::serve_by(place, more, instance, &[])
    }

    /// A server of Nordvik that another program starts, and becomes: one that bounds it, or brings it elsewhere.
    pub fn serve_through(place: &Path, through: &[String]) -> Kilde {
        Kilde::serve_by(place, "", "", through)
    }

    fn serve_by(place: &Path, more: &str, instance: &str, through: &[String]) -> Kilde {
        let (listen, admin) = (free_address(), free_address());
        let (file, stderr) = (place.join("kilde.toml"), place.join("stderr"));
        let config = format!(
            "listen = \"{listen}\"\nadmin_listen = \"{admin}\"\npublic_url = \"http://{listen}\"\nsandbox = true\n\
             data = {:?}\nmaster_key = {:?}\n{more}\n[[instance]]\nnumber = \"9901\"\nservices = [\"okt\"]\n{instance}\n",
            place.join("data"),
            place.join("master.key")
        );
        std::fs::write(&file, config).expect("a configuration");
        let arguments = [OsStr::new("serve"), OsStr::new("--config"), file.as_os_str()];
        let kilde = Kilde::spawn(through, &arguments, listen, admin, &stderr, None);
        kilde.wait_until_loaded(0);
        kilde
    }

    fn launch(data: &Path, stderr: &Path, scratch: Option<&Path>) -> Kilde {
        let (listen, admin) = (free_address(), free_address());
        let (people, at, admin_at) = (PEOPLE.to_string(), listen.to_string(), admin.to_string());
        let arguments = [
            "demo",
            "--quiet",
            "--people",
            &people,
            "--listen",
            &at,
            "--admin-listen",
            &admin_at,
            "--data",
        ];
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).chain([data.as_os_str()]).collect();
        let kilde = Kilde::spawn(&[], &arguments, listen, admin, stderr, scratch);
        // One event per citizen and one per municipality.
        kilde.wait_until_loaded(PEOPLE as u64 + 2);
        kilde
    }

    fn spawn(
        through: &[String],
        arguments: &[&OsStr],
        listen: SocketAddr,
        admin: SocketAddr,
        stderr: &Path,
        scratch: Option<&Path>,
    ) -> Kilde {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(stderr)
            .expect("a file for stderr");
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(scratch.map_or(Path::new(""), |p| p))
            .args(through)
            .arg(env!("CARGO_BIN_EXE_kilde"))
            .args(arguments)
            .env(
                "KILDE_LOG",
                "info,kilde=trace,kilde_http=trace,kilde_access=trace,kilde_intake=trace,kilde_index=trace,kilde_log=trace",
            )
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        Kilde {
            url: format!("http://{listen}"),
            admin: format!("http://{admin}"),
            stderr: stderr.to_owned(),
            guard,
        }
    }

    /// The citizens are known to the issuer only when all are loaded.
    fn wait_until_loaded(&self, wanted: u64) {
        let begun = Instant::now();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        loop {
            let events = block_on(async {
                let answer = client.get(format!("{}/health/ready", self.url)).send().await.ok()?;
                let body: serde_json::Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
                body["instances"]
                    .as_array()
                    .map(|all| all.iter().filter_map(|one| one["events"].as_u64()).sum::<u64>())
            });
            if events.is_some_and(|n| n >= wanted) {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "not ready: {}",
                std::fs::read_to_string(&self.stderr).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Somebody who asks.
    pub fn who(&self, persona: &str) -> Client {
        Client::new(&self.url, persona)
    }

    /// Kills the program with SIGKILL and waits until it is gone.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

impl Drop for Kilde {
    fn drop(&mut self) {
        self.end();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}
