//! Figures and files of a run, made from plain data.
//!
//! Every function here returns bytes or text; none opens a file, uses a tensor or reads a clock.
//! Charts are SVG; pictures are PNG, drawn with a built-in font, so that they look the same on a
//! machine without fonts.
//!
//! | module | duty |
//! | --- | --- |
//! | [`metrics`] | `metrics.csv` |
//! | [`curves`] | `curves.svg` and `curves.png`: loss and accuracy by epoch |
//! | [`confusion`] | `confusion.svg`: the confusion matrix as a heat map |
//! | [`samples`] | an image with its prediction |
//! | [`submission`] | predictions as CSV |
//! | [`table`] | tables in Markdown that line up on a terminal |
//! | `sheet` | `samples.png` and contact sheets: digits with captions (`pictures`) |
//! | `letters` | letters as ink, on which a digit model should not be sure (`pictures`) |
//! | `attention` | attention maps over the digit (`pictures`) |
//! | [`html`] | `report.html`: all of it on one self-contained page |
//! | [`mod@format`] | numbers as people read them |

#[cfg(feature = "pictures")]
pub mod attention;
pub mod confusion;
pub mod curves;
pub mod format;
pub mod html;
#[cfg(feature = "pictures")]
pub mod letters;
pub mod metrics;
pub mod samples;
#[cfg(feature = "pictures")]
pub mod sheet;
pub mod submission;
pub mod table;

mod axis;
#[cfg(feature = "pictures")]
mod colour;
#[cfg(feature = "pictures")]
mod label;
#[cfg(feature = "pictures")]
mod picture;
mod png_image;
mod svg;
