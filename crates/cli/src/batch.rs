//! `batch`: one command a line from standard input after one sign-in, one JSON a line in answer. A line that fails is answered with its error,
//! and the next is done all the same.

use crate::{act, arguments::Common, desk::Desk, entry, failure::Failure, findings, job::Show, kept, tongue};
use serde_json::Value;
use std::{
    io::{BufRead as _, Write as _},
    process::ExitCode,
};

/// A longer line is no command.
const LINE_BYTES_MAX: usize = 64 << 10;

/// Where the lines are done: here, or by the session that `login` keeps.
enum Worker {
    Own(Box<Desk>),
    Kept,
}

/// Reads lines until the input ends. The exit code is that of the first line that failed.
pub async fn run(common: &Common) -> Result<ExitCode, Failure> {
    let says_who = common.user.is_some() || common.password_file.is_some() || common.totp.is_some();
    let worker = if !says_who && kept::is_there(common).await? {
        Worker::Kept
    } else {
        let shown = entry::shown(common)?;
        let desk = Desk::new(common, Show::Nothing)?;
        if let Err(failure) = entry::sign_in(&desk, shown).await {
            desk.program.shut_down().await;
            return Err(failure);
        }
        Worker::Own(Box::new(desk))
    };
    let ended = lines(common, &worker).await;
    if let Worker::Own(desk) = worker {
        desk.program.shut_down().await;
    }
    ended
}

async fn lines(common: &Common, worker: &Worker) -> Result<ExitCode, Failure> {
    let mut first_failure = 0;
    let input = std::io::stdin();
    let mut line = String::new();
    loop {
        line.clear();
        // A batch is a script's; between two lines nothing else waits for this thread.
        let read = input.lock().read_line(&mut line).map_err(|error| Failure::Fault(format!("standard input could not be read: {error}")))?;
        if read == 0 {
            return Ok(first_failure.into());
        }
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let answer = match words(text) {
            Ok(words) => one(common, worker, words).await,
            Err(failure) => Err(failure),
        };
        let answer = answer.map(|mut answer| {
            findings::put_into_words(&mut answer, tongue::of(common));
            answer
        });
        let shown = answer.unwrap_or_else(|failure| {
            if first_failure == 0 {
                first_failure = failure.exit_number();
            }
            failure.to_json(tongue::of(common))
        });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{shown}").and_then(|()| out.flush()).map_err(|error| Failure::Fault(format!("standard output is closed: {error}")))?;
    }
}

async fn one(common: &Common, worker: &Worker, words: Vec<String>) -> Result<Value, Failure> {
    match worker {
        Worker::Own(desk) => act::act_on_words(desk, &words).await,
        Worker::Kept => {
            // The session speaks English and is translated here, which cannot be done with what its parser says.
            act::parsed(&words, tongue::of(common))?;
            kept::pass_words_on(common, words).await?.ok_or_else(|| Failure::Refused("the kept session is over: `zhanggui login` begins a new one".into()))
        }
    }
}

/// Splits a line into words as a shell does, without its other powers: quotes and backslashes.
pub fn words(line: &str) -> Result<Vec<String>, Failure> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Failure::Usage("this line is too long to be a command".into()));
    }
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(Failure::Usage("a quote is not closed".into()));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_split_as_in_a_shell() {
        for (line, expected) in [
            ("orders list", vec!["orders", "list"]),
            ("  import orders 'my file.csv' ", vec!["import", "orders", "my file.csv"]),
            (r#"a "b \" c" d\ e ''"#, vec!["a", "b \" c", "d e", ""]),
            (r"'a\b'", vec![r"a\b"]),
        ] {
            assert_eq!(words(line).ok(), Some(expected.into_iter().map(str::to_owned).collect()), "{line}");
        }
        assert!(words("a 'b").is_err());
    }
}
