//! How long until the program does anything.

use anyhow::Result;

use super::{Bench, Contender, Goal, Measure, OURS, Work, text};

/// `--version`, beside an interpreter that does nothing.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let shell = |name: &str, command: String| Contender {
        name: name.to_owned(),
        command: vec![
            "sh".to_owned(),
            "-c".to_owned(),
            format!("{command} && echo '{{\"answer\":null}}'"),
        ],
        cores: bench.threads,
    };
    let mut contenders =
        vec![shell(OURS, format!("'{}' --version > /dev/null", text(&bench.botany)))];
    if let Some(python) = &bench.python {
        let program = text(&python.program);
        contenders.push(shell("python", format!("'{program}' -c pass")));
        contenders.push(shell("python and duckdb", format!("'{program}' -c 'import duckdb'")));
        contenders
            .push(shell("python and sklearn", format!("'{program}' -c 'import sklearn.ensemble'")));
    }
    Ok(vec![Work {
        title: "start-up".to_owned(),
        contenders,
        goals: vec![Goal { peer: "python", measure: Measure::Wall, times: 1.0 }],
        agrees: |_, _| Ok(()),
        least_rounds: 1,
    }])
}
