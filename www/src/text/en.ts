/**
 * The texts of the lessons in English, by key: a step is data, and names its text. `catalogue.ts` fills the placeholders in
 * braces; `de/lessons.ts` has the same keys and placeholders.
 */
export const en = {
  "list.title": "Lessons",
  "list.intro": "Ten questions, a few minutes each. Every lesson waits for what you do and answers with your own numbers.",
  "list.done": "done",
  "list.begun": "step {step} of {steps}",
  "card.step": "Step {step} of {steps}",
  "card.all": "All lessons",
  "card.close": "Close the lessons",
  "card.link": "Copy link",
  "card.copied": "Link copied",
  "card.in-address": "The link is in the address bar now",
  "card.go": "Show me where",
  "card.skip": "Skip",
  "card.next": "Next",
  "card.finish": "Finish",
  "card.other-model": "This lesson is about the parts of a plain Vision Transformer, and a model of another kind answers now. Choose the shipped model under the answer, then go on here.",

  "reader.class": "the class token",
  "reader.all": "all patches together",

  "patch.title": "What is a patch?",
  "patch.draw": "Draw a digit, or choose one under “Or show me a…”.",
  "patch.drawn": "The model gets {pixels} grey values and divides them into {patches} patches of {patch}×{patch} pixels. Ink lies in {inked} of yours; {empty} are empty paper.",
  "patch.point": "Under “Where the model looks”, point at a patch with ink (tap it on a phone), or choose its row and column.",
  "patch.pointed": "Row {row}, column {column}: {dark} of {area} pixels carry ink. For this place the model computes a token, a list of {width} numbers. All that follows computes with tokens only.",

  "order.title": "Does the order of the patches matter?",
  "order.draw": "Draw a digit that the model reads with at least 90 %.",
  "order.drawn": "The model predicts {class}: {share}. Now the same patches in another order.",
  "order.shuffle": "Shuffle the patches. What will the model predict?",
  "order.button": "Shuffle the patches",
  "order.changed": "The same {patches} patches, shuffled: {class} goes from {before} to {after}, and the model now predicts {now} ({share}).",
  "order.same": "The same {patches} patches, shuffled, and the model still predicts {class}: {before} before, {after} now. Shuffle again: does it always?",
  "order.impossible": "Patches of this model reach beyond the image, so they cannot be shuffled. The shipped model’s can.",
  "order.undo": "Press Undo on the canvas: every patch goes back to its place.",
  "order.undone": "{class} has {share} again. Attention by itself takes no notice of the order of tokens, so a Vision Transformer adds a position to each.",
  "order.undone-stem": "{class} has {share} again. Attention by itself takes no notice of order, so a position is added to each token. This model’s convolutions also look across the borders of patches.",

  "look.title": "Where does the model look?",
  "look.draw": "Draw a digit.",
  "look.drawn": "Over all {depth} blocks the answer draws most on row {row}, column {column}: {share}. An equal share is {even}; {warm} of {patches} patches have more (the warm ones).",
  "look.first": "Under “All blocks and heads”, choose the mean of block 1.",
  "look.firsted": "In block 1, half of the attention of {reader} to patches lies on {half} of {patches} patches.",
  "look.last": "Now choose the mean of block {depth}, the last one.",
  "look.narrower": "In block {depth} half of the attention lies on {half} patches, in block 1 on {first}: for your digit, the model looks at fewer places at the end.",
  "look.wider": "In block {depth} half of the attention lies on {half} patches, in block 1 on {first}: for your digit, the model looks at more places at the end.",
  "look.equal": "In block {depth} half of the attention lies on {half} patches, as many as in block 1. Where they lie may differ: compare the pictures.",

  "heads.title": "What does a head do?",
  "heads.one": "Under “All blocks and heads”, choose a single head.",
  "heads.oned": "Block {block}, head {head}: {ink} of its attention to patches goes to those with ink ({inked} of {patches}), and most to row {row}, column {column} ({share}).",
  "heads.other": "Choose another head of block {block}.",
  "heads.other-block": "This block has a single head. Choose one of another block.",
  "heads.othered": "Head {head} gives {ink} to patches with ink; head {before} gave {inkBefore}. Where both look is {overlap} of their attention; the rest goes to different places.",
  "heads.othered-block": "Block {block} gives {ink} to patches with ink; block {before} gave {inkBefore}. Where both look is {overlap} of their attention; the rest goes to different places.",

  "blocks.title": "How does the answer form over the blocks?",
  "blocks.draw": "Draw a digit.",
  "blocks.drawn": "The answer is computed from {width} numbers, which every block changes. Their similarity to the final ones, block by block (1 is the same direction): {list}.",
  "blocks.other": "Clear the canvas and draw another digit, one that the model does not take for {class}.",
  "blocks.apart": "How similar are these numbers for your {before} and your {class}? Block by block: {list}. Over the blocks, the two digits part.",
  "blocks.mixed": "How similar are these numbers for your {before} and your {class}? Block by block: {list}. With this model they do not simply part; the last matrix still tells them apart.",

  "unsure.title": "When is the model not sure?",
  "unsure.draw": "Draw something between a 4 and a 9, or between any two digits, until the model hesitates.",
  "unsure.drawn": "{first}: {share}, {second}: {other}. In scores (logits), {first} leads by only {lead}; a lead of 2.3 makes it ten times as probable.",
  "unsure.decide": "Add a stroke, or undo one, so that the model is sure (90 % or more).",
  "unsure.decided": "Now {class}: {share}. Before your change this class had {before}.",

  "training.title": "How does training go?",
  "training.draw": "Draw a digit and leave it on the canvas.",
  "training.drawn": "The model in use predicts {class} ({share}). Next, watch another model learn to read the same digit.",
  "training.start": "In the view Train, start a run.",
  "training.started": "{parameters} parameters are being adjusted to {images} training images. Guessing would be right for {chance} of them.",
  "training.watch": "Watch your digit beside the curves until the first epoch is done.",
  "training.watched": "After epoch {epoch} the model is right for {accuracy} of the images that it was not trained on (loss {loss}). Your digit: {class}, {share}.",
  "training.watched-only": "After epoch {epoch} the model is right for {accuracy} of the images that it was not trained on (loss {loss}).",
  "training.watched-train": "After epoch {epoch} the model is right for {accuracy} of its training images (loss {loss}). It has no others to be tested on.",

  "augment.title": "What does augmentation do?",
  "augment.change": "In the settings, open “Augmentation” and change the rotation. It is {rotate}° now.",
  "augment.changed": "Every training image is turned by up to {rotate}°, to either side, by another angle each time: in {epochs} epochs the model sees {epochs} versions of each. What a tilted digit is, it need not guess.",
  "augment.none": "Nothing is changed any more: in {epochs} epochs the model sees the same pixels {epochs} times, and can learn them by heart.",
  "augment.unturned": "Images are not turned any more; the other changes remain. Digits that are tilted further than those in the data will be new to the model.",
  "augment.mirror": "Switch on “Mirror left to right” and look at the ten versions. Is their label still right?",
  "augment.mirrored": "Half of the images are mirrored, and each keeps its label: a mirrored 2 or 7 is no digit, and a mirrored 5 looks like a 2. Augmentation may change only what leaves the label right.",
  "augment.back": "Switch mirroring off again, so that your next run learns real digits.",
  "augment.backed": "Good. What is right depends on the data: a mirrored shoe is a shoe, and a mirrored 8 is nearly an 8.",

  "general.title": "Has it learned, or learned by heart?",
  "general.start": "Choose the preset “tiny”, which trains without augmentation, start a run, and wait for epoch 3.",
  "general.gap": "After epoch {epoch} the model is right for {train} of its training images, and for {validation} of those held back. It knows the ones it was trained on better: that gap is overfitting.",
  "general.no-gap": "After epoch {epoch} the model is right for {train} of its training images, and for {validation} of those held back: no gap yet. Augmentation and dropout make training harder than the validation.",
  "general.none": "After epoch {epoch} the model is right for {train} of its training images. No images were held back, so nothing tells whether it learned them by heart.",
  "general.end": "Wait for the end of the run. In which epoch is the loss of the held-back images (validation) least?",
  "general.rose": "In epoch {best} of {epochs}: {least}. At the end it is {last}, while the training loss has gone from {then} to {now}. The later epochs improved little but the training images.",
  "general.fell": "In the last, epoch {epochs}: {least}. It was still falling, so this model has not overfitted; more epochs might help.",
  "general.unheld": "No images were held back in this run. Under “Data”, set aside some for validation, then train again.",
  "general.draw": "The last test: draw a digit for the model that you have trained.",
  "general.drawn": "Your model predicts {class} ({share}). The images held back were drawn by the same people as those for training; your hand is new to it. That is the kind of image it is for.",

  "cost.title": "What does a smaller patch cost?",
  "cost.change": "In the settings, open “Model” and choose another patch size. It is {patch} now.",
  "cost.no-patch": "These settings have no patch size. Choose another preset, “tiny” for example.",
  "cost.changed": "Patches of {patch} instead of {before} pixels: {tokens} tokens instead of {tokensBefore}, {pairs} pairs of tokens instead of {pairsBefore}, and {work} million multiply-adds per training image instead of {workBefore}.",
  "cost.back": "Set the patch size back to {patch}.",
  "cost.backed": "{tokens} tokens and {work} million multiply-adds again: {ratio} of the other size’s work. Smaller patches keep finer detail; every halving makes four times as many tokens.",
} as const;

/** The key of a text. */
export type TextKey = keyof typeof en;

/** A complete catalogue. */
export type Catalogue = Record<TextKey, string>;
