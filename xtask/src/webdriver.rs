//! The few W3C WebDriver calls that the smoke test of the window needs. Source: <https://www.w3.org/TR/webdriver2/>.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http;
use crate::stop::{Outcome, Stop};

/// One opened window of the program.
pub struct Session {
    port: u16,
    id: String,
}

impl Session {
    /// Has the driver start the program; the window may need several seconds on a loaded machine.
    pub fn open(port: u16, binary: &str, arguments: &[String]) -> Outcome<Self> {
        let options = json!({ "binary": binary, "args": arguments });
        let body = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let value = value_of(http::json(port, "POST", "/session", Some(&body))?)?;
        let id = value["sessionId"].as_str().ok_or_else(|| Stop::because(format!("The driver opened no session: {value}")))?;
        Ok(Self { port, id: id.to_owned() })
    }

    /// Runs a function body in the page and gives what it returns.
    pub fn script(&self, body: &str) -> Outcome<Value> {
        self.post("execute/sync", &json!({ "script": body, "args": [] }))
    }

    /// The first element a CSS selector finds.
    pub fn find(&self, selector: &str) -> Outcome<String> {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector }))?;
        let id = found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| Stop::because(format!("{selector} was not found")))
    }

    /// Clicks the first element a CSS selector finds.
    pub fn click(&self, selector: &str) -> Outcome<()> {
        let id = self.find(selector)?;
        self.post(&format!("element/{id}/click"), &json!({})).map(|_| ())
    }

    /// Presses keys in an element that was found.
    pub fn type_into(&self, id: &str, keys: &str) -> Outcome<()> {
        self.post(&format!("element/{id}/value"), &json!({ "text": keys })).map(|_| ())
    }

    /// Makes the window so large; the page may get less where the display is smaller.
    pub fn set_size(&self, width: u32, height: u32) -> Outcome<()> {
        self.post("window/rect", &json!({ "width": width, "height": height })).map(|_| ())
    }

    /// Waits until a script gives something true; says what was waited for when it does not.
    pub fn wait(&self, what: &str, body: &str, limit: Duration) -> Outcome<Value> {
        let started = crate::summary::now();
        let mut last = String::new();
        while started.elapsed() < limit {
            match self.script(body) {
                Ok(Value::Null | Value::Bool(false)) => {}
                Ok(Value::String(text)) if text.is_empty() => {}
                Ok(value) => return Ok(value),
                Err(stop) => last = stop.message,
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let shown = self.script("return document.body ? document.body.innerText.slice(0, 600) : ''").unwrap_or(Value::Null);
        Err(Stop::because(format!("{what} did not come within {} s. {last} The window shows: {shown}", limit.as_secs())))
    }

    /// Closes the window and with it the program.
    pub fn close(self) -> Outcome<()> {
        value_of(http::json(self.port, "DELETE", &format!("/session/{}", self.id), None)?).map(|_| ())
    }

    fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        value_of(http::json(self.port, "POST", &format!("/session/{}/{path}", self.id), Some(body))?)
    }
}

/// Takes the value out of an answer, or the driver's error.
fn value_of(mut answer: Value) -> Outcome<Value> {
    let value = answer["value"].take();
    match value["error"].as_str() {
        Some(error) => Err(Stop::because(format!("{error}: {}", value["message"].as_str().unwrap_or_default()))),
        None => Ok(value),
    }
}

/// Whether the driver takes sessions.
pub fn is_ready(port: u16) -> bool {
    http::json(port, "GET", "/status", None).is_ok_and(|answer| answer["value"]["ready"] == Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_driver_is_an_error() {
        assert_eq!(value_of(json!({ "value": 3 })).unwrap(), 3);
        let stop = value_of(json!({ "value": { "error": "no such element", "message": "x" } })).unwrap_err();
        assert_eq!(stop.message, "no such element: x");
    }
}
