//! `patchwork explain`.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::cli::args::Explain;
use crate::cli::print;
use crate::cli::subject;
use crate::data::names;
use crate::error::{Error, ErrorKind, Result};
use crate::explain::{AttentionMaps, Reader};
use crate::files::write;
use crate::look::Viewer;
use crate::metrics::largest;
use crate::report::attention::{self, Digit, PatchGrid};
use crate::report::format::percent;

/// `explanation.json`.
#[derive(Serialize)]
struct Explanation<'a> {
    index: usize,
    label: Option<u8>,
    prediction: usize,
    /// What the classes are called, where they have names.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    class_names: &'a [String],
    probabilities: &'a [f32],
    /// Patches per side, and pixels per side of a patch.
    grid: usize,
    patch_size: usize,
    /// What the class token reads, `[blocks][heads][grid · grid]`.
    attention: Vec<Vec<Vec<f32>>>,
    /// Attention rollout, `[grid · grid]`.
    rollout: Vec<f32>,
}

/// Draws and writes where a model looks.
pub fn run(args: &Explain) -> Result<()> {
    let opened = subject::open(&args.subject)?;
    let count = opened.images.data.len();
    if args.index >= count {
        return Err(Error::config(format!("there is no image {}", args.index))
            .help(format!("Choose an --index from 0 to {}", count - 1)));
    }
    let model = &opened.weights.config;
    let image = opened.images.data.select(&[args.index]);
    let viewer = Viewer::new(&opened.weights, &opened.device);
    let look = pollster::block_on(viewer.look(image.image(0)))?;
    let (probabilities, maps) = (look.probabilities, look.attention);
    let label = image.labels().map(|labels| labels[0]);
    let prediction = largest(&probabilities);
    let heads: Vec<Vec<Vec<f32>>> = (0..maps.blocks.len())
        .map(|b| (0..maps.heads).map(|h| maps.map(b, Some(h), Reader::Class)).collect())
        .collect();
    let (padding, _) = model.padding();
    let grid = PatchGrid {
        rows: maps.grid,
        columns: maps.grid,
        patch: model.patch_size,
        left: padding,
        top: padding,
    };
    let digit = Digit { side: image.side(), pixels: image.image(0), grid };
    let confidence = percent(f64::from(probabilities[prediction]), 1);
    let name = |class: usize| names::of(&opened.class_names, class);
    let title = format!("Read as {} ({confidence})", name(prediction));
    let explanation = Explanation {
        index: args.index,
        label,
        prediction,
        class_names: &opened.class_names,
        probabilities: &probabilities,
        grid: maps.grid,
        patch_size: model.patch_size,
        rollout: maps.rollout(Reader::Class),
        attention: heads,
    };
    write_all(&args.out, &digit, &maps, &explanation, &title)?;
    print(&format!(
        "{title}{}",
        label.map_or(String::new(), |label| format!(", labelled {}", name(label.into())))
    ));
    print(&format!("Attention of {} blocks is in {}", maps.blocks.len(), args.out.display()));
    Ok(())
}

fn write_all(
    folder: &Path,
    digit: &Digit<'_>,
    maps: &AttentionMaps,
    explanation: &Explanation<'_>,
    title: &str,
) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| {
        Error::new(ErrorKind::File, format!("cannot make the folder: {error}"))
            .in_file(folder.display().to_string())
    })?;
    let save = |name: &str, bytes: &[u8]| write::atomic(&folder.join(name), bytes);
    for (block, heads) in explanation.attention.iter().enumerate() {
        for (head, map) in heads.iter().enumerate() {
            let (b, h) = (block + 1, head + 1);
            let title = format!("Block {b}, head {h}");
            save(
                &format!("block-{b:02}-head-{h:02}.png"),
                &attention::heat_map(digit, map, &title)?,
            )?;
        }
        let mean = maps.map(block, None, Reader::Class);
        let b = block + 1;
        let title = format!("Block {b}, mean of heads");
        save(&format!("block-{b:02}-mean.png"), &attention::heat_map(digit, &mean, &title)?)?;
    }
    let rollout = &explanation.rollout;
    save("rollout.png", &attention::heat_map(digit, rollout, "Attention rollout")?)?;
    let overview = attention::overview(digit, &explanation.attention, Some(rollout), title)?;
    save("overview.png", &overview)?;
    let json = serde_json::to_vec_pretty(explanation)
        .map_err(|error| Error::new(ErrorKind::File, error.to_string()))?;
    save("explanation.json", &json)
}
