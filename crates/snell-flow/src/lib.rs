//! Follows values and calls through the project.
