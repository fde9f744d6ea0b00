//! The addresses of the page.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH,
};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::assets::asset;
use super::folders::Folders;
use super::guard::{REPORT_POLICY, guard};
use super::language::language;
use super::pool::{Pool, Unanswered};
use super::runs;
use super::worker::Job;
use crate::error::{Error, Result};

/// How long a question about a formula may take.
const QUESTION: Duration = Duration::from_secs(20);
/// How long a report may take, which searches fronts.
const REPORT: Duration = Duration::from_secs(120);
/// No question is longer.
const BODY: usize = 64 << 10;

/// What the page shows.
#[derive(Debug)]
pub(super) struct Site {
    folders: Folders,
    pool: Pool,
}

impl Site {
    pub(super) fn new(folders: Folders, pool: Pool) -> Arc<Self> {
        Arc::new(Self { folders, pool })
    }
}

/// Listens at an address.
///
/// # Errors
/// [`Error::Failure`] if another program does, or the address is not of this machine.
pub(super) async fn listen(host: IpAddr, port: u16) -> Result<TcpListener> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        let fix = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there; give another port, such as --port 0 for one that is free"
            }
            std::io::ErrorKind::PermissionDenied => "give a port above 1023",
            _ => "is it an address of this machine?",
        };
        Error::Failure(format!("port {port} of {host} cannot be listened at ({error}): {fix}"))
    })
}

/// Answers until the program is ended.
pub(super) async fn serve(listener: TcpListener, site: Arc<Site>) -> Result<()> {
    let router = Router::new()
        .route(
            "/",
            get(|headers: HeaderMap| file(Path("index.html".to_owned()), headers)),
        )
        .route("/api/language", get(|| async { Json(language()) }))
        .route("/api/ask", post(ask))
        .route("/api/runs", get(list))
        .route("/api/runs/{root}/{name}", get(one))
        .route("/report/{root}/{name}", get(report))
        .route("/{*path}", get(file))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(guard))
        .with_state(site);
    let served = axum::serve(listener, router).await;
    served.map_err(|error| Error::Failure(format!("the page is no longer served: {error}")))
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    asset(&path, &headers).unwrap_or_else(|| missing("there is no such page"))
}

fn missing(message: &str) -> Response {
    told(StatusCode::NOT_FOUND, "usage", message)
}

/// A mistake, as answers tell it.
fn told(status: StatusCode, kind: &str, message: &str) -> Response {
    let error = json!({ "error": { "kind": kind, "message": message, "at": [] } });
    (status, Json(error)).into_response()
}

fn unanswered(reason: &Unanswered) -> Response {
    let status = match reason {
        Unanswered::Late(_) => StatusCode::GATEWAY_TIMEOUT,
        Unanswered::Busy | Unanswered::Ended | Unanswered::Start(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    told(status, "failure", &reason.to_string())
}

async fn ask(State(site): State<Arc<Site>>, Json(question): Json<Value>) -> Response {
    match site.pool.ask(&Job::Page(question), QUESTION).await {
        Ok(answer) => ([(CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(reason) => unanswered(&reason),
    }
}

/// Reads something of the folders beside the thread that serves, and sends it unless the browser has it already.
async fn read(
    headers: &HeaderMap,
    work: impl FnOnce() -> Option<Value> + Send + 'static,
) -> Response {
    let Ok(read) = tokio::task::spawn_blocking(work).await else {
        return told(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failure",
            "the folder cannot be read",
        );
    };
    let Some(value) = read else {
        return missing("there is no such run");
    };
    let text = value.to_string();
    let mut sum = flate2::Crc::new();
    sum.update(text.as_bytes());
    let tag = format!("\"{:08x}{:x}\"", sum.sum(), text.len());
    let known = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    if known == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    let about = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-cache"),
    ];
    ([(ETAG, tag)], about, text).into_response()
}

async fn list(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    read(&headers, move || Some(runs::list(&site.folders))).await
}

async fn one(
    State(site): State<Arc<Site>>,
    Path((root, name)): Path<(usize, String)>,
    headers: HeaderMap,
) -> Response {
    read(&headers, move || {
        let folder = site.folders.find(root, &name)?;
        Some(runs::detail(&folder))
    })
    .await
}

async fn report(
    State(site): State<Arc<Site>>,
    Path((root, name)): Path<(usize, String)>,
) -> Response {
    let Some(folder) = site.folders.find(root, &name) else {
        return missing("there is no such run");
    };
    if let Err(error) = folder.refuse_links() {
        return told(StatusCode::FORBIDDEN, "failure", &error.to_string());
    }
    let answer = match site
        .pool
        .ask(&Job::Report(folder.path().to_owned()), REPORT)
        .await
    {
        Ok(answer) => serde_json::from_str::<Value>(&answer).unwrap_or_default(),
        Err(reason) => return unanswered(&reason),
    };
    let Some(html) = answer["html"].as_str() else {
        let message = answer["error"]["message"].as_str();
        return told(
            StatusCode::UNPROCESSABLE_ENTITY,
            "usage",
            message.unwrap_or("there is no report"),
        );
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, REPORT_POLICY),
    ];
    (headers, html.to_owned()).into_response()
}
