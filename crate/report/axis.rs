//! Axes with round tick values.

/// A linear axis from value to pixel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// The values at the two ends.
    pub domain: (f64, f64),
    /// The pixels at the two ends.
    pub range: (f64, f64),
    /// The distance between two ticks.
    pub step: f64,
}

impl Axis {
    /// An axis whose ends are ticks and that includes `low` to `high`, with about `count` ticks at
    /// 1, 2 or 5 times a power of ten (Heckbert 1990, "Nice numbers for graph labels").
    pub fn round(low: f64, high: f64, count: usize, range: (f64, f64)) -> Self {
        let (low, high) = if high - low > 1e-9 { (low, high) } else { (low - 0.005, low + 0.005) };
        let step = round_step((high - low) / count.max(1) as f64);
        // A small tolerance, so that 0.3 / 0.1 counts as 3.
        let domain = ((low / step + 1e-6).floor() * step, (high / step - 1e-6).ceil() * step);
        Self { domain, range, step }
    }

    /// An axis of whole numbers from `first` to `last`, with about `count` ticks.
    pub fn whole(first: u32, last: u32, count: usize, range: (f64, f64)) -> Self {
        let (first, last) = (f64::from(first), f64::from(last.max(first)));
        let step = round_step((last - first) / count.max(1) as f64).max(1.0);
        // A single epoch is centred.
        let domain = if first == last { (first - 0.5, last + 0.5) } else { (first, last) };
        Self { domain, range, step }
    }

    /// The pixel of a value.
    pub fn at(&self, value: f64) -> f64 {
        let share = (value - self.domain.0) / (self.domain.1 - self.domain.0);
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// The values of the ticks: the multiples of the step.
    pub fn ticks(&self) -> Vec<f64> {
        let first = (self.domain.0 / self.step - 1e-6).ceil() as i64;
        let last = (self.domain.1 / self.step + 1e-6).floor() as i64;
        (first..=last).map(|i| i as f64 * self.step).collect()
    }

    /// The number of digits after the point that the ticks need, when values are shown times
    /// `factor`.
    pub fn decimals(&self, factor: f64) -> usize {
        (-(self.step * factor).log10() - 1e-6).ceil().clamp(0.0, 6.0) as usize
    }
}

/// The smallest of 1, 2, 5 and 10 times a power of ten that is not below `rough`.
fn round_step(rough: f64) -> f64 {
    if !rough.is_finite() || rough <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= rough * 0.999).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_include_the_values() {
        let axis = Axis::round(0.0, 2.31, 5, (0.0, 100.0));
        assert_eq!(axis.ticks(), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(axis.decimals(1.0), 1);
        let axis = Axis::round(0.913, 1.0, 5, (100.0, 0.0));
        assert_eq!(axis.decimals(100.0), 0);
        assert!(axis.domain.0 <= 0.913 && axis.domain.1 >= 1.0 && axis.domain.1 < 1.0 + 1e-9);
        assert!((axis.at(axis.domain.1)).abs() < 1e-9);
    }

    #[test]
    fn flat_and_single_values_still_have_an_extent() {
        let axis = Axis::round(0.5, 0.5, 5, (0.0, 100.0));
        assert!(axis.domain.1 > axis.domain.0 && axis.at(0.5).is_finite());
        let axis = Axis::whole(1, 1, 6, (0.0, 100.0));
        assert_eq!(axis.at(1.0), 50.0);
    }

    #[test]
    fn epochs_have_whole_ticks() {
        for (last, count) in [(2, 2), (40, 6), (400, 6)] {
            let ticks = Axis::whole(1, last, count, (0.0, 100.0)).ticks();
            assert!(ticks.iter().all(|tick| tick.fract() == 0.0), "{ticks:?}");
            assert!((2..=count + 1).contains(&ticks.len()), "{ticks:?}");
        }
    }
}
