//! Whole numbers, eight digits at once.

use super::scan::OTHER;

/// So many digits always fit.
const FIT: usize = 19;

/// The digits from `at` on: the first byte that is none, and the number they write, or [`OTHER`] if it may not fit.
#[inline]
pub(super) fn digits(bytes: &[u8], at: usize) -> (usize, u64) {
    // Ten to the power of so many digits.
    const POWERS: [u64; 9] =
        [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
    let (mut end, mut number) = (at, 0_u64);
    while let Some(eight) = bytes.get(end..).and_then(<[u8]>::first_chunk::<8>) {
        let (count, value) = front(*eight);
        if end - at + count > FIT {
            break;
        }
        number = number * POWERS[count] + value;
        end += count;
        if count < 8 {
            return (end, number);
        }
    }
    slowly(bytes, at)
}

/// How many of eight bytes are digits before the first that is none, and the number those write.
#[inline]
pub(super) fn front(eight: [u8; 8]) -> (usize, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The first byte is the lowest; a digit becomes its value, all others more than nine.
    let values = u64::from_le_bytes(eight) ^ (EACH * 0x30);
    // A carry spoils only the bytes behind the first that is no digit.
    let others = (values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80);
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // Zeros in front make eight digits of them.
    let eight = values << (64 - 8 * count);
    let pairs = eight.wrapping_mul(10).wrapping_add(eight >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    (count, low.wrapping_add(high) >> 32)
}

/// The same a byte at a time.
fn slowly(bytes: &[u8], at: usize) -> (usize, u64) {
    let rest = bytes.get(at..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (at + count, whole(rest.get(..count).unwrap_or_default()).unwrap_or(OTHER))
}

/// The whole number that digits, and nothing but digits, write.
#[inline]
pub(super) fn whole(digits: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for (place, digit) in digits.iter().enumerate() {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = if place < FIT {
            number * 10 + u64::from(digit)
        } else {
            number.checked_mul(10)?.checked_add(u64::from(digit))?
        };
    }
    (!digits.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_end_where_anything_else_stands() {
        for next in 0..=255_u8 {
            let text = [b"7", &[next][..], b"0123456789"].concat();
            let expected = if next.is_ascii_digit() {
                (12, 7_00123456789 + u64::from(next - b'0') * 10_000_000_000)
            } else {
                (1, 7)
            };
            assert_eq!(digits(&text, 0), expected, "{next}");
        }
        assert_eq!(digits(b"18446744073709551614,       ", 0), (20, u64::MAX - 1));
        assert_eq!(digits(b"18446744073709551616,       ", 0), (20, OTHER));
        assert_eq!(digits(b"000000000000000000000022,       ", 0), (24, 22));
    }

    proptest! {
        #[test]
        fn any_number_is_read_as_the_library_reads_it(number: u64, shift in 0..64_u32, behind in "[,}. ]{0,9}") {
            let number = number >> shift;
            let text = format!("x{number}{behind}");
            prop_assert_eq!(digits(text.as_bytes(), 1), (1 + number.to_string().len(), number));
        }
    }
}
