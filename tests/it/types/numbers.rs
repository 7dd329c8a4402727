//! Truth values, integers and floating-point numbers, to the ends of their ranges.

use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::stored::{Stored as _, assert_ordered, assert_round_trips};

stored! {
    Truth: bool,
    SmallInt: i16,
    Int: i32,
    BigInt: i64,
    UnsignedByte: u8,
    UnsignedSmall: u16,
    UnsignedInt: u32,
    Single: f32,
    Double: f64,
}

on_every_backend! {
    fn a_bool_round_trips(db: &TestDb) -> TestResult {
        assert_round_trips::<Truth>(db, &[false, true])
    }

    fn integers_round_trip_to_the_ends_of_their_ranges(db: &TestDb) -> TestResult {
        assert_round_trips::<SmallInt>(db, &[0, -1, 1, i16::MIN, i16::MAX])?;
        assert_round_trips::<Int>(db, &[0, -1, 1, i32::MIN, i32::MAX])?;
        assert_round_trips::<BigInt>(db, &[0, -1, 1 << 53, (1 << 53) + 1, i64::MIN, i64::MAX])?;
        assert_round_trips::<UnsignedByte>(db, &[0, 1, 128, u8::MAX])?;
        assert_round_trips::<UnsignedSmall>(db, &[0, 1, 32_768, u16::MAX])?;
        assert_round_trips::<UnsignedInt>(db, &[0, 1, 2_147_483_648, u32::MAX])
    }

    fn an_f64_round_trips_with_nan_and_infinities(db: &TestDb) -> TestResult {
        let values = [
            0.0, 0.1, -0.1, 1.0 / 3.0, 1e15, 1e18, 9_007_199_254_740_993.0, 1e300, 5e-324,
            f64::MIN_POSITIVE, f64::EPSILON, f64::MIN, f64::MAX, f64::INFINITY, f64::NEG_INFINITY,
            f64::NAN,
        ];

        assert_round_trips::<Double>(db, &values)
    }

    fn an_f32_round_trips_with_nan_and_infinities(db: &TestDb) -> TestResult {
        let values = [
            0.0, 0.1, -0.1, 1.0 / 3.0, 16_777_217.0, 1e30, 1e-45, f32::MIN_POSITIVE, f32::MIN,
            f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN,
        ];

        assert_round_trips::<Single>(db, &values)
    }

    /// SQLite stores whole floating-point numbers as integers, which have no negative zero.
    fn a_negative_zero_keeps_its_sign_on_postgresql_and_is_a_zero_on_sqlite(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Double::create_table(&mut tx)?;
        Single::create_table(&mut tx)?;

        let doubles =
            [Double::store(&mut tx, -0.0, Some(-0.0))?, Double::stored(&mut tx)?.remove(0)];
        let singles =
            [Single::store(&mut tx, -0.0, Some(-0.0))?, Single::stored(&mut tx)?.remove(0)];

        let keeps_sign = db.dialect_name() == "postgresql";
        for row in &doubles {
            assert_eq!((row.value, row.maybe), (0.0, Some(0.0)));
            assert_eq!(row.value.is_sign_negative(), keeps_sign, "{row:?}");
        }
        for row in &singles {
            assert_eq!((row.value, row.maybe), (0.0, Some(0.0)));
            assert_eq!(row.value.is_sign_negative(), keeps_sign, "{row:?}");
        }
        Ok(())
    }

    fn floating_point_numbers_are_ordered_as_in_rust(db: &TestDb) -> TestResult {
        let values =
            [f64::NEG_INFINITY, f64::MIN, -1.5, -5e-324, 0.0, 5e-324, 2.0, 10.0, 1e300, f64::INFINITY];

        assert_ordered::<Double>(db, &values)
    }

    fn a_nan_comes_after_all_other_numbers(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Double::create_table(&mut tx)?;

        Double::store_all(
            &mut tx,
            vec![(f64::NAN, None), (1.0, None), (f64::INFINITY, None), (f64::NEG_INFINITY, None)],
        )?;

        let ordered = Double::in_order(&mut tx)?;
        assert_eq!(ordered[..3], [f64::NEG_INFINITY, 1.0, f64::INFINITY]);
        assert!(ordered[3].is_nan());
        Ok(())
    }

    fn integers_are_ordered_as_in_rust(db: &TestDb) -> TestResult {
        assert_ordered::<BigInt>(db, &[i64::MIN, -10, -9, 0, 9, 10, i64::MAX])?;
        assert_ordered::<UnsignedInt>(db, &[0, 9, 10, 2_147_483_648, u32::MAX])
    }
}
