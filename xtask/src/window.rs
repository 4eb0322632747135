//! The smoke test of the real window: the built program under Xvfb, driven by WebKitWebDriver. A short list of what only a real window can show; whole flows run in
//! Chromium against the headless host.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::child::{self, Beside};
use crate::dbus::{Bus, first_line};
use crate::place::Place;
use crate::setup::{self, Need};
use crate::stop::{Explain, Outcome, Stop};
use crate::suites;
use crate::webdriver::{self, Session};

/// The two windows of the walk are opened within this, demo data included, on a loaded machine.
const SCREEN_LIMIT: Duration = Duration::from_secs(60);
/// A second start hands over to the first and ends.
const SECOND_START_LIMIT: Duration = Duration::from_secs(20);
/// An open store checkpoints and closes within this.
const CLOSE_LIMIT: Duration = Duration::from_secs(20);
const DRIVER_LIMIT: Duration = Duration::from_secs(15);

const FIRST_START_SHOWN: &str = "return !!document.querySelector('[data-test=open-demo]') && /演示|demo/i.test(document.body.innerText)";
const FIGURES_SHOWN: &str = "const today = document.querySelector('[data-test=today]'); return !!today && /[0-9]/.test(today.innerText)";
const SIGN_IN_SHOWN: &str = "return !!document.querySelector('[data-test=signin]')";

/// `cargo xtask window [PROGRAM]`: a program that stands there already, a release bundle's for instance, is taken as it is.
pub fn task(place: &Place, arguments: &[String]) -> Outcome<()> {
    let passed = match arguments {
        [] => {
            setup::prepare(place, Need::Test)?;
            smoke(place)?
        }
        [program] => walk_through(place, Path::new(program))?,
        _ => return Err(Stop::misuse("usage: cargo xtask window [PROGRAM]")),
    };
    println!("{passed} passed, 0 failed");
    Ok(())
}

/// Builds the program and walks through it.
pub fn smoke(place: &Place) -> Outcome<u64> {
    child::run(&mut suites::build_programs_and_tests(place))?;
    walk_through(place, &place.built("zhanggui-desktop"))
}

/// Walks through a built program; gives the number of things seen. Anything not seen is an error.
fn walk_through(place: &Place, binary: &Path) -> Outcome<u64> {
    if !binary.exists() {
        return Err(Stop::because(format!("{} does not exist", binary.display())));
    }
    let stage = Stage::set(place)?;
    let mut walk = Walk { seen: 0 };
    let outcome = walk.through(&stage, binary);
    if outcome.is_err() {
        let _ = stage.picture("window-failed");
        println!("The program's own words are in {}", stage.pictures.join("window.log").display());
    }
    outcome.map(|()| walk.seen)
}

/// Display, bus and driver for one run.
struct Stage {
    display: String,
    bus: Bus,
    port: u16,
    data: PathBuf,
    pictures: PathBuf,
    // Dropped in this order: the driver ends its program before the display goes.
    driver: Beside,
    _screen: Beside,
}

impl Stage {
    fn set(place: &Place) -> Outcome<Self> {
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut screen = Beside(xvfb.spawn().explain(|| "Cannot start Xvfb (Debian package xvfb)".to_owned())?);
        let number = first_line(&mut screen).ok_or_else(|| Stop::because("Xvfb did not say its display."))?;
        let display = format!(":{number}");
        let bus = Bus::start()?;
        let data = place.fresh_dir("window", false)?;
        let pictures = place.cache().join("pictures");
        fs::create_dir_all(&pictures).explain(|| format!("Cannot make {}", pictures.display()))?;
        let port = child::free_port()?;
        let log = fs::File::create(pictures.join("window.log")).explain(|| "Cannot write window.log".to_owned())?;
        let mut driver = on_stage("WebKitWebDriver", &display, &bus, &data);
        driver.arg(format!("--port={port}")).stdin(Stdio::null()).stderr(log.try_clone().explain(|| "Cannot share window.log".to_owned())?).stdout(log);
        let driver = Beside(driver.spawn().explain(|| "Cannot start WebKitWebDriver (Debian package webkit2gtk-driver)".to_owned())?);
        let started = crate::summary::now();
        while !webdriver::is_ready(port) {
            if started.elapsed() > DRIVER_LIMIT {
                return Err(Stop::because("WebKitWebDriver did not get ready."));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(Self { display, bus, port, data, pictures, driver, _screen: screen })
    }

    fn arguments(&self) -> Vec<String> {
        vec!["--dir".to_owned(), self.data.join("shop").to_string_lossy().into_owned()]
    }

    fn open(&self, binary: &Path) -> Outcome<Session> {
        Session::open(self.port, &binary.to_string_lossy(), &self.arguments())
    }

    /// Closes the window and waits until the driver's program is gone: a restart is one only after that.
    fn close(&self, session: Session) -> Outcome<()> {
        // The program may be gone before the driver has answered, which it then calls an error. What counts is that it is gone.
        let answer = session.close();
        let started = crate::summary::now();
        while child::descendants(self.driver.0.id()).len() > 1 {
            if started.elapsed() > CLOSE_LIMIT {
                let said = answer.err().map(|stop| stop.message).unwrap_or_default();
                return Err(Stop::because(format!("The program still runs after its window was closed. {said}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Takes a picture of the whole display; a picture of one colour only means that nothing was painted.
    fn picture(&self, name: &str) -> Outcome<PathBuf> {
        let file = self.pictures.join(format!("{name}.png"));
        child::run(Command::new("import").args(["-display", &self.display, "-window", "root"]).arg(&file))?;
        println!("  picture: {}", file.display());
        Ok(file)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// A program on this display and bus. The two WebKit variables ask for software drawing: without them a page under Xvfb may never paint.
fn on_stage(program: &str, display: &str, bus: &Bus, data: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("DISPLAY", display)
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .env("GDK_BACKEND", "x11")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("TAURI_AUTOMATION", "true")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("XDG_DATA_HOME", data.join("data"))
        .env("XDG_CONFIG_HOME", data.join("config"))
        .env("XDG_CACHE_HOME", data.join("cache"))
        .env_remove("WAYLAND_DISPLAY");
    command
}

/// What has been seen so far.
struct Walk {
    seen: u64,
}

impl Walk {
    fn saw(&mut self, what: &str) {
        self.seen += 1;
        println!("  seen: {what}");
    }

    fn through(&mut self, stage: &Stage, binary: &Path) -> Outcome<()> {
        let session = stage.open(binary)?;
        session.wait("The first start", FIRST_START_SHOWN, SCREEN_LIMIT)?;
        self.saw("the first start offers the demo");
        let title = session.script("return document.title")?;
        if !title.as_str().is_some_and(|title| title.contains("掌柜") || title.contains("Zhanggui")) {
            return Err(Stop::because(format!("The window's title is {title}")));
        }
        self.saw("the window's title names the program");
        session.click("[data-test=open-demo]")?;
        session.wait("今日", FIGURES_SHOWN, SCREEN_LIMIT)?;
        self.saw("one click shows today's figures");
        let colours = colours(&stage.picture("window-today")?)?;
        if colours < 16 {
            return Err(Stop::because(format!("The picture of the window has only {colours} colours: nothing was painted.")));
        }
        self.saw("the figures are painted");
        self.second_start(stage, binary, &session)?;
        stage.close(session)?;
        let session = stage.open(binary)?;
        session.wait("The sign-in", SIGN_IN_SHOWN, SCREEN_LIMIT)?;
        self.saw("a restart keeps the shop and asks to sign in");
        stage.picture("window-signin")?;
        stage.close(session)
    }

    /// A second start ends by itself with success and leaves the first in front.
    fn second_start(&mut self, stage: &Stage, binary: &Path, first: &Session) -> Outcome<()> {
        let mut second = on_stage(&binary.to_string_lossy(), &stage.display, &stage.bus, &stage.data);
        let ended = child::watched(second.args(stage.arguments()), SECOND_START_LIMIT);
        if !ended.success {
            return Err(Stop::because(format!("A second start did not hand over to the first: {}", ended.why)));
        }
        first.wait("The first window in front", "return document.visibilityState === 'visible' && document.hasFocus()", DRIVER_LIMIT)?;
        self.saw("a second start focuses the first and ends");
        Ok(())
    }
}

fn colours(picture: &Path) -> Outcome<u64> {
    let counted = child::output(Command::new("identify").args(["-format", "%k"]).arg(picture));
    counted.and_then(|text| text.trim().parse().ok()).ok_or_else(|| Stop::because("identify (Debian package imagemagick) did not count the colours."))
}
