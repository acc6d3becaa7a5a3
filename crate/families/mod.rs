//! Families of models: settings that a person can choose, and the architecture that they become.

mod vit;
