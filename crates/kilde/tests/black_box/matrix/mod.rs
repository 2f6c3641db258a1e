//! Every row of the table of side doors, and what was given out before access changed, tried from outside.

mod links;
mod rows;
mod world;
