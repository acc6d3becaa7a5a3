// Written by the crate (crate/protocol/page_types.rs); not by hand.
import type { FamilyOffer } from "./engine.js";

/** The families to choose from, the default first. */
export const FAMILIES: readonly FamilyOffer[] = [
  {
    name: "vit",
    about: "Vision Transformer: patches become tokens, and every token reads from every other",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"depth","label":"depth","about":"Encoder blocks","kind":{"number":{"group":"model","setting":"depth","name":"depth","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp","label":"MLP width","about":"Width of the MLP's hidden layer","kind":{"number":{"group":"model","setting":"mlp","name":"MLP width","low":1.0,"high":16384.0,"above":false,"whole":true,"unit":""}}},
      {"name":"pool","label":"pooling","about":"What the head reads; with the mean there is no class token","kind":{"choice":["class-token","mean"]}},
      {"name":"stem","label":"stem","about":"Channels of the first convolutions of the stem before the patches, 0 for no stem","kind":{"number":{"group":"model","setting":"stem","name":"stem","low":0.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stem_depth","label":"stem depth","about":"Number of these convolutions; the second half of them has twice as many channels","kind":{"number":{"group":"model","setting":"stem_depth","name":"stem depth","low":1.0,"high":16.0,"above":false,"whole":true,"unit":""}}},
      {"name":"qk_norm","label":"QK-norm","about":"LayerNorm on queries and keys: more stable at high learning rates","kind":"flag"},
    ],
    presets: [
      {"name":"starter","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"vit","patch_size":7,"width":64,"depth":4,"heads":4,"mlp":128,"pool":"class-token","stem":8,"stem_depth":2,"qk_norm":false},"train":{"epochs":10,"batch_size":64,"optimizer":"muon","learning_rate":0.006,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.995,"augment":{"rotate":10.0,"shift":2.0,"scale":0.1,"shear":10.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"For a few thousand images: two convolutions before the patches, augmentation, Muon","parameters":187306},
      {"name":"tiny","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"vit","patch_size":7,"width":64,"depth":4,"heads":4,"mlp":128,"pool":"class-token","stem":0,"stem_depth":2,"qk_norm":false},"train":{"epochs":10,"batch_size":64,"optimizer":"adam-w","learning_rate":0.002,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.0,"augment":{"rotate":0.0,"shift":0.0,"scale":0.0,"shear":0.0,"elastic":0.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"A plain transformer, the quickest to train","parameters":139018},
      {"name":"small","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"vit","patch_size":4,"width":64,"depth":6,"heads":4,"mlp":128,"pool":"class-token","stem":0,"stem_depth":2,"qk_norm":false},"train":{"epochs":10,"batch_size":64,"optimizer":"adam-w","learning_rate":0.002,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.0,"augment":{"rotate":0.0,"shift":0.0,"scale":0.0,"shear":0.0,"elastic":0.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Finer patches: more accurate, about five times the work of tiny","parameters":205962},
      {"name":"base","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"vit","patch_size":4,"width":64,"depth":4,"heads":4,"mlp":128,"pool":"class-token","stem":16,"stem_depth":4,"qk_norm":false},"train":{"epochs":12,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Four convolutions before the patches, augmentation, Muon: the most accurate","parameters":162554},
      {"name":"article","model":{"image_size":28,"classes":10,"dropout":0.1,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"vit","patch_size":16,"width":64,"depth":4,"heads":4,"mlp":128,"pool":"class-token","stem":0,"stem_depth":2,"qk_norm":false},"train":{"epochs":40,"batch_size":128,"optimizer":"adam","learning_rate":0.001,"schedule":"constant","warmup_epochs":0.0,"weight_decay":0.0,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":0.0,"label_smoothing":0.0,"ema_decay":0.0,"augment":{"rotate":15.0,"shift":0.0,"scale":0.0,"shear":0.0,"elastic":0.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"The recipe of the article that Patchwork is based on: Adam, rotations, dropout","parameters":151498},
    ],
  },
  {
    name: "deit",
    about: "Data-efficient image Transformer: a second token learns from a teacher",
    student: true,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"depth","label":"depth","about":"Encoder blocks","kind":{"number":{"group":"model","setting":"depth","name":"depth","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp","label":"MLP width","about":"Width of the MLP's hidden layer","kind":{"number":{"group":"model","setting":"mlp","name":"MLP width","low":1.0,"high":16384.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"deit","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"deit","patch_size":4,"width":64,"depth":4,"heads":4,"mlp":128},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"A Vision Transformer with a distillation token, which learns from a teacher","parameters":139796},
    ],
  },
  {
    name: "convit",
    about: "ConViT: heads start as a convolution, and a gate of each lets it leave that as it trains",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"depth","label":"depth","about":"Encoder blocks","kind":{"number":{"group":"model","setting":"depth","name":"depth","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"local_depth","label":"depth of the blocks with gates","about":"Blocks whose heads start as a convolution; fewer than all","kind":{"number":{"group":"model","setting":"local_depth","name":"depth of the blocks with gates","low":1.0,"high":63.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads, a square number: 1, 4, 9, …","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp","label":"MLP width","about":"Width of the MLP's hidden layer","kind":{"number":{"group":"model","setting":"mlp","name":"MLP width","low":1.0,"high":16384.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"convit","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"convit","patch_size":4,"width":64,"depth":4,"local_depth":3,"heads":4,"mlp":128},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Heads that start as a convolution, and gates by which they leave it","parameters":138246},
    ],
  },
  {
    name: "cct",
    about: "Compact Convolutional Transformer: convolutions make the tokens, and the head weighs them",
    student: false,
    settings: [
      {"name":"convolutions","label":"convolutions","about":"Convolutions that make the tokens, a pooling behind each","kind":{"number":{"group":"model","setting":"convolutions","name":"convolutions","low":1.0,"high":8.0,"above":false,"whole":true,"unit":""}}},
      {"name":"channels","label":"channels","about":"Channels of all these convolutions but the last","kind":{"number":{"group":"model","setting":"channels","name":"channels","low":1.0,"high":1024.0,"above":false,"whole":true,"unit":""}}},
      {"name":"window","label":"window","about":"Pixels per side of a window","kind":{"number":{"group":"model","setting":"window","name":"window","low":2.0,"high":15.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"depth","label":"depth","about":"Encoder blocks","kind":{"number":{"group":"model","setting":"depth","name":"depth","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp","label":"MLP width","about":"Width of the MLP's hidden layer","kind":{"number":{"group":"model","setting":"mlp","name":"MLP width","low":1.0,"high":16384.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"cct","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"cct","convolutions":2,"channels":64,"window":3,"width":128,"depth":2,"heads":2,"mlp":128},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Convolutions make the tokens, and the head weighs them (the authors' CCT-2/3×2)","parameters":280651},
    ],
  },
  {
    name: "pvt",
    about: "Pyramid Vision Transformer: maps that shrink, and fewer keys than queries on the large ones",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token of the first stage; doubles with each stage","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads of the first stage; double with each stage","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stages","label":"stages","about":"Stages, each with a map half as large as the one before","kind":{"number":{"group":"model","setting":"stages","name":"stages","low":1.0,"high":6.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stage_depth","label":"depth of a stage","about":"Blocks of a stage","kind":{"number":{"group":"model","setting":"stage_depth","name":"depth of a stage","low":1.0,"high":32.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp_ratio","label":"MLP ratio","about":"Width of the MLP's hidden layer, as a multiple of a token's","kind":{"number":{"group":"model","setting":"mlp_ratio","name":"MLP ratio","low":1.0,"high":16.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"pvt","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"pvt","patch_size":2,"width":24,"heads":1,"stages":3,"stage_depth":1,"mlp_ratio":4},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Three stages whose maps shrink; fewer keys than queries","parameters":201730},
    ],
  },
  {
    name: "cvt",
    about: "Convolutional vision Transformer: convolutions make tokens, queries, keys and values",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels from a token of the first stage to the next; windows overlap","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token of the first stage; doubles with each stage","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads of the first stage; double with each stage","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stages","label":"stages","about":"Stages, each with a map half as large as the one before","kind":{"number":{"group":"model","setting":"stages","name":"stages","low":1.0,"high":6.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stage_depth","label":"depth of a stage","about":"Blocks of a stage","kind":{"number":{"group":"model","setting":"stage_depth","name":"depth of a stage","low":1.0,"high":32.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp_ratio","label":"MLP ratio","about":"Width of the MLP's hidden layer, as a multiple of a token's","kind":{"number":{"group":"model","setting":"mlp_ratio","name":"MLP ratio","low":1.0,"high":16.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"cvt","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"cvt","patch_size":2,"width":24,"heads":1,"stages":3,"stage_depth":1,"mlp_ratio":4},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Convolutions make tokens, queries, keys and values (LayerNorm instead of BatchNorm)","parameters":206698},
    ],
  },
  {
    name: "swin",
    about: "Swin Transformer: tokens read within windows, which move by half of one from block to block",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"windows","label":"windows","about":"Tokens per side of a window; tokens of different windows do not read each other","kind":{"number":{"group":"model","setting":"windows","name":"windows","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token of the first stage; doubles with each stage","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads of the first stage; double with each stage","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stages","label":"stages","about":"Stages, each with a map half as large as the one before","kind":{"number":{"group":"model","setting":"stages","name":"stages","low":1.0,"high":6.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stage_depth","label":"depth of a stage","about":"Blocks of a stage","kind":{"number":{"group":"model","setting":"stage_depth","name":"depth of a stage","low":1.0,"high":32.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp_ratio","label":"MLP ratio","about":"Width of the MLP's hidden layer, as a multiple of a token's","kind":{"number":{"group":"model","setting":"mlp_ratio","name":"MLP ratio","low":1.0,"high":16.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"swin","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"swin","patch_size":2,"windows":7,"width":32,"heads":2,"stages":2,"stage_depth":2,"mlp_ratio":4},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Two stages; attention within windows that shift","parameters":136854},
    ],
  },
  {
    name: "coatnet",
    about: "CoAtNet: convolutions on the large maps, attention with relative positions on the small ones",
    student: false,
    settings: [
      {"name":"width","label":"width","about":"Channels of the first stage, an even number; double with each stage","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads of the first stage that has any; double after it","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"convolution_stages","label":"stages of convolutions","about":"Stages of convolutions, each with a map half as large","kind":{"number":{"group":"model","setting":"convolution_stages","name":"stages of convolutions","low":1.0,"high":5.0,"above":false,"whole":true,"unit":""}}},
      {"name":"attention_stages","label":"stages of attention","about":"Stages of attention behind them, the same","kind":{"number":{"group":"model","setting":"attention_stages","name":"stages of attention","low":1.0,"high":3.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stage_depth","label":"depth of a stage","about":"Blocks of a stage","kind":{"number":{"group":"model","setting":"stage_depth","name":"depth of a stage","low":1.0,"high":32.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp_ratio","label":"MLP ratio","about":"Width inside a block, as a multiple of a token's","kind":{"number":{"group":"model","setting":"mlp_ratio","name":"MLP ratio","low":1.0,"high":16.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"coatnet","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"coatnet","width":48,"heads":3,"convolution_stages":1,"attention_stages":1,"stage_depth":2,"mlp_ratio":4},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Convolutions first, then attention (LayerNorm instead of BatchNorm)","parameters":269680},
    ],
  },
  {
    name: "linear",
    about: "Linear attention: work grows with the number of tokens, not with its square",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"depth","label":"depth","about":"Encoder blocks","kind":{"number":{"group":"model","setting":"depth","name":"depth","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp","label":"MLP width","about":"Width of the MLP's hidden layer","kind":{"number":{"group":"model","setting":"mlp","name":"MLP width","low":1.0,"high":16384.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"linear","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"linear","patch_size":2,"width":64,"depth":4,"heads":4,"mlp":128},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Attention whose cost grows with the number of tokens instead of its square","parameters":147658},
    ],
  },
  {
    name: "linformer",
    about: "Linformer: all tokens read from few learned sums of tokens",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"depth","label":"depth","about":"Encoder blocks","kind":{"number":{"group":"model","setting":"depth","name":"depth","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp","label":"MLP width","about":"Width of the MLP's hidden layer","kind":{"number":{"group":"model","setting":"mlp","name":"MLP width","low":1.0,"high":16384.0,"above":false,"whole":true,"unit":""}}},
      {"name":"rank","label":"rank","about":"Sums of tokens that every token reads from","kind":{"number":{"group":"model","setting":"rank","name":"rank","low":1.0,"high":1024.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"linformer","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"linformer","patch_size":2,"width":64,"depth":4,"heads":4,"mlp":128,"rank":32},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"32 keys and values, each a learned sum of all tokens","parameters":197322},
    ],
  },
  {
    name: "performer",
    about: "Performer: random features of queries and keys estimate the softmax, at linear cost",
    student: false,
    settings: [
      {"name":"patch_size","label":"patch size","about":"Pixels per side of a patch","kind":{"number":{"group":"model","setting":"patch_size","name":"patch size","low":1.0,"high":256.0,"above":false,"whole":true,"unit":""}}},
      {"name":"width","label":"width","about":"Width of a token","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"depth","label":"depth","about":"Encoder blocks","kind":{"number":{"group":"model","setting":"depth","name":"depth","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"heads","label":"heads","about":"Attention heads","kind":{"number":{"group":"model","setting":"heads","name":"heads","low":1.0,"high":64.0,"above":false,"whole":true,"unit":""}}},
      {"name":"mlp","label":"MLP width","about":"Width of the MLP's hidden layer","kind":{"number":{"group":"model","setting":"mlp","name":"MLP width","low":1.0,"high":16384.0,"above":false,"whole":true,"unit":""}}},
      {"name":"features","label":"random features","about":"Random features of a query or key in each head; more estimate better","kind":{"number":{"group":"model","setting":"features","name":"random features","low":1.0,"high":1024.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"performer","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"performer","patch_size":2,"width":64,"depth":4,"heads":4,"mlp":128,"features":44},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"Linear attention that estimates the softmax with 44 random features a head","parameters":149706},
    ],
  },
  {
    name: "cnn",
    about: "Convolutional network: every pixel reads from its neighbours alone, on maps that shrink",
    student: false,
    settings: [
      {"name":"width","label":"width","about":"Channels of the first stage; each further stage has twice as many","kind":{"number":{"group":"model","setting":"width","name":"width","low":1.0,"high":4096.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stages","label":"stages","about":"Stages, each with a map half as large as the one before","kind":{"number":{"group":"model","setting":"stages","name":"stages","low":1.0,"high":6.0,"above":false,"whole":true,"unit":""}}},
      {"name":"stage_depth","label":"depth of a stage","about":"Blocks of a stage","kind":{"number":{"group":"model","setting":"stage_depth","name":"depth of a stage","low":1.0,"high":32.0,"above":false,"whole":true,"unit":""}}},
    ],
    presets: [
      {"name":"cnn","model":{"image_size":28,"classes":10,"dropout":0.0,"attention_dropout":0.0,"stochastic_depth":0.0,"family":"cnn","width":36,"stages":2,"stage_depth":1},"train":{"epochs":8,"batch_size":64,"optimizer":"muon","learning_rate":0.004,"schedule":"cosine","warmup_epochs":0.5,"weight_decay":0.05,"betas":[0.9,0.999],"epsilon":1e-8,"clip_norm":1.0,"label_smoothing":0.0,"ema_decay":0.998,"augment":{"rotate":12.0,"shift":2.0,"scale":0.15,"shear":15.0,"elastic":2.0,"thickness":0.0,"blur":0.0,"erase":0.0,"noise":0.0,"paper":0.0,"flip_horizontal":false,"flip_vertical":false},"clean_epochs":0,"builtin_digits":0,"rare_styles":0.0,"stroke_copies":0,"not_digits":0,"split_by_writer":true,"validation_fraction":0.1,"test_fraction":0.1,"patience":0,"seed":0,"precision":"f32","read_every":10},"about":"No attention at all: the network that a transformer has to beat","parameters":141706},
    ],
  },
];
