//! A server starts, answers, and is gone after every way in which its holder can end.
//!
//! Each test holds a server of its own through the program of this package, because a process cannot
//! watch what happens after its own death.
#![expect(clippy::unwrap_used, reason = "what a test's helpers cannot do fails the test")]

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use orm_test_cluster::{Binaries, Cluster};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_server_answers_and_is_gone_after_its_handle() {
    let cluster = Cluster::start().unwrap();
    let server = Server::at(&cluster.admin_url());
    assert!(server.answers());
    assert!(cluster.is_own());

    drop(cluster);

    assert!(!server.directory.exists(), "the handle waits until it is removed");
    server.assert_goes();
}

#[test]
fn a_server_is_gone_after_a_panic() {
    let mut server = None;

    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let cluster = Cluster::start().unwrap();
        server = Some(Server::at(&cluster.admin_url()));
        panic!("on purpose");
    }));

    assert!(outcome.is_err());
    server.unwrap().assert_goes();
}

#[test]
fn a_server_is_gone_after_its_holder_ends() {
    let mut holder = Holder::spawn();

    drop(holder.child.stdin.take());

    assert!(holder.child.wait().unwrap().success());
    holder.server.assert_goes();
}

#[test]
fn a_server_is_gone_after_its_holder_is_killed() {
    let mut holder = Holder::spawn();

    holder.child.kill().unwrap();

    holder.child.wait().unwrap();
    holder.server.assert_goes();
}

#[test]
fn a_server_is_gone_after_ctrl_c() {
    let mut holder = Holder::spawn();

    holder.signal_group("INT");

    holder.child.wait().unwrap();
    holder.server.assert_goes();
}

#[test]
fn a_server_is_gone_after_the_group_of_its_holder_is_killed() {
    let mut holder = Holder::spawn();

    holder.signal_group("KILL");

    holder.child.wait().unwrap();
    holder.server.assert_goes();
}

#[test]
fn a_server_is_gone_although_its_holder_was_killed_before_it_answered() {
    let mut child = spawn_holder();
    let name = format!("orm-pg-{}-", child.id());
    let is_there = || {
        fs::read_dir("/tmp")
            .unwrap()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with(&name))
    };
    wait_until(is_there, "the server's directory is not made");

    child.kill().unwrap();

    child.wait().unwrap();
    wait_until(|| !is_there(), "the server's directory is left");
}

#[test]
fn a_server_is_gone_although_a_later_child_of_its_holder_lives() {
    let cluster = Cluster::start().unwrap();
    let server = Server::at(&cluster.admin_url());
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();

    drop(cluster);

    assert!(child.try_wait().unwrap().is_none(), "the server waited for the child");
    server.assert_goes();
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A child that holds a server, the leader of its own process group.
struct Holder {
    child: Child,
    server: Server,
}

impl Holder {
    fn spawn() -> Self {
        let mut child = spawn_holder();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let server = Server::at(url.trim_end());
        assert!(server.answers());
        Self { child, server }
    }

    fn signal_group(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let status = Command::new("kill").args(["-s", signal, "--", &group]).status().unwrap();
        assert!(status.success());
    }
}

fn spawn_holder() -> Child {
    Command::new(env!("CARGO_BIN_EXE_orm-test-cluster"))
        .env("TMPDIR", "/tmp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap()
}

#[track_caller]
fn wait_until(condition: impl Fn() -> bool, complaint: &str) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{complaint}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// What a server leaves in the system while it lives.
struct Server {
    directory: PathBuf,
    process: String,
}

impl Server {
    fn at(url: &str) -> Self {
        let host = url.strip_prefix("postgresql://postgres@").unwrap().replace("%2F", "/");
        let directory = PathBuf::from(host.strip_suffix("/postgres").unwrap());
        let pid_file = fs::read_to_string(directory.join("data/postmaster.pid")).unwrap();
        Self { directory, process: pid_file.lines().next().unwrap().to_owned() }
    }

    fn answers(&self) -> bool {
        let pg_isready = Binaries::find().unwrap().program("pg_isready");
        let output = Command::new(pg_isready)
            .arg("--host")
            .arg(&self.directory)
            .args(["--port", "5432"])
            .output();
        output.unwrap().status.success()
    }

    fn is_left(&self) -> bool {
        self.directory.exists() || Path::new("/proc").join(&self.process).exists()
    }

    #[track_caller]
    fn assert_goes(&self) {
        wait_until(|| !self.is_left(), &format!("{} is left", self.directory.display()));
    }
}
