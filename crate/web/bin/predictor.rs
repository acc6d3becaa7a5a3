//! The page's small module: draws and predicts. Everything is in [`patchwork_web`].

fn main() {
    patchwork_web::start();
}
