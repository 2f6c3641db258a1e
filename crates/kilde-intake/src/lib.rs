//! kilde-intake
