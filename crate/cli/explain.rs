//! `patchwork explain`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::args::{Explain, Reader};
use crate::folder::make_folder;
use crate::output;
use crate::print;
use crate::subject;
use patchwork::data::names;
use patchwork::error::{Error, ErrorKind, Result};
use patchwork::explain::{BlockAttention, QueryToken};
use patchwork::files::write;
use patchwork::metrics::largest;
use patchwork::predictor::Predictor;
use patchwork::report::attention::{self, BlockMaps, Digit, PatchGrid};
use patchwork::report::format::percent;
use patchwork::structure::Structure;
use patchwork::words::counted;

/// The files beside those of the blocks.
const EXPLANATION: &str = "explanation.json";
const ROLLOUT: &str = "rollout.png";
const OVERVIEW: &str = "overview.png";

/// `explanation.json`.
#[derive(Serialize)]
struct Explanation<'a> {
    index: usize,
    label: Option<u8>,
    prediction: usize,
    /// The class names, if there are any.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    class_names: &'a [String],
    probabilities: &'a [f32],
    /// Whose attention it is: class, distillation, or X,Y for the token over this pixel.
    of: String,
    /// What the model consists of: where its tokens lie, what its blocks read, and why some have no map.
    structure: &'a Structure,
    /// The numbers of the blocks with maps, counted from 1.
    blocks: Vec<usize>,
    /// Patches per side in the last block, and pixels per side of a patch.
    grid: usize,
    patch_size: usize,
    /// Patches per side of each block's keys.
    grids: Vec<usize>,
    /// The attention of that token, `[blocks][heads][grid · grid]`, with each block's own grid.
    /// The class token's, or the mean of all tokens, in blocks that do not have that token.
    attention: Vec<&'a Vec<Vec<f32>>>,
    /// Attention rollout of the last stage in that token, `[grid · grid]`.
    rollout: Vec<f32>,
    /// The same of the distillation token, where the model has one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rollout_of_distillation: Vec<f32>,
    /// How much each token counts in what the head reads, `[grid · grid]`, where it weighs them.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pooling: &'a [f32],
    /// Why there are no maps, where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// Draws and writes attention maps.
pub fn run(args: &Explain) -> Result<()> {
    let before = Before::of(&args.out)?;
    let opened = subject::open(&args.subject)?;
    let count = opened.images.data.len();
    if args.index >= count {
        return Err(Error::config(format!("there is no image {}", args.index))
            .help(format!("Choose an --index from 0 to {}", count - 1)));
    }
    let image = opened.images.data.select(&[args.index]);
    let predictor = Predictor::new(&opened.weights, &opened.device)?;
    let prediction = pollster::block_on(predictor.predict(image.image(0)))?;
    let structure = Structure::new(predictor.architecture(), &prediction.attention);
    let tokens = prediction.tokens;
    let (probabilities, maps) = (prediction.probabilities, prediction.attention);
    let side = image.side();
    if let Reader::Pixel(x, y) = args.of
        && x.max(y) >= side
    {
        return Err(Error::config(format!("there is no pixel {x},{y}"))
            .help(format!("Choose a column and a row from 0 to {}", side - 1)));
    }
    let reader = |block: &BlockAttention| reader_in(args.of, block, &structure);
    let label = image.labels().map(|labels| labels[0]);
    let prediction = largest(&probabilities);
    let blocks: Vec<BlockMaps> =
        maps.blocks.iter().map(|block| maps_of(block, reader(block))).collect();
    let whole = PatchGrid { rows: 1, columns: 1, patch: image.side(), left: 0, top: 0 };
    let grid = maps.blocks.last().map_or(whole, grid_of);
    let digit = Digit { side: image.side(), pixels: image.image(0), grid };
    let confidence = percent(f64::from(probabilities[prediction]), 1);
    let name = |class: usize| names::of(&opened.class_names, class);
    let note = structure.blocks().find_map(|(_, block)| block.note);
    let note = note.filter(|_| maps.blocks.is_empty());
    let title = format!("Read as {} ({confidence})", name(prediction));
    let explanation = Explanation {
        index: args.index,
        label,
        prediction,
        class_names: &opened.class_names,
        probabilities: &probabilities,
        of: args.of.to_string(),
        structure: &structure,
        blocks: blocks.iter().map(|block| block.number).collect(),
        grid: grid.rows,
        patch_size: grid.patch,
        grids: blocks.iter().map(|block| block.grid.rows).collect(),
        rollout: maps.blocks.last().map_or(Vec::new(), |last| maps.rollout(reader(last))),
        rollout_of_distillation: maps.rollout(QueryToken::Distillation),
        pooling: &maps.pooling,
        note,
        attention: blocks.iter().map(|block| &block.heads).collect(),
    };
    before.remove(&args.out)?;
    write_maps(&args.out, &digit, &blocks, &explanation, &title)?;
    write_channels(&args.out, &structure, &tokens)?;
    print(&format!(
        "{title}{}",
        label.map_or(String::new(), |label| format!(", labelled {}", name(label.into())))
    ));
    if let Some(note) = note {
        print(note);
    }
    let note = if before.0.is_empty() { "" } else { " (the explanation before is replaced)" };
    let blocks = counted(maps.blocks.len(), "block");
    print(&format!("Attention of {blocks} is in {}{note}", args.out.display()));
    Ok(())
}

/// What is asked for, as a token of this block; the class token, or the mean of all tokens, if the block has no such
/// token.
fn reader_in(reader: Reader, block: &BlockAttention, structure: &Structure) -> QueryToken {
    let tokens = structure.blocks().nth(block.block).map(|(tokens, _)| tokens);
    match reader {
        Reader::Distillation if block.queries.front > 1 => QueryToken::Distillation,
        Reader::Class | Reader::Distillation => QueryToken::Class,
        Reader::Pixel(x, y) => {
            tokens.and_then(|tokens| tokens.at(x, y)).map_or(QueryToken::Class, QueryToken::Patch)
        }
    }
}

/// The attention of a token in each head of a block.
fn maps_of(block: &BlockAttention, reader: QueryToken) -> BlockMaps {
    let heads = (0..block.heads).map(|head| block.map(Some(head), reader));
    BlockMaps { number: block.block + 1, grid: grid_of(block), heads: heads.collect() }
}

/// The grid of a block's keys.
fn grid_of(block: &BlockAttention) -> PatchGrid {
    let (grid, patch) = (block.keys.grid, block.patch);
    PatchGrid {
        rows: grid.rows,
        columns: grid.columns,
        patch: patch.side,
        left: patch.before,
        top: patch.before,
    }
}

/// The files of an explanation to be replaced. A deeper model had more: none of them may remain and seem
/// to belong to the new one.
struct Before(Vec<PathBuf>);

impl Before {
    /// The files of an explanation in `folder`; none if there is no explanation.
    ///
    /// # Errors
    /// If there are such files, but no explanation of ours that they belong to.
    fn of(folder: &Path) -> Result<Self> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        let written: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| is_written(name)).collect();
        if !written.is_empty() && !is_explanation(&folder.join(EXPLANATION)) {
            return Err(output::foreign(folder, &written, "Choose another --out"));
        }
        Ok(Self(written.into_iter().map(|name| folder.join(name)).collect()))
    }

    fn remove(&self, folder: &Path) -> Result<()> {
        self.0.iter().try_for_each(fs::remove_file).map_err(|error| {
            Error::new(ErrorKind::File, format!("cannot replace what is there: {error}"))
                .in_file(folder.display().to_string())
                .because(error)
        })
    }
}

/// Whether an explanation has a file of this name.
fn is_written(name: &str) -> bool {
    let picture = |name: &str| {
        let part = name.strip_prefix("block-")?.strip_suffix(".png")?;
        let (block, rest) = part.split_once('-')?;
        let number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let head = rest.strip_prefix("head-").is_some_and(number);
        Some(number(block) && (head || ["mean", "channels"].contains(&rest)))
    };
    [EXPLANATION, ROLLOUT, OVERVIEW].contains(&name) || picture(name) == Some(true)
}

/// Whether a file is an `explanation.json`.
fn is_explanation(path: &Path) -> bool {
    let text = fs::read(path).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    ["index", "prediction", "attention", "rollout"].iter().all(|name| value.get(name).is_some())
}

fn write_maps(
    folder: &Path,
    digit: &Digit<'_>,
    blocks: &[BlockMaps],
    explanation: &Explanation<'_>,
    title: &str,
) -> Result<()> {
    make_folder(folder)?;
    let save = |name: &str, bytes: &[u8]| write::atomic(&folder.join(name), bytes);
    for BlockMaps { number: b, grid, heads } in blocks {
        let digit = &Digit { grid: *grid, ..*digit };
        for (head, map) in heads.iter().enumerate() {
            let h = head + 1;
            let title = format!("Block {b}, head {h}");
            save(
                &format!("block-{b:02}-head-{h:02}.png"),
                &attention::heat_map(digit, map, &title)?,
            )?;
        }
        let mean = attention::mean(heads, grid.rows * grid.columns);
        let title = format!("Block {b}, mean of heads");
        save(&format!("block-{b:02}-mean.png"), &attention::heat_map(digit, &mean, &title)?)?;
    }
    // There is no rollout if queries and keys are different tokens.
    let rollout = Some(explanation.rollout.as_slice()).filter(|rollout| !rollout.is_empty());
    if let Some(rollout) = rollout {
        save(ROLLOUT, &attention::heat_map(digit, rollout, "Attention rollout")?)?;
    }
    if !blocks.is_empty() {
        save(OVERVIEW, &attention::overview(digit, blocks, rollout, title)?)?;
    }
    let json = serde_json::to_vec_pretty(explanation)
        .map_err(|error| Error::from_cause(ErrorKind::File, error))?;
    save(EXPLANATION, &json)
}

/// Draws what the channels of blocks without attention hold.
fn write_channels(folder: &Path, structure: &Structure, tokens: &[Vec<f32>]) -> Result<()> {
    for (index, ((grid, block), values)) in structure.blocks().zip(tokens).enumerate() {
        if block.heads > 0 {
            continue;
        }
        let number = index + 1;
        let width = values.len() / (grid.front + grid.rows * grid.columns);
        let values = &values[grid.front * width..];
        let title = format!("Block {number}, {}", counted(width, "channel"));
        let picture = attention::channels(values, [grid.rows, grid.columns], &title)?;
        write::atomic(&folder.join(format!("block-{number:02}-channels.png")), &picture)?;
    }
    Ok(())
}
