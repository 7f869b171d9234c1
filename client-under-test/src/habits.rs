//! What sets one client apart from the plain one.

use http::header::{CONNECTION, HeaderMap, HeaderValue};

use crate::{Defect, Defects, Variation, Variations};

/// What a client does wrong, and what it does otherwise than usual, and may; the default does neither.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    /// What it does wrong.
    pub defects: Defects,
    /// What it does otherwise.
    pub variations: Variations,
}

impl From<Defects> for Habits {
    fn from(defects: Defects) -> Self {
        Self { defects, ..Self::default() }
    }
}

impl From<Variations> for Habits {
    fn from(variations: Variations) -> Self {
        Self { variations, ..Self::default() }
    }
}

impl Habits {
    /// Settings for the HTTP client to give to [`Client::new`](crate::Client::new).
    pub fn http(&self) -> reqwest::ClientBuilder {
        let mut http = crate::http::builder();
        if self.does(Variation::TitleCasesHeaders) {
            http = http.http1_title_case_headers();
        }
        if self.does(Variation::ClosesConnections) {
            let closes = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("close"))]);
            http = http.pool_max_idle_per_host(0).default_headers(closes);
        }
        http
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defects.has(defect)
    }

    pub(crate) fn does(&self, variation: Variation) -> bool {
        self.variations.has(variation)
    }
}
