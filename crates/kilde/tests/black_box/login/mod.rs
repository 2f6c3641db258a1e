//! Citizens log in with a browser, by the sandbox's ID-porten.

mod attacks;
mod browser;
mod flow;
mod own;
