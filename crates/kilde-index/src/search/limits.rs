//! How much a search may ask for.

/// Bounds of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Parameters, `_count` and the like included.
    pub params: usize,
    /// Values of all parameters together.
    pub values: usize,
    /// Bytes of all names and values together.
    pub text: usize,
    /// Page size when none is asked for.
    pub count: usize,
    /// Largest page; a larger `_count` gives this.
    pub max_count: usize,
    /// How many resources may be examined for one page.
    pub examined: u64,
    /// A list of candidates shorter than this is tested at once, whatever other lists there are; if there is
    /// none, one up to 16 times, then 128 times as long.
    pub short: usize,
}

impl Default for Limits {
    /// 40 parameters, 200 values, 8 KiB, 50 and 1,000 a page, 5 million examined.
    fn default() -> Self {
        Limits {
            params: 40,
            values: 200,
            text: 8 << 10,
            count: 50,
            max_count: 1000,
            examined: 5_000_000,
            short: 256,
        }
    }
}
