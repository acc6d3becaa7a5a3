//! Step workers: JavaScript starts them and passes parts and results on.

use js_sys::{Array, Float32Array, Object, Promise, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::value::{Thrown, give, set, take, thrown};
use patchwork::error::{Error, ErrorKind, Result};
use patchwork::protocol::RunSettings;
use patchwork::train::workers::{self, MicroBatch, PartialResult, PendingResults, WorkerPool};

#[wasm_bindgen]
extern "C" {
    /// JavaScript's side: `WorkerPool` in `www/src/protocol/wasm.ts`.
    #[derive(Debug)]
    pub type JsWorkerPool;

    #[wasm_bindgen(method)]
    fn configure(this: &JsWorkerPool, settings: JsValue);

    #[wasm_bindgen(method)]
    fn gradients(this: &JsWorkerPool, weights: Float32Array, parts: Array) -> Promise;

    #[wasm_bindgen(method)]
    fn logits(this: &JsWorkerPool, weights: Float32Array, parts: Array) -> Promise;
}

impl WorkerPool for JsWorkerPool {
    fn configure(&self, settings: &RunSettings) -> Result<()> {
        let settings = give(settings).map_err(|_| Error::config("settings that are no data"))?;
        JsWorkerPool::configure(self, settings);
        Ok(())
    }

    fn gradients(&self, weights: &[f32], parts: &[MicroBatch]) -> PendingResults<'_> {
        let asked = parts.iter().map(object).collect::<Thrown<Array>>();
        let asked = asked.map(|parts| JsWorkerPool::gradients(self, weights.into(), parts));
        Box::pin(async { answers(asked).await.map_err(refused) })
    }

    fn logits(&self, weights: &[f32], parts: &[Vec<u8>]) -> PendingResults<'_> {
        let parts = parts.iter().map(|part| Uint8Array::from(&part[..])).collect();
        let asked = JsWorkerPool::logits(self, weights.into(), parts);
        Box::pin(async { answers(Ok(asked)).await.map_err(refused) })
    }
}

/// A part for JavaScript: `MicroBatch` in `www/src/protocol/wasm.ts`.
fn object(part: &MicroBatch) -> Thrown<JsValue> {
    let object = Object::new();
    set(&object, "moment", Uint32Array::from(&part.moment[..]))?;
    set(&object, "indices", Uint32Array::from(&part.indices[..]))?;
    set(&object, "pixels", Uint8Array::from(&part.pixels[..]))?;
    set(&object, "labels", Uint8Array::from(&part.labels[..]))?;
    Ok(object.into())
}

async fn answers(asked: Thrown<Promise>) -> Thrown<Vec<PartialResult>> {
    let answers: Array = JsFuture::from(asked?).await?.dyn_into()?;
    answers.iter().map(|found| Ok(found.dyn_into::<Float32Array>()?.to_vec())).collect()
}

/// An error thrown by JavaScript.
fn refused(thrown: JsValue) -> Error {
    take(thrown).unwrap_or_else(|_| {
        Error::new(ErrorKind::Device, "the workers that share the steps failed")
            .help("Resume from the last checkpoint")
    })
}

/// Computes parts in one worker of the page.
#[wasm_bindgen]
pub struct StepWorker {
    worker: workers::Worker,
}

#[wasm_bindgen]
impl StepWorker {
    /// A worker for a run with these settings.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: JsValue) -> Thrown<Self> {
        Ok(Self { worker: workers::Worker::new(&take(settings)?).map_err(thrown)? })
    }

    /// The gradient of a part's mean loss at the weights, then that loss and the number of correct images.
    pub async fn gradient(
        &mut self,
        weights: Vec<f32>,
        moment: Vec<u32>,
        indices: Vec<u32>,
        pixels: Vec<u8>,
        labels: Vec<u8>,
    ) -> Thrown<Vec<f32>> {
        let &[epoch, step, place] = &moment[..] else {
            return Err(thrown(Error::config("a moment is three numbers")));
        };
        let part = MicroBatch { moment: [epoch, step, place], indices, pixels, labels };
        self.worker.gradient(&weights, &part).await.map_err(thrown)
    }

    /// The logits of images, `[images, side, side]`, at the weights: `[images, classes]`.
    pub async fn logits(&self, weights: Vec<f32>, pixels: Vec<u8>) -> Thrown<Vec<f32>> {
        self.worker.logits(&weights, &pixels).await.map_err(thrown)
    }
}
