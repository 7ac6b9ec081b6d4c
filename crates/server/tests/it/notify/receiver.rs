//! Receivers of notices as the world has them: over HTTP and SMTP, plain and with TLS, well and flaky.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request or mail.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The notice's id, as a webhook has it.
    pub fn id(&self) -> &str {
        &self.headers["x-webhook-id"]
    }
}

/// What it answers.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    Redirect(String),
    /// Reads it and says nothing.
    HangUp,
}

/// Listens until the test ends.
pub struct Receiver {
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A certificate for `localhost`, and who vouches for it.
pub struct Identity {
    /// PEM, for those who are to trust it.
    pub authority: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    pub fn create() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        Identity { authority: issuer.pem(), config: Arc::new(config) }
    }
}

impl Receiver {
    /// Over HTTP; `reply` is told the request and how many came before.
    pub fn http(reply: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        Receiver::start(None, move |stream, received| serve_http(stream, received, &reply))
    }

    /// Over HTTPS; takes everything.
    pub fn https(identity: &Identity) -> Self {
        Receiver::start(Some(Arc::clone(&identity.config)), |stream, received| {
            serve_http(stream, received, &|_, _| Reply::Status(200))
        })
    }

    /// Mail over SMTP, with TLS from the start if there is an identity. Receivers that begin with `no` are refused.
    pub fn smtp(identity: Option<&Identity>) -> Self {
        Receiver::start(identity.map(|identity| Arc::clone(&identity.config)), serve_smtp)
    }

    #[expect(clippy::disallowed_methods, reason = "a test's threads need no names")]
    fn start(
        tls: Option<Arc<ServerConfig>>,
        serve: impl Fn(Box<dyn Stream>, &Mutex<Vec<Received>>) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (serve, kept) = (Arc::new(serve), Arc::clone(&received));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (serve, kept, tls) = (Arc::clone(&serve), Arc::clone(&kept), tls.clone());
                // A client that is killed or does not trust us breaks the connection off.
                std::thread::spawn(move || serve(over(stream, tls), &kept));
            }
        });
        Receiver { port, received }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn over(stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> Box<dyn Stream> {
    match tls {
        None => Box::new(stream),
        Some(config) => Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), stream)),
    }
}

fn serve_http(
    stream: Box<dyn Stream>,
    received: &Mutex<Vec<Received>>,
    reply: &dyn Fn(&Received, usize) -> Reply,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut request = Received { path: line.split(' ').nth(1).unwrap_or_default().to_owned(), ..Received::default() };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        request.headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; request.headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body)?;
    request.body = String::from_utf8(body).unwrap();
    let before = {
        let mut all = received.lock().unwrap();
        all.push(request.clone());
        all.len() - 1
    };
    let head = match reply(&request, before) {
        Reply::HangUp => return Ok(()),
        Reply::Status(status) => format!("HTTP/1.1 {status} Said\r\n"),
        Reply::Redirect(to) => format!("HTTP/1.1 307 Said\r\nlocation: {to}\r\n"),
    };
    let said = "heard <b>you</b>";
    write!(reader.get_mut(), "{head}content-length: {}\r\nconnection: close\r\n\r\n{said}", said.len())?;
    reader.get_mut().flush()
}

fn serve_smtp(stream: Box<dyn Stream>, received: &Mutex<Vec<Received>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut mail = Received::default();
    let mut in_data = false;
    reader.get_mut().write_all(b"220 localhost\r\n")?;
    loop {
        reader.get_mut().flush()?;
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if in_data {
            in_data = line != ".\r\n";
            if in_data {
                mail.body += line.strip_prefix('.').unwrap_or(&line);
                continue;
            }
            received.lock().unwrap().push(std::mem::take(&mut mail));
            reader.get_mut().write_all(b"250 taken\r\n")?;
            continue;
        }
        let said = line.trim_end().to_owned();
        let answer: &[u8] = match said.get(..4).unwrap_or_default() {
            "EHLO" | "MAIL" | "RSET" | "NOOP" => b"250 fine\r\n",
            "RCPT" if said.contains("<no") => b"550 nobody of that name\r\n",
            "RCPT" => {
                mail.path += &said;
                b"250 fine\r\n"
            }
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => {
                reader.get_mut().write_all(b"221 bye\r\n")?;
                return reader.get_mut().flush();
            }
            _ => b"500 what\r\n",
        };
        reader.get_mut().write_all(answer)?;
    }
}
