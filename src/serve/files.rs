//! Any list an answer holds, as a file: CSV, JSON or Parquet.
//!
//! `?form=csv` asks for it, and `&of=grains.evaluations` says which list. One place does it for every answer, so a
//! new operation brings its files along.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray as _, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use axum::body::to_bytes;
use axum::extract::{Query, Request};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::answer::Fault;
use super::ordered::Ordered;

/// Bytes of an answer that is made a file, at most.
const MOST: usize = 256 << 20;

/// A form a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values with a header.
    Csv,
    /// An array of objects.
    Json,
    /// Parquet.
    Parquet,
}

impl Form {
    /// The form of that name.
    pub fn find(name: &str) -> Result<Form, Fault> {
        match name {
            "csv" => Ok(Form::Csv),
            "json" => Ok(Form::Json),
            "parquet" => Ok(Form::Parquet),
            _ => Err(Fault::request(
                format!("there is no form `{name}`"),
                "use csv, json or parquet",
            )),
        }
    }

    /// The file.
    pub fn answer(self, name: &str, bytes: Vec<u8>) -> Response {
        let (kind, end) = match self {
            Form::Csv => ("text/csv; charset=utf-8", "csv"),
            Form::Json => ("application/json", "json"),
            Form::Parquet => ("application/vnd.apache.parquet", "parquet"),
        };
        let disposition = format!("attachment; filename=\"{name}.{end}\"");
        let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
        (headers, bytes).into_response()
    }

    /// Record batches as bytes.
    pub fn bytes(self, batches: &[RecordBatch]) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            // A list of nothing has no header either.
            Form::Csv if batches.iter().all(|batch| batch.num_columns() == 0) => {}
            Form::Csv => {
                let batches = batches.iter().map(harmless).collect::<anyhow::Result<Vec<_>>>()?;
                botany_engine::output::csv(&batches, &mut bytes)?;
            }
            Form::Json => botany_engine::output::json_array(batches, &mut bytes)?,
            Form::Parquet => botany_engine::file::write(batches, &mut bytes)?,
        }
        Ok(bytes)
    }
}

/// The batch with its texts as a spreadsheet takes them for texts and for no formula: an attacker chose many of them.
fn harmless(batch: &RecordBatch) -> anyhow::Result<RecordBatch> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        let text = match column.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
            DataType::Dictionary(_, values) => values.is_string(),
            _ => false,
        };
        if !text {
            return Ok((field.name(), Arc::clone(column), true));
        }
        let column = cast(column, &DataType::Utf8)?;
        let cells = column.as_string::<i32>().iter().map(|cell| {
            let cell = cell?;
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            Some(if formula { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) })
        });
        let cells: ArrayRef = Arc::new(cells.collect::<StringArray>());
        Ok((field.name(), cells, true))
    });
    let columns = columns.collect::<anyhow::Result<Vec<_>>>()?;
    if columns.is_empty() {
        return Ok(batch.clone());
    }
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// What is asked of an answer.
#[derive(Deserialize)]
struct Asked {
    form: Option<String>,
    #[serde(default)]
    of: String,
}

/// Makes a file of an answer whose question says so.
pub async fn as_file(request: Request, next: Next) -> Response {
    let asks = request.method() == Method::GET && request.uri().path().starts_with("/api/");
    let asked = Query::<Asked>::try_from_uri(request.uri()).ok().filter(|_| asks);
    let Some((form, of)) = asked.and_then(|Query(asked)| Some((asked.form?, asked.of))) else {
        return next.run(request).await;
    };
    let name = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let answer = next.run(request).await;
    // What is a file already is none of ours.
    if !answer.status().is_success() || answer.headers().contains_key(CONTENT_DISPOSITION) {
        return answer;
    }
    made(answer, &name, &form, of).await.unwrap_or_else(Fault::into_response)
}

/// Files made at once.
static MAKING: Semaphore = Semaphore::const_new(2);

async fn made(answer: Response, name: &str, form: &str, of: String) -> Result<Response, Fault> {
    let form = Form::find(form)?;
    let json = |headers: &HeaderMap| {
        headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
    };
    if !json(answer.headers()) {
        return Err(Fault::request("that answer holds no list", "ask for it without `form`"));
    }
    // A file takes several times its answer's memory while it is made: others wait.
    let _turn = MAKING.acquire().await.map_err(|_| Fault::ours("no file is made any more"))?;
    let bytes = to_bytes(answer.into_body(), MOST).await;
    let bytes = bytes.map_err(|_| Fault::too_large((MOST >> 20) as u64))?;
    let last = of.rsplit('.').next().filter(|last| !last.is_empty());
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name: String = last.unwrap_or(name).chars().filter(|&c| plain(c)).collect();
    let done = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, Fault> {
        let value: Ordered = serde_json::from_slice(&bytes).map_err(anyhow::Error::from)?;
        let rows = rows(&value, &of)?;
        if form == Form::Json {
            return Ok(objects(rows)?);
        }
        Ok(form.bytes(&[batch(&rows)?])?)
    });
    let bytes = done.await.map_err(|_| Fault::ours("the file was not made to its end"))??;
    Ok(form.answer(if name.is_empty() { "table" } else { &name }, bytes))
}

/// Names and plain values, in order.
type Row = Vec<(String, Value)>;

/// The rows of the list at `of`. Each brings the plain values of the entries of lists on the way to it.
fn rows(value: &Ordered, of: &str) -> Result<Vec<Row>, Fault> {
    let path: Vec<&str> = of.split('.').filter(|name| !name.is_empty()).collect();
    let mut found = Vec::new();
    walk(value, &path, &Row::new(), &mut found).map_err(|missing| {
        let hint = "name a list of the answer, with dots: of=grains.evaluations";
        Fault::request(format!("the answer has no `{missing}`"), hint)
    })?;
    Ok(found)
}

fn walk<'a>(
    value: &Ordered,
    path: &[&'a str],
    carried: &Row,
    found: &mut Vec<Row>,
) -> Result<(), &'a str> {
    match (value, path) {
        (Ordered::List(all), [_, ..]) => {
            for entry in all {
                let mut carried = carried.clone();
                if let Ordered::Object(own) = entry {
                    let plain = own.iter().filter(|(_, own)| matches!(own, Ordered::Plain(_)));
                    plain.for_each(|(name, own)| put(&mut carried, name, own));
                }
                walk(entry, path, &carried, found)?;
            }
        }
        (Ordered::Object(_), [name, rest @ ..]) => {
            walk(value.get(name).ok_or(*name)?, rest, carried, found)?;
        }
        (Ordered::Plain(_), [name, ..]) => return Err(name),
        (Ordered::List(all), []) => found.extend(all.iter().map(|entry| row(entry, carried))),
        (_, []) => match (value.get("columns"), value.get("rows")) {
            (Some(Ordered::List(names)), Some(Ordered::List(rows))) => {
                found.extend(rows.iter().map(|cells| named(names, cells, carried)));
            }
            _ => found.push(row(value, carried)),
        },
    }
    Ok(())
}

/// A row of an answer of columns and rows.
fn named(names: &[Ordered], cells: &Ordered, carried: &Row) -> Row {
    let mut row = carried.clone();
    let Ordered::List(cells) = cells else { return row };
    for (name, cell) in names.iter().zip(cells) {
        put(&mut row, name.value().as_str().unwrap_or_default(), cell);
    }
    row
}

fn row(entry: &Ordered, carried: &Row) -> Row {
    let mut row = carried.clone();
    match entry {
        Ordered::Object(own) => own.iter().for_each(|(name, value)| flat(&mut row, name, value)),
        Ordered::List(own) => {
            own.iter().enumerate().for_each(|(at, value)| put(&mut row, &at.to_string(), value));
        }
        plain => put(&mut row, "value", plain),
    }
    row
}

/// An object within is as many columns, with a dot.
fn flat(row: &mut Row, name: &str, value: &Ordered) {
    match value {
        Ordered::Object(own) => {
            own.iter().for_each(|(key, value)| flat(row, &format!("{name}.{key}"), value));
        }
        value => put(row, name, value),
    }
}

/// A name that is taken by an entry further out gets a line behind it.
fn put(row: &mut Row, name: &str, value: &Ordered) {
    let mut name = name.to_owned();
    while row.iter().any(|(taken, _)| *taken == name) {
        name.push('_');
    }
    row.push((name, value.value()));
}

/// Rows as an array of objects.
fn objects(rows: Vec<Row>) -> anyhow::Result<Vec<u8>> {
    struct Object(Row);
    impl Serialize for Object {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
        }
    }
    Ok(serde_json::to_vec(&rows.into_iter().map(Object).collect::<Vec<_>>())?)
}

/// Rows as columns of one kind each; lists stand as JSON.
fn batch(rows: &[Row]) -> anyhow::Result<RecordBatch> {
    let mut names: Vec<&str> = Vec::new();
    let mut columns: HashMap<&str, Vec<&Value>> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        for (name, value) in row {
            let cells = columns.entry(name).or_insert_with(|| {
                names.push(name);
                Vec::new()
            });
            cells.resize(at, &Value::Null);
            cells.push(value);
        }
    }
    if names.is_empty() {
        return Ok(RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty())));
    }
    let whole = names.into_iter().map(|name| {
        let mut cells = columns.remove(name).unwrap_or_default();
        cells.resize(rows.len(), &Value::Null);
        (name, column(&cells), true)
    });
    Ok(RecordBatch::try_from_iter_with_nullable(whole)?)
}

fn column(cells: &[&Value]) -> ArrayRef {
    let all = |kind: fn(&Value) -> bool| cells.iter().all(|cell| cell.is_null() || kind(cell));
    if all(Value::is_boolean) {
        return Arc::new(cells.iter().map(|cell| cell.as_bool()).collect::<BooleanArray>());
    }
    if all(Value::is_i64) {
        return Arc::new(cells.iter().map(|cell| cell.as_i64()).collect::<Int64Array>());
    }
    if all(Value::is_number) {
        return Arc::new(cells.iter().map(|cell| cell.as_f64()).collect::<Float64Array>());
    }
    let text = |cell: &&Value| match cell {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    Arc::new(cells.iter().map(text).collect::<StringArray>())
}

/// Says in the document of the API what every answer in JSON can be asked for.
pub fn describe(document: &mut Value) {
    let parameter = |name: &str, what: &str| json!({ "name": name, "in": "query", "required": false, "description": what, "schema": { "type": "string" } });
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(|methods| methods.get_mut("get")) {
        if operation["responses"]["200"]["content"]["application/json"].is_null() {
            continue;
        }
        let form = parameter("form", "`csv`, `json` or `parquet`: a list of the answer as a file");
        let of = parameter(
            "of",
            "which list, with dots, such as `grains.evaluations`; absent: the answer itself",
        );
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.extend([form, of]),
            None => operation["parameters"] = json!([form, of]),
        }
        for kind in ["text/csv", "application/vnd.apache.parquet"] {
            operation["responses"]["200"]["content"][kind] = json!({ "schema": {} });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Ordered {
        serde_json::from_str(text).unwrap()
    }

    fn csv(text: &str, of: &str) -> String {
        let batch = batch(&rows(&read(text), of).unwrap()).unwrap();
        String::from_utf8(Form::Csv.bytes(&[batch]).unwrap()).unwrap()
    }

    #[test]
    fn any_list_is_a_table() {
        let value = r#"{ "sql": "SELECT 1", "grains": [ { "grain": "flow", "x": [1], "evaluations": [
            { "split": "row", "rows": 7, "grain": "inner", "f1": { "value": 0.5 }, "tags": ["a", "b"] },
            { "split": "time", "rows": null, "f1": { "value": null } } ] } ] }"#;
        assert_eq!(
            csv(value, "grains.evaluations"),
            "grain,split,rows,grain_,f1.value,tags\nflow,row,7,inner,0.5,\"[\"\"a\"\",\"\"b\"\"]\"\nflow,time,,,,\n"
        );
        let table = r#"{ "columns": ["b", "a"], "rows": [[1, "x"], [2, "y"]], "more": false }"#;
        assert_eq!(csv(table, ""), "b,a\n1,x\n2,y\n");
        assert_eq!(csv("[[0.0, 1.0]]", ""), "0,1\n0.0,1.0\n");
        assert_eq!(csv(r#"{ "files": ["one"] }"#, "files"), "value\none\n");
        assert_eq!(csv("[]", ""), "");
        let value = read(value);
        assert!(rows(&value, "grains.nothing").is_err() && rows(&value, "sql.more").is_err());
        let told = objects(rows(&value, "grains.evaluations").unwrap()).unwrap();
        assert!(told.starts_with(br#"[{"grain":"flow","split":"row","rows":7,"#));
    }

    #[test]
    fn a_spreadsheet_takes_no_text_for_a_formula() {
        let text = r#"[{ "t": "=1+1", "n": -1 }, { "t": "+1" }, { "t": "-1" }, { "t": "@x" }, { "t": "a=b" }]"#;
        assert_eq!(csv(text, ""), "t,n\n'=1+1,-1\n'+1,\n'-1,\n'@x,\na=b,\n");
        let all = objects(rows(&read(text), "").unwrap()).unwrap();
        assert!(all.starts_with(br#"[{"t":"=1+1""#), "JSON is read by no spreadsheet");
    }

    #[test]
    fn a_column_of_one_kind_keeps_it() {
        let text = r#"[{ "n": 1, "r": 0.5, "b": true, "t": "x" }, { "r": 2 }]"#;
        let all = rows(&read(text), "").unwrap();
        let batch = batch(&all).unwrap();
        let kinds =
            batch.schema().fields().iter().map(|f| f.data_type().to_string()).collect::<Vec<_>>();
        let names: Vec<String> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
        let of = |name: &str| kinds[names.iter().position(|n| n == name).unwrap()].clone();
        assert_eq!((of("n"), of("r")), ("Int64".to_owned(), "Float64".to_owned()));
        assert_eq!((of("b"), of("t")), ("Boolean".to_owned(), "Utf8".to_owned()));
        let bytes = Form::Parquet.bytes(&[batch]).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    }
}
