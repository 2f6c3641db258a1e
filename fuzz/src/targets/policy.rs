//! What a municipality decides itself: its TOML, and the Cedar policies in it, which only forbid.

use kilde_access::municipal::Municipal;
use kilde_access::policy::Policies;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let national = Policies::national().expect("the policies of the program");
    let held = |policies: &Policies| policies.notes().filter(|note| note.permits).count();
    let narrowed = |own: &str| {
        if let Ok(policies) = national.narrowed_by(own) {
            assert_eq!(held(&policies), held(&national), "a municipality permits nothing: {own}");
            assert!(policies.notes().count() >= national.notes().count(), "and takes none away: {own}");
        }
    };
    narrowed(text);
    match Municipal::from_toml(text) {
        Ok(read) => {
            narrowed(&read.policies);
            assert_eq!(Municipal::from_toml(&read.to_toml()).as_ref(), Ok(&read), "{text}");
        }
        Err(findings) => assert!(!findings.is_empty()),
    }
}
