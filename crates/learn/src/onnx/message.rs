//! The few messages of `onnx.proto` a model is written in, as protobuf's wire format.
//!
//! Numbers of fields and types are those of onnx.proto3 of ONNX 1.12 (IR version 8).

/// A message on its way: fields are written in the order they are added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message(Vec<u8>);

impl Message {
    /// A whole number.
    pub fn number(mut self, field: u32, value: i64) -> Message {
        self.tag(field, 0);
        self.varint(value as u64);
        self
    }

    /// A text, also an empty one: in a list of texts it counts.
    pub fn text(mut self, field: u32, value: &str) -> Message {
        self.bytes(field, value.as_bytes());
        self
    }

    /// A message within this one.
    pub fn message(mut self, field: u32, value: &Message) -> Message {
        self.bytes(field, &value.0);
        self
    }

    /// Whole numbers in one field.
    pub fn numbers(mut self, field: u32, values: &[i64]) -> Message {
        let mut packed = Message::default();
        values.iter().for_each(|value| packed.varint(*value as u64));
        self.bytes(field, &packed.0);
        self
    }

    /// Real numbers in one field.
    pub fn doubles(mut self, field: u32, values: &[f64]) -> Message {
        let packed: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(field, &packed);
        self
    }

    /// The bytes of the message.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn tag(&mut self, field: u32, kind: u32) {
        self.varint(u64::from(field << 3 | kind));
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// What a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// 32 bits, real.
    Float = 1,
    /// 64 bits, whole.
    Int64 = 7,
    /// Texts.
    String = 8,
    /// 64 bits, real.
    Double = 11,
}

/// A constant of whole numbers.
pub fn whole(name: &str, dims: &[i64], values: &[i64]) -> Message {
    let tensor = Message::default().numbers(1, dims).number(2, Type::Int64 as i64);
    tensor.numbers(7, values).text(8, name)
}

/// A constant of real numbers.
pub fn real(name: &str, dims: &[i64], values: &[f64]) -> Message {
    let tensor = Message::default().numbers(1, dims).number(2, Type::Double as i64);
    tensor.text(8, name).doubles(10, values)
}

/// An input or output: `n` rows of `columns` values, or `n` values if there is no number of columns.
pub fn value(name: &str, kind: Type, columns: Option<i64>) -> Message {
    let rows = Message::default().text(2, "rows");
    let mut shape = Message::default().message(1, &rows);
    if let Some(columns) = columns {
        shape = shape.message(1, &Message::default().number(1, columns));
    }
    let tensor = Message::default().number(1, kind as i64).message(2, &shape);
    Message::default().text(1, name).message(2, &Message::default().message(1, &tensor))
}

/// An attribute of a node.
#[derive(Clone, Debug)]
pub enum Attribute<'a> {
    /// A whole number.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Whole numbers.
    Ints(&'a [i64]),
    /// Texts.
    Texts(Vec<&'a str>),
    /// Real numbers, as a tensor of one dimension: attributes have none of 64 bits themselves.
    Doubles(&'a [f64]),
}

impl Attribute<'_> {
    /// The attribute under its name. The kinds are those of `AttributeProto.AttributeType`.
    pub fn named(&self, name: &str) -> Message {
        let attribute = Message::default().text(1, name);
        match self {
            Attribute::Int(value) => attribute.number(3, *value).number(20, 2),
            Attribute::Text(value) => attribute.text(4, value).number(20, 3),
            Attribute::Doubles(values) => {
                attribute.message(5, &real(name, &[values.len() as i64], values)).number(20, 4)
            }
            Attribute::Ints(values) => attribute.numbers(8, values).number(20, 7),
            Attribute::Texts(values) => {
                values.iter().fold(attribute, |message, text| message.text(9, text)).number(20, 8)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of protobuf's own description of its encoding.
    #[test]
    fn as_the_description_of_the_encoding_says() {
        assert_eq!(Message::default().number(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        let testing = Message::default().text(2, "testing");
        assert_eq!(testing.into_bytes(), [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
        let within = Message::default().message(3, &Message::default().number(1, 150));
        assert_eq!(within.into_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let packed = Message::default().numbers(6, &[3, 270, 86_942]);
        assert_eq!(packed.into_bytes(), [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
        assert_eq!(Message::default().number(1, -1).into_bytes().len(), 11);
    }

    #[test]
    fn an_empty_text_in_a_list_counts() {
        let texts = Attribute::Texts(vec!["", "a"]).named("n").into_bytes();
        assert!(texts.windows(5).any(|bytes| bytes == [9 << 3 | 2, 0, 9 << 3 | 2, 1, b'a']));
    }
}
