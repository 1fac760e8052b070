//! What `init` needs: all keys and X.509s of a new centre. And what follows years later: a new seal key.

use jiff::{SignedDuration, Timestamp};

use crate::ca::{Ca, Crl, CrlRequest, Profile, Subject, Validity, checked_url, self_sign};
use crate::{Error, FileKeyStore, KeyFacts, KeyId, Purpose, Signer, Suite, UseLog};

/// How the centre is named in its X.509s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The organisation that runs the service, for example `某某市电子证照认证中心`.
    pub centre: String,
    /// Common name of the seal X.509, which viewers show as the signer.
    pub seal: String,
    /// Host names of the TLS X.509.
    pub hosts: Vec<String>,
}

/// How long things are valid, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// The root's X.509.
    pub root: u16,
    /// X.509s of issuing CAs.
    pub ca: u16,
    /// Seal X.509s.
    pub seal: u16,
    /// X.509s of the time-stamp authority.
    pub time_stamp: u16,
    /// TLS X.509s.
    pub tls: u16,
    /// CRLs; they are made anew at half of it.
    pub crl: u16,
}

impl Default for Lifetimes {
    fn default() -> Lifetimes {
        const YEAR: u16 = 365;
        Lifetimes {
            root: 20 * YEAR,
            ca: 15 * YEAR,
            seal: 3 * YEAR,
            time_stamp: 6 * YEAR,
            tls: YEAR,
            crl: 30,
        }
    }
}

/// The keys of a new centre, all with X.509s, and the first CRLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Establishment {
    /// The root, anchor of the policy.
    pub root: KeyId,
    /// Issuing CA of seal and time-stamp X.509s.
    pub seal_ca: KeyId,
    /// Issuing CA of TLS X.509s.
    pub tls_ca: KeyId,
    /// The seal key.
    pub seal: KeyId,
    /// The time-stamp authority's key.
    pub time_stamp: KeyId,
    /// A TLS key.
    pub tls: KeyId,
    /// CRL number 1 of root, seal CA and TLS CA.
    pub crls: Vec<Crl>,
}

/// Makes all keys (P-256) and X.509s of a new centre in an empty store. Every signature of a CA is reserved in `log`.
///
/// With `public_url` the X.509s say where those of the CAs and the CRLs are published.
///
/// # Errors
/// [`Error::Exists`] when the store holds such keys; [`Error::Argument`] for a name that cannot stand in an X.509.
pub fn establish(
    store: &FileKeyStore,
    names: &Names,
    lifetimes: &Lifetimes,
    public_url: Option<&str>,
    now: Timestamp,
    log: &dyn UseLog,
) -> Result<Establishment, Error> {
    let subject = |common_name: &str| Subject::new(&names.centre, common_name);
    let hosts = names.hosts.clone();
    // All names are read before the first key is made.
    let office = Office {
        store,
        public_url: checked(public_url)?,
        now,
        log,
    };
    let (root, seal_ca) = (subject("电子证照根 CA")?, subject("电子证照印章 CA")?);
    let (tls_ca, tsa) = (subject("电子证照 TLS CA")?, subject("电子证照时间戳服务")?);
    let tls = subject(hosts.first().map_or("TLS", |host| host))?;
    let seal = subject(&names.seal)?;

    let root = office.root(&root, lifetimes.root)?;
    let seal_ca = office.order(seal_ca, Profile::SealCa, lifetimes.ca)?;
    let tls_ca = office.order(tls_ca, Profile::TlsCa, lifetimes.ca)?;
    let seal = office.order(seal, Profile::Seal, lifetimes.seal)?;
    let tsa = office.order(tsa, Profile::TimeStamp, lifetimes.time_stamp)?;
    let tls = office.order(tls, Profile::Tls { hosts }, lifetimes.tls)?;
    let first_crl = CrlRequest {
        number: 1,
        this_update: now,
        next_update: after(now, lifetimes.crl)?,
        revoked: &[],
    };
    let crls = vec![
        office.issue(&root, &[&seal_ca, &tls_ca], Some(&first_crl))?,
        office.issue(&seal_ca.key.id, &[&seal, &tsa], Some(&first_crl))?,
        office.issue(&tls_ca.key.id, &[&tls], Some(&first_crl))?,
    ];
    Ok(Establishment {
        root,
        seal_ca: seal_ca.key.id,
        tls_ca: tls_ca.key.id,
        seal: seal.key.id,
        time_stamp: tsa.key.id,
        tls: tls.key.id,
        crls: crls.into_iter().flatten().collect(),
    })
}

/// Makes the next seal key with an X.509 of our seal CA and retires the seal keys before it; their X.509s stay in the
/// policy, `to` being `now`.
///
/// # Errors
/// [`Error::UnknownKey`] when there is no such CA in the store.
pub fn rotate_seal(
    store: &FileKeyStore,
    seal_ca: &KeyId,
    subject: Subject,
    days: u16,
    public_url: Option<&str>,
    now: Timestamp,
    log: &dyn UseLog,
) -> Result<KeyFacts, Error> {
    let office = Office {
        store,
        public_url: checked(public_url)?,
        now,
        log,
    };
    let before: Vec<KeyFacts> = store
        .list()?
        .into_iter()
        .filter(|key| key.purpose == Purpose::Seal)
        .collect();
    let order = office.order(subject, Profile::Seal, days)?;
    office.issue(seal_ca, &[&order], None)?;
    for key in before {
        store.retire(&key.id, now)?;
    }
    store.facts(&order.key.id)
}

/// Signs the next CRL of an authority in the store.
///
/// # Errors
/// [`Error::Log`] when the use cannot be reserved; [`Error::X509`] when the dates do not follow each other.
pub fn issue_crl(
    store: &FileKeyStore,
    authority: &KeyId,
    request: &CrlRequest<'_>,
    log: &dyn UseLog,
) -> Result<Crl, Error> {
    let purpose = store.facts(authority)?.purpose;
    store.with_group(authority, purpose, log, 1, |signer| {
        Ca::new(signer, None)?.crl(request)
    })
}

/// Where X.509s are made: the store with all that stays the same from one to the next.
struct Office<'a> {
    store: &'a FileKeyStore,
    public_url: Option<&'a str>,
    now: Timestamp,
    log: &'a dyn UseLog,
}

/// A key that waits for its X.509.
struct Order {
    key: KeyFacts,
    subject: Subject,
    profile: Profile,
    validity: Validity,
}

impl Office<'_> {
    fn root(&self, subject: &Subject, days: u16) -> Result<KeyId, Error> {
        let (word, purpose) = kind(&Profile::Root);
        let id = KeyId::numbered(word, 1);
        self.store
            .generate(&id, purpose, Suite::EcdsaP256Sha256, self.now)?;
        let validity = self.valid(days)?;
        let sign = |signer: &Signer| self_sign(signer, subject, validity);
        let x509 = self.store.with_group(&id, purpose, self.log, 1, sign)?;
        self.store.attach(&id, vec![x509])?;
        Ok(id)
    }

    /// Makes a key under the first free number of its kind.
    fn order(&self, subject: Subject, profile: Profile, days: u16) -> Result<Order, Error> {
        let (word, purpose) = kind(&profile);
        let taken: Vec<KeyId> = self.store.list()?.into_iter().map(|key| key.id).collect();
        let id = (1..)
            .map(|number| KeyId::numbered(word, number))
            .find(|id| !taken.contains(id))
            .ok_or_else(|| {
                Error::argument(
                    format!("{word} 密钥的编号已用尽"),
                    format!("no number is left for a key {word}"),
                )
            })?;
        let key = self
            .store
            .generate(&id, purpose, Suite::EcdsaP256Sha256, self.now)?;
        let validity = self.valid(days)?;
        Ok(Order {
            key,
            subject,
            profile,
            validity,
        })
    }

    /// Opens an authority's key for just these X.509s and a CRL.
    fn issue(
        &self,
        authority: &KeyId,
        orders: &[&Order],
        crl: Option<&CrlRequest<'_>>,
    ) -> Result<Option<Crl>, Error> {
        let purpose = self.store.facts(authority)?.purpose;
        let uses = orders.len() as u32 + u32::from(crl.is_some());
        let work = |signer: &Signer| {
            let ca = Ca::new(signer, self.public_url)?;
            for order in orders {
                let Order {
                    key,
                    subject,
                    profile,
                    validity,
                } = order;
                let x509 = ca.issue(&key.public_key, subject, profile, *validity)?;
                self.store.attach(&key.id, vec![x509])?;
            }
            crl.map(|request| ca.crl(request)).transpose()
        };
        self.store
            .with_group(authority, purpose, self.log, uses, work)
    }

    fn valid(&self, days: u16) -> Result<Validity, Error> {
        Ok(Validity {
            from: self.now,
            to: after(self.now, days)?,
        })
    }
}

/// What keys with such an X.509 are called and are for.
fn kind(profile: &Profile) -> (&'static str, Purpose) {
    match profile {
        Profile::Root => ("root", Purpose::Root),
        Profile::SealCa => ("seal-ca", Purpose::Ca),
        Profile::TlsCa => ("tls-ca", Purpose::Ca),
        Profile::Seal => ("seal", Purpose::Seal),
        Profile::TimeStamp => ("tsa", Purpose::TimeStamp),
        Profile::Tls { .. } | Profile::TlsClient => ("tls", Purpose::Tls),
    }
}

fn checked(public_url: Option<&str>) -> Result<Option<&str>, Error> {
    public_url.map(checked_url).transpose()
}

pub(crate) fn after(now: Timestamp, days: u16) -> Result<Timestamp, Error> {
    now.checked_add(SignedDuration::from_hours(24 * i64::from(days)))
        .map_err(|error| {
            Error::argument(
                format!("{now} 之后 {days} 天不是有效日期；请缩短有效期"),
                format!("{days} days from {now} is no date: {error}"),
            )
        })
}
