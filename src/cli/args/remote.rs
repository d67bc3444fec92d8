//! What is typed to ask a service in place of a data directory.

use crate::cli::remote::address::{ServerAddress, Token};
use clap::Args;
use std::path::PathBuf;

/// Which service is asked in place of a data directory, and as whom.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Remote {
    /// Ask the service at this address in place of --data: https://HOST:PORT, http://HOST:PORT, or
    /// unix:PATH for a socket
    #[arg(long, global = true, env = "CASEWARD_SERVER", hide_env_values = true, value_name = "http://HOST:7557")]
    pub server: Option<ServerAddress>,
    /// The token to call it with. Other users of the machine can see it here: --token-file is safer
    #[arg(long, global = true, env = "CASEWARD_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<Token>,
    /// Read the token from this file
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Believe services whose certificate was signed by one in this file (PEM), in place of those that the system believes
    #[arg(long, global = true, env = "CASEWARD_CA", hide_env_values = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Present this certificate (PEM) to the service; needs --client-key
    #[arg(long, global = true, env = "CASEWARD_CLIENT_CERT", hide_env_values = true, value_name = "FILE")]
    pub client_cert: Option<PathBuf>,
    /// The key of that certificate (PEM, without a password)
    #[arg(long, global = true, env = "CASEWARD_CLIENT_KEY", hide_env_values = true, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// Go on trying for so long where the service does not answer
    #[arg(long, global = true, default_value_t = 10, value_name = "SECONDS")]
    pub timeout: u64,
}
