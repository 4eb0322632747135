//! `cargo xtask bench start`: from the start of the program to the figures, in the real window of a release build.
//!
//! Times come from the window under Xvfb, sizes from what is shipped, what moves from Chromium over the headless host: WebKit does not report it.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::bundle;
use crate::child;
use crate::measure::{self, Figure, percentile};
use crate::place::Place;
use crate::setup::{self, Need};
use crate::stage::Stage;
use crate::stop::{Explain, Outcome, Stop};
use crate::webdriver::Session;
use crate::window::{DEMO_LIMIT, FIGURES_SHOWN, FILL_IN, FIRST_START_SHOWN, OPEN_DEMO, SIGN_IN_SHOWN};

/// Starts measured. Each waits for a new code, since one counts once.
const STARTS: usize = 7;
/// Keys typed while the import runs: a person typing for some ten seconds.
const KEYS: &str = "re ke fen mao jin bei zi hua cha shui guo pin";
const BETWEEN_KEYS: Duration = Duration::from_millis(120);
const SCREEN_LIMIT: Duration = Duration::from_secs(60);
const SCRIPT_LIMIT: Duration = Duration::from_secs(20 * 60);
/// The window is left alone for so long before its memory is read.
const REST: Duration = Duration::from_secs(2);

/// Remembers when the button was pressed and when the figures had been painted.
const WATCH_SIGN_IN: &str = "
    const seen = window.signIn = {};
    document.querySelector('.phone .btn').addEventListener('click', (event) => { seen.pressed = event.timeStamp }, true);
    new MutationObserver(() => {
        if (seen.there || !/[0-9]/.test(document.querySelector('.today .figs a.v')?.textContent ?? '')) return;
        seen.there = true;
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => { seen.painted = performance.now() };
            channel.port2.postMessage(0);
        });
    }).observe(document.body, { childList: true, subtree: true, characterData: true });";
const SIGN_IN_TOOK: &str = "return window.signIn.painted ? window.signIn.painted - window.signIn.pressed : ''";
/// How long ago the first screen was painted.
const PAINTED_AGO: &str = "const paint = performance.getEntriesByName('first-contentful-paint')[0]; return paint ? performance.now() - paint.startTime : ''";
const CODE: &str = "return document.querySelector('.phone .code')?.textContent ?? ''";

/// Each key's way from the keyboard to the end of the frame that shows it.
const WATCH_KEYS: &str = "
    window.keys = [];
    addEventListener('keydown', (event) => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => window.keys.push(performance.now() - event.timeStamp);
        channel.port2.postMessage(0);
    }), true);";
/// Imports the real books that come with the program, through the same commands as the import screen.
const IMPORT: &str = "
    const call = (cmd, payload) => window.__TAURI_INTERNALS__.invoke('rpc', { cmd, payload });
    window.importing = call('import_probe', { upload_id: null, sample: true })
        .then(({ upload_id, mapping }) => call('import_start', { upload_id, mapping, date_order: null, dry_run: false, shop_id: null, new_shop_name: 'Books', currency: 'GBP', zone: 'Europe/London' }))
        .then(({ job_id }) => { window.importJob = job_id })
        .catch((error) => { window.importJob = `failed: ${JSON.stringify(error)}` });";
const IMPORT_STARTED: &str = "return window.importJob ?? ''";
const ASK_JOB: &str = "window.jobNow = null; window.__TAURI_INTERNALS__.invoke('rpc', { cmd: 'job_list', payload: {} })
        .then(({ jobs }) => { const job = jobs.find(({ id }) => id === window.importJob); window.jobNow = `${job?.state} ${job?.done}` });";
const JOB_NOW: &str = "return window.jobNow ?? ''";

/// The bench.
pub fn bench(place: &Place, _arguments: &[String]) -> Outcome<()> {
    setup::prepare(place, Need::Test)?;
    let program = bundle::measurable_program(place)?;
    let package = bundle::deb(place)?;
    let before = measure::busy_share();
    let mut figures = in_the_window(place, &program)?;
    let after = measure::busy_share();
    figures.extend(in_chromium(place)?);
    figures.push(package_size(&package));
    shuts_out_automation(place, &package.program)?;
    let quiet = measure::is_quiet(before) && measure::is_quiet(after);
    let page = page(place, &figures, (before, after), &package, &program)?;
    println!("\n{page}");
    if quiet {
        keep(place, &page)?;
    } else {
        println!("Not kept as evidence: the machine was busy.");
    }
    measure::judge(&figures, quiet)
}

/// The page of evidence.
fn page(place: &Place, figures: &[Figure], (before, after): (Option<f64>, Option<f64>), package: &bundle::Package, program: &Path) -> Outcome<String> {
    let percent = |share: Option<f64>| share.map_or("an unknown share".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let quiet = measure::is_quiet(before) && measure::is_quiet(after);
    let webkit = child::output(std::process::Command::new("pkg-config").args(["--modversion", "webkit2gtk-4.1"])).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let judged = if quiet { "quiet, so that times count" } else { "not quiet, so that times do not count" };
    let costs = costs(place, package, program)?;
    Ok(format!(
        "# From the start to the figures\n\n\
         Written by `cargo xtask bench start`. A release build in its real window: WebKitGTK {} under Xvfb without a graphics card, {cores} processors, files already in memory.\n\
         Other work took {} of the processors before and {} after: {judged}. The goal is for a shop's computer; the cap is for a machine like this one.\n\
         What moves and what is loaded comes from Chromium over `zhanggui serve`.\n\n{}{costs}",
        webkit.trim(),
        percent(before),
        percent(after),
        measure::table(figures, quiet),
    ))
}

fn keep(place: &Place, page: &str) -> Outcome<()> {
    let folder = place.root().join("docs").join("evidence");
    let file = folder.join("start.md");
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, page)).explain(|| format!("Cannot write {}", file.display()))
}

fn in_the_window(place: &Place, program: &Path) -> Outcome<Vec<Figure>> {
    let stage = Stage::set(place, "start")?;
    let measured = in_the_window_on(&stage, program);
    if measured.is_err() {
        let _ = stage.picture("start-failed");
        println!("The program's own words are in {}", stage.log().display());
    }
    measured
}

fn in_the_window_on(stage: &Stage, program: &Path) -> Outcome<Vec<Figure>> {
    let session = stage.open(program)?;
    session.wait("The first start", FIRST_START_SHOWN, SCREEN_LIMIT)?;
    let begun = crate::summary::now();
    session.click(OPEN_DEMO)?;
    session.wait("The demo", FIGURES_SHOWN, DEMO_LIMIT)?;
    let demo_ms = begun.elapsed().as_secs_f64() * 1000.0;
    stage.close(session)?;
    let (mut starts, mut sign_ins, mut used) = (Vec::new(), Vec::new(), String::new());
    for start in 1..=STARTS {
        let session = stage.open(program)?;
        starts.push(painted_after(stage, &session)?);
        sign_ins.push(sign_in(&session, &mut used)?);
        if start < STARTS {
            stage.close(session)?;
            continue;
        }
        let memory = memory(stage)?;
        let keys = keys_during_import(&session)?;
        stage.close(session)?;
        let mut figures = times(&starts, &sign_ins, demo_ms);
        figures.extend(memory);
        figures.push(keys);
        return Ok(figures);
    }
    Err(Stop::because("No start was measured."))
}

fn times(starts: &[f64], sign_ins: &[f64], demo_ms: f64) -> Vec<Figure> {
    let runs = |values: &[f64]| format!("{} runs: {}", values.len(), values.iter().map(|value| format!("{value:.0}")).collect::<Vec<_>>().join(", "));
    vec![
        Figure::time("start → sign-in painted, slowest", percentile(starts, 0.95), (1000.0, 3000.0), runs(starts)),
        Figure::time("sign-in → figures painted, slowest", percentile(sign_ins, 0.95), (800.0, 2500.0), runs(sign_ins)),
        Figure::time("demo by one click → figures", demo_ms, (10_000.0, 20_000.0), String::new()),
    ]
}

/// From the start of the process to the first paint of its page, which is the sign-in.
fn painted_after(stage: &Stage, session: &Session) -> Outcome<f64> {
    session.wait("The sign-in", SIGN_IN_SHOWN, SCREEN_LIMIT)?;
    let ago_ms = session.wait("The first paint", PAINTED_AGO, SCREEN_LIMIT)?;
    let process = stage.processes().into_iter().nth(1).ok_or_else(|| Stop::because("The driver's program is gone."))?;
    let age_ms = child::age_ms(process).ok_or_else(|| Stop::because("The system does not say when the program was started."))?;
    Ok(age_ms - number(&ago_ms)?)
}

/// From the press that gives the last digit to the painted figures: the password's key, opening the store, the first answer.
fn sign_in(session: &Session, used: &mut String) -> Outcome<f64> {
    let new_code = format!("const code = document.querySelector('.phone .code').textContent; return code !== {} ? code : ''", Value::from(used.as_str()));
    *used = text(&session.wait("A new code", &new_code, SCREEN_LIMIT)?);
    session.script(WATCH_SIGN_IN)?;
    session.click(FILL_IN)?;
    let took = session.wait("The figures", SIGN_IN_TOOK, SCREEN_LIMIT)?;
    // The code may have changed between looking and pressing.
    let now = text(&session.script(CODE)?);
    if !now.is_empty() {
        *used = now;
    }
    number(&took)
}

/// Memory by proportional shares: what processes have in common is counted once.
fn memory(stage: &Stage) -> Outcome<Vec<Figure>> {
    std::thread::sleep(REST);
    let parts: Vec<(String, f64)> =
        stage.processes().into_iter().skip(1).filter_map(|pid| Some((child::name(pid)?, child::pss_bytes(pid)? as f64 / 1e6))).collect();
    let tree = parts.iter().map(|(_, size)| size).sum();
    let own = parts.first().map(|(_, size)| *size).ok_or_else(|| Stop::because("The driver's program is gone."))?;
    let detail = parts.iter().map(|(name, size)| format!("{name} {size:.0}")).collect::<Vec<_>>().join(", ");
    Ok(vec![
        Figure::size("memory of all processes with figures shown (PSS)", tree, "MB", 350.0, detail),
        Figure::size("of it the program's own process", own, "MB", 80.0, String::new()),
    ])
}

fn keys_during_import(session: &Session) -> Outcome<Figure> {
    session.script(WATCH_KEYS)?;
    session.click(".find")?;
    session.wait("The palette", "return document.activeElement?.matches('.palette input') ?? false", SCREEN_LIMIT)?;
    session.script(IMPORT)?;
    let job = text(&session.wait("The import's start", IMPORT_STARTED, SCREEN_LIMIT)?);
    if job.starts_with("failed") {
        return Err(Stop::because(format!("The import did not start: {job}")));
    }
    let input = session.find(".palette input")?;
    for key in KEYS.chars() {
        session.type_into(&input, &key.to_string())?;
        std::thread::sleep(BETWEEN_KEYS);
    }
    session.script(ASK_JOB)?;
    let state = text(&session.wait("The import's state", JOB_NOW, SCREEN_LIMIT)?);
    if !state.starts_with("running") {
        return Err(Stop::because(format!("The import did not run to the end of the typing: {state}")));
    }
    let keys: Vec<f64> = session.script("return window.keys")?.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    if keys.len() < KEYS.len() {
        return Err(Stop::because(format!("Of {} keys {} were painted.", KEYS.len(), keys.len())));
    }
    let detail = format!(
        "{} keys, median {:.0} ms, slowest {:.0} ms; {} lines imported at the end",
        keys.len(),
        percentile(&keys, 0.5),
        percentile(&keys, 1.0),
        state.replace("running ", "")
    );
    Ok(Figure::time("key → letter painted while an import runs (p95)", percentile(&keys, 0.95), (50.0, 120.0), detail))
}

fn in_chromium(place: &Place) -> Outcome<Vec<Figure>> {
    let script = place.ui().join("tests").join("bench").join("start.mjs");
    let mut command = place.command("node");
    command.arg(script).env("ZHANGGUI_BIN", place.target().join("release").join("zhanggui"));
    let ended = child::watched(&mut command, SCRIPT_LIMIT);
    let found: Option<Value> = ended.lines.iter().rev().find_map(|line| serde_json::from_str(line).ok());
    let found = found.filter(|_| ended.success).ok_or_else(|| Stop::because(format!("What moves was not measured: {}", ended.why)))?;
    let initial = found["initial"].as_array().cloned().unwrap_or_default();
    let bytes: f64 = initial.iter().filter_map(|file| file["bytes"].as_f64()).sum();
    let names =
        initial.iter().map(|file| format!("{} {:.1}", text(&file["file"]), file["bytes"].as_f64().unwrap_or_default() / 1024.0)).collect::<Vec<_>>().join(", ");
    let lazy = &found["lazy_largest"];
    Ok(vec![
        layout_shift(&found),
        Figure::size("scripts before the sign-in stands (gzip)", bytes / 1024.0, "KB", 160.0, names),
        Figure::size("largest script loaded later (gzip)", lazy["bytes"].as_f64().unwrap_or(f64::INFINITY) / 1024.0, "KB", 260.0, text(&lazy["file"])),
    ])
}

/// What moved on the screens of a start although nobody pressed anything, and beside it what moved on the others. Chromium counts shares of the
/// screen times shares of the way; under its own four places after the point nothing is seen.
fn layout_shift(found: &Value) -> Figure {
    let shifts = found["shifts"].as_array().cloned().unwrap_or_default();
    let value = |shift: &Value, key: &str| shift[key].as_f64().unwrap_or(f64::INFINITY);
    let of_start: f64 = shifts.iter().filter(|shift| shift["of_start"] == Value::Bool(true)).map(|shift| value(shift, "unasked")).sum();
    let others = shifts.iter().filter(|shift| shift["of_start"] != Value::Bool(true));
    let moved = others.map(|shift| format!("{} {:.4}", text(&shift["screen"]), value(shift, "unasked") + value(shift, "after_input"))).collect::<Vec<_>>();
    let detail = format!("{} screens looked at; beside the start, with what moved within half a second of a press: {}", shifts.len(), moved.join(", "));
    Figure::size("layout shift of a start after the first paint", (of_start * 1e4).round() / 1e4, "", 0.0, detail)
}

fn package_size(package: &bundle::Package) -> Figure {
    Figure::size(
        "Debian package",
        package.bytes as f64 / 1e6,
        "MB",
        20.0,
        package.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
    )
}

/// The packaged program, asked to let itself be driven, must not: it starts itself again without the words that ask for it.
fn shuts_out_automation(place: &Place, program: &Path) -> Outcome<()> {
    let stage = Stage::set(place, "shut")?;
    let mut command = stage.program(program);
    let mut started = child::Beside(
        command
            .args(stage.arguments())
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            .spawn()
            .map_err(|error| Stop::because(error.to_string()))?,
    );
    let id = started.0.id();
    let shut = crate::window::wait_for("The packaged program without remote control", SCREEN_LIMIT, || {
        (crate::window::page_of(id).is_some() && !crate::window::has_variable(id, "TAURI_WEBVIEW_AUTOMATION")).then_some(())
    });
    child::end_tree(&mut started.0);
    shut
}

fn costs(place: &Place, package: &bundle::Package, program: &Path) -> Outcome<String> {
    let rows = |rows: &[(String, u64)]| rows.iter().map(|(name, bytes)| format!("| {name} | {:.0} |\n", *bytes as f64 / 1024.0)).collect::<String>();
    let head = |title: &str, of: &str| format!("\n## {title}\n\n| {of} | KB |\n|---|---:|\n");
    Ok([
        head("What the package's files cost in it", "file"),
        rows(&package.parts),
        head("Of the program: the files that it carries, packed", "file"),
        rows(&bundle::carried_files(place)?),
        head("What the program consists of, before packing", "from"),
        rows(&bundle::by_library(program)?),
    ]
    .concat())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> Outcome<f64> {
    value.as_f64().ok_or_else(|| Stop::because(format!("The page gave no number: {value}")))
}
