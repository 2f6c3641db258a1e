//! kilde-http
