//! `botany serve`

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::{Context, demo, output};
use crate::run::progress::Say;
use crate::serve::{self, Options, Tls};

/// Bring up the whole tool in a browser.
///
/// Only this machine can ask, unless --listen names another address; then callers need a token.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany serve --demo\n  botany serve --data /var/lib/botany --logs /var/log/suricata\n  botany serve --listen 192.0.2.10:8443 --token-file /etc/botany/token --tls-cert cert.pem --tls-key key.pem"
)]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8686))]
    listen: SocketAddr,
    /// Over the bundled capture, in a data directory that is gone afterwards
    #[arg(long)]
    demo: bool,
    /// A file with the token that callers must bring
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The certificate to encrypt connections with, and those above it, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Folders below which files may be named to be collected
    #[arg(long, value_name = "FOLDER")]
    logs: Vec<PathBuf>,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let token = arguments.token_file.as_ref().map(|path| {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the token {}", path.display()))?;
        let token = text.trim().to_owned();
        if token.len() < 16 || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            bail!(
                "{}: a token has at least 16 letters and digits, and nothing else",
                path.display()
            );
        }
        Ok(token)
    });
    let mut options = Options {
        listen: arguments.listen,
        token: token.transpose()?,
        logs: arguments.logs.clone(),
        temporary: arguments.demo,
        tls: tls(arguments, context)?,
    };
    if !options.listen.ip().is_loopback() && options.tls.is_none() {
        output::note!(
            "botany: connections are not encrypted: give --tls-cert and --tls-key, or put a proxy with TLS before it"
        );
    }
    let ready = |address: &str| {
        // Nobody may be reading; the server serves all the same.
        let _ = output::print(&format!("Botany is at {address} (Ctrl-C ends it)"));
    };
    if !arguments.demo {
        return serve::serve(options, context, ready);
    }
    let temporary = tempfile::Builder::new().prefix("botany-").tempdir()?;
    let context = Context {
        data: temporary.path().join("data"),
        data_given: true,
        format: context.format,
        config: context.config.clone(),
    };
    options.logs.extend(demo::collect(&context, &Say::new())?);
    serve::serve(options, &context, ready)
}

/// Certificate and key: both as flags, or both as the owner configured them.
fn tls(arguments: &Arguments, context: &Context) -> Result<Option<Tls>> {
    let configured = &context.config.serve;
    let pair = |cert: &Option<PathBuf>, key: &Option<PathBuf>| match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(Tls { cert: cert.clone(), key: key.clone() })),
        (None, None) => Ok(None),
        _ => bail!("[serve] of the configuration names a certificate or a key: name both"),
    };
    match pair(&arguments.tls_cert, &arguments.tls_key)? {
        None => pair(&configured.tls_cert, &configured.tls_key),
        given => Ok(given),
    }
}
