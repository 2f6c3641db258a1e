//! What the guides show of the program is what the program has: configurations that it takes, commands and options that exist.

use crate::Arguments;
use crate::config::Config;
use clap::CommandFactory;
use std::path::Path;

const GUIDES: [&str; 7] = [
    "README.md",
    "SECURITY.md",
    "docs/guides/hardening.md",
    "docs/guides/operator.md",
    "docs/guides/personvernombud.md",
    "docs/guides/retention.md",
    "docs/security/README.md",
];

fn read(guide: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(guide);
    std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{guide}: {cause}"))
}

/// The words after each `kilde` that is a command, to the end of the command.
fn commands(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let mut out = Vec::new();
    for line in joined.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        for (i, word) in words.iter().enumerate() {
            if word.trim_start_matches('`') != "kilde" {
                continue;
            }
            let mut command = Vec::new();
            for word in &words[i + 1..] {
                let end = word.contains('`');
                let word = word.split('`').next().unwrap_or_default();
                if matches!(word, "|" | "#" | "&" | "kilde" | "...") || word.starts_with('#') {
                    break;
                }
                command.push(word.trim_end_matches([',', ';', ':', '.']).to_owned());
                if end {
                    break;
                }
            }
            if command.first().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_lowercase())) {
                out.push(command);
            }
        }
    }
    out
}

/// What is wrong with a command.
fn wrong(command: &[String]) -> Option<String> {
    let mut at = Arguments::command();
    for word in command {
        if let Some(option) = word.strip_prefix("--") {
            let name = option.split('=').next().unwrap_or_default();
            if !at.get_arguments().any(|a| a.get_long() == Some(name)) {
                return Some(format!("{} has no --{name}", at.get_name()));
            }
        } else if at.has_subcommands() {
            match at.find_subcommand(word) {
                Some(found) => at = found.clone(),
                None => return Some(format!("{} has no {word}", at.get_name())),
            }
        }
    }
    None
}

#[test]
fn commands_and_options_in_the_guides_exist() {
    let mut seen = 0;
    for guide in GUIDES {
        for command in commands(&read(guide)) {
            seen += 1;
            assert_eq!(wrong(&command), None, "{guide}: kilde {}", command.join(" "));
        }
    }
    assert!(seen > 20, "{seen}");
    assert!(wrong(&["log".to_owned(), "verify".to_owned(), "--nothing".to_owned()]).is_some());
    assert!(wrong(&["logg".to_owned()]).is_some());
}

#[test]
fn configurations_in_the_guides_are_taken() {
    for guide in ["docs/guides/hardening.md", "docs/guides/operator.md"] {
        let text = read(guide);
        let mut blocks = 0;
        for block in text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            let config: Config = toml::from_str(block).unwrap_or_else(|cause| panic!("{guide}: {cause}"));
            config.check().unwrap_or_else(|cause| panic!("{guide}: {cause}"));
            assert!(!config.sandbox, "{guide}: no guide for operation shows a sandbox");
            blocks += 1;
        }
        assert!(blocks > 0, "{guide}");
    }
    let hardening = read("docs/guides/hardening.md");
    let block = hardening
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap_or_default();
    let config: Config = toml::from_str(block).unwrap();
    assert_eq!(
        config.warnings(),
        Vec::<String>::new(),
        "the configuration for operation warns of nothing"
    );
}
