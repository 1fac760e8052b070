//! The service as its clients meet it: a real process on free ports, real client X.509s, raw HTTP.

use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;
use ureq::tls::{
    Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, TlsProvider, parse_pem,
};

use crate::program::{DIPLOMA, Folder, SCHOOLS, diploma, text_of};
use crate::workspace::program;

/// The agency that issues licences and approvals, its clerk and its second person.
pub const APPROVALS: &str = "11990100MB01000285";
/// The service hall.
pub const HALL: &str = "11990100MB0100044T";
/// The certification centre of the demo.
pub const CENTRE: &str = "11990100MB99000131";

/// The clerk of the agency that issues diplomas.
pub const PUSHER: &str = "ji.xiaotang@11990100MB01000360";
/// The clerk of the other agency.
pub const OTHER_CLERK: &str = "jiang.ruoshui@11990100MB01000285";
/// The second person of the agency that issues diplomas.
pub const REVIEWER: &str = "su.nianan@11990100MB01000360";
/// The officer at the counter.
pub const OFFICER: &str = "officer@11990100MB0100044T";
/// For what the stories verify files.
pub const TERMS: &str = "purpose=entry&business_number=B-1";

/// Rows of diplomas as NDJSON.
pub fn ndjson(tags: Range<u32>) -> String {
    let lines: Vec<String> = tags
        .map(|tag| Value::Object(diploma(tag)).to_string())
        .collect();
    lines.join("\n")
}

/// Issues diplomas as the clerk, and gives the batch and the identifiers.
///
/// # Panics
/// When they are not issued.
pub fn issue(clerk: &Client, key: &str, tags: Range<u32>) -> (String, Vec<String>) {
    let reply = clerk.push(SCHOOLS, DIPLOMA, key, &ndjson(tags));
    assert_eq!(reply.status, 202, "{reply:?}");
    let batch = reply.json()["batch"]
        .as_str()
        .expect("it is there")
        .to_owned();
    let state = clerk.wait(&batch);
    assert_eq!(state["state"], "done", "{state}");
    let rows = clerk.get(&format!("/v1/batches/{batch}/rows")).json();
    let identifiers = rows.as_array().expect("it is there").iter();
    let identifiers =
        identifiers.map(|row| row["identifier"].as_str().expect("it is there").to_owned());
    (batch, identifiers.collect())
}

/// The reply must be this problem, said in both languages.
///
/// # Panics
/// When it is not.
pub fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (status, code),
        "{reply:?}"
    );
    let problem = reply.json();
    let said = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    assert!(
        !said("detail").is_empty() && said("detail").is_ascii(),
        "{problem}"
    );
    assert!(!said("detail_zh").is_ascii(), "{problem}");
}

/// A running service; killed when dropped.
pub struct Service {
    child: Child,
    /// Address of the public listener.
    pub public: String,
    /// Address of the extranet.
    pub extranet: String,
    /// Address of the page of metrics.
    pub metrics: String,
    data: PathBuf,
}

impl Service {
    /// Starts `yinxin serve` on a folder and waits until it listens.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(folder: &Folder) -> Self {
        let data = folder.data();
        let any = "127.0.0.1:0";
        let mut child = Command::new(program("yinxin"))
            .args(["--json", "serve", "--data", &data])
            .args(["--public", any, "--extranet", any, "--metrics", any])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("yinxin starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("the line tells the addresses");
        let part = |name: &str| told[name].as_str().expect("an address").to_owned();
        Self {
            public: part("public"),
            extranet: part("extranet"),
            metrics: part("metrics"),
            data: data.into(),
            child,
        }
    }

    /// Kills the process as a loss of power would.
    ///
    /// # Panics
    /// When it is gone already.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop, and waits until it has; gives its exit code.
    ///
    /// # Panics
    /// When it is gone already.
    pub fn stop(mut self) -> i32 {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.is_ok_and(|status| status.success()), "kill -TERM");
        self.child.wait().expect("it ends").code().unwrap_or(-1)
    }

    /// A person of the demo, by `ACCOUNT@UNIT`; `operator` for the centre's.
    pub fn person(&self, name: &str) -> Client {
        Client::new(
            &self.extranet,
            &self.data.join("anchors.pem"),
            Some(&self.identity(name)),
        )
    }

    /// The folder with a person's key.
    pub fn identity(&self, name: &str) -> PathBuf {
        match name {
            "operator" => self.data.join("operator"),
            name => self.data.join("people").join(name),
        }
    }

    /// The page of metrics.
    ///
    /// # Panics
    /// When it does not come.
    pub fn counted(&self) -> String {
        let page = ureq::get(&self.metrics).call();
        let mut page = page.expect("the page of metrics");
        page.body_mut().read_to_string().expect("text")
    }

    /// Somebody on the extranet without an X.509.
    pub fn stranger(&self) -> Client {
        Client::new(&self.extranet, &self.data.join("anchors.pem"), None)
    }

    /// Anybody on the public listener.
    pub fn anybody(&self) -> Client {
        Client::new(&self.public, &self.data.join("anchors.pem"), None)
    }

    /// Somebody with an identity in a folder of its own.
    pub fn with_identity(&self, folder: &Path) -> Client {
        Client::new(&self.extranet, &self.data.join("anchors.pem"), Some(folder))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Gone already where the test has ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client with connections of its own.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Header fields by lower-case name.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// `code` of a problem; empty where there is none.
    pub fn code(&self) -> String {
        let value: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        value["code"].as_str().unwrap_or("").to_owned()
    }

    /// A header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Client {
    fn new(base: &str, anchors: &Path, identity: Option<&Path>) -> Self {
        let own = identity.map(|folder| {
            let key = std::fs::read(folder.join("key.pem")).expect("a key");
            let key = PrivateKey::from_pem(&key).expect("PEM of a key");
            ClientCert::new_with_certs(&x509s(&folder.join("x509.pem")), key)
        });
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::Specific(Arc::new(x509s(anchors))))
            .client_cert(own)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .new_agent();
        Self {
            agent,
            base: base.to_owned(),
        }
    }

    /// One call.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.try_call(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// One call that may get no answer.
    ///
    /// # Errors
    /// What broke.
    pub fn try_call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        let response = self.agent.run(request)?;
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| {
            (
                name.as_str().to_owned(),
                value.to_str().unwrap_or("").to_owned(),
            )
        });
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body: body.into_with_config().limit(1 << 30).read_to_vec()?,
        })
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Reply {
        self.call("GET", path, &[], &[])
    }

    /// Sends JSON.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let headers = [("content-type", "application/json")];
        self.call(method, path, &headers, body.to_string().as_bytes())
    }

    /// Pushes rows as NDJSON for an agency's type.
    pub fn push(&self, agency: &str, type_code: &str, key: &str, rows: &str) -> Reply {
        let path = format!("/v1/batches?agency={agency}&type={type_code}");
        let headers = [
            ("content-type", "application/x-ndjson"),
            ("idempotency-key", key),
        ];
        self.call("POST", &path, &headers, rows.as_bytes())
    }

    /// Waits until a batch is over; gives its state.
    ///
    /// # Panics
    /// When it is not over within a minute.
    pub fn wait(&self, batch: &str) -> Value {
        for _ in 0..1200 {
            let state = self.get(&format!("/v1/batches/{batch}")).json();
            if state["over"] == true {
                return state;
            }
            // Nothing to wait upon but the state itself.
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("batch {batch} is not over");
    }
}

fn x509s(path: &Path) -> Vec<Certificate<'static>> {
    let pem = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", text_of(path)));
    let items = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(x509)) => Some(x509),
        _ => None,
    });
    items.collect()
}
