//! Searching by type, agency, dates, state and holder, page by page.

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::{
    Certificates, HolderKind, LOOKUP_NAME_RULE, LookupKind, LookupName, Record, RecordedState,
    StateName, TypeCode,
};
use crate::cipher::{Hash, Subject};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::store::records::{self, Page};
use crate::units::CreditCode;

/// Records read at once, and how many such reads one call makes at most before it hands back a
/// cursor: a rare state in a large registry cannot keep a connection for long.
const CHUNK: u32 = 200;
const CHUNKS: usize = 50;

/// Days between which every certificate lies; as ISO text they sort as days do.
const FIRST: Date = date(0, 1, 1);
const LAST: Date = date(9999, 12, 31);

/// What to look for; every part narrows.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Of this type.
    pub type_code: Option<&'a TypeCode>,
    /// Issued by this agency.
    pub agency: Option<&'a CreditCode>,
    /// Issued from–to, both days included.
    pub issued: Option<(Date, Date)>,
    /// With a last day from–to, both days included; 长期 is left out.
    pub expiring: Option<(Date, Date)>,
    /// In this state at the instant of the search.
    pub state: Option<StateName>,
    /// Held under this code.
    pub holder: Option<(HolderKind, &'a str)>,
    /// Held under this name, within [`Filter::type_code`].
    pub holder_name: Option<&'a str>,
}

/// A page of a search.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// What was found, oldest first.
    pub records: Vec<Record>,
    /// Where to go on; `None` at the end. A page may be short and still have a next one.
    pub next: Option<Id>,
}

type HolderHashes = (LookupKind, Vec<(u32, Hash)>);

impl Certificates<'_> {
    /// At most `limit` certificates after a cursor, with their state taken at `now`. Exact: names
    /// and codes are compared by keyed hash under every live key.
    pub async fn search(
        &self,
        filter: &Filter<'_>,
        after: Option<Id>,
        limit: u32,
        now: Timestamp,
    ) -> Result<SearchPage> {
        let mut found = Vec::new();
        let mut cursor = after;
        for _ in 0..CHUNKS {
            let chunk = self.chunk(filter, cursor).await?;
            let last = chunk.len() < CHUNK as usize;
            for record in chunk {
                cursor = Some(record.id);
                if filter.matches(&record, now) {
                    found.push(record);
                }
                if found.len() == limit as usize {
                    return Ok(SearchPage {
                        records: found,
                        next: cursor,
                    });
                }
            }
            if last {
                return Ok(SearchPage {
                    records: found,
                    next: None,
                });
            }
        }
        Ok(SearchPage {
            records: found,
            next: cursor,
        })
    }

    /// The next candidates: by holder where one is given, else by type and dates.
    async fn chunk(&self, filter: &Filter<'_>, after: Option<Id>) -> Result<Vec<Record>> {
        let mut reader = self.registry.store().reader().await?;
        let Some((kind, hashes)) = self.holder_hashes(filter)? else {
            let page = Page {
                type_code: filter.type_code,
                agency: filter.agency,
                issued: filter.issued.unwrap_or((FIRST, LAST)),
                expiring: filter.expiring.unwrap_or((FIRST, LAST)),
                touched_by: filter.touched_by(),
                after,
                limit: CHUNK,
            };
            return records::page(&mut reader, &page).await;
        };
        let ids = records::by_lookup(&mut reader, kind, &hashes, after, CHUNK).await?;
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            records.extend(records::by_id(&mut reader, id).await?);
        }
        Ok(records)
    }

    /// The hashes of the holder looked for, under every live key; `None` where none is given.
    fn holder_hashes(&self, filter: &Filter<'_>) -> Result<Option<HolderHashes>> {
        let vault = self.registry.vault();
        match (filter.holder, filter.holder_name, filter.type_code) {
            (Some((kind, code)), ..) => {
                let subject = Subject::HolderCode {
                    kind: kind.code(),
                    code,
                };
                Ok(Some((LookupKind::HolderCode, vault.hashes(subject))))
            }
            (None, Some(name), Some(type_code)) => {
                let name = LookupName::of(name);
                let subject = Subject::HolderName {
                    type_code: type_code.as_str(),
                    rule: LOOKUP_NAME_RULE,
                    name: name.as_str(),
                };
                Ok(Some((LookupKind::HolderName, vault.hashes(subject))))
            }
            (None, Some(_), None) => Err(Error::refused(
                "name_without_type",
                "按名称只能在一个类型内查找；请同时给出类型代码",
                "names are searched within one type; give its code as well",
            )),
            (None, None, _) => Ok(None),
        }
    }
}

impl Filter<'_> {
    /// Everything that the database did not decide.
    fn matches(&self, record: &Record, now: Timestamp) -> bool {
        let within = |day: Date, bounds: Option<(Date, Date)>| {
            bounds.is_none_or(|(from, to)| from <= day && day <= to)
        };
        let state = || record.state_at(now, now).map(|state| state.name);
        self.type_code.is_none_or(|code| *code == record.type_code)
            && self.agency.is_none_or(|agency| *agency == record.agency)
            && within(record.issued, self.issued)
            && match record.validity.expiring() {
                Some(last) => within(last, self.expiring),
                None => self.expiring.is_none(),
            }
            && self.state.is_none_or(|wanted| state() == Some(wanted))
    }

    /// The transition without which the wanted state cannot be; empty where there need be none.
    fn touched_by(&self) -> &'static str {
        match self.state {
            Some(StateName::Recorded(RecordedState::Suspended)) => "suspend",
            Some(StateName::Recorded(RecordedState::Revoked)) => "revoke",
            Some(StateName::Recorded(RecordedState::Cancelled)) => "cancel",
            Some(StateName::Recorded(RecordedState::Withdrawn)) => "withdraw",
            Some(StateName::Recorded(RecordedState::Superseded)) => "supersede",
            _ => "",
        }
    }
}
