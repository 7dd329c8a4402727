//! Text, bytes and UUIDs: every character, and long values.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};
use uuid::Uuid;

use super::stored::{Filter, Stored as _, assert_round_trips, assert_round_trips_by};

stored! {
    Text: String,
    Blob: Vec<u8>,
    Identifier: Uuid,
}

/// Everywhere but in a list, which SQLite is given as JSON.
fn assert_nul_round_trips(db: &TestDb, nul: &String) -> TestResult {
    let mut conn = db.connect()?;
    let mut tx = conn.begin()?;
    Text::create_table(&mut tx)?;
    let row = Text::store(&mut tx, nul.clone(), Some(nul.clone()))?;
    assert_eq!((&row.value, row.maybe.as_ref()), (nul, Some(nul)));
    let rows = vec![(nul.clone(), None), ("before".to_owned(), None), ("\0".to_owned(), None)];
    Text::store_all(&mut tx, rows)?;

    let stored = Text::stored(&mut tx)?;
    let list = Text::ids(&mut tx, Filter::In(std::slice::from_ref(nul))).unwrap_err();

    let values: Vec<&str> = stored.iter().map(|row| row.value.as_str()).collect();
    assert_eq!(values, [nul, nul, "before", "\0"]);
    assert_eq!(Text::ids(&mut tx, Filter::Equal(nul))?, [1, 2]);
    assert_eq!(Text::ids(&mut tx, Filter::Between(nul, nul))?, [1, 2]);
    assert_eq!(
        list.to_string(),
        "column `text.value`: expected texts without NUL characters in a list, found a text with one"
    );
    Ok(())
}

const MEBIBYTE: usize = 1 << 20;

on_every_backend! {
    fn text_round_trips_whatever_its_characters(db: &TestDb) -> TestResult {
        let values = [
            "", " ", "plain", "  spaces at both ends  ", "Grüße, 世界, שלום",
            "non-BMP: \u{1F600}\u{10FFFF}", "e\u{301} is not \u{e9}", "it's 'quoted' and \"quoted\"",
            r"back\slash \n \u0041", "100% of_them", "a\tb\nc\rd\u{1}\u{7f}\u{85}\u{2028}",
            "NULL", "null", "NaN", "1.50", "0x10", "{a,b}", "[1]", "--; DROP TABLE text", "$1 ?1",
            "\u{feff}begins with a mark of byte order", "\u{fffd}",
        ]
        .map(str::to_owned);

        assert_round_trips::<Text>(db, &values)
    }

    fn bytes_round_trip_whatever_their_values(db: &TestDb) -> TestResult {
        let every_byte: Vec<u8> = (0..=255).collect();
        let values =
            [vec![], vec![0], vec![0, 0], vec![255, 254, 0, 1], b"\\x00".to_vec(), every_byte];

        assert_round_trips::<Blob>(db, &values)
    }

    fn a_uuid_round_trips(db: &TestDb) -> TestResult {
        let values = [
            Uuid::nil(),
            Uuid::max(),
            Uuid::from_u128(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210),
            Uuid::from_u128(1),
        ];

        assert_round_trips::<Identifier>(db, &values)
    }

    fn a_mebibyte_of_text_round_trips(db: &TestDb) -> TestResult {
        let long = "0123456789abcde\u{df}".chars().cycle().take(MEBIBYTE).collect::<String>();

        assert_round_trips_by::<Text>(db, PartialEq::eq, &[long, "short".to_owned()])
    }

    fn a_mebibyte_of_bytes_round_trips(db: &TestDb) -> TestResult {
        let long = (0..=250).cycle().take(MEBIBYTE).collect::<Vec<u8>>();

        assert_round_trips_by::<Blob>(db, PartialEq::eq, &[long, vec![1]])
    }

    fn text_with_nul_round_trips_on_sqlite_and_is_refused_on_postgresql(
        db: &TestDb,
    ) -> TestResult {
        let nul = "before\0after".to_owned();
        if db.backend() != Backend::Postgres {
            return assert_nul_round_trips(db, &nul);
        }
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Text::create_table(&mut tx)?;
        let row = Text::store(&mut tx, "kept".to_owned(), None)?;

        let errors = [
            Text::store(&mut tx, nul.clone(), None).unwrap_err(),
            Text::store_all(&mut tx, vec![("a".to_owned(), None), (nul.clone(), None)])
                .unwrap_err(),
            Text::replace(&mut tx, row.id, &nul).unwrap_err(),
            Text::ids(&mut tx, Filter::Equal(&nul)).unwrap_err(),
            Text::ids(&mut tx, Filter::In(std::slice::from_ref(&nul))).unwrap_err(),
            Text::ids(&mut tx, Filter::Between(&nul, &nul)).unwrap_err(),
        ];

        for error in errors {
            assert!(matches!(error, Error::Encode(_)), "{error:?}");
            assert_eq!(
                error.to_string(),
                "column `text.value`: expected text without the character U+0000, found text with it"
            );
        }
        assert_eq!(Text::query().count(&mut tx)?, 1);
        Ok(())
    }

    fn a_uuid_is_a_key(db: &TestDb) -> TestResult {
        #[derive(Model, Debug, PartialEq)]
        struct Device {
            #[orm(primary_key)]
            id: Uuid,
            name: String,
        }
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        metadata![Device].create_all(&mut tx)?;
        let id = Uuid::from_u128(7);

        let device = Device::insert(Device::builder().id(id).name("lamp")).one(&mut tx)?;

        assert_eq!(device, Device { id, name: "lamp".to_owned() });
        assert_eq!(Device::query().get(&mut tx, id)?, Some(device));
        assert_eq!(Device::query().get(&mut tx, Uuid::nil())?, None);
        Ok(())
    }
}
