//! A row of `login`.

use super::{Text, row};

row! {
    /// One log-in as a login log tells it; `event_time` is in microseconds since 1970 UTC.
    pub struct LoginRow of LOGIN {
        event_time: i64,
        sensor: Option<Text<'a>>,
        service: Text<'a>,
        outcome: Text<'a>,
        method: Option<Text<'a>>,
        username: Option<Text<'a>>,
        password: Option<Text<'a>>,
        src_ip: Text<'a>,
        src_port: Option<u16>,
        dest_ip: Option<Text<'a>>,
        dest_port: Option<u16>,
        session: Option<Text<'a>>,
        attempts: u32,
        source: Text<'a>,
    }
}
