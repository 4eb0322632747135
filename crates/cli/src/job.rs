//! Following a job to its end, with a bar on a terminal.

use crate::{desk::Desk, failure::Failure};
use app::wire::{AppEvent, Empty, Job, JobRef, JobState, Jobs};
use indicatif::{ProgressBar, ProgressStyle};
use std::{io::IsTerminal as _, time::Duration};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// An event may be lost, so the job is also looked at now and then.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    Bar,
    Nothing,
}

impl Show {
    /// A bar where a person looks on.
    pub fn of_terminal(json: bool) -> Self {
        if !json && std::io::stderr().is_terminal() { Self::Bar } else { Self::Nothing }
    }

    fn bar(self) -> ProgressBar {
        match self {
            // Until it is known how much there is, no bar: an empty one of 0 of 0 is drawn full.
            Self::Bar => ProgressBar::new_spinner(),
            Self::Nothing => ProgressBar::hidden(),
        }
    }
}

/// Starts a job by a command of the contract and follows it to its end. Ctrl+C asks it to stop at its next safe place.
pub async fn run<A: serde::Serialize + Sync>(desk: &Desk, command: &str, ask: &A) -> Result<Job, Failure> {
    let mut events = desk.program.events();
    let started: JobRef = desk.ask(command, ask).await?;
    let bar = desk.show.bar();
    let job = follow(desk, &started.job_id, &mut events, &bar).await;
    bar.finish_and_clear();
    let job = job?;
    match (job.state, &job.error) {
        (JobState::Failed, Some(error)) => Err(Failure::Wire(error.clone())),
        (JobState::Failed, None) => Err(Failure::Fault("the job failed and did not say why".into())),
        (JobState::Cancelled, _) => Err(Failure::Refused("stopped as you asked; what was done before stays, and doing it again goes on from there".into())),
        _ => Ok(job),
    }
}

async fn follow(desk: &Desk, id: &str, events: &mut Receiver<AppEvent>, bar: &ProgressBar) -> Result<Job, Failure> {
    loop {
        let told = tokio::select! {
            event = events.recv() => match event {
                Ok(AppEvent::Job { job }) if job.id == id => Some(job),
                Ok(_) | Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return Err(Failure::Fault("the program ended before the job did".into())),
            },
            () = tokio::time::sleep(LOOK_EVERY) => {
                let jobs: Jobs = desk.ask("job_list", &Empty {}).await?;
                jobs.jobs.into_iter().find(|job| job.id == id)
            }
            pressed = tokio::signal::ctrl_c() => {
                if pressed.is_ok() {
                    let _: Empty = desk.ask("job_cancel", &JobRef { job_id: id.to_owned() }).await?;
                }
                None
            }
        };
        let Some(job) = told else { continue };
        draw(bar, &job);
        if job.state != JobState::Running {
            return Ok(job);
        }
    }
}

fn draw(bar: &ProgressBar, job: &Job) {
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    bar.set_message(job.title.clone());
    if job.total > 0 && bar.length() != Some(number(job.total)) {
        bar.set_length(number(job.total));
        let form = if job.unit == "bytes" { "{msg} {wide_bar} {bytes}/{total_bytes} {eta}" } else { "{msg} {wide_bar} {human_pos}/{human_len} {eta}" };
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style);
        }
    }
    bar.set_position(number(job.done));
}
