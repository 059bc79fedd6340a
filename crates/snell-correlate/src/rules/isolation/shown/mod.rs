//! What is public or private by nature: whose rows the code keeps to their owner, and which it
//! shows to others on purpose.

pub(super) mod assigned;
mod catalogue;
pub(super) mod evidence;
pub(super) mod kinds;
pub(super) mod made;
mod members;
mod offers;
mod pages;
mod parents;
pub(in crate::rules) mod private;
pub(super) mod published;
mod reactions;
mod sets;
