//! Where the real window is shown: a display, a message bus and a driver of its own for one run, ended with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::child::{self, Beside};
use crate::dbus::{Bus, first_line};
use crate::place::Place;
use crate::stop::{Explain, Outcome, Stop};
use crate::webdriver::{self, Session};
use crate::x11::Display;

/// An open store checkpoints and closes within this.
const CLOSE_LIMIT: Duration = Duration::from_secs(60);
const DRIVER_LIMIT: Duration = Duration::from_secs(30);

/// Display, bus and driver for one run.
pub struct Stage {
    display: String,
    bus: Bus,
    port: u16,
    data: PathBuf,
    pictures: PathBuf,
    log: PathBuf,
    // Dropped in this order: the driver ends its program before the display goes.
    driver: Beside,
    _screen: Beside,
}

impl Stage {
    /// Sets it up; `name` tells this run's folder and log from others'.
    pub fn set(place: &Place, name: &str) -> Outcome<Self> {
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut screen = Beside(xvfb.spawn().explain(|| "Cannot start Xvfb (Debian package xvfb)".to_owned())?);
        let number = first_line(&mut screen).ok_or_else(|| Stop::because("Xvfb did not say its display."))?;
        let display = format!(":{number}");
        let bus = Bus::start()?;
        let data = place.fresh_dir(name, false)?;
        let pictures = place.cache().join("pictures");
        fs::create_dir_all(&pictures).explain(|| format!("Cannot make {}", pictures.display()))?;
        let port = child::free_port()?;
        let log = pictures.join(format!("{name}.log"));
        let lines = fs::File::create(&log).explain(|| format!("Cannot write {}", log.display()))?;
        let mut driver = on_stage("WebKitWebDriver", &display, &bus, &data);
        driver.arg(format!("--port={port}")).stdin(Stdio::null()).stderr(lines.try_clone().explain(|| "Cannot share the log".to_owned())?).stdout(lines);
        driver.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = Beside(driver.spawn().explain(|| "Cannot start WebKitWebDriver (Debian package webkit2gtk-driver)".to_owned())?);
        let started = crate::summary::now();
        while !webdriver::is_ready(port) {
            if started.elapsed() > DRIVER_LIMIT {
                return Err(Stop::because("WebKitWebDriver did not get ready."));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(Self { display, bus, port, data, pictures, log, driver, _screen: screen })
    }

    /// The data of this run, removed at its end.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What driver and programs said.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What each start on this stage is told.
    pub fn arguments(&self) -> Vec<String> {
        vec!["--dir".to_owned(), self.data.join("shop").to_string_lossy().into_owned()]
    }

    /// A start beside the driver's.
    pub fn program(&self, binary: &Path) -> Command {
        let mut command = on_stage(&binary.to_string_lossy(), &self.display, &self.bus, &self.data);
        let lines = fs::OpenOptions::new().append(true).open(&self.log).map_or_else(|_| Stdio::null(), Stdio::from);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(lines);
        command
    }

    /// Has the driver start the program.
    pub fn open(&self, binary: &Path) -> Outcome<Session> {
        Session::open(self.port, &binary.to_string_lossy(), &self.arguments())
    }

    /// The display, for what a person does outside the page.
    pub fn screen(&self) -> Outcome<Display> {
        Display::open(&self.display)
    }

    /// Closes the window by its button and waits until the driver's program is gone: a restart is one only after that.
    pub fn close(&self, session: Session) -> Outcome<()> {
        self.screen()?.close_window()?;
        let started = crate::summary::now();
        while child::descendants(self.driver.0.id()).len() > 1 {
            if started.elapsed() > CLOSE_LIMIT {
                return Err(Stop::because("The program still runs after its window was closed."));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // The driver calls a program that ended by itself an error; what counts is that it takes the next one.
        let _ = session.close();
        Ok(())
    }

    /// The driver and everything it started.
    pub fn processes(&self) -> Vec<u32> {
        child::descendants(self.driver.0.id())
    }

    /// Takes a picture of the whole display.
    pub fn picture(&self, name: &str) -> Outcome<PathBuf> {
        let file = self.pictures.join(format!("{name}.png"));
        child::run(Command::new("import").args(["-display", &self.display, "-window", "root"]).arg(&file))?;
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
        .env("RUST_LOG", "warn,zhanggui_desktop=info")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("XDG_DATA_HOME", data.join("data"))
        .env("XDG_CONFIG_HOME", data.join("config"))
        .env("XDG_CACHE_HOME", data.join("cache"))
        .env_remove("WAYLAND_DISPLAY");
    command
}
