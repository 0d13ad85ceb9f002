//! The addresses among the texts of flows, in the order of their bits.

use std::net::IpAddr;

use botany_catalog::address;

use crate::numbers::{NONE, Texts};
use crate::profiles::Options;

/// What the addresses of flows are.
pub struct Addresses {
    /// Of each text, a number that all texts of one address share; [`NONE`] for what is no address.
    pub identity: Vec<u32>,
    /// How many identities there are.
    pub identities: usize,
    /// Of each text, the number of its block in order of bits; [`NONE`] for what is no address.
    pub block: Vec<u32>,
    /// Of each text, its place in order of bits, behind which comes what is no address.
    pub rank: Vec<u32>,
    /// The texts in that order.
    pub by_rank: Vec<u32>,
}

impl Addresses {
    pub fn new(texts: &Texts, options: &Options) -> Addresses {
        let count = texts.len();
        let mut all = Addresses {
            identity: vec![NONE; count],
            identities: 0,
            block: vec![NONE; count],
            rank: vec![0; count],
            by_rank: Vec::with_capacity(count),
        };
        // Addresses by their bits, each with the number of its text; what is no address comes last.
        let (mut v4, mut v6, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..count as u32 {
            match address::parse(texts.text(number)) {
                Some(IpAddr::V4(v4_bits)) => v4.push((v4_bits.to_bits(), number)),
                Some(IpAddr::V6(v6_bits)) => v6.push((v6_bits.to_bits(), number)),
                None => others.push(number),
            }
        }
        v4.sort_unstable();
        v6.sort_unstable();
        let v4 = v4.into_iter().map(|(bits, number)| (IpAddr::V4(bits.into()), number));
        let v6 = v6.into_iter().map(|(bits, number)| (IpAddr::V6(bits.into()), number));
        let (mut last, mut last_network, mut blocks) = (None, None, 0_u32);
        for (address, number) in v4.chain(v6) {
            all.by_rank.push(number);
            let number = number as usize;
            if last != Some(address) {
                all.identities += 1;
            }
            let network = address::network(address, options.v4_bits, options.v6_bits);
            if last_network != Some(network) {
                blocks += 1;
            }
            (last, last_network) = (Some(address), Some(network));
            all.identity[number] = all.identities as u32 - 1;
            all.block[number] = blocks - 1;
        }
        all.by_rank.extend(others);
        (0..).zip(&all.by_rank).for_each(|(rank, number)| all.rank[*number as usize] = rank);
        all
    }
}
