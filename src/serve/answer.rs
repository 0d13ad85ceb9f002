//! What an answer looks like that is no success: a kind, a message, and what to do next.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use botany_engine as engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::run::TooLong;
use crate::run::progress::Stopped;

/// Why there is no answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    /// `request`, `not-found`, `forbidden`, `token`, `busy`, `too-long`, `too-large` or `internal`.
    pub kind: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// What there is instead, where that is long: names, with commas between; may be empty.
    pub instead: String,
    #[serde(skip)]
    #[schema(ignore)]
    status: StatusCode,
}

impl Fault {
    fn new(
        status: StatusCode,
        kind: &'static str,
        message: impl Into<String>,
        hint: &str,
    ) -> Fault {
        let instead = String::new();
        Fault { kind, message: message.into(), hint: hint.to_owned(), instead, status }
    }

    /// The request cannot be followed.
    pub fn request(message: impl Into<String>, hint: &str) -> Fault {
        Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "request", message, hint)
    }

    /// That is not done there.
    pub fn method(message: impl Into<String>, hint: &str) -> Fault {
        Fault::new(StatusCode::METHOD_NOT_ALLOWED, "request", message, hint)
    }

    /// There is nothing of that name.
    pub fn not_found(message: impl Into<String>, hint: &str) -> Fault {
        Fault::new(StatusCode::NOT_FOUND, "not-found", message, hint)
    }

    /// The caller may not.
    pub fn forbidden(message: impl Into<String>, hint: &str) -> Fault {
        Fault::new(StatusCode::FORBIDDEN, "forbidden", message, hint)
    }

    /// The caller has not said who it is.
    pub fn token() -> Fault {
        let hint = "send `Authorization: Bearer …`, or log in at /login";
        Fault::new(StatusCode::UNAUTHORIZED, "token", "a token is needed", hint)
    }

    /// Too many ask at once.
    pub fn busy() -> Fault {
        let message = "too many questions are being answered";
        Fault::new(StatusCode::TOO_MANY_REQUESTS, "busy", message, "ask again in a minute")
    }

    /// The answer took too long.
    fn too_long(message: String) -> Fault {
        let hint = "ask for fewer days, ports or groups; `botany sql` has no such limit";
        Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "too-long", message, hint)
    }

    /// More bytes than are taken.
    pub fn too_large(mebibytes: u64) -> Fault {
        let message = format!("more than {mebibytes} MiB");
        let hint = "pack it with gzip or zstd, or collect it with `botany collect`";
        Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message, hint)
    }

    /// Something of ours is broken.
    pub fn ours(message: impl Into<String>) -> Fault {
        let hint = "please report this";
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message, hint)
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Fault {
        if error.is::<Stopped>() {
            return Fault::request("stopped before its end", "");
        }
        if let Some(too_long) = error.downcast_ref::<TooLong>() {
            return Fault::too_long(too_long.to_string());
        }
        if error.chain().any(crate::cli::internal) {
            let hint = "check the disk, its space and the rights on the data directory";
            let (status, kind) = (StatusCode::INTERNAL_SERVER_ERROR, "internal");
            return Fault::new(status, kind, format!("{error:#}"), hint);
        }
        for cause in error.chain() {
            // What is passed on transparently is no link of the chain.
            let own = cause.downcast_ref().or_else(|| match cause.downcast_ref() {
                Some(botany_enrich::Error::Engine(own)) => Some(own),
                _ => None,
            });
            if let Some(engine::Error::UnknownColumn { column, known }) = own {
                let fault = Fault::request(engine::Error::no_column(column, known), "");
                return Fault { instead: known.join(", "), ..fault };
            }
        }
        // Messages of the house say after a colon or semicolon what to do next.
        Fault::request(format!("{error:#}"), "")
    }
}

/// What a page says that wants a fault as an answer like any other.
const ASKS: HeaderName = HeaderName::from_static("botany-faults");
/// Beside such an answer, the status it would have had.
const STATUS: HeaderName = HeaderName::from_static("botany-fault");

/// What a page asks for that cannot be followed is told to its reader; any other status than success a browser writes
/// into its console as well, as if the page had failed.
pub async fn to_pages(request: Request, next: Next) -> Response {
    let asked = request.headers().contains_key(ASKS);
    let mut response = next.run(request).await;
    let status = response.status();
    if asked && status.is_client_error() {
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().insert(STATUS, HeaderValue::from(status.as_u16()));
    }
    response
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
