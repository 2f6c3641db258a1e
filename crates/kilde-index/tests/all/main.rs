//! Tests of the index through its public interface, in one program so that it is linked once.

mod basics;
mod beyond;
mod blocks;
mod bulk;
mod changes;
mod compartments;
mod contained;
mod destroyed;
mod hierarchy;
mod kit;
mod oracle;
mod paging;
mod parsing;
mod persons;
mod rebuild;
mod relations;
mod side_doors;
mod synthea;
mod unseen;
