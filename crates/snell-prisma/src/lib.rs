//! Parses Prisma schema files into a Datamodel.
