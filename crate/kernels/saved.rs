//! Cutting the saved activations of some images, `[images, saved_size]`, into the arrays of their layers.

const ENOUGH: &str = "saved_size numbers an image";

/// Takes arrays of given sizes off the front, one after the other.
pub(crate) fn parts<'a>(mut saved: &'a [f32]) -> impl FnMut(usize) -> &'a [f32] {
    move |count| saved.split_off(..count).expect(ENOUGH)
}

/// The same for arrays that are written.
pub(crate) fn parts_mut<'a>(mut saved: &'a mut [f32]) -> impl FnMut(usize) -> &'a mut [f32] {
    move |count| saved.split_off_mut(..count).expect(ENOUGH)
}
