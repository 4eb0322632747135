//! The stream of events to a browser. A listener that falls behind is cut off: its browser connects again, and the page then asks anew for
//! what it shows.

use app::{Program, Session, wire::AppEvent};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

/// A word now and then, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Listening {
    program: Arc<Program>,
    session: Arc<Session>,
    events: broadcast::Receiver<AppEvent>,
    ending: watch::Receiver<bool>,
    /// Gives the place back when the browser goes.
    _place: OwnedSemaphorePermit,
}

/// The events of the program, from now on.
pub(crate) fn stream_to(
    program: &Arc<Program>,
    session: Arc<Session>,
    ending: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let listening = Listening { program: program.clone(), session, events: program.events(), ending, _place: place };
    Sse::new(stream::unfold(listening, next)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

async fn next(mut listening: Listening) -> Option<(Result<Event, Infallible>, Listening)> {
    loop {
        let event = tokio::select! {
            event = listening.events.recv() => event.ok()?,
            _ = listening.ending.wait_for(|ending| *ending) => return None,
        };
        if may_hear(&listening.program, &listening.session, &event)
            && let Ok(event) = Event::default().json_data(&event)
        {
            return Some((Ok(event), listening));
        }
    }
}

/// What a browser hears before anyone signed in there: where the program stands, and the jobs of a first start.
fn may_hear(program: &Program, session: &Session, event: &AppEvent) -> bool {
    match event {
        AppEvent::Phase => true,
        AppEvent::Job { job } => program.may_know_of(session, &job.id),
        AppEvent::Changed { .. } | AppEvent::Notice { .. } => session.presence().is_some_and(|presence| !presence.locked),
    }
}
