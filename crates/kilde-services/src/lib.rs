//! kilde-services
