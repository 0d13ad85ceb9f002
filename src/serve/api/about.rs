//! What this is, and who may log in.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::serve::answer::Fault;
use crate::serve::extract::Body;
use crate::serve::guard;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(about)).routes(routes!(login))
}

/// What this is.
#[derive(Serialize, ToSchema)]
struct About {
    /// Version of Botany.
    version: &'static str,
    /// The data directory.
    data: String,
    /// Whether the data directory goes with the server, as with `serve --demo`.
    temporary: bool,
    /// Folders below which files may be named to be collected.
    logs: Vec<String>,
}

/// What this is, and over which data
#[utoipa::path(get, path = "/about", tag = "about", responses((status = 200, body = About)))]
async fn about(State(server): State<Server>) -> Json<About> {
    Json(About {
        version: env!("CARGO_PKG_VERSION"),
        data: server.data().display().to_string(),
        temporary: server.temporary(),
        logs: server.logs().iter().map(|folder| folder.display().to_string()).collect(),
    })
}

/// Who is there?
#[derive(Deserialize, ToSchema)]
struct Login {
    /// The server's token.
    token: String,
}

/// Exchanges the token for a cookie
#[utoipa::path(post, path = "/login", tag = "about", request_body = Login,
    responses((status = 204, description = "the cookie is set"), (status = 401, body = Fault)))]
async fn login(State(server): State<Server>, Body(login): Body<Login>) -> Result<Response, Fault> {
    if !server.token().is_some_and(|token| guard::same(&login.token, token)) {
        return Err(Fault::token());
    }
    let name = guard::COOKIE;
    let secure = if server.encrypted() { "; Secure" } else { "" };
    let cookie = format!("{name}={}; Path=/; HttpOnly; SameSite=Strict{secure}", login.token);
    Ok((axum::http::StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}
