//! Connections: encrypted by a certificate, and ended when nobody speaks.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::server::Server;
use crate::command::{Place, tools};

/// A certificate of one's own for this machine, and its key.
fn certificate(place: &Place) -> [String; 2] {
    tools();
    let [cert, key] =
        ["cert.pem", "key.pem"].map(|name| place.path().join(name).display().to_string());
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key, "-out", &cert])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    [cert, key]
}

/// What a client that trusts this certificate gets.
fn ask(server: &Server, cert: &str, request: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(cert).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(&server.address).unwrap());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_certificate_encrypts_what_is_said() {
    let place = Place::new();
    let [cert, key] = certificate(&place);
    let token = place.file("token", "abcdefgh12345678");
    let flags = ["--tls-cert", &cert, "--tls-key", &key, "--token-file", &token];
    let server = Server::over(&place, &flags);
    let get = "GET /api/v1/about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let answer =
        ask(&server, &cert, &format!("{get}Authorization: Bearer abcdefgh12345678\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"version\""), "{answer}");
    let body = r#"{"token":"abcdefgh12345678"}"#;
    let post = format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = ask(&server, &cert, &post);
    assert!(answer.starts_with("HTTP/1.1 204") && answer.contains("; Secure"), "{answer}");

    // Who does not encrypt is not answered.
    let mut plain = TcpStream::connect(&server.address).unwrap();
    plain.write_all(format!("{get}\r\n").as_bytes()).unwrap();
    let mut told = Vec::new();
    let _ = plain.read_to_end(&mut told);
    assert!(!told.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&told));

    // A configuration does the same; what cannot be used is said before anything is served.
    let config =
        place.file("own.toml", format!("[serve]\ntls_cert = {cert:?}\ntls_key = {key:?}\n"));
    let server = Server::over(&place, &["--config", &config]);
    assert!(ask(&server, &cert, &format!("{get}\r\n")).starts_with("HTTP/1.1 200"));
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let other = place.file("other.pem", "no certificate");
    for (flags, word) in [
        (vec!["--tls-cert", &other, "--tls-key", &key], "other.pem"),
        (vec!["--tls-cert", &cert, "--tls-key", &cert], "private key"),
        (vec!["--tls-cert", "none.pem", "--tls-key", &key], "none.pem"),
    ] {
        let (code, why) = place.fails(&[&serve[..], &flags[..]].concat());
        assert!(code == 3 && why.contains(word), "{code} {why}");
    }
    assert_eq!(place.fails(&[&serve[..], &["--tls-cert", &cert]].concat()).0, 2, "both or none");
}

#[test]
fn who_says_nothing_is_not_waited_for() {
    let place = Place::new();
    let server = Server::over(&place, &[]);
    let whole = format!("GET /api/v1/about HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    std::thread::scope(|scope| {
        for said in ["", "GET / HTTP/1.1\r\nHost: x", &whole] {
            let server = &server;
            scope.spawn(move || {
                let mut stream = TcpStream::connect(&server.address).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                stream.write_all(said.as_bytes()).unwrap();
                let begin = Instant::now();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).unwrap();
                let waited = begin.elapsed();
                assert!(waited < Duration::from_secs(30), "{said:?} was waited for {waited:?}");
            });
        }
    });
    assert_eq!(server.get("/about")["version"], env!("CARGO_PKG_VERSION"));
}
