//! `botany demo`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use botany_engine::Store;
use botany_enrich::threat::Rules;

use super::{Context, output, run as run_command};
use crate::reading::Reading;
use crate::recipe::Recipe;
use crate::report::figures::{count, estimate};
use crate::report::model::Report;
use crate::run::{self, Workspace, progress::Say};

/// The bundled capture: name and compressed bytes. `demo/README.md` says where it comes from.
const CAPTURE: [(&str, &[u8]); 3] = [
    ("auth.log.zst", include_bytes!("../../demo/auth.log.zst")),
    ("cowrie.json.zst", include_bytes!("../../demo/cowrie.json.zst")),
    ("eve.json.zst", include_bytes!("../../demo/eve.json.zst")),
];

/// What a reader of the report must know of the capture.
const LIMITS: [&str; 2] = [
    "the capture is a re-enactment: who came, when and with which names is real, the packets are those of stand-in clients",
    "nothing here can show how a Mirai device's own SSH packets look; see demo/README.md",
];

/// Run both built-in recipes, by flow and by address, over the bundled capture.
///
/// The data directory (botany-demo unless --data names another) stays behind with the models `article` and `population`, so that every other
/// command can be tried on it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  botany demo --data /tmp/botany-demo")]
pub struct Arguments {}

pub fn main(_: &Arguments, context: &Context) -> Result<()> {
    let data = if context.data_given { context.data.clone() } else { PathBuf::from("botany-demo") };
    let context =
        Context { data, data_given: true, format: context.format, config: context.config.clone() };
    let say = Say::new();
    collect(&context, &say)?;
    let workspace = Workspace::open(&context)?;

    let mut report = Report::default();
    for name in ["article", "population"] {
        let (recipe, text) = Recipe::find(name)?;
        let followed = run::follow(&recipe, &workspace, &say)?;
        run::keep(&recipe, &text, &followed, &workspace, None)?;
        merge(&mut report, followed.report);
    }
    report.header.title = "The article, end to end".to_owned();
    report.header.notes.extend(LIMITS.map(str::to_owned));

    drop(say);
    let page = context.data.join("report.html");
    run::write_page(&report, &page)?;
    run_command::show(&report, &context)?;
    if context.format == output::Format::Table {
        output::print(&in_short(&report, &context, &page, &workspace)?)?;
    }
    Ok(())
}

/// What to take away from all that was printed, in a few lines, and where it is looked at.
fn in_short(
    report: &Report,
    context: &Context,
    page: &Path,
    workspace: &Workspace,
) -> Result<String> {
    let usual = run::allowed::threat_list(workspace, &Rules::default())?.len() as u64;
    let (data, people) = (run::quoted(&context.data.display().to_string()), &report.population);
    let mut lines = vec![
        String::new(),
        "IN SHORT  what to look at".to_owned(),
        format!(
            "  {} of {} addresses are on the threat list by the recipe's rule (the article's six names); the default rule",
            count(people.listed),
            count(people.addresses)
        ),
        format!(
            "  of `botany enrich threat` lists {}: two rules give two lists, and each says which it is",
            count(usual)
        ),
        String::new(),
    ];
    for grain in &report.grains {
        let Some(honest) = grain.evaluations.iter().find(|e| !e.leaks) else { continue };
        let name = "average_precision";
        let (own, guess) = (honest.metric(name), grain.baseline.metric(name));
        lines.push(format!(
            "  one row {:<11} average precision {} by {}, where guessing gets {}",
            format!("{} {}:", if grain.grain == "address" { "an" } else { "a" }, grain.grain),
            estimate(own),
            honest.split,
            estimate(guess)
        ));
    }
    lines.extend([
        String::new(),
        format!("  all of it with plots   {}", page.display()),
        format!("  in a browser           botany serve --data {data}"),
        format!("  the {:<4} listed, and why  botany enrich threat --data {data}", count(usual)),
        format!(
            "  the {:<4} likewise         the same with the flags under WATCH",
            count(people.listed)
        ),
        "  what a word means      botany words".to_owned(),
        format!("  everything made here   {}", context.data.display()),
    ]);
    Ok(lines.join("\n"))
}

/// Collects the bundled capture, and gives the folder it was unpacked to.
pub fn collect(context: &Context, say: &Say) -> Result<Option<PathBuf>> {
    let capture = unpack(&context.data)?;
    check_own(&context.data, &capture)?;
    // The stamps of the capture's sshd log name no year.
    let reading = Reading { year: Some(2018), ..Reading::default() };
    let how = run::How { reading: &reading, to_the_end: true };
    run::collect_paths(&capture, how, context, say)?.all()?;
    Ok(capture.first().and_then(|path| path.parent()).map(Path::to_owned))
}

/// Writes the capture beside the store, where a person can look at it.
fn unpack(data: &Path) -> Result<Vec<PathBuf>> {
    // The store first: it refuses a folder that holds something else.
    Store::open(data)?;
    let folder = data.join("capture");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let mut paths = Vec::new();
    for (name, bytes) in CAPTURE {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        paths.push(path);
    }
    Ok(paths)
}

/// Refuses a data directory that holds other logs: a re-enactment must never mix with a sensor's own.
fn check_own(data: &Path, capture: &[PathBuf]) -> Result<()> {
    let digests = capture.iter().map(|path| Ok(botany_collect::digest(path, &[], &())?.whole));
    let digests = digests.collect::<Result<Vec<String>>>()?;
    let bookmarks = Store::open(data)?.bookmarks()?;
    if let Some(other) = bookmarks.iter().find(|bookmark| !digests.contains(&bookmark.digest)) {
        bail!(
            "{} holds {} already: the demo mixes with nothing, give it a directory of its own with --data",
            data.display(),
            other.file
        );
    }
    Ok(())
}

/// One report of two: the population is the first one's, grains and labels stand side by side.
fn merge(whole: &mut Report, mut part: Report) {
    if whole.header.recipe.is_empty() {
        *whole = part;
        return;
    }
    // The next steps stay those of the first recipe.
    whole.header.recipe += &format!(", {}", part.header.recipe);
    whole.clusterings.append(&mut part.clusterings);
    whole.grains.append(&mut part.grains);
    whole.labels.append(&mut part.labels);
    whole.doubts.append(&mut part.doubts);
}
