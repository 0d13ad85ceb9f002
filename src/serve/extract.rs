//! What a request brings, or why it cannot be read: in the form of every other fault.

use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::answer::Fault;

/// How long a JSON body may take to come.
const BODY: Duration = Duration::from_secs(30);

/// A JSON body.
pub struct Body<T>(pub T);

/// What stands behind the question mark.
pub struct Query<T>(pub T);

/// A part of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let read = axum::Json::from_request(request, state);
        let Ok(body) = tokio::time::timeout(BODY, read).await else {
            return Err(Fault::request("the request did not come to its end", "send it again"));
        };
        let body: Result<axum::Json<T>, JsonRejection> = body;
        let wrong = |why: JsonRejection| {
            Fault::request(why.body_text(), "send JSON as /api/v1/openapi.json describes it")
        };
        body.map(|axum::Json(body)| Body(body)).map_err(wrong)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let query: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, state).await;
        let wrong = |why: QueryRejection| {
            Fault::request(why.body_text(), "/api/v1/openapi.json describes what may be asked")
        };
        query.map(|axum::extract::Query(query)| Query(query)).map_err(wrong)
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let path: Result<axum::extract::Path<T>, PathRejection> =
            axum::extract::Path::from_request_parts(parts, state).await;
        let wrong = |why: PathRejection| {
            Fault::request(why.body_text(), "/api/v1/openapi.json describes the paths")
        };
        path.map(|axum::extract::Path(path)| Path(path)).map_err(wrong)
    }
}
