//! The smoke test of the real window: the built program under Xvfb, driven by WebKitWebDriver. A short list of what only a real window can show; whole flows run in
//! Chromium against the headless host.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::child::{self, Beside};
use crate::place::Place;
use crate::setup::{self, Need};
use crate::stage::Stage;
use crate::stop::{Explain, Outcome, Stop};
use crate::suites;
use crate::webdriver::Session;

// The limits of waiting tell a screen that never comes from one that is slow: a development build on a machine that does other things too.
const SCREEN_LIMIT: Duration = Duration::from_secs(60);
/// The making of the demo, which takes seconds in a release on a quiet machine.
pub const DEMO_LIMIT: Duration = Duration::from_secs(300);
/// A second start hands over to the first and ends.
const SECOND_START_LIMIT: Duration = Duration::from_secs(60);
/// The demo sells every six seconds. The page itself asks again only once a minute, so that a sale seen within this came as an event.
const SALE_LIMIT: Duration = Duration::from_secs(50);
/// A word between page, program and display.
const WORD_LIMIT: Duration = Duration::from_secs(30);
/// The watchdog of the program waits ten seconds before it acts.
const WATCHDOG_LIMIT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A window that painted nothing has one colour or two; a screen with text in it has shades by the hundred.
const COLOURS_MIN: u64 = 16;

// The screens are found by the classes of their parts, since their words depend on the language.
pub const OPEN_DEMO: &str = ".welcome .btn.primary";
pub const FIRST_START_SHOWN: &str = "return !!document.querySelector('.welcome .btn.primary') && /演示|demo/i.test(document.body.innerText)";
pub const FIGURES_SHOWN: &str = "const figures = document.querySelector('.today .figs a.v'); return !!figures && /[0-9]/.test(figures.innerText)";
const FIRST_FIGURE: &str = "return document.querySelector('.today .figs a.v')?.getAttribute('title') ?? ''";
pub const SIGN_IN_SHOWN: &str =
    "return document.querySelectorAll('.sign .boxes input').length === 6 && /[0-9]{3} [0-9]{3}/.test(document.querySelector('.phone .code')?.innerText ?? '')";
pub const FILL_IN: &str = ".phone .btn";
const OPEN_ORDERS: &str = "location.hash = '#/orders'; return true";
const NEWEST_ORDER: &str = "return document.querySelector('.rows .row .id')?.textContent.trim() ?? ''";
const IN_FRONT: &str = "return document.visibilityState === 'visible' && document.hasFocus()";
const NOT_IN_FRONT: &str = "return !document.hasFocus()";
const SIZE: &str = "return `${innerWidth} x ${innerHeight}`";
const SMALLER_SIZE: &str = "return innerWidth < 1366 && innerHeight < 768 ? `${innerWidth} x ${innerHeight}` : ''";
/// What the program logs when the page's word has reached its watchdog.
const PAINTED: &str = "the window is painted";

/// `cargo xtask window`.
pub fn task(place: &Place, arguments: &[String]) -> Outcome<()> {
    if !arguments.is_empty() {
        return Err(Stop::misuse("usage: cargo xtask window"));
    }
    setup::prepare(place, Need::Test)?;
    println!("{} passed, 0 failed", smoke(place)?);
    Ok(())
}

/// Builds the program and walks through it; gives the number of things seen. Anything not seen is an error.
///
/// Always the development build: a release lets nobody drive its window.
pub fn smoke(place: &Place) -> Outcome<u64> {
    child::run(&mut suites::build_programs_and_tests(place))?;
    let binary = place.built("zhanggui-desktop");
    if !binary.exists() {
        return Err(Stop::because(format!("{} does not exist", binary.display())));
    }
    let stage = Stage::set(place, "window")?;
    let mut walk = Walk { seen: 0, started: crate::summary::now() };
    let outcome = walk.through(&stage, &binary);
    if outcome.is_err() {
        let _ = stage.picture("window-failed");
        println!("The program's own words are in {}", stage.log().display());
    }
    outcome.map(|()| walk.seen)
}

/// What has been seen so far.
struct Walk {
    seen: u64,
    started: std::time::Instant,
}

impl Walk {
    fn saw(&mut self, what: &str) {
        self.seen += 1;
        println!("  seen at {:4.1} s: {what}", self.started.elapsed().as_secs_f64());
    }

    fn through(&mut self, stage: &Stage, binary: &Path) -> Outcome<()> {
        let session = stage.open(binary)?;
        self.first_start(stage, &session)?;
        self.demo(stage, &session)?;
        self.second_start(stage, binary, &session)?;
        session.script(OPEN_ORDERS)?;
        let order = session.wait("The newest order", NEWEST_ORDER, SCREEN_LIMIT)?;
        session.set_size(1180, 700)?;
        let size = session.wait("The smaller window", SMALLER_SIZE, SCREEN_LIMIT)?;
        stage.close(session)?;
        self.saw("the window closes by its button and the program ends");
        let session = stage.open(binary)?;
        self.sign_in(stage, &session, &size)?;
        self.order_is_kept(&session, &order)?;
        stage.close(session)?;
        self.watchdog(stage, binary)
    }

    fn first_start(&mut self, stage: &Stage, session: &Session) -> Outcome<()> {
        session.wait("The first start", FIRST_START_SHOWN, SCREEN_LIMIT)?;
        self.saw("the first start offers the demo");
        let title = session.script("return document.title")?;
        if !title.as_str().is_some_and(|title| title.contains("掌柜") || title.contains("Zhanggui")) {
            return Err(Stop::because(format!("The window's title is {title}")));
        }
        self.saw("the window's title names the program");
        let said = || std::fs::read_to_string(stage.log()).is_ok_and(|log| log.contains(PAINTED)).then_some(());
        wait_for("The page's word that it is painted", WORD_LIMIT, said)?;
        self.saw("the page says that it is painted, and the watchdog hears it");
        Ok(())
    }

    fn demo(&mut self, stage: &Stage, session: &Session) -> Outcome<()> {
        session.click(OPEN_DEMO)?;
        session.wait("今日", FIGURES_SHOWN, DEMO_LIMIT)?;
        self.saw("one click shows today's figures");
        wait_painted(stage, "window-today")?;
        self.saw("the figures are painted");
        let before = session.script(FIRST_FIGURE)?;
        let moved = format!("return document.querySelector('.today .figs a.v')?.getAttribute('title') !== {before}");
        session.wait("A sale of the open shop", &moved, SALE_LIMIT)?;
        self.saw("a sale moves the figures by itself: the program's events reach the window");
        Ok(())
    }

    /// A second start ends by itself with success and leaves the first in front.
    fn second_start(&mut self, stage: &Stage, binary: &Path, first: &Session) -> Outcome<()> {
        stage.screen()?.focus_nothing()?;
        first.wait("The first window behind", NOT_IN_FRONT, WORD_LIMIT)?;
        let ended = child::watched(stage.program(binary).args(stage.arguments()), SECOND_START_LIMIT);
        if !ended.success {
            return Err(Stop::because(format!("A second start did not hand over to the first: {}", ended.why)));
        }
        first.wait("The first window in front", IN_FRONT, WORD_LIMIT)?;
        self.saw("a second start focuses the first and ends");
        Ok(())
    }

    fn sign_in(&mut self, stage: &Stage, session: &Session, size: &serde_json::Value) -> Outcome<()> {
        session.wait("The sign-in", SIGN_IN_SHOWN, SCREEN_LIMIT)?;
        self.saw("a restart asks to sign in to the shop");
        let now = session.script(SIZE)?;
        if now != *size {
            return Err(Stop::because(format!("The window was {size} and opened again as {now}.")));
        }
        self.saw("the window opens as large as it was closed");
        wait_painted(stage, "window-signin")?;
        session.click(FILL_IN)?;
        session.wait("今日 after the sign-in", FIGURES_SHOWN, SCREEN_LIMIT)?;
        self.saw("the drawn phone fills in its code and the figures are there again");
        Ok(())
    }

    /// What was sold last before the window was closed is found again.
    fn order_is_kept(&mut self, session: &Session, order: &serde_json::Value) -> Outcome<()> {
        session.script(&format!("location.hash = '#/orders?q=' + {order}; return true"))?;
        let found = format!("return [...document.querySelectorAll('.rows .row .id')].some((id) => id.textContent.trim() === {order})");
        session.wait("The order from before the restart", &found, SCREEN_LIMIT)?;
        self.saw("a restart keeps the data: the last order from before it is found");
        Ok(())
    }

    /// A window that never paints: its page is stopped before it can, as where the graphics card draws nothing.
    fn watchdog(&mut self, stage: &Stage, binary: &Path) -> Outcome<()> {
        let dir = stage.data().join("dark");
        let mut command = stage.program(binary);
        command.arg("--dir").arg(&dir);
        for name in GRAPHICS {
            command.env_remove(name);
        }
        let mut program = Beside(command.spawn().explain(|| format!("Cannot start {}", binary.display()))?);
        let page = wait_for("The page's process", SCREEN_LIMIT, || page_of(program.0.id()))?;
        child::signal(page, "STOP");
        let id = program.0.id();
        let restarted = wait_for("The start in safe graphics", WATCHDOG_LIMIT, || GRAPHICS.iter().all(|name| has_variable(id, name)).then_some(()));
        child::signal(page, "KILL");
        restarted?;
        self.saw("a window that paints nothing is opened again in safe graphics");
        wait_painted(stage, "window-safe")?;
        if !dir.join("safe-graphics").exists() {
            return Err(Stop::because("The choice of safe graphics was not remembered."));
        }
        self.saw("it paints then, and the choice is remembered");
        stage.screen()?.close_window()?;
        let ended = wait_for("The end of the program", SCREEN_LIMIT, || program.0.try_wait().ok().flatten())?;
        if ended.success() { Ok(()) } else { Err(Stop::because(format!("The program ended with {ended}."))) }
    }
}

/// What makes WebKitGTK draw in software; the program sets them itself where it must.
const GRAPHICS: [&str; 2] = ["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE"];

/// The process that runs the page of a program.
pub fn page_of(program: u32) -> Option<u32> {
    child::descendants(program)
        .into_iter()
        .find(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("WebKitWebProces")))
}

/// Whether a process was started with a variable of this name.
pub fn has_variable(pid: u32, name: &str) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(format!("{name}=").as_bytes()))
}

/// Looks again and again until there is something.
pub fn wait_for<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> Outcome<T> {
    let started = crate::summary::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if started.elapsed() > limit {
            return Err(Stop::because(format!("{what} did not come within {} s.", limit.as_secs())));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Takes pictures until one shows something: a page that is there is painted a moment later, on a busy machine seconds later.
fn wait_painted(stage: &Stage, name: &str) -> Outcome<PathBuf> {
    wait_for(&format!("The picture {name}"), SCREEN_LIMIT, || stage.picture(name).ok().filter(|picture| painted(picture).is_ok()))
}

fn painted(picture: &PathBuf) -> Outcome<()> {
    let counted = child::output(std::process::Command::new("identify").args(["-format", "%k"]).arg(picture));
    let colours: Option<u64> = counted.and_then(|text| text.trim().parse().ok());
    match colours {
        Some(COLOURS_MIN..) => Ok(()),
        Some(few) => Err(Stop::because(format!("{} has only {few} colours: nothing was painted.", picture.display()))),
        None => Err(Stop::because("identify (Debian package imagemagick) did not count the colours.")),
    }
}
