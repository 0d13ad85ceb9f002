//! Nothing is lost, nobody waits, and it ends when told.

use std::fs::{self, File};
use std::io::Write as _;

use tempfile::TempDir;

use super::*;
use crate::outlets::journal::Journal;
use crate::outlets::loopback::{Act, Receiver};
use crate::outlets::webhook::Webhook;

const GRACE: Duration = Duration::from_secs(20);

fn pace() -> Pace {
    Pace {
        poll: Duration::from_millis(5),
        first: Duration::from_millis(1),
        most: Duration::from_millis(4),
        save: Duration::ZERO,
    }
}

struct Desk {
    folder: TempDir,
    metrics: Metrics,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap(), metrics: Metrics::default() }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("alerts.json")
    }

    fn bookmark(&self) -> Bookmark {
        Bookmark::new(self.folder.path().join("webhook.bookmark"))
    }

    /// Writes the lines of these numbers.
    fn write(&self, numbers: std::ops::Range<usize>) {
        let mut file = File::options().append(true).create(true).open(self.journal()).unwrap();
        let text: String = numbers.map(|n| format!("{{\"n\":{n}}}\n")).collect();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn send_off(&self, outlet: Box<dyn Outlet>, pace: Pace) -> Courier {
        let place = self.bookmark().read().unwrap();
        let lines = Journal::open(&self.journal(), &place).unwrap();
        Courier::start(outlet, lines, self.bookmark(), pace, &self.metrics).unwrap()
    }

    fn webhook(&self, receiver: &Receiver) -> Courier {
        let patience = Duration::from_millis(500);
        self.send_off(Box::new(Webhook::open(&receiver.url(), patience).unwrap()), pace())
    }

    fn count(&self, metric: &str) -> u64 {
        let page = self.metrics.render();
        let line = page.lines().find(|l| l.starts_with(&format!("{metric}{{outlet=")));
        line.and_then(|l| l.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
    }
}

/// The numbers of the next `count` requests.
fn numbers(receiver: &Receiver, count: usize) -> Vec<usize> {
    let number = |body: String| body["{\"n\":".len()..body.len() - 1].parse().unwrap();
    (0..count).map(|_| number(receiver.next().body)).collect()
}

#[test]
fn lines_written_before_and_after_are_delivered_in_order() {
    let (desk, receiver) = (Desk::new(), Receiver::start(vec![]));
    desk.write(0..3);
    let courier = desk.webhook(&receiver);
    assert_eq!(numbers(&receiver, 3), [0, 1, 2]);
    desk.write(3..5);
    courier.wake();
    assert_eq!(numbers(&receiver, 2), [3, 4]);
    assert_eq!(courier.stop(GRACE), Left { all: true, trouble: None });
    assert_eq!(desk.count("botany_outlet_delivered_total"), 5);
    assert_eq!(desk.count("botany_outlet_waiting_bytes"), 0);
}

#[test]
fn what_fails_is_sent_again_until_it_is_taken() {
    let script = vec![Act::Answer(500), Act::Die, Act::HalfAnAnswer, Act::Answer(302)];
    let (desk, receiver) = (Desk::new(), Receiver::start(script));
    desk.write(0..2);
    let courier = desk.webhook(&receiver);
    assert_eq!(numbers(&receiver, 6), [0, 0, 0, 0, 0, 1]);
    assert!(courier.stop(GRACE).all);
    assert_eq!(desk.count("botany_outlet_delivered_total"), 2);
    assert_eq!(desk.count("botany_outlet_failed_total"), 4);
}

#[test]
fn a_line_refused_for_good_is_passed_over_and_counted() {
    let (desk, receiver) = (Desk::new(), Receiver::start(vec![Act::Answer(400)]));
    desk.write(0..2);
    let courier = desk.webhook(&receiver);
    assert_eq!(numbers(&receiver, 2), [0, 1]);
    assert!(courier.stop(GRACE).all);
    assert_eq!(desk.count("botany_outlet_refused_total"), 1);
    assert_eq!(desk.count("botany_outlet_delivered_total"), 1);
}

#[test]
fn after_a_restart_it_goes_on_where_it_was() {
    let (desk, receiver) = (Desk::new(), Receiver::start(vec![]));
    desk.write(0..3);
    assert!(desk.webhook(&receiver).stop(GRACE).all);
    assert_eq!(numbers(&receiver, 3), [0, 1, 2]);
    desk.write(3..5);
    fs::rename(desk.journal(), desk.folder.path().join("alerts.json.1")).unwrap();
    desk.write(5..6);
    assert!(desk.webhook(&receiver).stop(GRACE).all);
    assert_eq!(numbers(&receiver, 3), [3, 4, 5]);
    assert!(desk.webhook(&receiver).stop(GRACE).all);
    assert!(receiver.is_idle());
}

/// The receiver takes the request and says nothing: whoever writes the journal goes on, and the end comes in time.
#[test]
fn a_dead_receiver_holds_up_nobody_and_loses_nothing() {
    let (desk, dead) = (Desk::new(), Receiver::start(vec![Act::Hold; 1_000]));
    desk.write(0..1);
    let courier = desk.webhook(&dead);
    assert_eq!(numbers(&dead, 1), [0]);
    desk.write(1..300);
    let began = Instant::now();
    let left = courier.stop(Duration::from_millis(50));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(!left.all);
    assert_eq!(desk.bookmark().read().unwrap(), []);

    let alive = Receiver::start(vec![]);
    assert!(desk.webhook(&alive).stop(GRACE).all);
    assert!(numbers(&alive, 300).into_iter().eq(0..300));
}

#[test]
fn trouble_is_told_and_over_when_it_is_over() {
    let (desk, receiver) = (Desk::new(), Receiver::start(vec![Act::Answer(503); 3]));
    desk.write(0..2);
    let hour = Duration::from_secs(3_600);
    let slow = Pace { first: hour, most: hour, ..pace() };
    let url = receiver.url();
    let courier =
        desk.send_off(Box::new(Webhook::open(&url, Duration::from_secs(5)).unwrap()), slow);
    assert_eq!(numbers(&receiver, 1), [0]);
    let trouble = std::iter::repeat_with(|| {
        thread::yield_now();
        courier.trouble()
    });
    let trouble = trouble.flatten().next().unwrap();
    assert!(trouble.contains("503") && !trouble.contains("secret"), "{trouble}");
    // In a pause of an hour: told to stop, it tries once more and then gives up in time.
    let left = courier.stop(Duration::from_secs(1));
    assert!(!left.all && left.trouble.unwrap().contains("503"));
    assert_eq!(numbers(&receiver, 1), [0]);
}

/// A process that is killed writes no bookmark any more: what it had delivered since comes again, nothing is missing.
#[test]
fn after_a_kill_lines_come_again_rather_than_never() {
    let (desk, receiver) = (Desk::new(), Receiver::start(vec![]));
    desk.write(0..4);
    assert!(desk.webhook(&receiver).stop(GRACE).all);
    let killed_at = {
        let mut journal = Journal::open(&desk.journal(), &[]).unwrap();
        journal.next().unwrap();
        journal.next().unwrap();
        journal.places()
    };
    desk.bookmark().write(&killed_at).unwrap();
    assert!(desk.webhook(&receiver).stop(GRACE).all);
    assert_eq!(numbers(&receiver, 6), [0, 1, 2, 3, 2, 3]);
}

#[test]
fn a_bookmark_that_cannot_be_understood_means_all_again() {
    let (desk, receiver) = (Desk::new(), Receiver::start(vec![]));
    fs::write(&desk.bookmark().0, "{").unwrap();
    desk.write(0..2);
    assert!(desk.webhook(&receiver).stop(GRACE).all);
    assert_eq!(numbers(&receiver, 2), [0, 1]);
}

/// An outlet nobody reads from any more.
struct Gone;

impl Outlet for Gone {
    fn name(&self) -> &str {
        "gone"
    }

    fn send(&mut self, _: &str) -> Result<(), Error> {
        Err(Error::Closed("it".to_owned()))
    }
}

#[test]
fn it_ends_when_nobody_is_there_any_more() {
    let desk = Desk::new();
    desk.write(0..2);
    let left = desk.send_off(Box::new(Gone), pace()).stop(GRACE);
    assert_eq!(left, Left { all: false, trouble: Some("nobody reads it any more".to_owned()) });
}

#[test]
fn two_outlets_do_not_wait_for_each_other() {
    let (desk, held, quick) =
        (Desk::new(), Receiver::start(vec![Act::Hold; 99]), Receiver::start(vec![]));
    desk.write(0..50);
    let stuck = desk.webhook(&held);
    let lines = Journal::open(&desk.journal(), &[]).unwrap();
    let outlet = Webhook::open(&quick.url(), Duration::from_secs(5)).unwrap();
    let bookmark = Bookmark::new(desk.folder.path().join("other"));
    let courier = Courier::start(Box::new(outlet), lines, bookmark, pace(), &desk.metrics).unwrap();
    assert!(numbers(&quick, 50).into_iter().eq(0..50));
    assert!(courier.stop(GRACE).all);
    drop(stuck);
}
