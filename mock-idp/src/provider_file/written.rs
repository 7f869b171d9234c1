//! The file as it is written, and its JSON Schema.

use std::net::SocketAddr;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::Fault;
use crate::fault::{self, Change, Point, Times};
use crate::terms::{Api, ClientRegistration, GrantType, Policy, UserRegistration};

/// A provider of `quintain serve --config idp.toml`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "idp.toml")]
pub(super) struct Written {
    /// Where to listen: `127.0.0.1:4455`.
    pub(super) listen: Option<SocketAddr>,
    /// The issuer identifier, if clients reach the provider by another name. A slash at its end is a part of it.
    pub(super) issuer: Option<String>,
    /// Which provider it imitates: a name, or the path of a file.
    #[schemars(with = "Option<String>")]
    pub(super) dialect: Option<Spanned<String>>,
    /// The dialect whose paths it has, with the form of its tokens.
    #[schemars(with = "Option<String>")]
    pub(super) paths: Option<Spanned<String>>,
    /// The `sub` of the user who is logged in without being asked.
    pub(super) headless: Option<String>,
    /// Whether to refuse what a strict provider refuses.
    pub(super) strict: bool,
    /// The registered clients.
    pub(super) client: Vec<ClientRegistration>,
    /// The people who can log in.
    pub(super) user: Vec<UserRegistration>,
    /// The protected APIs.
    pub(super) api: Vec<Api>,
    /// What the specifications leave open, and what the provider lets pass.
    pub(super) policy: Policy,
    /// Faults that are armed from the start.
    pub(super) fault: Vec<WrittenFault>,
}

/// A fault that is armed from the start: either `named`, or `at` and `change`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFault {
    /// The name of one of the named faults: `id-token/wrong-issuer`.
    named: Option<String>,
    /// A name for people.
    name: Option<String>,
    /// Which message.
    at: Option<Point>,
    /// Only messages of this grant; for the points of the token endpoint.
    grant: Option<GrantType>,
    /// What is done to it.
    change: Option<Change>,
    /// How often.
    times: Option<Times>,
}

impl WrittenFault {
    pub(super) fn armed(self) -> Result<Fault, String> {
        let fault = match (self.named, self.at, self.change) {
            (Some(named), None, None) if self.name.is_none() && self.grant.is_none() => {
                let known = fault::named(&named).ok_or_else(|| {
                    let all = fault::names().collect::<Vec<_>>().join(", ");
                    format!("there is no fault named {named:?}; the names are {all}")
                })?;
                Fault { times: self.times.unwrap_or(known.times), ..known }
            }
            (None, Some(at), Some(change)) => {
                Fault { name: self.name, at, grant: self.grant, change, times: self.times.unwrap_or_default() }
            }
            _ => return Err("it has either `named`, or `at` and `change`; `times` goes with both".to_owned()),
        };
        fault.check().map_err(|error| error.to_string())?;
        Ok(fault)
    }
}

/// The JSON Schema of the file.
pub(super) fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
    let schema = settings.into_generator().into_root_schema_for::<Written>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
}

/// TOML has no null: a key is left out instead.
fn without_null(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else { return };
    if members.get("default").is_some_and(Value::is_null) {
        members.shift_remove("default");
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    }
}
