//! kilde-sandbox
