//! A dialect, read and checked.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::errors::ErrorTable;
use crate::GrantType;
use crate::fault::{Change, Layer, Placeholders, Point, patched, patched_parameters};
use crate::terms::Paths;

/// The confidence in a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Mark {
    /// The provider's own documentation or source says so.
    #[serde(rename = "D")]
    Documented,
    /// A fixture or a library of the provider shows it.
    #[serde(rename = "F")]
    Fixture,
    /// Others say so: clients and people that have met it.
    #[serde(rename = "C")]
    Reported,
}

/// One thing that a dialect does otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is, in a few words.
    pub what: String,
    /// The confidence in it.
    pub mark: Option<Mark>,
}

/// A dialect, read and checked.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(super) title: String,
    pub(super) sources: Vec<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) unfit: Option<String>,
    pub(super) paths: Paths,
    /// The members of the policy that it sets.
    pub(super) policy: Map<String, Value>,
    pub(super) rewrites: Vec<Rewrite>,
    pub(crate) errors: ErrorTable,
}

/// A standing change of a message: made before the faults, and no fault itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rewrite {
    pub(super) at: Point,
    pub(super) grant: Option<GrantType>,
    pub(super) change: Change,
}

impl Definition {
    /// The standing changes of one message.
    fn of(&self, at: Point, grant: Option<GrantType>, layer: Layer) -> impl Iterator<Item = &Change> {
        let meant = move |it: &&Rewrite| it.at == at && it.change.layer() == layer;
        let of_grant = move |it: &&Rewrite| it.grant.is_none() || it.grant == grant;
        self.rewrites.iter().filter(meant).filter(of_grant).map(|it| &it.change)
    }

    /// Changes a JSON body, claims or a header.
    pub(crate) fn value(&self, at: (Point, Option<GrantType>), value: &mut Value, placeholders: &Placeholders) {
        for change in self.of(at.0, at.1, Layer::Content) {
            if let Some(new) = patched(value, change, placeholders) {
                *value = new;
            }
        }
    }

    /// Changes the parameters of an authorization response.
    pub(crate) fn parameters(&self, parameters: &mut Vec<(String, String)>, placeholders: &Placeholders) {
        for change in self.of(Point::AuthorizationResponse, None, Layer::Content) {
            if let Some(new) = patched_parameters(parameters, change, placeholders) {
                *parameters = new;
            }
        }
    }

    /// The standing changes of status, headers and body.
    pub(crate) fn responses(&self, at: Point, grant: Option<GrantType>) -> impl Iterator<Item = &Change> {
        self.of(at, grant, Layer::Response)
    }
}
