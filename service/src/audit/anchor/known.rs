//! How far each chain was when it was last anchored: four bytes each, in pages, because ids are dense.

use std::collections::HashMap;

/// How many ids a page has.
const PAGE: i64 = 1024;

/// The last anchored number of each chain; 0 of one that never was.
#[derive(Default)]
pub(super) struct Known {
    pages: HashMap<(usize, i64), Box<[u32; PAGE as usize]>>,
    count: u64,
}

impl Known {
    /// Of a table's record.
    pub(super) fn seq(&self, kind: usize, id: i64) -> i64 {
        let page = self.pages.get(&(kind, id.div_euclid(PAGE)));
        page.map_or(0, |page| i64::from(page[place(id)]))
    }

    pub(super) fn set(&mut self, kind: usize, id: i64, seq: i64) {
        let page = self.pages.entry((kind, id.div_euclid(PAGE)));
        let seq_then = &mut page.or_insert_with(|| Box::new([0; PAGE as usize]))[place(id)];
        if *seq_then == 0 {
            self.count += 1;
        }
        *seq_then = u32::try_from(seq).unwrap_or(u32::MAX);
    }

    /// How many chains are known.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

fn place(id: i64) -> usize {
    usize::try_from(id.rem_euclid(PAGE)).unwrap_or(0)
}
