//! kilde-access
