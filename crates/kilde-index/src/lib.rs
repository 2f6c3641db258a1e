//! kilde-index
