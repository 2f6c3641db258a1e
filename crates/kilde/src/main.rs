#![doc = include_str!("../README.md")]

mod assembly;
mod backup;
mod bench;
mod config;
mod delete;
mod demo;
mod doctor;
#[cfg(test)]
mod guides;
mod holder;
mod import;
mod log_command;
mod login;
mod noted;
mod overseer;
mod own_server;
mod place;
mod policy_command;
mod processing_record;
mod proxy;
mod rebuild;
mod restore;
mod retention;
mod review;
mod reviewing;
mod sealing;
mod serve;
mod trial;
mod verify;
mod watching;

use clap::{Parser, Subcommand};

/// Requests make many small allocations; this allocator costs a tenth of the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Kilde: one shared, logical source of health information.
#[derive(Parser)]
#[command(name = "kilde", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a sandbox with two invented municipalities and tell the stories
    Demo(demo::Demo),
    /// Serve the instances of a configuration file
    Serve(serve::Serve),
    /// Put bundles, resources and NDJSON (also .gz) into an instance
    Import(import::Import),
    /// Examine resources or messages and print the findings
    Verify(verify::Verify),
    /// Forward requests with the token, attestation and proof of a sandbox persona, or of who logs in
    Proxy(proxy::Proxy),
    /// Make a key for logging in at the command line, and print its public half, to be registered at the issuer
    LoginKey(login::LoginKeyCommand),
    /// Prove the event log and the access log of an instance, or export events
    Log {
        #[command(subcommand)]
        command: log_command::LogCommand,
    },
    /// Findings of unusual access: list, show, close; and who has access
    Review {
        #[command(subcommand)]
        command: review::Review,
    },
    /// Examine policies, ask what would be decided and why, test a table of expected decisions
    Policy {
        #[command(subcommand)]
        command: policy_command::PolicyCommand,
    },
    /// Drop and rebuild the index of an instance from its log
    Rebuild(rebuild::Rebuild),
    /// Copies of an instance elsewhere, sealed, made while it is served
    Backup {
        #[command(subcommand)]
        command: backup::BackupCommand,
    },
    /// Make an instance again from its backups, and prove it
    Restore(restore::Restore),
    /// Write a municipality's record of processing (behandlingsprotokoll) from its configuration
    ProcessingRecord(processing_record::Command),
    /// Look at configuration, keys, files and machine, and tell what is not hardened
    Doctor(doctor::Doctor),
    /// Destroy one element or one person for good
    Delete(delete::Delete),
    /// What has lasted its time: plan, run, and verify packages for the archive
    Retention {
        #[command(subcommand)]
        command: retention::RetentionCommand,
    },
    /// Measure, beside what the machine can do at most
    Bench(bench::Bench),
    /// Trials of survival
    Trial {
        #[command(subcommand)]
        command: trial::TrialCommand,
    },
}

fn main() -> std::process::ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("kilde: {cause:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("KILDE_LOG").unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    // Requests read from disk where they run, so a worker sometimes waits: with half as many workers again as
    // processors, none of these is idle then (measured: reads by id +25 %).
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors + processors.div_ceil(2))
        .enable_all()
        .build()?;
    match arguments.command {
        Command::Demo(demo) => runtime.block_on(demo.run()),
        Command::Serve(serve) => runtime.block_on(serve.run()),
        Command::Import(import) => import.run(),
        Command::Verify(verify) => verify.run(),
        Command::Proxy(proxy) => runtime.block_on(proxy.run()),
        Command::LoginKey(command) => command.run(),
        Command::Log { command } => command.run(),
        Command::Review { command } => command.run(),
        Command::Policy { command } => runtime.block_on(command.run()),
        Command::Rebuild(rebuild) => rebuild.run(),
        Command::Backup { command } => command.run(),
        Command::Restore(restore) => restore.run(),
        Command::ProcessingRecord(record) => record.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Delete(delete) => delete.run(),
        Command::Retention { command } => command.run(),
        Command::Bench(bench) => runtime.block_on(bench.run()),
        Command::Trial { command } => runtime.block_on(command.run()),
    }
}
