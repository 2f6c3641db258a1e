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
    /// How many resources may be examined for one page, chained ones too.
    pub examined: u64,
    /// Of how many resources the content may be read for one page (`:text`, `:of-type`, `_text`, `_content`).
    pub contents: u64,
    /// How many codes a value set or a code's descendants may be.
    pub codes: usize,
    /// How many resources may be included on a page.
    pub included: usize,
    /// How many steps a chain or `_has` may have.
    pub depth: usize,
    /// A list of candidates shorter than this is tested at once, whatever other lists there are; if there is
    /// none, one up to 16 times, then 128 times as long.
    pub short: usize,
}

impl Default for Limits {
    /// 40 parameters, 200 values, 8 KiB, 50 and 1,000 a page, 5 million examined, of 10,000 the content, 20,000 codes,
    /// 1,000 included, 8 steps.
    fn default() -> Self {
        Limits {
            params: 40,
            values: 200,
            text: 8 << 10,
            count: 50,
            max_count: 1000,
            examined: 5_000_000,
            contents: 10_000,
            codes: 20_000,
            included: 1000,
            depth: 8,
            short: 256,
        }
    }
}
