//! A client of the service: a person's key and X.509 in a folder, calls over TLS, problems as the command line says them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response};
use ureq::tls::{
    Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, TlsProvider, parse_pem,
};
use ureq::{Agent, AsSendBody, Body, SendBody};

use crate::problem::Problem;

/// Longest JSON answer that is read.
const ANSWER_BYTES: u64 = 64 << 20;

/// A folder with a person's key, X.509, and the anchors by which the service is known.
#[derive(Debug, Clone)]
pub(crate) struct Identity(PathBuf);

impl Identity {
    /// Names a folder; nothing is touched.
    pub(crate) fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The private key, PKCS#8 in PEM, for its owner's eyes only.
    pub(crate) fn key(&self) -> PathBuf {
        self.0.join("key.pem")
    }

    /// The request for an X.509.
    pub(crate) fn request(&self) -> PathBuf {
        self.0.join("request.pem")
    }

    /// The X.509, followed by that of the authority.
    pub(crate) fn x509(&self) -> PathBuf {
        self.0.join("x509.pem")
    }

    /// The anchors of the service.
    pub(crate) fn anchors(&self) -> PathBuf {
        self.0.join("anchors.pem")
    }

    /// Makes the folder with a new key and the request for its X.509.
    ///
    /// # Errors
    /// [`Problem::Usage`] where a key is there already: it is never overwritten.
    pub(crate) fn create(&self) -> Result<String, Problem> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        if self.key().exists() {
            let path = self.key();
            let path = path.display();
            return Err(Problem::usage(
                format!("{path} 已有密钥，不会覆盖；请另选目录"),
                format!(
                    "there is a key at {path}, and it is never overwritten; choose another folder"
                ),
            ));
        }
        std::fs::create_dir_all(&self.0).map_err(|e| Problem::unwritable(&self.0, e))?;
        let (key, request) = keys::ca::new_client_key()?;
        let path = self.key();
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| Problem::unwritable(&path, e))?;
        file.write_all(key.as_bytes())
            .map_err(|e| Problem::unwritable(&path, e))?;
        write(&self.request(), &request)?;
        Ok(request)
    }

    /// Puts the X.509 beside the key.
    ///
    /// # Errors
    /// [`Problem::Unwritable`].
    pub(crate) fn take_x509(&self, x509: &str, anchors: &str) -> Result<(), Problem> {
        std::fs::create_dir_all(&self.0).map_err(|e| Problem::unwritable(&self.0, e))?;
        // Whoever finds the X.509 finds all.
        write(&self.anchors(), anchors)?;
        write(&self.x509(), x509)
    }
}

/// The service, as a person of a unit reaches it.
pub(crate) struct Remote {
    agent: Agent,
    server: String,
}

impl Remote {
    /// Reads an identity; the first call connects.
    ///
    /// # Errors
    /// [`Problem::Unreadable`], [`Problem::Usage`] for what is no PEM of a key or X.509.
    pub(crate) fn open(server: &str, identity: &Identity) -> Result<Self, Problem> {
        if !server.starts_with("https://") {
            return Err(Problem::usage(
                format!("--server 应以 https:// 开头，得到“{server}”"),
                format!("--server begins with https://, got {server:?}"),
            ));
        }
        let chain = x509s(&identity.x509())?;
        let key = read(&identity.key())?;
        let key = PrivateKey::from_pem(key.as_bytes()).map_err(|_| no_pem(&identity.key()))?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::Specific(Arc::new(x509s(&identity.anchors())?)))
            .client_cert(Some(ClientCert::new_with_certs(&chain, key)))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("yinxin/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self {
            agent,
            server: server.trim_end_matches('/').to_owned(),
        })
    }

    /// The public listener, as anybody reaches it.
    pub(crate) fn anonymous(server: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .new_agent();
        Self {
            agent,
            server: server.trim_end_matches('/').to_owned(),
        }
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// [`Problem::Server`].
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        json(self.call("GET", path, &[], SendBody::none())?)
    }

    /// Asks for bytes, to be read as they come.
    ///
    /// # Errors
    /// [`Problem::Server`].
    pub(crate) fn stream(&self, path: &str) -> Result<impl Read + use<>, Problem> {
        let response = self.call("GET", path, &[], SendBody::none())?;
        Ok(response.into_body().into_reader())
    }

    /// The same with the answer's `ETag`, without its quotes.
    ///
    /// # Errors
    /// [`Problem::Server`].
    pub(crate) fn tagged(&self, path: &str) -> Result<(String, impl Read + use<>), Problem> {
        let response = self.call("GET", path, &[], SendBody::none())?;
        let tag = response.headers().get("etag");
        let tag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        let tag = tag.trim_matches('"').to_owned();
        Ok((tag, response.into_body().into_reader()))
    }

    /// Ends something, and reads what was ended.
    ///
    /// # Errors
    /// [`Problem::Server`].
    pub(crate) fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        json(self.call("DELETE", path, &[], SendBody::none())?)
    }

    /// Sends JSON and reads JSON.
    ///
    /// # Errors
    /// [`Problem::Server`].
    pub(crate) fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        let text = serde_json::to_vec(body).map_err(|error| unreadable_answer(&error))?;
        let headers = [("content-type", "application/json")];
        json(self.call(method, path, &headers, text.as_slice())?)
    }

    /// Sends bytes as they are read, and reads JSON.
    ///
    /// # Errors
    /// [`Problem::Server`].
    pub(crate) fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &mut dyn Read,
    ) -> Result<T, Problem> {
        json(self.call("POST", path, headers, SendBody::from_reader(&mut { body }))?)
    }

    /// The same, and whether the answer has a header.
    ///
    /// # Errors
    /// As for [`Remote::upload`].
    pub(crate) fn upload_and_see<T: DeserializeOwned>(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &mut dyn Read,
        header: &str,
    ) -> Result<(T, bool), Problem> {
        let response = self.call("POST", path, headers, SendBody::from_reader(&mut { body }))?;
        let has = response.headers().contains_key(header);
        Ok((json(response)?, has))
    }

    fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsSendBody,
    ) -> Result<Response<Body>, Problem> {
        let address = format!("{}{path}", self.server);
        let mut request = Request::builder().method(method).uri(&address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(body)
            .map_err(|error| unreachable(&address, &error))?;
        let response = self
            .agent
            .run(request)
            .map_err(|error| unreachable(&address, &error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refused(response))
    }
}

/// The problem in an answer (RFC 9457).
fn refused(response: Response<Body>) -> Problem {
    #[derive(serde::Deserialize)]
    struct Refused {
        code: String,
        detail: String,
        detail_zh: String,
    }
    let status = response.status();
    match json::<Refused>(response) {
        Ok(refused) => Problem::Server {
            code: refused.code,
            zh: refused.detail_zh,
            en: refused.detail,
        },
        Err(_) => Problem::Server {
            code: "unreadable".to_owned(),
            zh: format!("服务器答复 {status}，未说明原因"),
            en: format!("the server answered {status} and did not say why"),
        },
    }
}

fn json<T: DeserializeOwned>(mut response: Response<Body>) -> Result<T, Problem> {
    let text = response
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES)
        .read_to_vec()
        .map_err(|error| unreadable_answer(&error))?;
    serde_json::from_slice(&text).map_err(|error| unreadable_answer(&error))
}

fn unreachable(address: &str, error: &dyn std::fmt::Display) -> Problem {
    Problem::Server {
        code: "unreachable".to_owned(),
        zh: format!("无法连接 {address}：{error}；请核对地址与证书，稍后用同一命令重试"),
        en: format!(
            "cannot reach {address}: {error}; check address and X.509, then run the same command again"
        ),
    }
}

fn unreadable_answer(error: &dyn std::fmt::Display) -> Problem {
    Problem::Server {
        code: "unreadable".to_owned(),
        zh: format!("服务器的答复无法读取：{error}"),
        en: format!("the server's answer does not read: {error}"),
    }
}

fn x509s(path: &Path) -> Result<Vec<Certificate<'static>>, Problem> {
    let text = read(path)?;
    let mut found = Vec::new();
    for item in parse_pem(text.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(x509)) => found.push(x509),
            Ok(_) => {}
            Err(_) => return Err(no_pem(path)),
        }
    }
    match found.is_empty() {
        true => Err(no_pem(path)),
        false => Ok(found),
    }
}

fn no_pem(path: &Path) -> Problem {
    let path = path.display();
    Problem::Usage {
        zh: format!("{path} 不是所需的 PEM 文件"),
        en: format!("{path} is not the PEM that is needed"),
    }
}

fn read(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|source| Problem::unreadable(path, source))
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    std::fs::write(path, text).map_err(|source| Problem::unwritable(path, source))
}
