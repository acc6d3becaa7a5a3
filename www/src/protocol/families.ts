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
        "about": "For a few thousand images: two convolutions before the patches, augmentation, Muon",
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
          "stem": 8,
          "stem_depth": 2,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "starter",
        "parameters": 187306,
        "train": {
          "augment": {
            "blur": 0.0,
            "elastic": 2.0,
            "erase": 0.0,
            "flip_horizontal": false,
            "flip_vertical": false,
            "noise": 0.0,
            "rotate": 10.0,
            "scale": 0.10000000149011612,
            "shear": 10.0,
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
          "ema_decay": 0.995,
          "epochs": 10,
          "epsilon": 1e-8,
          "label_smoothing": 0.0,
          "learning_rate": 0.006,
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
        "about": "A plain transformer, the quickest to train",
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
        "about": "Attention heads",
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
  },
  {
    "about": "Data-efficient image Transformer: a second token learns from a teacher",
    "name": "deit",
    "presets": [
      {
        "about": "A Vision Transformer with a distillation token, which learns from a teacher",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "depth": 4,
          "dropout": 0.0,
          "family": "deit",
          "heads": 4,
          "image_size": 28,
          "mlp": 128,
          "patch_size": 4,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "deit",
        "parameters": 139796,
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
          "epochs": 8,
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
        "about": "Attention heads",
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
      }
    ]
  },
  {
    "about": "Compact Convolutional Transformer: convolutions make the tokens, and the head weighs them",
    "name": "cct",
    "presets": [
      {
        "about": "Convolutions make the tokens and the head weighs them; the most accurate small model of its authors (CCT-2/3×2)",
        "model": {
          "attention_dropout": 0.0,
          "channels": 64,
          "classes": 10,
          "convolutions": 2,
          "depth": 2,
          "dropout": 0.0,
          "family": "cct",
          "heads": 2,
          "image_size": 28,
          "mlp": 128,
          "stochastic_depth": 0.0,
          "width": 128,
          "window": 3
        },
        "name": "cct",
        "parameters": 280651,
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
          "epochs": 8,
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
      }
    ],
    "settings": [
      {
        "about": "Convolutions that make the tokens, a pooling behind each",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 8.0,
            "low": 1.0,
            "name": "convolutions",
            "setting": "convolutions",
            "unit": "",
            "whole": true
          }
        },
        "label": "convolutions",
        "name": "convolutions"
      },
      {
        "about": "Channels of all these convolutions but the last",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 1024.0,
            "low": 1.0,
            "name": "channels",
            "setting": "channels",
            "unit": "",
            "whole": true
          }
        },
        "label": "channels",
        "name": "channels"
      },
      {
        "about": "Pixels per side of a window",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 15.0,
            "low": 2.0,
            "name": "window",
            "setting": "window",
            "unit": "",
            "whole": true
          }
        },
        "label": "window",
        "name": "window"
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
        "about": "Attention heads",
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
      }
    ]
  },
  {
    "about": "Pyramid Vision Transformer: maps that shrink, and fewer keys than queries on the large ones",
    "name": "pvt",
    "presets": [
      {
        "about": "Three stages whose maps shrink; fewer keys than queries",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "dropout": 0.0,
          "family": "pvt",
          "heads": 1,
          "image_size": 28,
          "mlp_ratio": 4,
          "patch_size": 2,
          "stage_depth": 1,
          "stages": 3,
          "stochastic_depth": 0.0,
          "width": 24
        },
        "name": "pvt",
        "parameters": 201730,
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
          "epochs": 8,
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
        "about": "Width of a token of the first stage; doubles with each stage",
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
        "about": "Attention heads of the first stage; double with each stage",
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
        "about": "Stages, each with a map half as large as the one before",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 6.0,
            "low": 1.0,
            "name": "stages",
            "setting": "stages",
            "unit": "",
            "whole": true
          }
        },
        "label": "stages",
        "name": "stages"
      },
      {
        "about": "Blocks of a stage",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 32.0,
            "low": 1.0,
            "name": "depth of a stage",
            "setting": "stage_depth",
            "unit": "",
            "whole": true
          }
        },
        "label": "depth of a stage",
        "name": "stage_depth"
      },
      {
        "about": "Width of the MLP's hidden layer, as a multiple of a token's",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 16.0,
            "low": 1.0,
            "name": "MLP ratio",
            "setting": "mlp_ratio",
            "unit": "",
            "whole": true
          }
        },
        "label": "MLP ratio",
        "name": "mlp_ratio"
      }
    ]
  },
  {
    "about": "Swin Transformer: tokens read within windows, which move by half of one from block to block",
    "name": "swin",
    "presets": [
      {
        "about": "Two stages; attention within windows that shift",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "dropout": 0.0,
          "family": "swin",
          "heads": 2,
          "image_size": 28,
          "mlp_ratio": 4,
          "patch_size": 2,
          "stage_depth": 2,
          "stages": 2,
          "stochastic_depth": 0.0,
          "width": 32,
          "windows": 7
        },
        "name": "swin",
        "parameters": 136854,
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
          "epochs": 8,
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
        "about": "Tokens per side of a window; tokens of different windows do not read each other",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 64.0,
            "low": 1.0,
            "name": "windows",
            "setting": "windows",
            "unit": "",
            "whole": true
          }
        },
        "label": "windows",
        "name": "windows"
      },
      {
        "about": "Width of a token of the first stage; doubles with each stage",
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
        "about": "Attention heads of the first stage; double with each stage",
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
        "about": "Stages, each with a map half as large as the one before",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 6.0,
            "low": 1.0,
            "name": "stages",
            "setting": "stages",
            "unit": "",
            "whole": true
          }
        },
        "label": "stages",
        "name": "stages"
      },
      {
        "about": "Blocks of a stage",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 32.0,
            "low": 1.0,
            "name": "depth of a stage",
            "setting": "stage_depth",
            "unit": "",
            "whole": true
          }
        },
        "label": "depth of a stage",
        "name": "stage_depth"
      },
      {
        "about": "Width of the MLP's hidden layer, as a multiple of a token's",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 16.0,
            "low": 1.0,
            "name": "MLP ratio",
            "setting": "mlp_ratio",
            "unit": "",
            "whole": true
          }
        },
        "label": "MLP ratio",
        "name": "mlp_ratio"
      }
    ]
  },
  {
    "about": "Linear attention: work grows with the number of tokens, not with its square",
    "name": "linear",
    "presets": [
      {
        "about": "Attention whose cost grows with the number of tokens instead of its square",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "depth": 4,
          "dropout": 0.0,
          "family": "linear",
          "heads": 4,
          "image_size": 28,
          "mlp": 128,
          "patch_size": 2,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "linear",
        "parameters": 147658,
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
          "epochs": 8,
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
        "about": "Attention heads",
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
      }
    ]
  },
  {
    "about": "Linformer: all tokens read from few learned sums of tokens",
    "name": "linformer",
    "presets": [
      {
        "about": "32 keys and values, each a learned sum of all tokens",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "depth": 4,
          "dropout": 0.0,
          "family": "linformer",
          "heads": 4,
          "image_size": 28,
          "mlp": 128,
          "patch_size": 2,
          "rank": 32,
          "stochastic_depth": 0.0,
          "width": 64
        },
        "name": "linformer",
        "parameters": 197322,
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
          "epochs": 8,
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
        "about": "Attention heads",
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
        "about": "Sums of tokens that every token reads from",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 1024.0,
            "low": 1.0,
            "name": "rank",
            "setting": "rank",
            "unit": "",
            "whole": true
          }
        },
        "label": "rank",
        "name": "rank"
      }
    ]
  },
  {
    "about": "Convolutional network: every pixel reads from its neighbours alone, on maps that shrink",
    "name": "cnn",
    "presets": [
      {
        "about": "No attention at all: the network that a transformer has to beat",
        "model": {
          "attention_dropout": 0.0,
          "classes": 10,
          "dropout": 0.0,
          "family": "cnn",
          "image_size": 28,
          "stage_depth": 1,
          "stages": 2,
          "stochastic_depth": 0.0,
          "width": 36
        },
        "name": "cnn",
        "parameters": 141706,
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
          "epochs": 8,
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
      }
    ],
    "settings": [
      {
        "about": "Channels of the first stage; each further stage has twice as many",
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
        "about": "Stages, each with a map half as large as the one before",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 6.0,
            "low": 1.0,
            "name": "stages",
            "setting": "stages",
            "unit": "",
            "whole": true
          }
        },
        "label": "stages",
        "name": "stages"
      },
      {
        "about": "Blocks of a stage",
        "kind": {
          "number": {
            "above": false,
            "group": "model",
            "high": 32.0,
            "low": 1.0,
            "name": "depth of a stage",
            "setting": "stage_depth",
            "unit": "",
            "whole": true
          }
        },
        "label": "depth of a stage",
        "name": "stage_depth"
      }
    ]
  }
];
