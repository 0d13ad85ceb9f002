use botany_enrich::profiles::{self, Options};

use crate::house::{House, Open};

async fn open(house: House, options: &Options) -> Open {
    let open = house.open().await;
    profiles::register(&open.engine, options).await.unwrap();
    open
}

#[tokio::test]
async fn late_and_disordered_events_land_in_their_own_window() {
    let open = open(
        House::default()
            .flow("2018-05-07T00:00:00Z", "203.0.113.1", &[("log_time", "2018-05-09T00:00:00Z")])
            .flow("2018-05-06T23:59:59.999999Z", "203.0.113.1", &[])
            .flow("2018-05-06T00:00:00Z", "203.0.113.1", &[("log_time", "2018-05-07T06:00:00Z")])
            .flow("1969-12-31T23:00:00Z", "203.0.113.1", &[]),
        &Options::default(),
    )
    .await;
    assert_eq!(
        open.ask(
            "SELECT window_start, window_end, flows FROM profile_address ORDER BY window_start"
        )
        .await,
        [
            "1969-12-31T00:00:00Z 1970-01-01T00:00:00Z 1",
            "2018-05-06T00:00:00Z 2018-05-07T00:00:00Z 2",
            "2018-05-07T00:00:00Z 2018-05-08T00:00:00Z 1"
        ]
    );
}

#[tokio::test]
async fn sliding_windows_hold_a_flow_once_each_step() {
    let options = Options { step_hours: Some(12), ..Options::default() };
    let open = open(
        House::default().flow("2018-05-06T06:00:00Z", "203.0.113.1", &[]).flow(
            "2018-05-06T18:00:00Z",
            "203.0.113.1",
            &[],
        ),
        &options,
    )
    .await;
    assert_eq!(
        open.ask("SELECT window_start, flows FROM profile_address ORDER BY window_start").await,
        ["2018-05-05T12:00:00Z 1", "2018-05-06T00:00:00Z 2", "2018-05-06T12:00:00Z 1"]
    );
}

#[tokio::test]
async fn a_block_is_cut_at_any_prefix_and_counts_its_addresses() {
    let house = || {
        House::default()
            .flow("2018-05-06T01:00:00Z", "203.0.113.1", &[])
            .flow("2018-05-06T01:00:10Z", "203.0.113.2", &[])
            .flow("2018-05-06T01:00:10Z", "203.0.112.2", &[])
            .flow("2018-05-06T01:00:10Z", "2001:db8::1", &[])
            .flow("2018-05-06T01:00:10Z", "2001:db8::2", &[])
    };
    let sql = "SELECT block, addresses, flows FROM profile_block ORDER BY block";
    let by_default = open(house(), &Options::default()).await;
    assert_eq!(
        by_default.ask(sql).await,
        ["2001:db8::/64 2 2", "203.0.112.0/24 1 1", "203.0.113.0/24 2 2"]
    );
    let wide = Options { v4_bits: 16, v6_bits: 128, ..Options::default() };
    assert_eq!(
        open(house(), &wide).await.ask(sql).await,
        ["2001:db8::1/128 1 1", "2001:db8::2/128 1 1", "203.0.0.0/16 3 3"]
    );
}

#[tokio::test]
async fn what_a_source_did_is_counted() {
    let syn =
        [("tcp_flags_ts", "2"), ("tcp_flags_tc", "0"), ("packets_in", "0"), ("packets_out", "1")];
    let house = House::default()
        .flow("2018-05-06T01:00:00Z", "203.0.113.1", &[("end_time", "2018-05-06T01:00:04Z")])
        .flow("2018-05-06T01:00:10Z", "203.0.113.1", &[&syn[..], &[("dest_port", "23")]].concat())
        .flow(
            "2018-05-06T01:00:40Z",
            "203.0.113.1",
            &[&syn[..], &[("dest_port", "2323"), ("dest_ip", "192.0.2.23")]].concat(),
        )
        .flow(
            "2018-05-06T01:01:00Z",
            "203.0.113.1",
            &[
                ("tcp_flags_ts", "2"),
                ("tcp_flags_tc", "20"),
                ("dest_port", "23"),
                ("packets_in", "1"),
                ("packets_out", "1"),
            ],
        )
        .ssh("2018-05-06T01:00:02Z", "203.0.113.1", "root")
        .login(
            "2018-05-06T01:00:03Z",
            "203.0.113.1",
            "pi",
            &[("outcome", "accepted"), ("attempts", "1")],
        )
        .ssh("2018-05-08T01:00:02Z", "203.0.113.1", "root")
        .banner("2018-05-06T01:00:01Z", "203.0.113.1", "libssh2_1.4.3");
    let open = open(house, &Options::default()).await;
    let one = async |columns: &str| {
        open.ask(&format!("SELECT {columns} FROM profile_address")).await.join("|")
    };
    assert_eq!(
        one("flows, dest_ports, src_ports, peers, flag_sets_ts, flag_sets_tc").await,
        "4 3 1 2 2 3"
    );
    assert_eq!(one("syn_only, reset_answered, established").await, "2 1 1");
    assert_eq!(one("port_22_share, port_23_share, port_2323_share").await, "0.25 0.5 0.25");
    assert_eq!(
        one("packets_in, packets_out, packets_in_mean, packets_out_mean").await,
        "11 13 2.75 3.25"
    );
    assert_eq!(
        one("packets_total_p10, packets_total_median, packets_total_p90").await,
        "1.0 1.5 14.6"
    );
    assert_eq!(
        one("packet_ratio_median, pure_push_share, balanced_share, empty_share").await,
        "0.5 0.5 0.5 0.0"
    );
    // 10, 30 and 20 seconds from one start to the next.
    assert_eq!(
        one("inter_arrival_mean, inter_arrival_median, inter_arrival_min").await,
        "20.0 20.0 10.0"
    );
    assert_eq!(one("round(inter_arrival_std * 1000)").await, "8165.0");
    assert_eq!(one("duration_mean, duration_median, duration_max").await, "1.0 0.0 4.0");
    assert_eq!(one("ssh_software, login_attempts, login_failed, login_usernames").await, "1 2 1 2");
}

#[tokio::test]
async fn one_flow_has_no_gap_and_no_null() {
    let bare = [
        ("dest_port", "null"),
        ("src_port", "null"),
        ("tcp_flags_ts", "null"),
        ("tcp_flags_tc", "null"),
        ("packets_in", "0"),
        ("packets_out", "0"),
        ("bytes_in", "0"),
        ("bytes_out", "0"),
    ];
    let open = open(
        House::default().flow("2018-05-06T01:00:00Z", "203.0.113.1", &bare),
        &Options::default(),
    )
    .await;
    for view in ["profile_address", "profile_block"] {
        let row = open.ask(&format!("SELECT * FROM {view}")).await;
        assert_eq!(row.len(), 1);
        assert!(!row[0].contains("null"), "{}", row[0]);
    }
    assert_eq!(
        open.ask("SELECT inter_arrival_mean, inter_arrival_std, empty_share, packet_ratio_p90 FROM profile_address").await,
        ["86400.0 0.0 1.0 0.0"]
    );
}

#[tokio::test]
async fn an_empty_store_has_empty_profiles() {
    let open = open(House::default(), &Options::default()).await;
    assert!(open.ask("SELECT * FROM profile_address").await.is_empty());
    assert!(open.ask("SELECT * FROM profile_block").await.is_empty());
}
