//! What operators do with a store. A file a verb.

pub mod backup;
pub mod changes;
pub mod heal;
pub mod integrity;
pub mod org;
pub mod policy;
pub mod reads;
pub mod rebuild;
pub mod replay;
pub mod restore;
pub mod serve;
pub mod status;
pub mod tail;
pub mod test;
pub mod token;
pub mod vocabulary;
