//! kilde-log
