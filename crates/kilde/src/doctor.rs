//! `kilde doctor`: looks at configuration, keys, files and machine, and tells what is not hardened. It opens no data and
//! needs no server stopped; run it as the user that the server runs as. `docs/guides/hardening.md` says what to do about each.
//! With `--stores` it opens the data of a stopped server too, and names what is damaged.

mod stores;

use crate::assembly::{directory, guard, instance};
use crate::config::{Config, Proof};
use clap::Args;
use std::path::{Path, PathBuf};

/// Look at configuration, keys, files and machine, and tell what is not hardened
#[derive(Args)]
pub struct Doctor {
    /// Configuration file
    #[arg(long)]
    config: PathBuf,
    /// Read the stores of each instance too, and name what is damaged and what mends it; the server must be stopped
    #[arg(long)]
    stores: bool,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// As it should be.
    Fine,
    /// May be right; somebody should know.
    Look,
    /// Wrong.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    state: State,
    text: String,
}

fn fine(text: impl Into<String>) -> Finding {
    Finding {
        state: State::Fine,
        text: text.into(),
    }
}

fn look(text: impl Into<String>) -> Finding {
    Finding {
        state: State::Look,
        text: text.into(),
    }
}

fn wrong(text: impl Into<String>) -> Finding {
    Finding {
        state: State::Wrong,
        text: text.into(),
    }
}

impl Doctor {
    /// Runs the command. Ends with an error if anything is wrong; what should only be looked at is no error.
    pub fn run(self) -> anyhow::Result<()> {
        let config = Config::read(&self.config)?;
        let mut findings = of_configuration(&config);
        findings.extend(of_files(&config, &self.config));
        findings.extend(of_process(Path::new("/proc")));
        if self.stores {
            findings.extend(stores::of_stores(&config));
        }
        for Finding { state, text } in &findings {
            let mark = match state {
                State::Fine => "ok   ",
                State::Look => "LOOK ",
                State::Wrong => "WRONG",
            };
            println!("{mark} {text}");
        }
        let wrong = findings.iter().filter(|f| f.state == State::Wrong).count();
        anyhow::ensure!(wrong == 0, "{wrong} wrong");
        Ok(())
    }
}

/// What the configuration says.
fn of_configuration(config: &Config) -> Vec<Finding> {
    let mut out = vec![if config.sandbox {
        look("sandbox = true: whoever reaches it can be anybody; never with real people")
    } else {
        fine("sandbox is off")
    }];
    out.push(match config.proof {
        Proof::Dpop => fine("proof = \"dpop\""),
        Proof::None => look("proof = \"none\": the gateway must verify DPoP, and nothing else may reach the listener"),
    });
    out.extend(config.warnings().into_iter().map(look));
    for one in &config.instance {
        let number = &one.number;
        match crate::serve::policy(config, one) {
            Ok(policy) if policy.self_declared => out.push(look(format!("{number}: self_declared = true; its use must be reviewed"))),
            Ok(_) => out.push(fine(format!("{number}: the policy can be read"))),
            Err(cause) => out.push(wrong(format!("{number}: {cause:#}"))),
        }
        out.push(if one.seal.witnesses.is_empty() && !config.sandbox {
            look(format!(
                "{number}: no witness; whoever has the machine and its keys can write the access log anew"
            ))
        } else {
            fine(format!("{number}: {} witnesses", one.seal.witnesses.len()))
        });
    }
    out
}

/// Keys, policies and directories: nobody else on the machine has a part in them.
fn of_files(config: &Config, file: &Path) -> Vec<Finding> {
    let mut out = Vec::new();
    for key in std::iter::once(&config.master_key).chain(config.id_porten.iter().map(|one| &one.key)) {
        out.push(match guard::secret(key) {
            Ok(()) => fine(format!("{} is its owner's", key.display())),
            Err(cause) => wrong(format!("{cause:#}")),
        });
    }
    let policies = config.instance.iter().filter_map(|one| one.policy.as_deref());
    for path in std::iter::once(file).chain(policies) {
        out.push(match guard::mode(path) {
            Ok(mode) if mode & 0o022 != 0 => wrong(format!(
                "{} can be changed by others than its owner (mode {mode:04o}): chmod go-w",
                path.display()
            )),
            Ok(_) => fine(format!("{} can be changed by its owner only", path.display())),
            Err(cause) => wrong(format!("{cause:#}")),
        });
    }
    for one in &config.instance {
        let Ok(number) = instance(&one.number) else {
            out.push(wrong(format!("{} is no instance number", one.number)));
            continue;
        };
        let path = directory(&config.data, &number);
        out.push(match guard::mode(&path) {
            Ok(mode) if mode & 0o007 != 0 => wrong(format!("{} is open to everybody (mode {mode:04o}): chmod o= ", path.display())),
            Ok(_) => fine(format!("{} is closed to everybody else", path.display())),
            Err(_) => look(format!("{} is not there yet, or cannot be seen by this user", path.display())),
        });
    }
    out
}

/// The machine, as far as this process can see it. `proc` is `/proc`.
fn of_process(proc: &Path) -> Vec<Finding> {
    let read = |name: &str| std::fs::read_to_string(proc.join(name)).unwrap_or_default();
    let mut out = Vec::new();
    let status = read("self/status");
    let user = status
        .lines()
        .find_map(|l| l.strip_prefix("Uid:"))
        .and_then(|l| l.split_whitespace().nth(1));
    out.push(match user {
        Some("0") => wrong("this is root: run it as a user of its own"),
        Some(_) => fine("this is not root"),
        None => look("which user this is cannot be told"),
    });
    let limits = read("self/limits");
    let core = limits.lines().find_map(|l| l.strip_prefix("Max core file size"));
    out.push(match core.and_then(|l| l.split_whitespace().next()) {
        Some("0") => fine("no core dumps"),
        _ => look("core dumps are possible from this shell; they would hold keys (LimitCORE=0 in the unit)"),
    });
    let swaps = read("swaps").lines().skip(1).count();
    out.push(if swaps == 0 {
        fine("no swap")
    } else {
        look("there is swap: it must be encrypted, for it may hold keys and content")
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn states(findings: &[Finding]) -> (usize, usize) {
        let count = |state| findings.iter().filter(|f| f.state == state).count();
        (count(State::Look), count(State::Wrong))
    }

    #[test]
    fn what_is_open_or_missing_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let policy = "instance = \"1234\"\nname = \"N\"\nworld = \"production\"\norganisations = [\"399901006\"]\n";
        std::fs::write(at("p.toml"), policy).unwrap();
        std::fs::write(at("k"), "").unwrap();
        let text = format!(
            "public_url = \"https://k.example\"\ndata = {:?}\nmaster_key = {:?}\n[[issuer]]\nurl = \"https://i\"\naudience = \"a\"\n\
             [[instance]]\nnumber = \"1234\"\npolicy = {:?}\n",
            at("data"),
            at("k"),
            at("p.toml")
        );
        std::fs::write(at("kilde.toml"), &text).unwrap();
        let chmod = |name: &str, mode| std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
        for (name, mode) in [("k", 0o400), ("p.toml", 0o640), ("kilde.toml", 0o640)] {
            chmod(name, mode);
        }
        let config = Config::read(&at("kilde.toml")).unwrap();
        // No witness; no data directory yet.
        assert_eq!(states(&of_configuration(&config)), (1, 0));
        assert_eq!(states(&of_files(&config, &at("kilde.toml"))), (1, 0));
        std::fs::create_dir_all(at("data/instances/1234")).unwrap();
        chmod("data/instances/1234", 0o755);
        for (name, mode) in [("k", 0o644), ("p.toml", 0o666), ("kilde.toml", 0o660)] {
            chmod(name, mode);
        }
        assert_eq!(states(&of_files(&config, &at("kilde.toml"))), (0, 4));
        let mut sandbox = config;
        sandbox.sandbox = true;
        assert!(states(&of_configuration(&sandbox)).1 == 1, "a production policy in a sandbox");
    }

    #[test]
    fn the_machine_is_looked_at_as_far_as_it_can_be_seen() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(states(&of_process(dir.path())), (2, 0));
        std::fs::create_dir(dir.path().join("self")).unwrap();
        std::fs::write(dir.path().join("self/status"), "Name:\tk\nUid:\t0\t0\t0\t0\n").unwrap();
        std::fs::write(dir.path().join("self/limits"), "Max core file size        0     unlimited  bytes\n").unwrap();
        std::fs::write(dir.path().join("swaps"), "Filename\n/dev/x\n").unwrap();
        assert_eq!(states(&of_process(dir.path())), (1, 1));
    }
}
