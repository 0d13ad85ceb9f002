//! The network an address lies in.

use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{Array, AsArray, StringBuilder};
use arrow::datatypes::{DataType, Int64Type};
use botany_catalog::address;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{Function, Made};

pub(super) static IP_BLOCK: Function = Function {
    name: "ip_block",
    signature: "ip_block(ip TEXT, v4_bits INT, v6_bits INT) -> TEXT",
    doc: "the network the address lies in, cut at v4_bits for IPv4 and at v6_bits for IPv6; bits \
          beyond the address's width count as all of it; null if ip is no address or the bits are \
          negative or null",
    example: "SELECT ip_block('198.51.100.77', 24, 64)",
    make: || Made::Scalar(ScalarUDF::new_from_impl(IpBlock { signature: IpBlock::signature() })),
};

#[derive(Debug, PartialEq, Eq, Hash)]
struct IpBlock {
    signature: Signature,
}

impl IpBlock {
    fn signature() -> Signature {
        let arguments = vec![DataType::Utf8, DataType::Int64, DataType::Int64];
        Signature::exact(arguments, Volatility::Immutable)
    }
}

impl ScalarUDFImpl for IpBlock {
    fn name(&self) -> &str {
        IP_BLOCK.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let addresses = columns[0].as_string::<i32>();
        let v4_bits = columns[1].as_primitive::<Int64Type>();
        let v6_bits = columns[2].as_primitive::<Int64Type>();
        let mut blocks = StringBuilder::with_capacity(addresses.len(), addresses.len() * 16);
        let mut text = String::new();
        for row in 0..addresses.len() {
            let address = addresses.is_valid(row).then(|| address::parse(addresses.value(row)));
            let bits = match address.flatten() {
                Some(IpAddr::V4(_)) => v4_bits,
                _ => v6_bits,
            };
            let bits = bits.is_valid(row).then(|| bits.value(row).min(128));
            match (address.flatten(), bits.and_then(|bits| u8::try_from(bits).ok())) {
                (Some(address), Some(bits)) => {
                    text.clear();
                    address::push_block(&mut text, address, bits, bits);
                    blocks.append_value(&text);
                }
                _ => blocks.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(blocks.finish())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;

    #[tokio::test]
    async fn a_literal_is_cut() {
        assert_eq!(ask("SELECT ip_block('198.51.100.77', 24, 64)").await, ["198.51.100.0/24"]);
        assert_eq!(
            ask("SELECT ip_block('2001:db8:1:2:3::6', 24, 64)").await,
            ["2001:db8:1:2::/64"]
        );
        assert_eq!(ask("SELECT ip_block('::ffff:192.0.2.1', 999, 64)").await, ["192.0.2.1/32"]);
    }

    #[tokio::test]
    async fn a_column_is_cut_row_by_row() {
        let sql = "SELECT ip_block(ip, bits, 32) FROM (VALUES (1, '192.0.2.1', 8), (2, '192.0.2.1', 24), \
                   (3, '2001:db8::1', 24), (4, 'example.org', 24), (5, NULL, 24), (6, '192.0.2.1', -1)) \
                   AS t(n, ip, bits) ORDER BY n";
        assert_eq!(ask(sql).await, ["192.0.0.0/8", "192.0.2.0/24", "2001:db8::/32", "", "", ""]);
    }

    #[tokio::test]
    async fn nulls_and_other_string_types_are_taken() {
        assert_eq!(ask("SELECT ip_block(NULL, 24, 64) IS NULL").await, ["true"]);
        let sql =
            "SELECT ip_block(arrow_cast('192.0.2.1', 'Utf8View'), arrow_cast(24, 'UInt8'), 64)";
        assert_eq!(ask(sql).await, ["192.0.2.0/24"]);
    }
}
