//! Serving the program on loopback: the page, the calls, the events.

use crate::{
    Error, Result,
    door::{self, Names, OWN_HEADER},
    events, pages,
    visitors::{AWAY_MAX, Visitors},
};
use app::{Program, Session, rpc, wire::WireError};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc};
use tokio::sync::{Semaphore, watch};

/// The largest call: a piece of an upload is 1 MiB, base64 makes it 1.4.
const BODY_BYTES_MAX: usize = 2 << 20;
/// Open streams of events: a few windows for each browser.
const STREAMS_MAX: usize = 64;
/// Calls at work at once; the store answers in order anyway, and a flood shall not take the memory.
const CALLS_MAX: usize = 64;

/// How the host is run.
pub struct Options {
    /// Gets the address to open: once at the start, and a fresh one each time an address was used, since each works once.
    pub announce: Box<dyn Fn(&str) + Send + Sync>,
    /// Serving ends when this does.
    pub until: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// The session that the first browser takes over; a fresh one where there is none.
    pub first_session: Option<Arc<Session>>,
}

struct House {
    program: Arc<Program>,
    visitors: Visitors,
    address: SocketAddr,
    /// Cookies know no ports, so that the name says which program of this computer a token is for.
    cookie_name: String,
    announce: Box<dyn Fn(&str) + Send + Sync>,
    ending: watch::Receiver<bool>,
    streams: Arc<Semaphore>,
    calls: Semaphore,
}

/// Serves `program` at a loopback address until `options.until` ends. Port 0 takes any that is free; the announced address names it.
///
/// # Errors
/// Where the address is not of this computer alone, or its port is taken.
pub async fn serve(program: Arc<Program>, address: SocketAddr, options: Options) -> Result<()> {
    if !address.ip().is_loopback() {
        return Err(Error::NotLoopback(address));
    }
    let taken = |source| Error::Port { port: address.port(), source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let (ending, ended) = watch::channel(false);
    let house = Arc::new(House {
        visitors: Visitors::new(program.chance(), options.first_session),
        program,
        address,
        cookie_name: format!("zhanggui_{}", address.port()),
        announce: options.announce,
        ending: ended,
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        calls: Semaphore::new(CALLS_MAX),
    });
    house.announce();
    let until = options.until;
    let stop = async move {
        until.await;
        // The streams of events end by themselves, so that no browser keeps the program from ending.
        let _ = ending.send(true);
    };
    axum::serve(listener, routes(house)).with_graceful_shutdown(stop).await.map_err(Error::Ended)
}

fn routes(house: Arc<House>) -> Router {
    let names = Names::of_port(house.address.port());
    Router::new()
        .route("/", get(page))
        .route("/events", get(listen))
        .route("/rpc/{command}", post(call))
        .fallback(get(|uri: Uri| async move { pages::file(uri.path()) }))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(names, door::guard))
        .with_state(house)
}

impl House {
    fn announce(&self) {
        (self.announce)(&format!("http://{}/?key={}", self.address, self.visitors.key()));
    }

    fn session(&self, headers: &HeaderMap) -> Option<Arc<Session>> {
        self.visitors.find(door::cookie(headers, &self.cookie_name)?)
    }
}

#[derive(serde::Deserialize)]
struct Coming {
    key: Option<String>,
}

async fn page(State(house): State<Arc<House>>, Query(coming): Query<Coming>, headers: HeaderMap) -> Response {
    if house.session(&headers).is_some() {
        return pages::page();
    }
    let Some(token) = coming.key.and_then(|key| house.visitors.let_in(&key, house.program.chance())) else {
        return pages::closed();
    };
    house.announce();
    let mut answer = pages::page();
    let cookie = format!("{}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}", house.cookie_name, AWAY_MAX.as_secs());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}

fn stranger() -> Response {
    door::refusal(StatusCode::UNAUTHORIZED, "signed_out", "this browser is not known here: open the address that the program printed last in its terminal")
}

async fn listen(State(house): State<Arc<House>>, headers: HeaderMap) -> Response {
    let Some(session) = house.session(&headers) else { return stranger() };
    let Ok(place) = house.streams.clone().try_acquire_owned() else {
        return door::refusal(StatusCode::TOO_MANY_REQUESTS, "wait", "too many windows listen: close some");
    };
    let mut answer = events::stream_to(&house.program, session, house.ending.clone(), place).into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn call(State(house): State<Arc<House>>, Path(command): Path<String>, headers: HeaderMap, body: std::result::Result<Bytes, BytesRejection>) -> Response {
    if headers.get(OWN_HEADER).is_none_or(|value| value != "1") {
        return door::refusal(StatusCode::FORBIDDEN, "forbidden", "the header x-zhanggui: 1 is missing: only the program's own page may call");
    }
    let Some(session) = house.session(&headers) else { return stranger() };
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return door::refusal(StatusCode::PAYLOAD_TOO_LARGE, "bad_request", "a call is at most 2 MiB: send a file in pieces");
        }
        Err(_) => return door::refusal(StatusCode::BAD_REQUEST, "bad_request", "the call broke off: try again"),
    };
    let Ok(payload) = serde_json::from_slice(&body) else {
        return door::refusal(StatusCode::BAD_REQUEST, "bad_request", "a call is JSON");
    };
    let Ok(_at_work) = house.calls.acquire().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let answer = match rpc::dispatch(&house.program, &session, &command, payload).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (status_of(&error), Json(error)).into_response(),
    };
    ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
}

/// The status of an error; the page acts on its code alone.
fn status_of(error: &WireError) -> StatusCode {
    match error.code.as_str() {
        "bad_request" => StatusCode::BAD_REQUEST,
        "signed_out" | "locked" | "wrong_name_or_password" | "wrong_code" | "code_used" => StatusCode::UNAUTHORIZED,
        "forbidden" | "step_up" => StatusCode::FORBIDDEN,
        "not_found" => StatusCode::NOT_FOUND,
        "wait" => StatusCode::TOO_MANY_REQUESTS,
        "clock" | "in_use" | "keyring" | "refused" | "conflict" => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
