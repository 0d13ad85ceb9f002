//! An address as one number, which is counted and compared faster than its text.

use std::sync::Arc;

use arrow::array::{AsArray, Decimal128Array};
use arrow::datatypes::DataType;
use botany_catalog::address;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::Function;

pub(super) static IP_NUMBER: Function = Function {
    name: "ip_number",
    signature: "ip_number(ip TEXT) -> DECIMAL",
    doc: "the 128 bits of the address, an IPv4 address as ::ffff:a.b.c.d: two addresses are the same \
          if their numbers are, so count(DISTINCT ip_number(ip)) needs no texts in memory; null if ip \
          is no address",
    example: "SELECT ip_number('198.51.100.77')",
    make: || ScalarUDF::new_from_impl(IpNumber { signature: IpNumber::signature() }),
};

/// All bits of an i128 are used, more than the digits of any decimal say: arithmetic is not meant.
const NUMBER: DataType = DataType::Decimal128(38, 0);

#[derive(Debug, PartialEq, Eq, Hash)]
struct IpNumber {
    signature: Signature,
}

impl IpNumber {
    fn signature() -> Signature {
        Signature::exact(vec![DataType::Utf8], Volatility::Immutable)
    }
}

impl ScalarUDFImpl for IpNumber {
    fn name(&self) -> &str {
        IP_NUMBER.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(NUMBER)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let numbers = columns[0].as_string::<i32>().iter().map(|text| number(text?));
        let numbers: Decimal128Array = numbers.collect();
        Ok(ColumnarValue::Array(Arc::new(numbers.with_data_type(NUMBER))))
    }
}

fn number(text: &str) -> Option<i128> {
    let bits = match address::parse(text)? {
        std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        std::net::IpAddr::V6(v6) => v6.to_bits(),
    };
    Some(bits.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;

    #[tokio::test]
    async fn an_address_has_one_number_and_a_number_one_address() {
        let texts =
            "'192.0.2.1', '::ffff:192.0.2.1', '::192.0.2.1', '2001:db8::1', 'ffff::', 'x', NULL";
        let rows: Vec<String> = texts.split(", ").map(|text| format!("({text})")).collect();
        let sql = format!(
            "SELECT count(DISTINCT ip_number(ip)) || '/' || count(ip_number(ip)) FROM (VALUES {}) AS t(ip)",
            rows.join(", ")
        );
        assert_eq!(ask(&sql).await, ["4/5"]);
        assert_eq!(ask("SELECT ip_number('0.0.0.1')").await, ["281470681743361"]);
    }
}
