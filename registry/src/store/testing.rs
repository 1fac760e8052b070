//! A story told over both databases: SQLite in a folder of its own, and a private PostgreSQL 15.
//! One cluster a test process, a database a story; the cluster ends with the process, however it
//! ends, because a shell beside it waits for the pipe from this process to close.

use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{Connection, Executor};
use tempfile::TempDir;

use super::Database;

const BIN: &str = "/usr/lib/postgresql/15/bin";

/// Makes a cluster, starts it on a socket only it has, waits for end of input, and clears up.
const RUN_CLUSTER: &str = r#"
set -e
"$1/initdb" -D "$2/data" -U postgres -A trust --locale=C --encoding=UTF8 --no-sync >"$2/initdb.log" 2>&1
"$1/pg_ctl" start -w -s -D "$2/data" -l "$2/log" -o "-k $2 -c listen_addresses='' -c max_connections=200"
echo ready
read -r _ || true
"$1/pg_ctl" stop -s -m immediate -D "$2/data" || true
rm -rf "$2"
"#;

/// Where one telling of a story keeps its data.
pub struct Ground {
    /// A folder that is removed with this value.
    pub folder: TempDir,
    /// The database of this telling alone.
    pub database: Database,
}

impl Ground {
    /// New ground over SQLite.
    pub fn embedded() -> Self {
        ground(Database::Embedded)
    }

    /// Whether its database is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.database, Database::Postgres(_))
    }

    /// New ground over a new, empty database of the same kind.
    pub fn another(&self) -> Self {
        ground(match &self.database {
            Database::Embedded => Database::Embedded,
            Database::Postgres(_) => Database::Postgres(postgres_url().expect("a cluster runs")),
        })
    }
}

/// Tells the story on SQLite, then on PostgreSQL. Where PostgreSQL 15 is not installed it prints
/// `not run: 1`; with CI=true that is a failure.
pub fn on_both_grounds<F, Fut>(story: F)
where
    F: Fn(Ground) -> Fut,
    Fut: Future<Output = ()>,
{
    run(story(ground(Database::Embedded)));
    match postgres_url() {
        Some(url) => run(story(ground(Database::Postgres(url)))),
        None => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "{BIN} is missing, and CI=true"
            );
            let _ = writeln!(
                std::io::stderr(),
                "not run: 1 (PostgreSQL 15 is not in {BIN})"
            );
        }
    }
}

fn ground(database: Database) -> Ground {
    Ground {
        folder: TempDir::new().expect("a temporary folder"),
        database,
    }
}

/// Runs a story on a runtime of its own.
pub fn run<Fut: Future<Output = ()>>(story: Fut) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(story);
}

/// The URL of a new, empty database on this process's cluster.
pub fn postgres_url() -> Option<String> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let cluster = cluster()?;
    let name = format!("story_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = cluster.url("postgres");
    let sql = format!("CREATE DATABASE {name}");
    let create = async move {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&admin)
            .await
            .expect("the cluster");
        connection
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql)))
            .await
            .expect("a database");
    };
    // On a thread of its own, so that it also works inside a runtime.
    std::thread::scope(|scope| scope.spawn(|| run(create)).join()).expect("a database");
    Some(cluster.url(&name))
}

struct Cluster {
    socket: PathBuf,
    /// Holds the pipe whose closing ends the cluster.
    _shell: Child,
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            self.socket.display()
        )
    }
}

fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| Path::new(BIN).exists().then(start_cluster))
        .as_ref()
}

fn start_cluster() -> Cluster {
    let socket = tempfile::Builder::new()
        .prefix("yinxin-pg-")
        .tempdir_in("/tmp")
        .expect("a temporary folder")
        .keep();
    let root = rustix::process::geteuid().is_root();
    if root {
        // PostgreSQL refuses to run as root.
        let owned = Command::new("chown").arg("postgres").arg(&socket).status();
        assert!(
            owned.is_ok_and(|status| status.success()),
            "chown {}",
            socket.display()
        );
    }
    let mut command = Command::new(if root { "setpriv" } else { "env" });
    if root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    let mut shell = command
        .args(["sh", "-c", RUN_CLUSTER, "sh", BIN])
        .arg(&socket)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut line = String::new();
    let stdout = shell.stdout.take().expect("its output");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("its first line");
    assert_eq!(
        line.trim(),
        "ready",
        "PostgreSQL did not start; see {}",
        socket.display()
    );
    Cluster {
        socket,
        _shell: shell,
    }
}

/// Waits until a PostgreSQL database has let go of every process that is gone; of one that was killed it
/// may still carry out the last statement.
pub async fn quiet(url: &str) {
    sqlx::any::install_default_drivers();
    let mut own = sqlx::AnyConnection::connect(url)
        .await
        .expect("the cluster");
    loop {
        let others = sqlx::query(
            "SELECT pid FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        if others.fetch_all(&mut own).await.expect("rows").is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    own.close().await.expect("it closes");
}

/// Lets the newest status list of a type stand as if so many of its places had been given out.
#[cfg(test)]
pub(crate) async fn fill_status_list(store: &super::Store, type_code: &str, places: i64) {
    let mut tx = store.begin().await.expect("a transaction");
    sqlx::query("UPDATE status_lists SET next = $2 WHERE type_code = $1 AND next <= $2")
        .bind(type_code)
        .bind(places)
        .execute(&mut *tx)
        .await
        .expect("a fuller list");
    tx.commit().await.expect("a commit");
}

/// Lets every lease run out, as time does after a worker has died.
pub(crate) async fn expire_leases(store: &super::Store) {
    let mut tx = store.begin().await.expect("a transaction");
    sqlx::query("UPDATE jobs SET lease_until = 0")
        .execute(&mut *tx)
        .await
        .expect("no leases");
    tx.commit().await.expect("a commit");
}

/// Deletes the whole log, as somebody would who hides what was done.
#[cfg(test)]
pub(crate) async fn forget_log(store: &super::Store) {
    let mut tx = store.begin().await.expect("a transaction");
    for table in [
        "DELETE FROM audit",
        "DELETE FROM events",
        "DELETE FROM log_ranges",
        "DELETE FROM log_writers",
    ] {
        sqlx::query(table).execute(&mut *tx).await.expect(table);
    }
    tx.commit().await.expect("a commit");
}
