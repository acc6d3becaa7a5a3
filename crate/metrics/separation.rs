//! How well a score separates two classes.

/// The area under the ROC curve: the probability that a sample of the second class scores higher than
/// one of the first, ties counted half (Mann and Whitney 1947). 1 is perfect separation, 0.5 is chance;
/// also 0.5 if a class is empty.
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
