//! The end of whoever has the store: runs the verbs of others over the store that is open.

use super::asking::asks_about_persons;
use super::call::Call;
use crate::cli::args::Cli;
use crate::cli::context::{Context, Host};
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::printer::Printer;
use crate::cli::settings;
use crate::cli::terminal::{OtherTerminal, Terminal};
use crate::service::{AskedVerb, RunVerbs, VerbPipes};
use std::ffi::OsString;

/// Runs verbs over a store that is open.
pub struct Verbs(pub Host);

impl RunVerbs for Verbs {
    fn asks(&self, call: &[u8]) -> Option<AskedVerb> {
        let Call { arguments, .. } = serde_json::from_slice(call).ok()?;
        let parsed = settings::parse_again(arguments.iter().map(OsString::from).collect()).ok()?;
        let name = asks_about_persons(&parsed.verb)?;
        let arguments = arguments.into_iter().skip(1).collect();
        Some(AskedVerb { organization: parsed.global.org, question: format!("caseward {name}"), arguments })
    }

    fn run(&self, call: &[u8], pipes: VerbPipes) -> u8 {
        let Ok(Call { arguments, directory, nature }) = serde_json::from_slice(call) else { return Exit::Usage as u8 };
        let signal = pipes.signal();
        let arguments = arguments.into_iter().map(OsString::from).collect();
        let Cli { mut global, mut verb } = match settings::parse_again(arguments) {
            Ok(cli) => cli,
            Err(failure) => {
                let terminal = Terminal::Other(OtherTerminal::new(pipes, nature));
                Printer::plain(&terminal).failure(&failure);
                return failure.exit as u8;
            }
        };
        let pipes = if verb.follows() { pipes.following() } else { pipes };
        let terminal = Terminal::Other(OtherTerminal::new(pipes, nature));
        global.heads_dir.iter_mut().for_each(|path| *path = directory.join(&*path));
        verb.paths_mut()
            .into_iter()
            .filter(|path| path.as_os_str() != "-")
            .for_each(|path| *path = directory.join(&*path));
        global.data.clone_from(&self.0.data);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                let failure = Failure::fault(error);
                Printer::plain(&terminal).failure(&failure);
                return failure.exit as u8;
            }
        };
        let mut context = Context::hosted(global, terminal, self.0.clone(), Interrupt::heard_by(signal));
        let ended = runtime
            .block_on(crate::cli::run_to_its_end(&mut context, verb, &[]))
            .and_then(|exit| context.printer.flush().map(|()| exit));
        let status = match ended {
            Ok(exit) => exit as u8,
            Err(failure) => {
                context.printer.failure(&failure);
                failure.exit as u8
            }
        };
        // A thread that waits for a line waits for ever.
        runtime.shutdown_background();
        status
    }
}
