use kilde_access::AccessScope;
pub fn widened(scope: AccessScope) -> AccessScope {
    AccessScope { own_source_only: false, ..scope }
}
