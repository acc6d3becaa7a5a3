// Written by the crate (crate/protocol/page_types.rs); not by hand.
import type { PresetReport, Setting } from "./engine.js";

/** A preset of a family, for images of 28×28 pixels and 10 classes. */
export interface FamilyPreset extends PresetReport {
  /** What distinguishes it, in a sentence. */
  about: string;
  parameters: number;
}

/** A family of models, as it is offered. */
export interface FamilyReport {
  name: string;
  /** What it is, in a sentence. */
  about: string;
  settings: readonly Setting[];
  presets: readonly FamilyPreset[];
}

/** The families to choose from, the first one first. */
export const FAMILIES: readonly FamilyReport[] = [
  {
    "about": "Vision Transformer: patches become tokens, and every token reads from every other",
    "name": "vit",
    "presets": [
      {
        "about": "The quickest to train",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "depth": 4,
          "dropout": 0.0,
          "family": "vit",
          "heads": 4,
          "image_size": 28,
          "mlp": 128,
          "patch_size": 7,
          "pool": "class-token",
          "qk_norm": false,
          "stem": 0,
          "stem_depth": 2,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "tiny",
        "parameters": 139018,
        "train": {
          "augment": {
            "blur": 0.0,
            "elastic": 0.0,
            "erase": 0.0,
            "flip_horizontal": false,
            "flip_vertical": false,
            "noise": 0.0,
            "rotate": 0.0,
            "scale": 0.0,
            "shear": 0.0,
            "shift": 0.0,
            "thickness": 0.0
          },
          "batch_size": 64,
          "betas": [
            0.9,
            0.999
          ],
          "builtin_digits": 0,
          "clean_epochs": 0,
          "clip_norm": 1.0,
          "ema_decay": 0.0,
          "epochs": 10,
          "epsilon": 1e-8,
          "label_smoothing": 0.0,
          "learning_rate": 0.002,
          "optimizer": "adam-w",
          "patience": 0,
          "precision": "f32",
          "read_every": 10,
          "schedule": "cosine",
          "seed": 0,
          "test_fraction": 0.1,
          "validation_fraction": 0.1,
          "warmup_epochs": 0.5,
          "weight_decay": 0.05
        }
      },
      {
        "about": "Finer patches: more accurate, about five times the work of tiny",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "depth": 6,
          "dropout": 0.0,
          "family": "vit",
          "heads": 4,
          "image_size": 28,
          "mlp": 128,
          "patch_size": 4,
          "pool": "class-token",
          "qk_norm": false,
          "stem": 0,
          "stem_depth": 2,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "small",
        "parameters": 205962,
        "train": {
          "augment": {
            "blur": 0.0,
            "elastic": 0.0,
            "erase": 0.0,
            "flip_horizontal": false,
            "flip_vertical": false,
            "noise": 0.0,
            "rotate": 0.0,
            "scale": 0.0,
            "shear": 0.0,
            "shift": 0.0,
            "thickness": 0.0
          },
          "batch_size": 64,
          "betas": [
            0.9,
            0.999
          ],
          "builtin_digits": 0,
          "clean_epochs": 0,
          "clip_norm": 1.0,
          "ema_decay": 0.0,
          "epochs": 10,
          "epsilon": 1e-8,
          "label_smoothing": 0.0,
          "learning_rate": 0.002,
          "optimizer": "adam-w",
          "patience": 0,
          "precision": "f32",
          "read_every": 10,
          "schedule": "cosine",
          "seed": 0,
          "test_fraction": 0.1,
          "validation_fraction": 0.1,
          "warmup_epochs": 0.5,
          "weight_decay": 0.05
        }
      },
      {
        "about": "Four convolutions before the patches, augmentation, Muon: the most accurate",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "depth": 4,
          "dropout": 0.0,
          "family": "vit",
          "heads": 4,
          "image_size": 28,
          "mlp": 128,
          "patch_size": 4,
          "pool": "class-token",
          "qk_norm": false,
          "stem": 16,
          "stem_depth": 4,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "base",
        "parameters": 162554,
        "train": {
          "augment": {
            "blur": 0.0,
            "elastic": 2.0,
            "erase": 0.0,
            "flip_horizontal": false,
            "flip_vertical": false,
            "noise": 0.0,
            "rotate": 12.0,
            "scale": 0.15000000596046448,
            "shear": 15.0,
            "shift": 2.0,
            "thickness": 0.0
          },
          "batch_size": 64,
          "betas": [
            0.9,
            0.999
          ],
          "builtin_digits": 0,
          "clean_epochs": 0,
          "clip_norm": 1.0,
          "ema_decay": 0.998,
          "epochs": 12,
          "epsilon": 1e-8,
          "label_smoothing": 0.0,
          "learning_rate": 0.004,
          "optimizer": "muon",
          "patience": 0,
          "precision": "f32",
          "read_every": 10,
          "schedule": "cosine",
          "seed": 0,
          "test_fraction": 0.1,
          "validation_fraction": 0.1,
          "warmup_epochs": 0.5,
          "weight_decay": 0.05
        }
      },
      {
        "about": "The recipe of the article that Patchwork is based on: Adam, rotations, dropout",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "depth": 4,
          "dropout": 0.1,
          "family": "vit",
          "heads": 4,
          "image_size": 28,
          "mlp": 128,
          "patch_size": 16,
          "pool": "class-token",
          "qk_norm": false,
          "stem": 0,
          "stem_depth": 2,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "article",
        "parameters": 151498,
        "train": {
          "augment": {
            "blur": 0.0,
            "elastic": 0.0,
            "erase": 0.0,
            "flip_horizontal": false,
            "flip_vertical": false,
            "noise": 0.0,
            "rotate": 15.0,
            "scale": 0.0,
            "shear": 0.0,
            "shift": 0.0,
            "thickness": 0.0
          },
          "batch_size": 128,
          "betas": [
            0.9,
            0.999
          ],
          "builtin_digits": 0,
          "clean_epochs": 0,
          "clip_norm": 0.0,
          "ema_decay": 0.0,
          "epochs": 40,
          "epsilon": 1e-8,
          "label_smoothing": 0.0,
          "learning_rate": 0.001,
          "optimizer": "adam",
          "patience": 0,
          "precision": "f32",
          "read_every": 10,
          "schedule": "constant",
          "seed": 0,
          "test_fraction": 0.1,
          "validation_fraction": 0.1,
          "warmup_epochs": 0.0,
          "weight_decay": 0.0
        }
      }
    ],
    "settings": [
      {
        "about": "Pixels per side of a patch",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 256.0,
            "low": 1.0,
            "name": "patch size",
            "setting": "patch_size",
            "unit": "",
            "whole": true
          }
        },
        "label": "patch size",
        "name": "patch_size"
      },
      {
        "about": "Width of a token",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 4096.0,
            "low": 1.0,
            "name": "width",
            "setting": "width",
            "unit": "",
            "whole": true
          }
        },
        "label": "width",
        "name": "width"
      },
      {
        "about": "Encoder blocks",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 64.0,
            "low": 1.0,
            "name": "depth",
            "setting": "depth",
            "unit": "",
            "whole": true
          }
        },
        "label": "depth",
        "name": "depth"
      },
      {
        "about": "Attention heads in each block; they share the width",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 64.0,
            "low": 1.0,
            "name": "heads",
            "setting": "heads",
            "unit": "",
            "whole": true
          }
        },
        "label": "heads",
        "name": "heads"
      },
      {
        "about": "Width of the MLP's hidden layer",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 16384.0,
            "low": 1.0,
            "name": "MLP width",
            "setting": "mlp",
            "unit": "",
            "whole": true
          }
        },
        "label": "MLP width",
        "name": "mlp"
      },
      {
        "about": "What the head reads; with the mean there is no class token",
        "kind": {
          "choice": [
            "class-token",
            "mean"
          ]
        },
        "label": "pooling",
        "name": "pool"
      },
      {
        "about": "Channels of the first convolutions of the stem before the patches, 0 for no stem",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 256.0,
            "low": 0.0,
            "name": "stem",
            "setting": "stem",
            "unit": "",
            "whole": true
          }
        },
        "label": "stem",
        "name": "stem"
      },
      {
        "about": "Number of these convolutions; the second half of them has twice as many channels",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 16.0,
            "low": 1.0,
            "name": "stem depth",
            "setting": "stem_depth",
            "unit": "",
            "whole": true
          }
        },
        "label": "stem depth",
        "name": "stem_depth"
      },
      {
        "about": "LayerNorm on queries and keys: more stable at high learning rates",
        "kind": "flag",
        "label": "QK-norm",
        "name": "qk_norm"
      }
    ]
  }
];
