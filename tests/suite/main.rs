//! The project's own proof, in one binary.

mod apps;
mod arrangements;
mod bad_input;
mod browser;
mod command;
mod configuration;
mod diagram;
mod docs;
mod doctor;
mod expectations;
mod fixtures;
mod init;
mod kill_matrix;
mod ledger;
mod misbehaving_clients;
mod natives;
mod provider;
mod reports;
mod sharding;
mod shop;
mod signals;
mod stdio;
mod talkers;
mod tls;
mod variations;
mod web_app;
