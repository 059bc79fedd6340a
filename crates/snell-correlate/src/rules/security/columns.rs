//! The columns that hold secrets and what tells who people are, with what encrypts them: for
//! an audit, which shows them one by one.

use snell_prisma::{Field, FieldId, ScalarType};
use snell_project::{
    module::{ExpressionRef, ModuleId},
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::Location;

use super::{
    calls,
    cipher::{self, Cipher},
    credential_key_version::{is_encrypted, names_key},
    hashed::{Hashed, Hashes},
    material::{self, Material},
    rewritten,
    sensitive::{Secret, secret_of},
    sensitive_field_exposed::returned::returned,
};
use crate::{
    rule::Context,
    support::{
        name_words::split,
        tables::{self, TableModel},
    },
};

/// A column that holds what not everybody may see.
#[derive(Debug, Clone)]
pub struct SensitiveColumn {
    /// The model.
    pub model: ModelRef,
    /// The column.
    pub field: FieldId,
    /// What it holds.
    pub kind: Sensitive,
    /// Whether its name says that what is stored is not the secret itself.
    pub promised: bool,
    /// Whether the client encrypts or leaves it out on the way.
    pub on_the_way: bool,
    /// The column that says with which key a row is encrypted.
    pub version: Option<FieldId>,
    /// What encrypts it, when the code that names the column uses one cipher alone.
    pub encryption: Option<Encryption>,
    /// What makes the digest that is stored in place of it.
    pub hashed: Option<Hashed>,
    /// The endpoints that give it back, by their positions; nothing where that is not known.
    pub returned: Option<Vec<usize>>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitive {
    /// A password, or what is left of one.
    Password,
    /// A key or a secret of a service.
    Key,
    /// What lets somebody in for a while.
    Token,
    /// The number of a card that pays.
    Card,
    /// An account at a bank.
    Account,
    /// The number of a licence, a passport, a tax payer.
    Document,
    /// When somebody was born.
    Birth,
    /// Where somebody is.
    Position,
    /// How somebody signs.
    Signature,
    /// What tells who somebody is.
    Personal,
}

impl Sensitive {
    /// The word of tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Sensitive::Password => "password",
            Sensitive::Key => "key",
            Sensitive::Token => "token",
            Sensitive::Card => "card",
            Sensitive::Account => "bank account",
            Sensitive::Document => "licence or identity document",
            Sensitive::Birth => "date of birth",
            Sensitive::Position => "position",
            Sensitive::Signature => "signature",
            Sensitive::Personal => "personal",
        }
    }

    /// Whether it lets somebody in, or opens something: what must never be read as it is.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(
            self,
            Sensitive::Password | Sensitive::Key | Sensitive::Token
        )
    }
}

/// How a column is encrypted, each part with the place that says so.
#[derive(Debug, Clone)]
pub struct Encryption {
    /// Where.
    pub at: Location,
    /// `aes-256-gcm`
    pub algorithm: Option<String>,
    /// Whether a changed text is noticed.
    pub authenticated: bool,
    /// What the initialization vector is made of, in words, and where.
    pub vector: Option<(&'static str, Location)>,
    /// Where the tag is taken.
    pub tag: Option<Location>,
    /// Where it is checked.
    pub tag_checked: Option<Location>,
    /// What the key is made of, in words, and where.
    pub key: Option<(&'static str, Location)>,
    /// Where it is decrypted.
    pub decrypted: Vec<Location>,
    /// Whether all of it is as it should be.
    pub sound: bool,
}

/// All of them, in the order of the schemas.
#[must_use]
pub fn sensitive_columns(context: &Context<'_>) -> Vec<SensitiveColumn> {
    let ciphers = cipher::ciphers(context);
    let hashes = Hashes::shared(context);
    let returned = returned(context);
    tables::of_any(context)
        .flat_map(|table| {
            let fields = table.model.columns();
            fields
                .filter_map(|field| {
                    let mut column = column(context, &table, field, (&ciphers, &hashes))?;
                    column.returned = returned.as_ref().map(|all| {
                        let own = all.get(&(table.reference(), field.id));
                        own.into_iter().flatten().copied().collect()
                    });
                    Some(column)
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn column(
    context: &Context<'_>,
    table: &TableModel<'_>,
    field: &Field,
    (ciphers, hashes): (&[Cipher<'_>], &Hashes),
) -> Option<SensitiveColumn> {
    let kind = match secret_of(table.model, field) {
        Some(Secret::Password) => Sensitive::Password,
        Some(Secret::Key) => Sensitive::Key,
        Some(Secret::Token) => Sensitive::Token,
        None => personal(context, table, field)?,
    };
    let promised = is_encrypted(field)
        || split(&field.name)
            .iter()
            .any(|word| matches!(word.as_str(), "hash" | "hashed" | "digest"));
    Some(SensitiveColumn {
        model: table.reference(),
        field: field.id,
        kind,
        promised,
        hashed: hashes.field(table.reference(), field.id),
        on_the_way: rewritten::before_it_is_stored(context, field),
        version: names_key(table.model),
        encryption: match is_encrypted(field) {
            true => encryption(context, field, ciphers),
            false => None,
        },
        returned: None,
    })
}

/// Names of columns, without case and underscores, and what they hold in a table of people or of what
/// people do.
const NAMES: [(Sensitive, &[&str]); 6] = [
    (
        Sensitive::Card,
        &[
            "cardnumber",
            "cardno",
            "creditcard",
            "creditcardnumber",
            "cvv",
            "cvc",
            "pan",
            "cardholder",
            "cardholdername",
            "cardexpiry",
        ],
    ),
    (
        Sensitive::Account,
        &[
            "iban",
            "bankiban",
            "ibannumber",
            "bsb",
            "bankaccount",
            "bankaccountnumber",
            "accountnumber",
            "accountname",
            "routingnumber",
            "sortcode",
            "swift",
            "bic",
        ],
    ),
    (
        Sensitive::Document,
        &[
            "ssn",
            "socialsecuritynumber",
            "nationalid",
            "nationalidnumber",
            "passport",
            "passportnumber",
            "passportno",
            "taxid",
            "taxnumber",
            "licence",
            "license",
            "licencenumber",
            "licensenumber",
            "licenceno",
            "driverlicense",
            "driverslicense",
            "driverlicensenumber",
            "drivinglicencenumber",
            "idcardnumber",
            "licencephotourl",
            "licensephotourl",
            "insurancenumber",
            "medicalrecordnumber",
            "iqama",
            "iqamanumber",
            "bordernumber",
            "residencepermitnumber",
            "workpermitnumber",
            "emiratesid",
            "aadhaar",
            "aadhaarnumber",
            "cpf",
            "cpfnumber",
            "pesel",
            "bsn",
            "curp",
            "tckn",
            "personnummer",
            "fodselsnummer",
        ],
    ),
    (
        Sensitive::Birth,
        &["dob", "birthdate", "dateofbirth", "birthday", "birthyear"],
    ),
    (
        Sensitive::Position,
        &[
            "lat",
            "lng",
            "lon",
            "long",
            "latitude",
            "longitude",
            "lastlocation",
            "geolocation",
        ],
    ),
    (
        Sensitive::Signature,
        &[
            "signature",
            "signaturedata",
            "signatureimage",
            "signatureurl",
        ],
    ),
];

/// Names that tell who somebody is wherever they stand.
const PERSONAL: [&str; 8] = [
    "firstname",
    "lastname",
    "fullname",
    "surname",
    "streetaddress",
    "postaladdress",
    "homeaddress",
    "ipaddress",
];

/// Names by which somebody is reached: a company is, too.
const REACHED: [&str; 6] = [
    "email",
    "emailaddress",
    "phone",
    "phonenumber",
    "mobile",
    "address",
];

/// Names that do so in a table of people.
const OF_PEOPLE: [&str; 8] = [
    "name",
    "imageurl",
    "avatarurl",
    "avatar",
    "image",
    "picture",
    "username",
    "displayname",
];

/// Words in the names of tables whose rows are no people.
const OF_THINGS: [&str; 26] = [
    "company",
    "organisation",
    "organization",
    "org",
    "business",
    "branch",
    "supplier",
    "vendor",
    "insurer",
    "repairer",
    "carrier",
    "agency",
    "office",
    "store",
    "shop",
    "clinic",
    "hospital",
    "school",
    "bank",
    "department",
    "warehouse",
    "location",
    "venue",
    "restaurant",
    "hotel",
    "manufacturer",
];

/// What a column tells of a person.
fn personal(context: &Context<'_>, table: &TableModel<'_>, field: &Field) -> Option<Sensitive> {
    let plain = split(&field.name).concat();
    let marked = field
        .documentation()
        .is_some_and(|text| text.contains("@pii") || text.contains("@personal"));
    if marked {
        return Some(Sensitive::Personal);
    }
    let scalar = field.scalar()?;
    let of_thing = split(&table.model.name)
        .iter()
        .any(|word| OF_THINGS.contains(&word.as_str()));
    let people =
        *context.project.owners.of(table.reference()) == Ownership::Root(RootKind::Identity);
    let mut kinds = NAMES
        .iter()
        .filter(|(_, names)| names.contains(&plain.as_str()));
    if let Some((kind, _)) = kinds.next() {
        let number = matches!(scalar, ScalarType::Float | ScalarType::Decimal);
        return match kind {
            // A place has a position as well as people have.
            Sensitive::Position => (people && number).then_some(*kind),
            Sensitive::Account => (scalar == ScalarType::String).then_some(*kind),
            _ if of_thing || !matches!(scalar, ScalarType::String | ScalarType::DateTime) => None,
            _ => Some(*kind),
        };
    }
    let holds = matches!(scalar, ScalarType::String | ScalarType::DateTime);
    let tells = PERSONAL.contains(&plain.as_str())
        || REACHED.contains(&plain.as_str())
            && !of_thing
            && (people || plain != "address" || has_person(table))
        || people && OF_PEOPLE.contains(&plain.as_str());
    (holds && tells).then_some(Sensitive::Personal)
}

/// Whether rows of a table have a person's name.
fn has_person(table: &TableModel<'_>) -> bool {
    table.model.columns().any(|field| {
        let plain = split(&field.name).concat();
        matches!(
            plain.as_str(),
            "firstname" | "lastname" | "fullname" | "surname"
        )
    })
}

/// The cipher of the code that names a column: the only module that encrypts and that such code
/// speaks of.
fn encryption(context: &Context<'_>, field: &Field, ciphers: &[Cipher<'_>]) -> Option<Encryption> {
    let speaks: Vec<ModuleId> = calls::modules(context)
        .map(|(module, _)| module)
        .filter(|module| calls::mentions(context, *module, &[field.name.as_str()]))
        .collect();
    let mut used = ciphers.iter().filter(|cipher| {
        let around = cipher.call.around(context);
        let name = around.split('.').next().unwrap_or(&around);
        !cipher.decrypts
            && speaks.iter().any(|module| {
                *module == cipher.module() || calls::mentions(context, *module, &[name])
            })
    });
    let cipher = used.next()?;
    used.next()
        .is_none()
        .then(|| read(context, cipher, ciphers))
}

fn read(context: &Context<'_>, cipher: &Cipher<'_>, ciphers: &[Cipher<'_>]) -> Encryption {
    let project = context.project;
    let module = cipher.module();
    let facts = project.modules.facts(module);
    let call_of = |name: &str| {
        calls::of_module(module, facts)
            .find(|call| call.name == name)
            .map(|call| call.place(context))
    };
    let made = |at: Option<ExpressionRef>| {
        let at = at?;
        let (words, own) = match material::of(project, at) {
            Material::Random => ("random for each message", None),
            Material::RandomOnce(own) => ("random, drawn once", Some(own)),
            Material::Environment => ("the environment", None),
            Material::Fallback(own) => ("the environment, or a constant without it", Some(own)),
            Material::Constant(own) | Material::Zeros(own) => ("a constant", Some(own)),
            Material::Perhaps(_) | Material::Nothing | Material::Unknown => return None,
        };
        Some((words, project.modules.location(own.unwrap_or(at))))
    };
    let vector = made(cipher.vector());
    let key = made(cipher.call.argument(1));
    let authenticated = cipher.authenticates();
    let (tag, tag_checked) = (call_of("getAuthTag"), call_of("setAuthTag"));
    let decrypted: Vec<Location> = ciphers
        .iter()
        .filter(|other| other.decrypts && other.module() == module)
        .map(|other| other.call.place(context))
        .collect();
    let is = |part: &Option<(&'static str, Location)>, wanted: &str| {
        part.as_ref().is_some_and(|(words, _)| *words == wanted)
    };
    let sound = authenticated
        && is(&vector, "random for each message")
        && is(&key, "the environment")
        && tag.is_some()
        && (decrypted.is_empty() || tag_checked.is_some());
    Encryption {
        at: cipher.algorithm_place(context),
        algorithm: cipher.algorithm.as_ref().map(ToString::to_string),
        authenticated,
        vector,
        tag,
        tag_checked,
        key,
        decrypted,
        sound,
    }
}
