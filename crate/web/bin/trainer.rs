//! The page's large module: reads data and trains. Everything is in [`patchwork_web`].

fn main() {
    patchwork_web::start();
}
