//! A real browser, led by its driver, that tells what went wrong in it and whom it asked.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::command::{root, tools};

/// How long a page may take to show what is waited for: a fit on a busy machine is among it.
const PATIENCE: Duration = Duration::from_secs(90);

/// How many drivers are begun before one that listens.
const DRIVERS: usize = 5;

pub struct Browser {
    runtime: Runtime,
    client: Client,
    driver: Child,
}

/// Asks the driver for a log of the browser, which WebDriver itself does not know.
#[derive(Debug)]
struct Log(&'static str);

impl WebDriverCompatibleCommand for Log {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": self.0 }).to_string()))
    }
}

/// A driver, and the port it listens on; no port if it ended before that.
fn driver() -> (Child, Option<String>) {
    let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
    let mut driver = driver.unwrap();
    let said = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = said.map_while(Result::ok).find_map(|line| {
        let port = line.split("successfully on port ").nth(1)?;
        Some(port.trim_end_matches('.').to_owned())
    });
    if port.is_none() {
        driver.wait().unwrap();
    }
    (driver, port)
}

impl Browser {
    /// A browser of this width; `dark` as a person's own setting.
    pub fn open(width: u32, dark: bool) -> Browser {
        tools();
        // The driver takes a free port of IPv4 and wants the same of IPv6, which another may have: it
        // ends then, and a new one takes another.
        let (driver, port) = std::iter::repeat_with(driver)
            .take(DRIVERS)
            .find_map(|(driver, port)| Some((driver, port?)))
            .unwrap_or_else(|| panic!("no driver of {DRIVERS} started"));
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--window-size={width},1000"),
        ];
        if dark {
            arguments.push("--force-dark-mode".to_owned());
            arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let wanted = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let runtime = Runtime::new().unwrap();
        let client = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(wanted.as_object().unwrap().clone());
            builder.connect(&format!("http://127.0.0.1:{port}")).await.unwrap()
        });
        Browser { runtime, client, driver }
    }

    /// Goes to an address and waits until its page is there.
    pub fn go(&self, address: &str) {
        self.runtime.block_on(self.client.goto(address)).unwrap();
        self.find("main:not([aria-busy]) h1");
    }

    /// Waits for an element.
    pub fn find(&self, css: &str) -> fantoccini::elements::Element {
        let wait = self.client.wait().at_most(PATIENCE);
        let found = self.runtime.block_on(wait.for_element(Locator::Css(css)));
        found.unwrap_or_else(|e| {
            let log = self.runtime.block_on(self.client.issue_cmd(Log("browser"))).unwrap();
            panic!("{css}: {e}; the page says {}; its log {log}", self.text("body"))
        })
    }

    /// The text of an element that is there.
    pub fn text(&self, css: &str) -> String {
        let text = format!("return document.querySelector({}).innerText", json!(css));
        self.run(&text).as_str().unwrap_or_default().to_owned()
    }

    pub fn click(&self, css: &str) {
        let element = self.find(css);
        self.runtime.block_on(element.click()).unwrap();
    }

    pub fn type_into(&self, css: &str, text: &str) {
        let element = self.find(css);
        self.runtime.block_on(element.send_keys(text)).unwrap();
    }

    /// Puts a text into a field in place of what it holds.
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.find(css);
        self.runtime.block_on(element.clear()).unwrap();
        self.runtime.block_on(element.send_keys(text)).unwrap();
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Value {
        self.runtime.block_on(self.client.execute(script, Vec::new())).unwrap()
    }

    /// Writes a picture of the whole page, as far down as is looked at.
    pub fn picture(&self, name: &str) {
        let folder = root().join("target/screens");
        std::fs::create_dir_all(&folder).unwrap();
        let size =
            self.run("return [outerWidth, outerHeight, document.documentElement.scrollHeight]");
        let [width, height, whole] = [0, 1, 2].map(|at| size[at].as_u64().unwrap() as u32);
        self.runtime.block_on(async {
            let tall = (whole + 200).clamp(height, 3000);
            self.client.set_window_size(width, tall).await.unwrap();
            let picture = self.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
            self.client.set_window_size(width, height).await.unwrap();
        });
    }

    /// Where the page is.
    pub fn address(&self) -> String {
        self.runtime.block_on(self.client.current_url()).unwrap().to_string()
    }

    /// Waits until a script returns true.
    pub fn until(&self, script: &str) {
        let begin = std::time::Instant::now();
        while self.run(&format!("return Boolean({script})")) != json!(true) {
            let body = || self.text("body");
            assert!(begin.elapsed() < PATIENCE, "{script} does not come true: {}", body());
            std::thread::yield_now();
        }
    }

    /// Fails if a page complained, or asked anybody but `host`.
    pub fn was_well_behaved(&self, host: &str) {
        let log = |kind| self.runtime.block_on(self.client.issue_cmd(Log(kind))).unwrap();
        for entry in log("browser").as_array().unwrap() {
            assert!(entry["level"] != "SEVERE" && entry["level"] != "WARNING", "{entry}");
        }
        for entry in log("performance").as_array().unwrap() {
            let told: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let message = &told["message"];
            if message["method"] == "Network.requestWillBeSent" {
                let address = message["params"]["request"]["url"].as_str().unwrap();
                let own = address.starts_with(&format!("http://{host}/"));
                assert!(own || address.starts_with("data:"), "{address} was asked for");
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
