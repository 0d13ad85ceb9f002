//! What will be saved, said before it is.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::validate::folder;
use crate::run::{self, saved};
use crate::serve::answer::Fault;
use crate::serve::extract::Query;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(saving))
}

/// What is to be saved.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
#[derive(Default)]
struct Asked {
    /// The model's name; empty: an experiment only. Absent with `experiment`: the name suggested for it.
    model: Option<String>,
    /// The experiment whose model is saved; absent: a new one is made with it.
    experiment: Option<String>,
}

/// What will be saved.
#[derive(Serialize, ToSchema)]
struct Saving {
    /// The model's name; empty for an experiment only.
    model: String,
    /// What will be saved and what that means, in words.
    said: String,
    /// The threshold of the experiment's recipe, if it names one.
    threshold: Option<f64>,
    /// The versions the experiment's model is saved as already.
    already: Vec<String>,
    /// The version that will be made, if the name is used already; absent: it is free.
    next: Option<u32>,
    /// A name like it that is free; empty without a name.
    free: String,
}

/// What will be saved under a name: as which version, and what judges by it from then on
#[utoipa::path(get, path = "/learn/saving", tag = "learn", params(Asked),
    responses((status = 200, body = Saving), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn saving(
    State(server): State<Server>,
    Query(asked): Query<Asked>,
) -> Result<Json<Saving>, Fault> {
    let id = asked.experiment.filter(|id| !id.is_empty());
    if let Some(id) = &id {
        folder(&server, id)?;
    }
    let told = server.read(move |data| {
        let of = id.as_deref().map(|id| run::of_experiment(data, id)).transpose()?;
        let (suggested, threshold) = of.unwrap_or_default();
        let model = asked.model.unwrap_or(suggested);
        let already = id.as_deref().map(|id| saved::saved_already(data, id)).unwrap_or_default();
        let said = saved::will_be(data, &model, id.is_none(), &already)?;
        let (next, free) = saved::taken(data, &model)?;
        Ok(Saving { model, said, threshold, already, next, free })
    });
    told.await.map(Json)
}
