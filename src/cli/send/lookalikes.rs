//! Users whose id looks like that of another user: with a character that nobody sees, in another normal form, or in other
//! capitals. Each is an id of its own, for ever, and a list shows both alike.
//!
//! Absent on purpose: a refusal. Ids belong to the systems that send them.

use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::engine::named;
use crate::show::escape;
use caseward_events::{Labelled, UserId};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// A word about each user that a command is the first to name, and that looks like another.
///
/// # Errors
/// The log cannot be read.
pub async fn lookalikes(opened: &Opened, command: &Value) -> Result<Vec<String>, Failure> {
    let reader = opened.organization.reader(caseward_events::AsOf::Head, None).await?;
    let mut told = Vec::new();
    for one in named(command) {
        let Labelled::User(user) = one else { continue };
        let Some(nearest) = reader.unnamed_user(&user).await? else { continue };
        let shown = escape::visible(&format!("user:{user}"));
        if shown != format!("user:{user}") {
            told.push(format!("warning: {shown} has a character in it that nobody sees"));
        }
        let mut others = forms(&user);
        others.extend(nearest.filter(|other| alike(other, &user)));
        for other in others {
            if reader.unnamed_user(&other).await?.is_none() {
                let other = escape::visible(&format!("user:{other}"));
                told.push(format!("warning: {shown} is new, and looks like {other}, who is another user"));
                break;
            }
        }
    }
    Ok(told)
}

/// The same letters, put together otherwise.
fn forms(user: &UserId) -> Vec<UserId> {
    let id = user.as_str();
    let forms = [id.nfc().collect::<String>(), id.nfd().collect(), id.nfkc().collect()];
    forms.iter().filter(|form| *form != id).filter_map(|form| form.parse().ok()).collect()
}

fn alike(one: &UserId, other: &UserId) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_other_forms_where_letters_can_be_put_together_otherwise() {
        let user = |text: &str| -> UserId { text.parse().expect("it is an id") };
        assert_eq!(forms(&user("zo\u{eb}")), [user("zoe\u{308}")]);
        assert_eq!(forms(&user("zoe\u{308}"))[0], user("zo\u{eb}"));
        assert_eq!(forms(&user("zoe")), []);
        assert!(alike(&user("BEN"), &user("ben")));
    }
}
