//! How many different addresses: what `count(DISTINCT ip)` says, without holding their texts.

use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef};
use botany_catalog::address;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;
use datafusion_functions_aggregate_common::aggregate::count_distinct::{
    PrimitiveDistinctCountAccumulator, PrimitiveDistinctCountGroupsAccumulator,
};

use super::{Function, Made};

pub(super) static COUNT_ADDRESSES: Function = Function {
    name: "count_addresses",
    signature: "count_addresses(ip TEXT) -> BIGINT",
    doc: "how many different addresses, however they are written; what is no address, and null, does \
          not count",
    example: "SELECT count_addresses(ip) FROM (VALUES ('192.0.2.1'), ('::ffff:192.0.2.1')) AS t(ip)",
    make: || Made::Aggregate(AggregateUDF::new_from_impl(CountAddresses::new())),
};

/// All 128 bits of it are used, more than the digits of any decimal say: arithmetic is not meant.
const NUMBER: DataType = Decimal128Type::DATA_TYPE;

#[derive(Debug, PartialEq, Eq, Hash)]
struct CountAddresses {
    signature: Signature,
}

impl CountAddresses {
    fn new() -> CountAddresses {
        let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
        CountAddresses { signature }
    }
}

impl AggregateUDFImpl for CountAddresses {
    fn name(&self) -> &str {
        COUNT_ADDRESSES.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _data_type: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(0)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format_state_name(args.name, "count distinct");
        let item = Field::new_list_field(NUMBER, true);
        Ok(vec![Arc::new(Field::new_list(name, item, false))])
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Numbered(PrimitiveDistinctCountAccumulator::<Decimal128Type>::new(&NUMBER))))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(
        &self,
        _args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Numbered(PrimitiveDistinctCountGroupsAccumulator::<Decimal128Type>::new())))
    }
}

/// Gives texts as numbers to who counts those.
#[derive(Debug)]
struct Numbered<A>(A);

impl<A: Accumulator> Accumulator for Numbered<A> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update_batch(&numbers(values))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.evaluate()
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge_batch(states)
    }
}

impl<A: GroupsAccumulator> GroupsAccumulator for Numbered<A> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.0.update_batch(&numbers(values), groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.0.evaluate(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.0.state(emit_to)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.0.merge_batch(states, groups, total)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.0.convert_to_state(&numbers(values), filter)
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

/// The addresses of a column of text.
fn numbers(values: &[ArrayRef]) -> [ArrayRef; 1] {
    let numbers = values[0].as_string::<i32>().iter().map(|text| number(text?));
    [Arc::new(numbers.collect::<Decimal128Array>().with_data_type(NUMBER))]
}

/// The 128 bits of an address, IPv4 as `::ffff:a.b.c.d`.
fn number(text: &str) -> Option<i128> {
    let bits = match address::parse(text)? {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    Some(bits.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;

    const TEXTS: &str = "(1, '192.0.2.1'), (2, '::ffff:192.0.2.1'), (1, '::192.0.2.1'), \
                         (2, '2001:db8::1'), (1, 'ffff::'), (1, 'x'), (3, NULL)";

    #[tokio::test]
    async fn an_address_counts_once_however_it_is_written() {
        let all = format!("SELECT count_addresses(ip) FROM (VALUES {TEXTS}) AS t(n, ip)");
        assert_eq!(ask(&all).await, ["4"]);
        let each = format!(
            "SELECT count_addresses(ip) FROM (VALUES {TEXTS}) AS t(n, ip) GROUP BY n ORDER BY n"
        );
        assert_eq!(ask(&each).await, ["3", "2", "0"]);
        let none =
            format!("SELECT count_addresses(ip) FROM (VALUES {TEXTS}) AS t(n, ip) WHERE n > 3");
        assert_eq!(ask(&none).await, ["0"]);
        let past = format!(
            "SELECT count_addresses(ip) OVER (ORDER BY n) FROM (VALUES {TEXTS}) AS t(n, ip) WHERE n > 1"
        );
        assert_eq!(ask(&past).await, ["2", "2", "2"]);
    }
}
