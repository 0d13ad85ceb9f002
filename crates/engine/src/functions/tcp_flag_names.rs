//! The names of the flags in a TCP flag byte.

use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use botany_catalog::tcp;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{Function, Made};

pub(super) static TCP_FLAG_NAMES: Function = Function {
    name: "tcp_flag_names",
    signature: "tcp_flag_names(bits INT) -> TEXT",
    doc: "the names of the TCP flags set in the byte, lowest bit first, joined by `-`; `none` for 0; \
          null if bits is null or no byte",
    example: "SELECT tcp_flag_names(27)",
    make: || {
        Made::Scalar(ScalarUDF::new_from_impl(TcpFlagNames {
            signature: TcpFlagNames::signature(),
        }))
    },
};

#[derive(Debug, PartialEq, Eq, Hash)]
struct TcpFlagNames {
    signature: Signature,
}

impl TcpFlagNames {
    fn signature() -> Signature {
        Signature::exact(vec![DataType::Int64], Volatility::Immutable)
    }
}

impl ScalarUDFImpl for TcpFlagNames {
    fn name(&self) -> &str {
        TCP_FLAG_NAMES.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let bits = columns[0].as_primitive::<Int64Type>().iter();
        let names = bits.map(|bits| bits.and_then(|b| u8::try_from(b).ok()).map(tcp::names));
        Ok(ColumnarValue::Array(Arc::new(names.collect::<StringArray>())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;

    #[tokio::test]
    async fn a_literal_and_a_column_are_named() {
        assert_eq!(ask("SELECT tcp_flag_names(27)").await, ["FIN-SYN-PSH-ACK"]);
        let sql = "SELECT tcp_flag_names(arrow_cast(bits, 'UInt8')) \
                   FROM (VALUES (0), (2), (20), (NULL)) AS t(bits) ORDER BY bits";
        assert_eq!(ask(sql).await, ["none", "SYN", "RST-ACK", ""]);
    }

    #[tokio::test]
    async fn what_is_no_byte_has_no_names() {
        let sql = "SELECT tcp_flag_names(bits) IS NULL FROM (VALUES (-1), (256)) AS t(bits)";
        assert_eq!(ask(sql).await, ["true", "true"]);
    }
}
