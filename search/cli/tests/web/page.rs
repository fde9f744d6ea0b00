//! The command as a server, and requests to it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A page that is served until this is dropped.
pub(crate) struct Page {
    child: Child,
    pub(crate) port: u16,
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Page {
    /// Serves folders at a free port.
    pub(crate) fn of(folders: &[&Path]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_actsmith"))
            .args(["web", "--port", "0"])
            .args(folders)
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("its address");
        let port = line.trim().trim_end_matches('/').rsplit(':').next();
        let port = port.and_then(|port| port.parse().ok());
        Self {
            child,
            port: port.unwrap_or_else(|| panic!("no address: {line:?}")),
        }
    }

    /// Sends bytes, and leaves the connection open.
    pub(crate) fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.write_all(bytes).expect("sent");
        stream
    }

    /// A request with these headers besides the length.
    pub(crate) fn request(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let headers = headers.iter();
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let head = format!(
            "{line} HTTP/1.1\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let mut stream = self.send(&[head.as_bytes(), body].concat());
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        Reply::read(&bytes)
    }

    /// The name by which the page is reached.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.request(&format!("GET {path}"), &[("host", &self.host())], b"")
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        let reply = self.get(path);
        assert_eq!(reply.headers["content-type"], "application/json", "{path}");
        serde_json::from_slice(&reply.body).expect("JSON")
    }

    /// A request with a question.
    pub(crate) fn question(&self, question: &Value) -> Vec<u8> {
        let body = question.to_string();
        let host = self.host();
        format!(
            "POST /api/ask HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    pub(crate) fn ask(&self, question: &Value) -> Value {
        let host = self.host();
        let headers = [
            ("host", host.as_str()),
            ("content-type", "application/json"),
        ];
        let reply = self.request("POST /api/ask", &headers, question.to_string().as_bytes());
        serde_json::from_slice(&reply.body)
            .unwrap_or_else(|_| panic!("{question}: {}", String::from_utf8_lossy(&reply.body)))
    }

    /// The processes that work for the page.
    #[cfg(target_os = "linux")]
    pub(crate) fn workers(&self) -> Vec<String> {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let children = children.unwrap_or_default();
        children.split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reply {
    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {bytes:?}"));
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status
                .and_then(|status| status.parse().ok())
                .expect("a status"),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
