//! From the cells of a row to a raw line or a raw visit.

use std::path::Path;

use domain::trade_file::{LastRows, RawDetails, RawLine, RawQuantity, RawVisit};
use jiff::tz::TimeZone;

use super::error::Result;
use super::field::Field;
use super::moment::MomentReader;
use super::probe::{Mapping, has_grouping_points};
use super::table::{Cell, Table};
use super::{open_columns, open_table};

/// Reads the lines of a file of orders, a chunk at a time.
pub trait LineReader: Send {
    /// The next lines, at most `max`; an empty chunk is the end. Rows without any value are passed over.
    fn next_chunk(&mut self, max: usize) -> Result<Vec<RawLine>>;
}

/// Reads the rows of a file of visits, a chunk at a time.
pub trait VisitReader: Send {
    /// The next rows, at most `max`; an empty chunk is the end. Rows without any value are passed over.
    fn next_chunk(&mut self, max: usize) -> Result<Vec<RawVisit>>;
}

/// The rows of a file, read by a mapping.
pub(super) struct Rows {
    table: Box<dyn Table>,
    cells: Vec<Cell>,
    fields: &'static [Field],
    heading_row: u64,
    decimal_comma: bool,
    moments: MomentReader,
}

impl Rows {
    pub(super) fn open(path: &Path, mapping: &Mapping, zone: &TimeZone) -> Result<Self> {
        Ok(Self {
            table: open_table(path, mapping, zone)?,
            cells: Vec::new(),
            fields: mapping.kind.fields(),
            heading_row: mapping.heading_row,
            decimal_comma: mapping.decimal_comma,
            moments: MomentReader { order: mapping.date_order, zone: zone.clone() },
        })
    }

    /// The number of the next row that has any value, its cells in `self.cells`.
    fn next_row(&mut self) -> Result<Option<u64>> {
        loop {
            let Some(row) = self.table.next_row(&mut self.cells)? else {
                return Ok(None);
            };
            if row > self.heading_row && (!self.cells.iter().all(Cell::is_blank) || self.table.fault().is_some()) {
                return Ok(Some(row));
            }
        }
    }

    fn take(&mut self, field: Field) -> Cell {
        let place = self.fields.iter().position(|known| *known == field);
        place.and_then(|place| self.cells.get_mut(place)).map(std::mem::take).unwrap_or_default()
    }

    fn text(&mut self, field: Field) -> Option<String> {
        self.take(field).into_text()
    }

    /// A number as decimal text with a point.
    fn number(&mut self, field: Field) -> String {
        let cell = self.take(field);
        self.plain(cell)
    }

    /// What a cell holds, as decimal text with a point. Only a text is read by the habits of its file: a number has none.
    fn plain(&self, cell: Cell) -> String {
        let is_text = matches!(cell, Cell::Text(_));
        let text = cell.into_text().unwrap_or_default();
        if self.decimal_comma && is_text { with_point(text) } else { text }
    }

    fn chunk<T>(&mut self, max: usize, make: impl Fn(&mut Self, u64) -> T) -> Result<Vec<T>> {
        let mut chunk = Vec::with_capacity(max.min(65_536));
        while chunk.len() < max {
            let Some(row) = self.next_row()? else { break };
            chunk.push(make(self, row));
        }
        Ok(chunk)
    }

    fn line(&mut self, row: u64) -> RawLine {
        let (date, time) = (self.take(Field::At), self.take(Field::Time));
        let quantity = match self.take(Field::Quantity) {
            Cell::Whole(whole) => RawQuantity::Whole(whole),
            other => RawQuantity::Text(self.plain(other)),
        };
        RawLine {
            row,
            invoice: self.text(Field::Invoice).unwrap_or_default(),
            stock_code: self.text(Field::StockCode).unwrap_or_default(),
            description: self.text(Field::Description),
            quantity,
            at: self.moments.read(date, time),
            price: self.number(Field::Price),
            customer: self.text(Field::Customer),
            country: self.text(Field::Country),
            details: RawDetails {
                phone: self.text(Field::Phone),
                channel: self.text(Field::Channel),
                shop: self.text(Field::Shop),
                paid: Some(self.number(Field::Paid)).filter(|paid| !paid.is_empty()),
            },
            is_short: self.table.is_short(),
            fault: self.table.fault(),
        }
    }

    fn visit(&mut self, row: u64) -> RawVisit {
        let (date, time) = (self.take(Field::At), self.take(Field::Time));
        RawVisit {
            row,
            at: self.moments.read(date, time),
            hour: self.text(Field::Hour),
            shop: self.text(Field::Shop),
            channel: self.text(Field::Channel),
            visitors: self.number(Field::Visitors),
            sessions: self.text(Field::Sessions),
            fault: self.table.fault(),
        }
    }
}

/// A number of a file that writes "12,50", with a point instead: its points stand between thousands, "1.234" as well as "1.234,50". One that cannot, as in
/// "12.5", is left for what it is.
fn with_point(text: String) -> String {
    if text.contains(',') || has_grouping_points(&text) { text.replace('.', "").replace(',', ".") } else { text }
}

/// See [`super::last_rows`].
pub(super) fn last_rows(path: &Path, mapping: &Mapping, zone: &TimeZone, goes_on: &dyn Fn() -> bool) -> Result<Option<LastRows>> {
    /// Rows between two questions whether to go on.
    const ROWS_PER_LOOK: u64 = 50_000;
    let (mut last, marks) = (LastRows::default(), mapping.invoice_marks());
    let mut table = open_columns(path, mapping, vec![mapping.column(Field::Invoice)], zone)?;
    let mut cells = Vec::new();
    while let Some(row) = table.next_row(&mut cells)? {
        if row > mapping.heading_row {
            let invoice = cells.drain(..).next().and_then(Cell::into_text).unwrap_or_default();
            last.see(row, &invoice, marks);
            if last.rows() % ROWS_PER_LOOK == 0 && !goes_on() {
                return Ok(None);
            }
        }
    }
    Ok(Some(last))
}

impl LineReader for Rows {
    fn next_chunk(&mut self, max: usize) -> Result<Vec<RawLine>> {
        self.chunk(max, Self::line)
    }
}

impl VisitReader for Rows {
    fn next_chunk(&mut self, max: usize) -> Result<Vec<RawVisit>> {
        self.chunk(max, Self::visit)
    }
}
