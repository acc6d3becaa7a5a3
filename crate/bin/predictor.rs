//! The page's small module: draws and predicts. Everything is in [`patchwork::web`].

fn main() {
    patchwork::web::start();
}
