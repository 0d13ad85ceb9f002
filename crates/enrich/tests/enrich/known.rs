use std::path::{Path, PathBuf};

use botany_enrich::frequency::{self, By, Population};
use botany_enrich::known::Databases;
use botany_enrich::threat::{self, Rules};

use crate::house::{House, Open, print};

async fn open() -> Open {
    let open = House::default()
        .flow("2018-05-06T01:00:00Z", "8.8.8.8", &[])
        .flow("2018-05-06T02:00:00Z", "8.8.8.8", &[("dest_port", "23")])
        .flow("2018-05-07T01:00:00Z", "2001:4860:4860::8888", &[])
        .flow("2018-05-07T01:00:00Z", "198.51.100.9", &[("dest_port", "null")])
        .ssh("2018-05-06T01:00:00Z", "8.8.8.8", "mother")
        .ssh("2018-05-06T01:00:01Z", "8.8.8.8", "ubnt")
        .login("2018-05-06T01:00:02Z", "193.0.6.139", "marek", &[("outcome", "accepted")])
        .open()
        .await;
    Databases::open(None, None).unwrap().register(&open.engine).await.unwrap();
    open
}

#[tokio::test]
async fn every_source_of_flows_and_logins_is_known_once() {
    assert_eq!(
        open().await.ask("SELECT * FROM source ORDER BY src_ip").await,
        [
            "193.0.6.139 NL 2026-06-17 null null RIPE NCC",
            "198.51.100.9 null 2026-06-17 null null TEST-NET-2",
            "2001:4860:4860::8888 US 2026-06-17 null null Global Unicast",
            "8.8.8.8 US 2026-06-17 null null Administered by ARIN",
        ]
    );
}

#[tokio::test]
async fn frequencies_count_sources_flows_and_logins() {
    let open = open().await;
    let table = async |by, who| print(&frequency::by(&open.engine, by, who).await.unwrap());
    let all = Population::Everyone;
    assert_eq!(
        table(By::Source, all).await,
        [
            "8.8.8.8 1 2 2 2",
            "193.0.6.139 1 0 1 0",
            "198.51.100.9 1 1 0 0",
            "2001:4860:4860::8888 1 1 0 0"
        ]
    );
    assert_eq!(table(By::Port, all).await, ["22 3 2 3 2", "23 1 1 0 0", "unknown 1 1 0 0"]);
    assert_eq!(table(By::Country, all).await, ["US 2 3 2 2", "NL 1 0 1 0", "unknown 1 1 0 0"]);
    assert_eq!(table(By::System, all).await, ["unknown 4 4 3 2"]);
    assert_eq!(table(By::Day, all).await, ["2018-05-06 2 2 3 2", "2018-05-07 2 2 0 0"]);
    assert_eq!(table(By::Registration, all).await[0], "Administered by ARIN 1 2 2 2");

    threat::build(&open.engine, &Rules::default()).await.unwrap();
    assert_eq!(table(By::Country, Population::Listed).await, ["US 1 2 2 2"]);
}

#[tokio::test]
async fn an_empty_store_has_empty_tables() {
    let open = House::default().open().await;
    Databases::open(None, None).unwrap().register(&open.engine).await.unwrap();
    for by in By::ALL {
        assert!(
            print(&frequency::by(&open.engine, by, Population::Everyone).await.unwrap()).is_empty()
        );
    }
}

/// The publisher's own test databases, which hold a few ranges each.
fn shared(name: &str) -> Option<PathBuf> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ipintel").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing", path.display());
    eprintln!("skipped: {} is not here", path.display());
    None
}

#[test]
fn a_configured_database_of_another_publisher_is_read() {
    let (Some(country), Some(systems)) =
        (shared("GeoLite2-Country-Test.mmdb"), shared("GeoLite2-ASN-Test.mmdb"))
    else {
        return;
    };
    let databases = Databases::open(Some(&country), Some(&systems)).unwrap();
    let of = |text: &str| databases.known(&[text.parse().unwrap()]).remove(0);
    assert_eq!(of("2.125.160.216").country.as_deref(), Some("GB"));
    assert_eq!(of("1.128.0.1").asn, Some(1221));
    assert_eq!(of("1.128.0.1").as_name.as_deref(), Some("Telstra Pty Ltd"));
    assert_eq!(of("2600:6000::1").asn, Some(237));
    let nowhere = of("9.9.9.9");
    assert_eq!((nowhere.country, nowhere.asn), (None, None));
}
