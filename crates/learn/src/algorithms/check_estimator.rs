//! What every algorithm of the shelf must do, checked on each of them.

use super::{ALL, Algorithm, Model, Setting, Settings, find};
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix, Rng, with_threads};

/// 400 rows of three numbers; label 1 where the first two sum high, with one row in ten turned round.
fn data() -> (Matrix, Vec<u8>) {
    let mut rng = Rng::new(99);
    let mut column = |scale: f64| (0..400).map(|_| rng.unit() * scale).collect::<Vec<f64>>();
    let columns = vec![column(1.0), column(300.0), column(5.0)];
    let y = (0..400).map(|i| {
        let high = columns[0][i] + columns[1][i] / 300.0 > 1.0;
        u8::from(high != (i % 10 == 0))
    });
    let y = y.collect();
    let names = ["ratio", "packets", "noise"].map(String::from).to_vec();
    (Matrix::new(names, columns).unwrap(), y)
}

fn fit(algorithm: &dyn Algorithm, x: &Matrix, y: &[u8]) -> Model {
    Model::fit(algorithm, x, y, &Settings::new(), 7)
        .unwrap_or_else(|e| panic!("{}: {e}", algorithm.name()))
}

fn refusal(result: Result<Model, Error>) -> String {
    result.err().map(|e| e.to_string()).unwrap_or_default()
}

fn bytes(model: &Model) -> Vec<u8> {
    let mut writer = Writer::new();
    model.save(&mut writer);
    writer.finish()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// The probabilities, each within 0 and 1, one a row.
#[track_caller]
fn ask(model: &Model, x: &Matrix) -> Vec<f64> {
    let name = model.classifier().algorithm();
    let p = model.probabilities(x).unwrap();
    assert_eq!(p.len(), x.rows(), "{name}");
    assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{name}: {p:?}");
    p
}

fn each(check: impl Fn(&'static dyn Algorithm)) {
    assert_eq!(ALL.len(), 6);
    ALL.iter().for_each(|a| check(*a));
}

#[test]
fn is_found_by_its_name_and_says_what_it_is() {
    each(|a| {
        assert_eq!(find(a.name()).unwrap().name(), a.name());
        assert!(a.doc().len() > 20, "{}", a.name());
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(a.name().chars().all(kebab), "{}", a.name());
        for p in a.parameters() {
            assert!(p.doc.len() > 10, "{}: {}", a.name(), p.name);
        }
        let (x, y) = data();
        assert_eq!(fit(a, &x, &y).classifier().algorithm(), a.name());
    });
    assert!(find("oracle").err().unwrap().to_string().contains("random-forest"));
}

#[test]
fn the_defaults_are_within_their_ranges_and_may_be_said() {
    each(|a| {
        let said: Settings =
            a.parameters().into_iter().map(|p| (p.name.to_owned(), p.default)).collect();
        let (x, y) = data();
        let model = Model::fit(a, &x, &y, &said, 7).unwrap_or_else(|e| panic!("{}: {e}", a.name()));
        assert_eq!(bytes(&model), bytes(&fit(a, &x, &y)), "{}", a.name());
    });
}

#[test]
fn refuses_settings_it_does_not_know() {
    each(|a| {
        let settings = Settings::from([("no_such".to_owned(), Setting::Integer(1))]);
        let (x, y) = data();
        let error = refusal(Model::fit(a, &x, &y, &settings, 7));
        assert!(error.contains("no parameter `no_such`") && error.contains(a.name()), "{error}");
        for p in a.parameters() {
            let settings = Settings::from([(p.name.to_owned(), "no such value".into())]);
            let error = refusal(Model::fit(a, &x, &y, &settings, 7));
            assert!(error.contains(p.name), "{}: {error}", a.name());
        }
    });
}

#[test]
fn learns_something_unless_it_is_the_baseline() {
    each(|a| {
        let (x, y) = data();
        let p = ask(&fit(a, &x, &y), &x);
        let right = p.iter().zip(&y).filter(|(p, y)| (**p > 0.5) == (**y == 1)).count();
        let expected = if a.name() == "dummy" { 180 } else { 320 };
        assert!(right >= expected, "{}: {right} of 400", a.name());
    });
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    each(|a| {
        let (x, y) = data();
        let on = |threads| with_threads(threads, || bytes(&fit(a, &x, &y)));
        let one = on(1);
        assert!(one == on(1), "{}: again", a.name());
        assert!(one == on(2), "{}: two threads", a.name());
        assert!(one == on(3), "{}: three threads", a.name());
    });
}

#[test]
fn is_the_same_after_saving_and_loading() {
    each(|a| {
        let (x, y) = data();
        let model = fit(a, &x, &y);
        let saved = bytes(&model);
        let loaded = Model::load(&Reader::open(&saved).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", a.name()));
        assert_eq!(bits(&ask(&model, &x)), bits(&ask(&loaded, &x)), "{}", a.name());
        assert!(bytes(&loaded) == saved, "{}: saved again", a.name());
        assert_eq!(model.columns(), loaded.columns());
        let importances = |m: &Model| m.classifier().importances().map(|v| bits(&v));
        assert_eq!(importances(&model), importances(&loaded), "{}", a.name());
        assert_eq!(
            model.classifier().out_of_bag().map(f64::to_bits),
            loaded.classifier().out_of_bag().map(f64::to_bits),
            "{}",
            a.name()
        );
    });
}

/// A file that is whole but holds another algorithm's parts, or nothing.
#[test]
fn refuses_parts_that_are_not_its_own() {
    each(|a| {
        let empty = Writer::new().finish();
        assert!(a.load(&Reader::open(&empty).unwrap()).is_err(), "{}", a.name());
    });
}

#[test]
fn importances_are_shares() {
    each(|a| {
        let (x, y) = data();
        if let Some(told) = fit(a, &x, &y).classifier().importances() {
            assert_eq!(told.len(), 3, "{}", a.name());
            assert!(told.iter().all(|v| (0.0..=1.0).contains(v)), "{}: {told:?}", a.name());
            assert!((told.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{}: {told:?}", a.name());
            assert!(told[2] < told[0] && told[2] < told[1], "{}: {told:?}", a.name());
        }
    });
}

#[test]
fn one_class_gives_that_class() {
    each(|a| {
        let (x, _) = data();
        for label in [0, 1] {
            let p = ask(&fit(a, &x, &vec![label; x.rows()]), &x);
            let sure = p.iter().all(|p| (p - f64::from(label)).abs() < 0.01);
            assert!(sure, "{}: {:?} for {label}", a.name(), &p[..3]);
        }
    });
}

#[test]
fn constant_columns_tell_nothing() {
    each(|a| {
        let names = vec!["still".to_owned(), "also".to_owned()];
        let x = Matrix::new(names, vec![vec![3.0; 10], vec![0.1; 10]]).unwrap();
        let p = ask(&fit(a, &x, &[0, 1, 0, 1, 0, 1, 0, 1, 0, 1]), &x);
        assert!(p.iter().all(|q| *q == p[0]), "{}: {p:?}", a.name());
        assert!((p[0] - 0.5).abs() < 0.2, "{}: {p:?}", a.name());
    });
}

#[test]
fn one_row_is_enough() {
    each(|a| {
        let x = Matrix::new(vec!["a".into()], vec![vec![3.0]]).unwrap();
        for label in [0, 1] {
            ask(&fit(a, &x, &[label]), &x);
        }
    });
}

#[test]
fn no_rows_to_ask_about_give_no_answers() {
    each(|a| {
        let (x, y) = data();
        assert!(ask(&fit(a, &x, &y), &x.take(&[])).is_empty());
    });
}

#[test]
fn names_the_column_that_misses_values() {
    each(|a| {
        let (x, y) = data();
        let model = fit(a, &x, &y);
        for (hole, says) in [(f64::NAN, "misses a value in 1 of 400"), (f64::INFINITY, "infinite")]
        {
            let mut columns: Vec<Vec<f64>> = (0..3).map(|j| x.col(j).to_vec()).collect();
            columns[1][17] = hole;
            let holed = Matrix::new(x.names().to_vec(), columns).unwrap();
            let error = refusal(Model::fit(a, &holed, &y, &Settings::new(), 7));
            assert!(error.contains("`packets`") && error.contains(says), "{}: {error}", a.name());
            let error = model.probabilities(&holed).unwrap_err().to_string();
            assert!(error.contains("`packets`") && error.contains(says), "{}: {error}", a.name());
        }
    });
}

#[test]
fn refuses_other_columns() {
    each(|a| {
        let (x, y) = data();
        let model = fit(a, &x, &y);
        let with = |names: &[usize], rename: bool| {
            let name = |j: &usize| format!("{}{}", x.names()[*j], if rename { "_" } else { "" });
            let columns = names.iter().map(|&j| x.col(j).to_vec()).collect();
            Matrix::new(names.iter().map(name).collect(), columns).unwrap()
        };
        for other in [with(&[0, 1], false), with(&[1, 0, 2], false), with(&[0, 1, 2], true)] {
            let error = model.probabilities(&other).unwrap_err().to_string();
            assert!(error.contains("fitted on ratio, packets, noise"), "{}: {error}", a.name());
        }
    });
}

#[test]
fn refuses_labels_that_are_none() {
    each(|a| {
        let (x, mut y) = data();
        let says = |y: &[u8]| refusal(Model::fit(a, &x, y, &Settings::new(), 7));
        assert!(says(&y[1..]).contains("399 labels for 400 rows"), "{}", a.name());
        y[5] = 2;
        assert!(says(&y).contains("label of row 5 is 2"), "{}", a.name());
        let error = refusal(Model::fit(a, &x.take(&[]), &[], &Settings::new(), 7));
        assert!(error.contains("no rows"), "{}: {error}", a.name());
        let none = Matrix::new(vec![], vec![]).unwrap();
        assert!(refusal(Model::fit(a, &none, &[], &Settings::new(), 7)).contains("no feature"));
    });
}
