//! The page's large module: reads data and trains. Everything is in [`patchwork::web`].

fn main() {
    patchwork::web::start();
}
