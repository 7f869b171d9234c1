//! Dates as text.

/// A time in seconds since 1970 as ISO 8601 has it: `2025-01-01T00:00:00.000Z`.
pub(super) fn iso_8601(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years that begin in March end with the day that not all of them have; 400 of them have 146,097 days.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(iso_8601(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso_8601(951_782_399), "2000-02-28T23:59:59.000Z");
        assert_eq!(iso_8601(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso_8601(1_735_689_600), "2025-01-01T00:00:00.000Z");
        assert_eq!(iso_8601(-1), "1969-12-31T23:59:59.000Z");
        assert_eq!(iso_8601(4_107_542_400), "2100-03-01T00:00:00.000Z");
    }
}
