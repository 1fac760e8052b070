//! `yinxin serve`: the service, until the process is told to stop.

use serde_json::json;

use super::args::Serve;
use crate::folder::DataFolder;
use crate::passphrase;
use crate::problem::Problem;
use crate::say::Say;
use crate::serve::{self, Addresses, Wanted, access};
use crate::settings::Settings;

pub(super) async fn run(args: Serve, say: Say) -> Result<(), Problem> {
    if args.routes {
        let page = access::page();
        return say.answer(&json!({ "routes": page }), |_| page.trim_end().to_owned());
    }
    log_to_stderr();
    let folder = DataFolder::at(&args.folder.data);
    let settings = Settings::of_installation(&folder)?;
    let wanted = Wanted::new(&settings.serve, args.public, args.extranet, args.metrics)?;
    let passphrase = passphrase::ask(args.folder.passphrase_file.as_deref(), &folder)?;
    let told = |addresses: &Addresses| tell(addresses, say);
    serve::run(folder, &passphrase, &wanted, told).await?;
    say.line("服务已停止", "stopped");
    Ok(())
}

fn tell(addresses: &Addresses, say: Say) {
    let Addresses {
        public,
        extranet,
        metrics,
    } = addresses;
    // Whoever reads this line may call: every listener is open.
    let value = json!({ "public": format!("http://{public}"), "extranet": format!("https://{extranet}"), "metrics": format!("http://{metrics}/metrics") });
    let _ = say.answer(&value, |language| {
        let words = language.pick("服务已启动", "serving");
        format!("{words}\n  public    http://{public}\n  extranet  https://{extranet}\n  metrics   http://{metrics}/metrics")
    });
}

/// One JSON line an event on standard error; `RUST_LOG` says how much.
fn log_to_stderr() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logging = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Set already where a test of the same process has done so.
    let _ = logging.try_init();
}
