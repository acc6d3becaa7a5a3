//! How well a score tells two kinds of things apart.

/// The area under the receiver operating characteristic: the chance that a thing of the one kind scores
/// higher than one of the other, ties counted half (Mann and Whitney 1947). 1 is apart, 0.5 is a guess;
/// 0.5 too where a kind is empty.
pub fn auroc(lower: &[f64], higher: &[f64]) -> f64 {
    if lower.is_empty() || higher.is_empty() {
        return 0.5;
    }
    let mut below = lower.to_vec();
    below.sort_by(f64::total_cmp);
    let wins = |score: &f64| {
        let less = below.partition_point(|other| other < score);
        let ties = below[less..].partition_point(|other| other <= score);
        less as f64 + ties as f64 / 2.0
    };
    higher.iter().map(wins).sum::<f64>() / (lower.len() * higher.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_the_right_order() {
        assert_eq!(auroc(&[1.0, 2.0, 3.0], &[4.0, 5.0]), 1.0);
        assert_eq!(auroc(&[4.0, 5.0], &[1.0, 2.0, 3.0]), 0.0);
        // Of six pairs four are in order and one is a tie.
        assert_eq!(auroc(&[1.0, 2.0, 4.0], &[2.0, 5.0]), 4.5 / 6.0);
        assert_eq!(auroc(&[0.0; 7], &[0.0; 9]), 0.5);
        assert_eq!((auroc(&[], &[1.0]), auroc(&[1.0], &[])), (0.5, 0.5));
    }
}
