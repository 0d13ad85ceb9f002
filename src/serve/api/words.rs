//! What words mean here.

use axum::Json;
use botany_catalog::words;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(words_there))
}

/// A word.
#[derive(Serialize, ToSchema)]
struct Word {
    /// The word.
    word: &'static str,
    /// Other forms that mean the same.
    forms: &'static [&'static str],
    /// What it means here.
    says: &'static str,
}

/// The words of the pages, and what they mean here
#[utoipa::path(get, path = "/words", tag = "about", responses((status = 200, body = [Word])))]
async fn words_there() -> Json<Vec<Word>> {
    let one = |word: &words::Word| Word { word: word.name, forms: word.forms, says: word.says };
    Json(words::ALL.iter().map(one).collect())
}
