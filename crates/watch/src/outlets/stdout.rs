//! Standard output.

use std::io::{self, Write};

use super::{Error, Kind, Outlet};

pub(super) const KIND: Kind = Kind {
    name: "stdout",
    about: "prints each alert on a line of its own; ends when nobody reads any more",
    address: "stdout",
    open: |rest| match rest {
        "" => Ok(Box::new(Stdout(io::stdout()))),
        _ => Err("standard output has no address: give `stdout` alone".to_owned()),
    },
};

struct Stdout<W>(W);

impl<W: Write + Send> Outlet for Stdout<W> {
    fn name(&self) -> &str {
        KIND.name
    }

    fn send(&mut self, line: &str) -> Result<(), Error> {
        // In one piece, so that what others print does not get between.
        let written = self.0.write_all(format!("{line}\n").as_bytes());
        written.and_then(|()| self.0.flush()).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Error::Closed("standard output".to_owned()),
            _ => {
                Error::Unavailable { outlet: "standard output".to_owned(), why: error.to_string() }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_a_line() {
        let mut outlet = Stdout(Vec::new());
        outlet.send("{}").unwrap();
        outlet.send("{1}").unwrap();
        assert_eq!(outlet.0, b"{}\n{1}\n");
    }

    #[test]
    fn a_reader_that_is_gone_is_told_from_one_that_is_slow() {
        let broken = Stdout(Broken(io::ErrorKind::BrokenPipe)).send("x");
        assert!(matches!(broken, Err(Error::Closed(_))));
        let full = Stdout(Broken(io::ErrorKind::StorageFull)).send("x");
        assert!(matches!(full, Err(Error::Unavailable { .. })));
    }
}
