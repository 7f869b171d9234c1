//! Pages of the client: whose they are, and what they say of errors.

use std::borrow::Cow;

use scraper::Html;
use serde_json::Value;

use crate::terms::{People, Person};

/// Who is logged in by a page: one person, nobody of the scenario, or several if the page does not tell which of them.
///
/// What tells is the subject, or the claim that the page shows instead. Where it holds those of several, the exact claim
/// decides: of a JSON document the member that is least deep in it, of any other page what an element holds and nothing
/// else, or the member of a JSON document that one holds.
pub(super) fn people_on(page: &str, people: &People) -> Vec<Person> {
    let is_there = |person: &Person| people.shown_as(*person).iter().any(|shown| page.contains(shown));
    let named: Vec<_> = Person::ALL.into_iter().filter(is_there).collect();
    if named.len() < 2 {
        return named;
    }
    let exact = match serde_json::from_str::<Value>(page) {
        Ok(document) => least_deep(&document, people),
        Err(_) => {
            let whole = whole_texts(page, people);
            if whole.is_empty() { documents(page, people) } else { whole }
        }
    };
    if exact.len() == 1 { exact } else { named }
}

fn least_deep(document: &Value, people: &People) -> Vec<Person> {
    let mut level = vec![document];
    while !level.is_empty() {
        let claims = level.iter().filter_map(|value| value.get(people.identity().claim())?.as_str());
        let found = each_once(claims.filter_map(|claim| people.with_shown(claim)));
        if !found.is_empty() {
            return found;
        }
        level = level
            .into_iter()
            .flat_map(|value| match value {
                Value::Object(members) => members.values().collect::<Vec<_>>(),
                Value::Array(elements) => elements.iter().collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    Vec::new()
}

fn whole_texts(page: &str, people: &People) -> Vec<Person> {
    let page = Html::parse_document(page);
    each_once(page.root_element().text().filter_map(|text| people.with_shown(text.trim())))
}

/// Claims that a page shows as they are: of members of one name the last one counts, as for most parsers.
fn documents(page: &str, people: &People) -> Vec<Person> {
    let page = Html::parse_document(page);
    let documents = page.root_element().text().filter_map(|text| serde_json::from_str::<Value>(text).ok());
    each_once(documents.flat_map(|document| least_deep(&document, people)))
}

fn each_once(people: impl Iterator<Item = Person>) -> Vec<Person> {
    let found: Vec<_> = people.collect();
    Person::ALL.into_iter().filter(|person| found.contains(person)).collect()
}

/// A document without its members that are called `error`, if it is JSON.
pub(crate) fn without_errors(shown: &str) -> Cow<'_, str> {
    fn remove(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("error");
                members.values_mut().for_each(remove);
            }
            Value::Array(items) => items.iter_mut().for_each(remove),
            _ => {}
        }
    }
    let Ok(mut document) = serde_json::from_str::<Value>(shown) else { return Cow::Borrowed(shown) };
    remove(&mut document);
    Cow::Owned(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{Casting, Identity};

    fn on(page: &str) -> Vec<Person> {
        let people = People::cast(Casting::New);
        people_on(&people.fill(page), &people)
    }

    #[test]
    fn one_subject_anywhere_tells_who_it_is() {
        assert_eq!(on("<title>Hello</title><p>You are {bob}.</p>"), [Person::Bob]);
        assert_eq!(on(r#"{"user": {"id": "{bob}"}}"#), [Person::Bob]);
        assert_eq!(on("Hello, you!"), []);
    }

    #[test]
    fn of_two_subjects_the_exact_claim_decides() {
        assert_eq!(on(r#"{"sub": "{alice}", "userinfo": {"sub": "{bob}"}}"#), [Person::Alice]);
        assert_eq!(on("<p>Impersonated by {mallory}</p><b> {alice} </b>"), [Person::Alice]);
    }

    #[test]
    fn of_raw_claims_on_a_page_the_last_subject_counts() {
        assert_eq!(on(r#"<h1>You</h1><pre>{"sub": "{bob}", "sub": "{alice}"}</pre>"#), [Person::Alice]);
        assert_eq!(on(r#"{"sub": "{bob}", "sub": "{alice}"}"#), [Person::Alice]);
    }

    #[test]
    fn a_page_without_subjects_tells_by_the_claim_that_it_shows() {
        let by = |identity, page: &str| {
            let people = People::cast(Casting::New).told_by(identity);
            people_on(&people.fill(page), &people)
        };
        assert_eq!(by(Identity::Name, "<p>Hello, {bob_name}!</p>"), [Person::Bob]);
        assert_eq!(by(Identity::Name, "<p>You are {bob}.</p>"), []);
        assert_eq!(by(Identity::Email, "<i>{alice_email}</i> shares with {bob_email} <hr>"), [Person::Alice]);
        let friends = r#"{"name": "{alice_name}", "friends": [{"name": "{mallory_name}"}]}"#;
        assert_eq!(by(Identity::Name, friends), [Person::Alice]);
        assert_eq!(on("{alice_name}"), []);
    }

    #[test]
    fn two_subjects_of_equal_right_are_both_there() {
        let both = [Person::Alice, Person::Bob];
        assert_eq!(on(r#"{"id_token": {"sub": "{alice}"}, "userinfo": {"sub": "{bob}"}}"#), both);
        assert_eq!(on("<b>{bob}</b><i>{alice}</i>"), both);
        assert_eq!(on("{alice}, {bob}"), both);
    }

    #[test]
    fn error_that_is_shown_as_one_is_told_from_claims() {
        let shows = |page: &str| without_errors(page).contains("marker");
        assert!(!shows(r#"{"sub":"alice","profile":{"error":{"name":"marker"}}}"#));
        assert!(shows(r#"{"sub":"alice","profile":{"error":"server_error","name":"marker"}}"#));
        assert!(shows("<p>marker</p>"));
    }
}
