//! Times as CloudTrail writes them. Comes in: seconds since 1970-01-01T00:00:00Z. Goes out: text. It never
//! reads a clock.

/// 2026-03-02T00:00:00Z, a Monday: where every generated log begins.
pub const FROM: i64 = 1_772_409_600;
/// Seconds of an hour.
pub const HOUR: i64 = 3_600;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment in its parts, UTC.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Year.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: i64,
    /// Day of the month.
    pub day: i64,
    /// Hour of the day.
    pub hour: i64,
    /// Minute.
    pub minute: i64,
    /// Second.
    pub second: i64,
}

impl Moment {
    /// The parts of a time (proleptic Gregorian calendar, years from 0 on).
    pub fn new(seconds: i64) -> Self {
        let shifted = seconds.div_euclid(DAY) + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let of_day = seconds.rem_euclid(DAY);
        Moment {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: of_day / HOUR,
            minute: of_day % HOUR / 60,
            second: of_day % 60,
        }
    }

    /// `2026-03-02`.
    pub fn date(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Appends `2026-03-02T09:14:03Z`.
pub fn push_time(out: &mut String, seconds: i64) {
    let Moment { year, month, day, hour, minute, second } = Moment::new(seconds);
    for (number, digits, behind) in
        [(year, 4, '-'), (month, 2, '-'), (day, 2, 'T'), (hour, 2, ':'), (minute, 2, ':'), (second, 2, 'Z')]
    {
        push_number(out, number, digits);
        out.push(behind);
    }
}

/// `Mar 2, 2026, 9:14:03 AM`, as in `responseElements.credentials.expiration`.
pub fn expiration(seconds: i64) -> String {
    let moment = Moment::new(seconds);
    let month =
        usize::try_from(moment.month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("Jan");
    let (hour, half) = ((moment.hour + 11) % 12 + 1, if moment.hour < 12 { "AM" } else { "PM" });
    format!(
        "{month} {}, {}, {hour}:{:02}:{:02} {half}",
        moment.day, moment.year, moment.minute, moment.second
    )
}

fn push_number(out: &mut String, number: i64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = u8::try_from(number / 10_i64.pow(place) % 10).unwrap_or(0);
        out.push(char::from(b'0' + digit));
    }
}
