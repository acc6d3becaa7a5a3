//! A file's own ids for its rows.

/// The ids of a file's rows, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    /// The name of their column, if any.
    pub name: Option<String>,
    /// All ids, concatenated.
    text: String,
    /// The end of each in `text`.
    ends: Vec<usize>,
}

impl Ids {
    /// No ids yet, for a column called `name`.
    pub fn new(name: Option<String>) -> Self {
        Self { name, ..Self::default() }
    }

    /// These ids, for a column called `name`.
    pub fn of<'a>(name: Option<String>, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self::new(name);
        ids.into_iter().for_each(|id| all.push(id));
        all
    }

    /// Adds the id of the next row.
    pub fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    /// The number of ids.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no ids.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id of row `index`.
    pub fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }

    /// All ids in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The ids of the rows at `indices`, in that order.
    pub(super) fn select(&self, indices: &[usize]) -> Self {
        Self::of(self.name.clone(), indices.iter().map(|&index| self.get(index)))
    }

    /// These ids followed by those of `other`. The name is kept if both have the same.
    pub(super) fn joined(&self, other: &Self) -> Self {
        let name = self.name.clone().filter(|name| other.name.as_ref() == Some(name));
        Self::of(name, self.iter().chain(other.iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_as_text() {
        let ids = Ids::of(Some("id".into()), ["007", "", "größe"]);
        assert_eq!((ids.len(), ids.get(0), ids.get(1), ids.get(2)), (3, "007", "", "größe"));
        assert_eq!(ids.select(&[2, 0]), Ids::of(Some("id".into()), ["größe", "007"]));
        let twice = ids.joined(&Ids::of(Some("number".into()), ["1"]));
        assert_eq!(twice, Ids::of(None, ["007", "", "größe", "1"]));
        assert!(Ids::new(None).is_empty());
    }
}
