//! The stored tables, as the engine lists them: Parquet files under one directory a day.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use botany_catalog::{Table, tables};
use datafusion::common::TableReference;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::prelude::SessionContext;
use url::Url;

use crate::{Error, Store};

/// The column every stored table has after its own: the UTC day of `event_time`.
const EVENT_DATE: &str = "event_date";

/// Registers every table of the catalog, whether there are rows or not.
pub(crate) fn register_stored(context: &SessionContext, store: &Store) -> Result<(), Error> {
    for table in tables::ALL {
        let dir = store.table_dir(table.name);
        let days = vec![(EVENT_DATE.to_owned(), DataType::Date32)];
        register(context, table.name, &dir, stored_schema(table), days)?;
    }
    Ok(())
}

/// Registers the Parquet files under a directory as a table, in place of one of that name.
pub(crate) fn register(
    context: &SessionContext,
    name: &str,
    dir: &Path,
    schema: SchemaRef,
    partitions: Vec<(String, DataType)>,
) -> Result<(), Error> {
    let options = ListingOptions::new(Arc::new(ParquetFormat::new()))
        .with_file_extension(".parquet")
        .with_table_partition_cols(partitions);
    let config = ListingTableConfig::new(directory_url(dir)?)
        .with_listing_options(options)
        .with_schema(schema);
    let name = TableReference::bare(name.to_owned());
    context.deregister_table(name.clone())?;
    context.register_table(name, Arc::new(ListingTable::try_new(config)?))?;
    Ok(())
}

/// The table's schema with every column nullable: a part an older version wrote may lack a column
/// that is required today, and reads as null there.
fn stored_schema(table: &Table) -> SchemaRef {
    let fields = table
        .schema()
        .fields()
        .iter()
        .map(|f| f.as_ref().clone().with_nullable(true))
        .collect::<Vec<Field>>();
    Arc::new(Schema::new(fields))
}

/// The URL of a directory, taken as it is: `*`, `[` and `%` in its name mean themselves.
fn directory_url(dir: &Path) -> Result<ListingTableUrl, Error> {
    let dir = fs::canonicalize(dir).map_err(Error::io("find", dir))?;
    let url = Url::from_directory_path(&dir)
        .map_err(|()| Error::NotAStore { path: dir, what: "cannot be written as a URL" })?;
    Ok(ListingTableUrl::try_new(url, None)?)
}
